"""Files that runs leave behind, kept by their content: ``<root>/ab/cdef…`` for the SHA-256 ``abcdef…``."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from headway.model.errors import Invalid, TooLarge
from headway.model.ids import new_id
from headway.model.media_types import HEAD_BYTES

_CHUNK = 1_048_576


class ArtifactRefused(Invalid):
    """The file {path} was not taken as an artifact: {reason}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    sha256: str
    size_bytes: int
    head: bytes | None = None
    """The first bytes, which tell what it is. None: the server that keeps it has looked."""
    receipt: str | None = None
    """Of a server that keeps it: says so when the run claims the file. None: it is kept here."""


def artifact_path(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:]


def open_plain(path: str) -> int:
    """A descriptor of an ordinary file, without following a link in its place or waiting for a pipe. Raises `ArtifactRefused`."""
    if not path.startswith("/") or "\0" in path:
        raise ArtifactRefused(path=path[:200], reason="its path is not absolute")
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ArtifactRefused(path=path, reason=error.strerror or "it cannot be read") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ArtifactRefused(path=path, reason="it is not an ordinary file")
    return fd


def keep_file(root: Path, fd: int, limit_bytes: int) -> KeptFile:
    """Copy an open file into keeping and close it; complete and on disk when this returns. Raises `TooLarge`, `OSError`.

    Blocks: run it in a thread.
    """
    incoming, kept = copy_file(root, fd, limit_bytes)
    adopt_file(root, incoming, kept)
    return kept


def copy_file(root: Path, fd: int, limit_bytes: int) -> tuple[Path, KeptFile]:
    """The first half of it: the copy lies where nobody looks for it. Raises as `keep_file`."""
    incoming = root / "incoming" / new_id()
    incoming.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(fd, "rb", buffering=0) as source, incoming.open("xb", buffering=0) as target:
            digest = hashlib.sha256()
            size = 0
            head = b""
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limit_bytes:
                    raise TooLarge(what="The artifact", limit=f"{limit_bytes} bytes")
                digest.update(chunk)
                head += chunk[: HEAD_BYTES - len(head)]
                _write_whole(target.fileno(), chunk)
            os.fsync(target.fileno())
        return incoming, KeptFile(sha256=digest.hexdigest(), size_bytes=size, head=head)
    except BaseException:
        drop_file(incoming)
        raise


def adopt_file(root: Path, incoming: Path, kept: KeptFile) -> None:
    """The other half: from now on it can be had by its hash. Raises `OSError`."""
    try:
        place = artifact_path(root, kept.sha256)
        place.parent.mkdir(exist_ok=True)
        incoming.rename(place)
    finally:
        drop_file(incoming)


def drop_file(incoming: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        incoming.unlink()


def _write_whole(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
