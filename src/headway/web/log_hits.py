"""Hits in the logs of many runs, as a page and as a stream: lines as they are stored, by time, with the run that they are of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from headway.model.errors import HeadwayError
from headway.model.run import Run
from headway.web.desk import Call
from headway.web.following import as_text
from headway.web.log_merge import Merge
from headway.web.log_position import Position, write_position
from headway.web.log_query import LogQuery

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
    """``{at, run, line}`` where the next page begins; without a run, with the lines of that moment."""
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


async def read_page(call: Call, query: LogQuery, position: Position | None, limit: int) -> LogPage:
    """Raises `RunNotFound`, `PatternTooSlow`."""
    items: list[dict[str, Any]] = []
    size = ended = 0
    at = position
    async for leg in Merge(call, query, position, limit).legs():
        at = leg.next
        ended += leg.ended
        for told in leg.told:
            spans = [(low + told.hit.begin, high + told.hit.begin) for low, high in told.hit.spans]
            items.append(line_of(call, told.run, told.stored, spans))
            size += len(told.stored)
        if size > PAGE_BYTES:
            break
    return LogPage(
        items=items,
        next_cursor=write_position(at, query.order) if at else None,
        total=None,
        is_complete=at is None,
        stopped_at={"at": at.moment, "run": at.run, "line": at.line} if at else None,
        runs_ended=ended,
    )


async def stream_lines(
    call: Call, query: LogQuery, position: Position | None, limit: int | None, *, is_text: bool
) -> AsyncIterator[bytes]:  # fmt: skip
    """All hits, a chunk a leg. If it stops before the end, or cannot go on, its last line says so and where."""
    at = position
    write = text_line if is_text else json_line
    try:
        async for leg in Merge(call, query, position, limit).legs(STREAM_SECONDS):
            if not await call.is_unchanged():
                yield _last_words(at, query, is_text=is_text, reason="What you may see has changed.")
                return
            at = leg.next
            if leg.told:
                yield b"".join([write(call, told.run, told.stored) for told in leg.told])
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


def _last_words(at: Position | None, query: LogQuery, *, is_text: bool, reason: str | None) -> bytes:
    cursor = write_position(at, query.order) if at else None
    if is_text:
        return f"# {reason or 'There is more.'} Go on with cursor={cursor or ''}\n".encode()
    return orjson.dumps({"kind": "stopped", "reason": reason, "next_cursor": cursor}) + b"\n"
