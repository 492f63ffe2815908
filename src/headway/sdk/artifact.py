"""`headway.artifact`: a file that is kept with the run."""

from __future__ import annotations

import mimetypes
import os
import shutil
import tempfile
from pathlib import Path

from headway.sdk.context import current
from headway.sdk.jsonable import clean
from headway.sdk.step import current_step_id

NAME_LENGTH_LIMIT = 200
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


def artifact(path_or_bytes: str | os.PathLike[str] | bytes, name: str | None = None, media_type: str | None = None) -> None:
    """Keep a file, or bytes, with the run; people can look at it and download it.

    The content is taken as it is now: the file may be changed or deleted after the call.

    Args:
        path_or_bytes: Path of a regular file, or the content itself (then `name` is needed).
        name: What it is called, by default the file's own name.
        media_type: Such as ``image/png``; by default guessed from the name.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is a directory or another thing that is not a regular file, or content without a name.
    """
    if isinstance(path_or_bytes, (bytes, bytearray, memoryview)):
        if not name:
            raise ValueError("an artifact given as bytes needs a name: headway.artifact(content, name='marks.csv')")
        source = None
    else:
        source = Path(path_or_bytes)
        if not source.exists():
            raise FileNotFoundError(f"there is no file {source} to keep as an artifact")
        if not source.is_file():
            raise ValueError(f"{source} is not a regular file; put a directory into an archive first")
        name = name or source.name
    run = current()
    # A copy, because the supervisor takes the file a moment later, when its directory may be gone or the next page be in it.
    handle, kept = tempfile.mkstemp(prefix="headway-artifact-", dir=os.environ.get("HEADWAY_SPOOL") or None)
    try:
        with os.fdopen(handle, "wb") as copy:
            if source is None:
                copy.write(path_or_bytes)  # pyright: ignore[reportArgumentType]
            else:
                with source.open("rb") as original:
                    shutil.copyfileobj(original, copy, 1_048_576)
    except BaseException:
        Path(kept).unlink()
        raise
    name = clean(name).replace("/", "_").replace("\0", "")[:NAME_LENGTH_LIMIT]
    media_type = media_type or _guess(name)
    run.reporter.artifact(Path(kept), name=name, media_type=media_type, step=current_step_id(), is_temporary=True)


def _guess(name: str) -> str | None:
    """What is packed is of the type of the packing: ``marks.csv.gz`` is no table."""
    media_type, packing = mimetypes.guess_type(name)
    return media_type if packing is None else _PACKED.get(packing)
