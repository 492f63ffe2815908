"""The logs of all runs: searched, counted, followed, and kept as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Header, Query
from starlette.responses import Response, StreamingResponse

from headway.model.errors import Invalid
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.cursors import CURSOR_LIMIT
from headway.web.desk import Call, TheCall
from headway.web.log_counts import By, count_lines
from headway.web.log_hits import read_page, stream_lines
from headway.web.log_listener import check_room
from headway.web.log_outputs import LOG_COUNTS, LOG_PAGE
from headway.web.log_position import Position, read_position
from headway.web.log_query import LogQuery, TheLogQuery, read_place
from headway.web.log_tail import Tail, as_events, as_lines
from headway.web.packing import takes
from headway.web.routes.logs import Compression, gzipped

routes = make_routes("journal")

PAGE_LIMIT = 1_000
STREAM_LIMIT = 10_000_000


class Form(StrEnum):
    JSON = "json"
    NDJSON = "ndjson"
    TEXT = "text"
    SSE = "sse"


_MEDIA_TYPES = {Form.TEXT: "text/plain; charset=utf-8", Form.NDJSON: "application/x-ndjson", Form.SSE: "text/event-stream"}
_SUFFIXES = {Form.TEXT: "txt", Form.NDJSON: "jsonl"}

_FIELD: dict[str, Any] = {
    "name": "field",
    "in": "query",
    "required": False,
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}, "example": {"field.sheet": "7"}},
    "description": "Fields of the context, each as `field.NAME=value`: `field.sheet=7`.",
}

_Cursor = Annotated[str | None, Query(max_length=CURSOR_LIMIT, description="`next_cursor` of the page before, or a position to follow on.")]


def _reads() -> dict[str, Any]:
    made = needs(Permission.RUN_READ)
    made["openapi_extra"]["parameters"] = [_FIELD]
    return made


@routes.get("/logs", **_reads(), responses=LOG_PAGE)
async def list_logs(
    call: TheCall,
    query: TheLogQuery,
    limit: Annotated[int | None, Query(ge=1, le=STREAM_LIMIT, description="Of a page at most 1,000, 200 without.")] = None,
    cursor: _Cursor = None,
    follow: Annotated[bool, Query(description="New lines as they come, as NDJSON or server-sent events.")] = False,
    format: Annotated[Form | None, Query(description="Instead of the header Accept.")] = None,
    compress: Annotated[Compression | None, Query(description="A stream as a gzip file.")] = None,
    download: Annotated[bool, Query(description="As a file with a name, for browsers.")] = False,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[str | None, Header(max_length=CURSOR_LIMIT, description="Position to follow on from.")] = None,
) -> Response:
    """Lines of all runs that the caller may see and that match, by time. A page of JSON does a bounded amount of work and may be
    empty: go on with `next_cursor` until it is null. NDJSON and text are streams of all of them; one that stops early says so in its
    last line. `spans` count UTF-16 code units in the text and, behind a line break, the traceback."""
    form = format or _form_of(accept, is_following=follow)
    if follow:
        return _followed(call, query, form, last_event_id or cursor)
    position = read_position(cursor, query.order) if cursor else None
    if form is Form.JSON:
        return answer(await read_page(call, query, position, min(limit or 200, PAGE_LIMIT)))
    if form is Form.SSE:
        raise Invalid("format: server-sent events are for those who follow; add follow=true.", field="format")
    return await _streamed(call, query, position, limit, form, compress, is_packed=takes(accept_encoding, "gzip"), is_file=download)


@routes.get("/logs/counts", **_reads(), responses=LOG_COUNTS)
async def count_logs(
    call: TheCall,
    query: TheLogQuery,
    by: Annotated[By, Query(description="What the groups are.")] = By.TASK,
    cursor: _Cursor = None,
) -> Response:
    """How many lines match, and how many there are of each level. A call does a bounded amount of work: unless `is_complete`, it is
    at least so many, and `next_cursor` counts what is left."""
    place = read_place(cursor, query.order) if cursor else None
    return answer(await count_lines(call, query, place, by))


def _form_of(accept: str, *, is_following: bool) -> Form:
    for form, media_type in _MEDIA_TYPES.items():
        if media_type.partition(";")[0] in accept:
            return form
    return Form.NDJSON if is_following else Form.JSON


def _followed(call: Call, query: LogQuery, form: Form, position: str | None) -> Response:
    check_room(call, query.wanted)
    if form not in {Form.NDJSON, Form.SSE}:
        raise Invalid("format: lines are followed as ndjson or sse.", field="format")
    tail = Tail(call, query, position)
    written = as_events(tail) if form is Form.SSE else as_lines(tail)
    return StreamingResponse(written, media_type=_MEDIA_TYPES[form], headers={"X-Accel-Buffering": "no"})


async def _streamed(
    call: Call, query: LogQuery, position: Position | None, limit: int | None, form: Form, compress: Compression | None, *,
    is_packed: bool, is_file: bool,
) -> Response:  # fmt: skip
    await call.store.read(lambda snapshot: [call.see(snapshot, run) for run in query.runs])
    headers = {"X-Accel-Buffering": "no", "Vary": "Accept, Accept-Encoding"}
    if is_file:
        name = f"logs.{_SUFFIXES[form]}{'.gz' if compress else ''}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    written: AsyncIterator[bytes] = stream_lines(call, query, position, limit, is_text=form is Form.TEXT)
    if compress:
        return StreamingResponse(gzipped(written, is_following=False), media_type="application/gzip", headers=headers)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
        written = gzipped(written, is_following=False)
    return StreamingResponse(written, media_type=_MEDIA_TYPES[form], headers=headers)
