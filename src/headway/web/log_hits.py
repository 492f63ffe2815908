"""Hits in the logs of many runs, as a page and as a stream: lines as they are stored, with the run that they are of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from headway.model.errors import HeadwayError
from headway.model.run import Run
from headway.web.desk import Call
from headway.web.following import as_text
from headway.web.log_query import LogQuery, Place, write_place
from headway.web.log_walk import walk

PAGE_BYTES = 1_000_000
"""Of entries of one page; lines and their tracebacks may be long."""
STREAM_SECONDS = 600.0
"""How long one stream goes on. It then says where it stopped."""
_NAME_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    items: Sequence[Mapping[str, Any]]
    next_cursor: str | None
    """Where to go on; null: everything has been looked through."""
    total: None
    """Nobody has counted them: `/logs/counts` does."""
    is_complete: bool
    stopped_at: Mapping[str, Any] | None
    """``{run, line, created_at}`` where the next page begins; without a line, behind that run."""
    runs_ended: int
    """Runs that were looked through to their end for this page."""


def line_of(call: Call, run: Run, stored: bytes, spans: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """An entry, with the run that it is of and a link to it."""
    entry: dict[str, Any] = orjson.loads(stored)
    return entry | {
        "run": run.id,
        "run_name": run.name,
        "task": run.task,
        "project": run.project,
        "spans": spans,
        "url": f"{call.desk.url}/runs/{run.id}#L{entry['line']}",
    }


async def read_page(call: Call, query: LogQuery, place: Place | None, limit: int) -> LogPage:
    """Raises `RunNotFound`, `PatternTooSlow`."""
    items: list[dict[str, Any]] = []
    size = ended = 0
    at = place
    async for leg in walk(call, query, place):
        at = leg.next
        for found in leg.found:
            spans = [(low + found.hit.begin, high + found.hit.begin) for low, high in found.hit.spans]
            items.append(line_of(call, found.run, found.stored, spans))
            size += len(found.stored)
            if len(items) >= limit or size > PAGE_BYTES:
                return _page(query, items, found.next, ended)
        ended += leg.ended
    return _page(query, items, at, ended)


def _page(query: LogQuery, items: list[dict[str, Any]], at: Place | None, ended: int) -> LogPage:
    return LogPage(
        items=items,
        next_cursor=write_place(at, query.order) if at else None,
        total=None,
        is_complete=at is None,
        stopped_at={"run": at.run, "line": at.line, "created_at": at.created_at} if at else None,
        runs_ended=ended,
    )


async def stream_lines(call: Call, query: LogQuery, place: Place | None, limit: int | None, *, is_text: bool) -> AsyncIterator[bytes]:
    """All hits, a chunk a leg. If it stops before the end, or cannot go on, its last line says so and where."""
    count = 0
    at = place
    try:
        async for leg in walk(call, query, place, seconds=STREAM_SECONDS):
            at = leg.next
            taken = leg.found if limit is None else leg.found[: limit - count]
            count += len(taken)
            if limit is not None and count >= limit and taken:
                at = taken[-1].next
            if taken:
                write = text_line if is_text else json_line
                yield b"".join([write(call, found.run, found.stored) for found in taken])
            if limit is not None and count >= limit:
                break
    except HeadwayError as error:
        yield _last_words(at, query, is_text=is_text, reason=error.message)
        return
    if at is not None:
        yield _last_words(at, query, is_text=is_text, reason=None)


def json_line(call: Call, run: Run, stored: bytes) -> bytes:
    return orjson.dumps(line_of(call, run, stored)) + b"\n"


def text_line(_call: Call, run: Run, stored: bytes) -> bytes:
    """``019336e1 Class 7b 12 | 2026-… warning  sheet 7 is doubtful``."""
    name = run.name[:_NAME_SHOWN].replace("\n", " ")
    return f"{run.id[-8:]} {name} | ".encode("utf-8", "replace") + as_text([stored])


def _last_words(at: Place | None, query: LogQuery, *, is_text: bool, reason: str | None) -> bytes:
    cursor = write_place(at, query.order) if at else None
    if is_text:
        return f"# {reason or 'There is more.'} Go on with cursor={cursor or ''}\n".encode()
    return orjson.dumps({"kind": "stopped", "reason": reason, "next_cursor": cursor}) + b"\n"
