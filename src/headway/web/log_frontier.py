"""Which runs come next in a merge of logs by time: in the order of when their lines can begin, or backwards can end.

Newest first, a run that has not ended may have a line of any moment, so all of those come at once; then those that ended, the last of
them first. Oldest first, runs come in the order of their creation. Only what has been begun is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from headway.model.clock import parse_iso
from headway.model.errors import InvalidCursor
from headway.model.ids import is_id
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Page, RunSort, Snapshot
from headway.web.log_query import LogQuery

_NOT_FINAL = frozenset(RunState) - FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """Up to where runs were taken into the merge."""

    sort: RunSort
    at: datetime | None = None
    run: str | None = None
    """The last that was taken."""
    is_reached: bool = False
    """There are no more."""

    def plain(self) -> list[Any]:
        return [self.sort.value, self.at.isoformat() if self.at else None, self.run, self.is_reached]


def begin(query: LogQuery) -> Frontier:
    return Frontier(sort=RunSort.STARTED if query.is_backward else RunSort.CREATED)


def read_frontier(plain: object) -> Frontier:
    """Raises `InvalidCursor`, `ValueError`."""
    match plain:
        case [str(sort), None, None, bool(is_reached)]:
            return Frontier(sort=RunSort(sort), is_reached=is_reached)
        case [str(sort), str(at), str(run), bool(is_reached)] if is_id(run):
            return Frontier(sort=RunSort(sort), at=parse_iso(at), run=run, is_reached=is_reached)
        case _:
            raise InvalidCursor


def take(snapshot: Snapshot, query: LogQuery, frontier: Frontier, count: int) -> tuple[list[Run], Frontier]:
    """The next runs, and where the frontier is then."""
    states = query.where.states
    after = None if frontier.at is None or frontier.run is None else (frontier.at, frontier.run)
    page = Page(sort=frontier.sort, is_descending=query.is_backward, limit=count, after=after)
    match frontier.sort:
        case RunSort.STARTED:
            wanted = states & _NOT_FINAL if states else _NOT_FINAL
            found = snapshot.runs.list(replace(query.where, states=wanted), page) if wanted else []
            runs = [run for run in found if run.started_at is not None]
            if len(runs) < count:
                ended, reached = take(snapshot, query, Frontier(sort=RunSort.FINISHED), count - len(runs))
                return [*runs, *ended], reached
        case RunSort.FINISHED:
            wanted = states & FINAL
            found = snapshot.runs.list(replace(query.where, states=wanted), page) if wanted or not states else []
            runs = [run for run in found if run.finished_at is not None]
            if len(runs) < count:
                return runs, replace(frontier, is_reached=True)
        case _:
            runs = snapshot.runs.list(query.where, page)
            if len(runs) < count:
                return runs, replace(frontier, is_reached=True)
    return runs, replace(frontier, at=_sorted_by(runs, frontier.sort), run=runs[-1].id)


def _sorted_by(runs: Sequence[Run], sort: RunSort) -> datetime:
    return cast("datetime", getattr(runs[-1], sort.value))
