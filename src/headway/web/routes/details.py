"""What hangs on a run beside its journal: view, result, attempts, steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.model.errors import InvalidCursor, ResultNotFound
from headway.model.permissions import Permission
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer, raw_answer
from headway.web.desk import TheCall
from headway.web.inputs import Limit, RunName
from headway.web.outputs import ATTEMPTS, RESULT, STEPS, VIEW

routes = make_routes("runs")

Cursor = Annotated[str | None, Query(max_length=20, description="`next_cursor` of the page before.")]


def slice_of(items: Sequence[object], cursor: str | None, limit: int, *, total: bool) -> Response:
    """A page of a list whose cursor is the index of its next item."""
    begin = read_index(cursor)
    end = begin + limit
    return list_answer(items[begin:end], str(end) if end < len(items) else None, len(items) if total else None)


def read_index(cursor: str | None) -> int:
    """Raises `InvalidCursor` for everything but a plain number."""
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 16:
        raise InvalidCursor
    return int(cursor)


@routes.get("/runs/{run}/view", **needs(Permission.RUN_READ), responses=VIEW)
async def show_view(call: TheCall, run: RunName) -> Response:
    """The fold of the run's events: state, progress, counters, current metrics, open steps."""

    def read(snapshot: Snapshot) -> object:
        return call.see_head(snapshot, run)[1].view

    return answer(await call.store.read(read))


@routes.get("/runs/{run}/result", **needs(Permission.RUN_READ), responses=RESULT)
async def show_result(call: TheCall, run: RunName) -> Response:
    """What the run returned, as JSON."""

    def read(snapshot: Snapshot) -> bytes | None:
        call.see(snapshot, run)
        return snapshot.details.result(run)

    result = await call.store.read(read)
    if result is None:
        raise ResultNotFound(run=run)
    return raw_answer(result)


@routes.get("/runs/{run}/attempts", **needs(Permission.RUN_READ), responses=ATTEMPTS)
async def list_attempts(call: TheCall, run: RunName, limit: Limit = 100, cursor: Cursor = None, total: bool = False) -> Response:
    """The run's tries, oldest first."""

    def read(snapshot: Snapshot) -> Sequence[object]:
        call.see(snapshot, run)
        return snapshot.details.attempts(run)

    return slice_of(await call.store.read(read), cursor, limit, total=total)


@routes.get("/runs/{run}/steps", **needs(Permission.RUN_READ), responses=STEPS)
async def list_steps(call: TheCall, run: RunName, limit: Limit = 100, cursor: Cursor = None, total: bool = False) -> Response:
    """The run's steps in the order in which they began."""

    def read(snapshot: Snapshot) -> Sequence[object]:
        call.see(snapshot, run)
        return snapshot.details.steps(run)

    return slice_of(await call.store.read(read), cursor, limit, total=total)
