"""The log as a stream: to be followed, or to be kept as a file."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from headway.acts.asking import delete_log_or_ask
from headway.model.approval import Approval
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import Call, TheCall
from headway.web.following import as_text, follow
from headway.web.inputs import LARGEST_NUMBER, RunName
from headway.web.outputs import LOG

routes = make_routes("journal")

_GZIP = 31
"""zlib's window bits for the format of gzip files."""
_LEVEL = 6
_NAME_SHOWN = 80


class LogFormat(StrEnum):
    TEXT = "text"
    NDJSON = "ndjson"


class Compression(StrEnum):
    GZIP = "gzip"


_MEDIA_TYPES = {LogFormat.TEXT: "text/plain; charset=utf-8", LogFormat.NDJSON: "application/x-ndjson"}
_SUFFIXES = {LogFormat.TEXT: ".log", LogFormat.NDJSON: ".ndjson"}


@routes.get("/runs/{run}/log", **needs(Permission.RUN_READ), response_class=StreamingResponse, responses=LOG)
async def stream_log(
    call: TheCall,
    run: RunName,
    from_: Annotated[int, Query(alias="from", ge=1, lt=LARGEST_NUMBER, description="First line.")] = 1,
    follow_: Annotated[bool, Query(alias="follow", description="Go on until the run has ended.")] = False,
    format: LogFormat = LogFormat.TEXT,
    compress: Annotated[Compression | None, Query(description="As a gzip file, made while it is sent.")] = None,
    download: Annotated[bool, Query(description="As a file with a name, for browsers.")] = False,
) -> Response:
    """The log as a stream, for `curl -N`: text for people, or one JSON object a line."""
    found = await call.store.read(lambda snapshot: call.see(snapshot, run))
    headers = {"X-Accel-Buffering": "no"}
    if download:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name(found, format, compress), safe='')}"
    written = _written(call, run, from_, format, is_following=follow_)
    if compress is None:
        return StreamingResponse(written, media_type=_MEDIA_TYPES[format], headers=headers)
    return StreamingResponse(gzipped(written, is_following=follow_), media_type="application/gzip", headers=headers)


@routes.delete("/runs/{run}/log", status_code=204, **needs(Permission.RUN_DELETE), responses=ASKED)
async def delete_log(call: TheCall, run: RunName) -> Response:
    """Delete the log of a run that has ended; the run, its result and its figures stay. Its journal keeps who did it, and when. Where
    others have to approve that, ask them."""
    while asked := await call.store.write(lambda tx: delete_log_or_ask(tx, run, call.principal)):
        if isinstance(asked, Approval):
            return answer(given(asked, call.principal), 202)
    return Response(status_code=204)


def file_name(run: Run, format: LogFormat, compress: Compression | None) -> str:
    """``Class 7b 019336e1.log.gz``: what a file system takes, and no more of a long name than is needed."""
    name = "".join(letter if letter.isprintable() and letter not in '<>:"/\\|?*' else "_" for letter in run.name[:_NAME_SHOWN])
    return f"{name.strip('. ')} {run.id[:8]}{_SUFFIXES[format]}{'.gz' if compress else ''}".lstrip()


async def _written(call: Call, run: str, first: int, format: LogFormat, *, is_following: bool) -> AsyncIterator[bytes]:
    async for entries in follow(call, run, first, is_following=is_following):
        if not entries:
            yield b"\n"
        elif format is LogFormat.TEXT:
            yield as_text(entries)
        else:
            yield b"\n".join(entries) + b"\n"


async def gzipped(chunks: AsyncIterator[bytes], *, is_following: bool) -> AsyncIterator[bytes]:
    """The chunks as a gzip file. Whoever follows gets each at once, at the cost of a few bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)

    def pack(chunk: bytes) -> bytes:
        return packer.compress(chunk) + (packer.flush(zlib.Z_SYNC_FLUSH) if is_following else b"")

    async for chunk in chunks:
        packed = await asyncio.to_thread(pack, chunk)
        if packed:
            yield packed
    yield packer.flush()
