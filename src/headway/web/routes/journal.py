"""A run's journal: events by seq, entries by line, metric points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Query
from starlette.responses import Response

from headway.model.events import NAME_LIMIT, Facet
from headway.model.permissions import Permission
from headway.store.contract import Head, Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import stored_list_answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import LARGEST_NUMBER, Levels, Limit, Position, RunName, read_levels
from headway.web.outputs import ENTRIES, EVENTS, POINTS
from headway.web.routes.details import Cursor, read_index
from headway.web.searching import entries_of

routes = make_routes("journal")

POINTS_READ = 10_000
"""Points looked at for one page of one metric."""


def _head(call: Call, snapshot: Snapshot, run: str) -> Head:
    return call.see_head(snapshot, run)[1]


@routes.get("/runs/{run}/events", **needs(Permission.RUN_READ), responses=EVENTS)
async def list_events(
    call: TheCall, run: RunName, after_seq: Position = 0, limit: Limit = 200, cursor: Cursor = None, total: bool = False
) -> Response:
    """All events after `after_seq`, in order. `next_cursor` is the next `after_seq`."""
    after = read_index(cursor) if cursor else after_seq

    def read(snapshot: Snapshot) -> tuple[list[bytes], Head]:
        head = _head(call, snapshot, run)
        return snapshot.journal.events(run, after, limit=limit), head

    events, head = await call.store.read(read)
    last = number_of(events[-1], "seq") if events else head.last_seq
    return stored_list_answer(events, str(last) if last < head.last_seq else None, head.last_seq if total else None)


@routes.get("/runs/{run}/entries", **needs(Permission.RUN_READ), responses=ENTRIES)
async def list_entries(
    call: TheCall,
    run: RunName,
    from_: Annotated[int, Query(alias="from", ge=1, lt=LARGEST_NUMBER, description="First line.")] = 1,
    to: Annotated[int, Query(ge=0, lt=LARGEST_NUMBER, description="Last line.")] = LARGEST_NUMBER - 1,
    levels: Levels = None,
    limit: Limit = 200,
    cursor: Cursor = None,
    total: bool = False,
) -> Response:
    """The log by line. `next_cursor` is the next `from`. Lines before the first that is kept are passed over. With `levels` a page
    may hold fewer lines than asked for, even none: go on until `next_cursor` is null."""
    first = read_index(cursor) if cursor else from_
    wanted = read_levels(levels)
    if wanted:
        chosen, after = await entries_of(call, run, wanted, first, to, limit)
        return stored_list_answer(chosen, None if after is None else str(after), None)

    def read(snapshot: Snapshot) -> tuple[list[bytes], Head, int]:
        head = _head(call, snapshot, run)
        begin = max(first, head.first_kept_line)
        return snapshot.journal.read(run, Facet.LOG, begin, min(to, head.last_line), limit=limit), head, begin

    entries, head, begin = await call.store.read(read)
    after = begin + len(entries)
    is_more = bool(entries) and after <= min(to, head.last_line)
    return stored_list_answer(entries, str(after) if is_more else None, head.last_line - head.first_kept_line + 1 if total else None)


@routes.get("/runs/{run}/points", **needs(Permission.RUN_READ), responses=POINTS)
async def list_points(
    call: TheCall,
    run: RunName,
    name: Annotated[str | None, Query(max_length=NAME_LIMIT, description="Of one metric; all of them without.")] = None,
    after_seq: Position = 0,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Response:
    """Metric points, unthinned, in order. `next_cursor` is the next `after_seq`; a page may hold fewer points than asked for."""
    after = read_index(cursor) if cursor else after_seq

    def read(snapshot: Snapshot) -> tuple[list[bytes], Head]:
        head = _head(call, snapshot, run)
        wanted = limit if name is None else POINTS_READ
        return snapshot.journal.read(run, Facet.METRIC, after + 1, head.last_seq, limit=wanted), head

    points, head = await call.store.read(read)
    chosen, last = _named(points, name, limit) if points else ([], head.last_seq)
    return stored_list_answer(chosen, str(last) if last < head.last_seq else None, None)


def _named(points: Sequence[bytes], name: str | None, limit: int) -> tuple[list[bytes], int]:
    """Up to `limit` points of that name, and the seq up to which they were looked through."""
    if name is None:
        return list(points), number_of(points[-1], "seq")
    chosen: list[bytes] = []
    for point in points:
        if orjson.loads(point)["name"] == name:
            chosen.append(point)
            if len(chosen) == limit:
                return chosen, number_of(point, "seq")
    return chosen, number_of(points[-1], "seq")


def number_of(event: bytes, field: str) -> int:
    return int(orjson.loads(event)[field])
