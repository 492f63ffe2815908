"""An act for all runs that match a filter: found page by page, each page acted on in one transaction, so that nobody waits long.

What matches is what there is when it begins: runs that are created meanwhile are not touched. A call that does not reach all says
where to go on. Merely asked again, it would meet those again that still match: what could not follow, what was only run again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from headway.access.principal import Principal
from headway.acts.many import ForMany
from headway.acts.wish import Acted
from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError, Invalid, InvalidCursor
from headway.model.ids import is_id
from headway.store.contract import Page, RunFilter, Snapshot, Store
from headway.web.cursors import pack, unpack
from headway.web.inputs import BULK_LIMIT

SLICE = 500
"""Runs of one transaction."""
FAILURES_SHOWN = 1_000
_EVERYTHING = RunFilter()


@dataclass(slots=True, kw_only=True)
class BulkResult:
    matched: int = 0
    succeeded: int = 0
    failed_count: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The first 1,000: ``{id, problem: {code, detail}}``."""
    is_complete: bool = True
    next_cursor: str | None = None
    """Where the next call goes on; None: all have been reached."""

    def add(self, acted: Acted) -> None:
        self.succeeded += len(acted.succeeded)
        self.failed_count += len(acted.failed)
        room = FAILURES_SHOWN - len(self.failed)
        self.failed += [{"id": run, "problem": _told(error)} for run, error in acted.failed[:room]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one call is about, of all that matches."""

    limit: int = BULK_LIMIT
    until: datetime | None = None
    """When the first call began; None: this is the first."""
    after: tuple[datetime, str] | None = None
    """`created_at` and id of the last run that was reached."""


def write_cursor(until: datetime, place: tuple[Any, str]) -> str:
    """base64url of JSON ``[when the first call began, created_at, id]``."""
    return pack([until.isoformat(), place[0].isoformat(), place[1]])


def read_stretch(cursor: str | None, limit: int | None) -> Stretch:
    """Raises `InvalidCursor`."""
    limit = BULK_LIMIT if limit is None else limit
    if cursor is None:
        return Stretch(limit=limit)
    try:
        match unpack(cursor):
            case [str(until), str(created), str(run)] if is_id(run):
                return Stretch(limit=limit, until=parse_iso(until), after=(parse_iso(created), run))
            case _:
                raise InvalidCursor
    except ValueError as error:
        raise InvalidCursor from error


def _told(error: HeadwayError) -> dict[str, Any]:
    return {"code": error.code, "detail": error.message}


def check_aim(where: RunFilter, runs: Sequence[str] | None, *, is_everything: bool) -> None:
    """Raise `Invalid` unless it is plain which runs are meant: nobody cancels everything by leaving something out."""
    has_filter = replace(where, projects=None) != _EVERYTHING
    if sum((has_filter, runs is not None, is_everything)) != 1:
        raise Invalid(
            "Say which runs are meant, in one way: a filter in the query, their ids as `runs`, or `is_everything`: true.", field="runs"
        )


async def count_matches(store: Store, where: RunFilter, many: ForMany) -> BulkResult:
    """How many runs it would be, without touching them."""
    narrowed = _narrowed(where, many)
    if narrowed is None:
        return BulkResult()
    count = await store.read(lambda snapshot: snapshot.runs.count(narrowed, limit=BULK_LIMIT + 1))
    return BulkResult(matched=min(count, BULK_LIMIT), is_complete=count <= BULK_LIMIT)


async def act_on_matches(
    store: Store, where: RunFilter, many: ForMany, by: Principal, reason: str | None, stretch: Stretch = Stretch()
) -> BulkResult:
    result = BulkResult()
    async for runs in _slices(store, where, many, stretch, result):
        await _act(store, runs, many, by, reason, result)
    return result


async def act_on_named(store: Store, runs: Sequence[str], many: ForMany, by: Principal, reason: str | None) -> BulkResult:
    result = BulkResult()
    named = list(dict.fromkeys(runs))
    for start in range(0, len(named), SLICE):
        await _act(store, named[start : start + SLICE], many, by, reason, result)
    return result


async def _act(store: Store, runs: Sequence[str], many: ForMany, by: Principal, reason: str | None, result: BulkResult) -> None:
    result.matched += len(runs)
    while runs:
        left = runs
        acted = await store.write(lambda tx: many.act(tx, left, by, reason))  # noqa: B023  (awaited within this turn)
        result.add(acted)
        # With large families a transaction reaches fewer than it was given.
        runs = runs[len(acted.succeeded) + len(acted.failed) :]


async def _slices(store: Store, where: RunFilter, many: ForMany, stretch: Stretch, result: BulkResult) -> AsyncIterator[list[str]]:
    """Ids of what matches, oldest first; when the limit is reached, `result` says that there is more, and where."""
    narrowed = _narrowed(where, many)
    if narrowed is None:
        return
    until = stretch.until or await store.read(lambda snapshot: snapshot.now)
    narrowed = replace(narrowed, created_to=until if narrowed.created_to is None else min(until, narrowed.created_to))
    after: tuple[Any, str] | None = stretch.after
    while True:
        room = min(SLICE, stretch.limit - result.matched)
        # One more than is acted on tells whether there is more.
        page = Page(is_descending=False, limit=room + 1, after=after)

        def read(snapshot: Snapshot, page: Page = page) -> list[tuple[Any, str]]:
            return snapshot.runs.places(narrowed, page)

        found = await store.read(read)
        if found[:room]:
            after = found[:room][-1]
            yield [run for _, run in found[:room]]
        if len(found) <= room:
            return
        if after is not None and result.matched >= stretch.limit:
            result.is_complete = False
            result.next_cursor = write_cursor(until, after)
            return


def _narrowed(where: RunFilter, many: ForMany) -> RunFilter | None:
    """The filter, and the states that the act concerns; None: nothing can match both."""
    states = where.states & many.concerns if where.states else many.concerns
    return replace(where, states=states) if states else None
