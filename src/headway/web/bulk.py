"""An act for all runs that match a filter: found page by page, each page acted on in one transaction, so that nobody waits long.

What matches is what there is when it begins: runs that are created meanwhile are not touched. A call that does not reach all says
where to go on. Merely asked again, it would meet those again that still match: what could not follow, what was only run again.
With the cursor of a preview, or of the call before, a call may be repeated whose answer got lost: it does nothing twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from headway.access.principal import Principal
from headway.acts.asking import ask_for_matches, ask_for_named
from headway.acts.many import ForMany
from headway.acts.sweep import Sweep
from headway.acts.wish import Acted
from headway.model.approval import Approval
from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError, Invalid, InvalidCursor
from headway.model.ids import is_id, new_id
from headway.store.contract import Page, RunFilter, Snapshot, Store, Transaction
from headway.web.cursors import pack, unpack
from headway.web.inputs import BULK_LIMIT

SLICE = 500
"""Runs of one transaction."""
FAILURES_SHOWN = SKIPPED_SHOWN = STARTED_SHOWN = 1_000
_EVERYTHING = RunFilter()


@dataclass(slots=True, kw_only=True)
class BulkResult:
    matched: int = 0
    succeeded: int = 0
    failed_count: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The first 1,000: ``{id, problem: {code, detail}}``."""
    skipped_count: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Of a retry: those that are run again by the retry of an `ancestor` that is meant as well. The first 1,000: ``{id, ancestor}``."""
    started: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Of a retry: the new run of each. The first 1,000: ``{id, run}``."""
    is_complete: bool = True
    next_cursor: str | None = None
    """Where the next call goes on, or, of a preview, begins; None: all have been reached."""

    def add(self, acted: Acted) -> None:
        self.succeeded += len(acted.succeeded)
        self.failed_count += len(acted.failed)
        room = FAILURES_SHOWN - len(self.failed)
        self.failed += [{"id": run, "problem": _told(error)} for run, error in acted.failed[:room]]
        self.skipped_count += len(acted.skipped)
        room = SKIPPED_SHOWN - len(self.skipped)
        self.skipped += [{"id": run, "ancestor": ancestor} for run, ancestor in acted.skipped[:room]]
        room = STARTED_SHOWN - len(self.started)
        self.started += [{"id": run, "run": new} for run, new in acted.started[:room]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one call is about, of all that matches."""

    limit: int = BULK_LIMIT
    sweep: str | None = None
    """Id of the sweep; None: this call begins it."""
    until: datetime | None = None
    """When it began."""
    after: tuple[datetime, str] | None = None
    """`created_at` and id of the last run that was reached; None: none yet."""


def write_cursor(sweep: str, until: datetime, place: tuple[Any, str] | None) -> str:
    """base64url of JSON ``[id of the sweep, when it began]``, and of the last run that was reached ``created_at, id``."""
    return pack([sweep, until.isoformat(), *((place[0].isoformat(), place[1]) if place is not None else ())])


def read_stretch(cursor: str | None, limit: int | None) -> Stretch:
    """Raises `InvalidCursor`."""
    limit = BULK_LIMIT if limit is None else limit
    if cursor is None:
        return Stretch(limit=limit)
    try:
        match unpack(cursor):
            case [str(sweep), str(until)] if is_id(sweep):
                return Stretch(limit=limit, sweep=sweep, until=parse_iso(until))
            case [str(sweep), str(until), str(created), str(run)] if is_id(sweep) and is_id(run):
                return Stretch(limit=limit, sweep=sweep, until=parse_iso(until), after=(parse_iso(created), run))
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
    """How many runs it would be, without touching them, and the cursor with which a call reaches these."""

    def read(snapshot: Snapshot) -> BulkResult:
        narrowed = _narrowed(where, many, snapshot.now)
        count = snapshot.runs.count(narrowed, limit=BULK_LIMIT + 1) if narrowed is not None else 0
        cursor = write_cursor(new_id(), snapshot.now, None) if count else None
        return BulkResult(matched=min(count, BULK_LIMIT), is_complete=count <= BULK_LIMIT, next_cursor=cursor)

    return await store.read(read)


async def act_on_matches(
    store: Store, where: RunFilter, many: ForMany, by: Principal, reason: str | None, stretch: Stretch = Stretch()
) -> BulkResult:
    result = BulkResult()
    until = stretch.until or await store.read(lambda snapshot: snapshot.now)
    narrowed = _narrowed(where, many, until)
    if narrowed is not None:
        sweep = Sweep(id=stretch.sweep or new_id(), where=narrowed)
        async for runs, place, is_last in _slices(store, narrowed, stretch):
            await _act(store, runs, many, by, reason, sweep, result)
            if not is_last and result.matched >= stretch.limit:
                result.is_complete = False
                result.next_cursor = write_cursor(sweep.id, until, place)
                break
    return result


async def ask_first_for_matches(
    store: Store, where: RunFilter, many: ForMany, by: Principal, reason: str | None, stretch: Stretch
) -> Approval | None:
    """What was asked for, of others who have to approve it; None: they need not. Raises `TooLarge` for more than one may ask for."""

    def ask(tx: Transaction) -> Approval | None:
        narrowed = _narrowed(where, many, stretch.until or tx.now)
        return None if narrowed is None else ask_for_matches(tx, many, narrowed, by, reason, after=stretch.after)

    return await store.write(ask) if many.kind is not None else None


async def ask_first_for_named(store: Store, runs: Sequence[str], many: ForMany, by: Principal, reason: str | None) -> Approval | None:
    """The same for those that are named."""
    return await store.write(lambda tx: ask_for_named(tx, many, runs, by, reason)) if many.kind is not None else None


async def count_named(store: Store, runs: Sequence[str]) -> BulkResult:
    """How many runs are named, without touching them, and the cursor with which the act may be repeated."""
    cursor = write_cursor(new_id(), await store.read(lambda snapshot: snapshot.now), None)
    return BulkResult(matched=len(set(runs)), next_cursor=cursor)


async def act_on_named(
    store: Store, runs: Sequence[str], many: ForMany, by: Principal, reason: str | None, stretch: Stretch = Stretch()
) -> BulkResult:
    """Those that are named, whatever their state. Raises `InvalidCursor` where that of an act on what matches is given."""
    if stretch.after is not None:
        raise InvalidCursor
    result = BulkResult()
    named = list(dict.fromkeys(runs))
    sweep = Sweep(id=stretch.sweep or new_id(), named=frozenset(named))
    for start in range(0, len(named), SLICE):
        await _act(store, named[start : start + SLICE], many, by, reason, sweep, result)
    return result


async def _act(
    store: Store, runs: Sequence[str], many: ForMany, by: Principal, reason: str | None, sweep: Sweep, result: BulkResult
) -> None:
    result.matched += len(runs)
    while runs:
        left = runs
        acted = await store.write(lambda tx: many.act(tx, left, by, reason, sweep))  # noqa: B023  (awaited within this turn)
        result.add(acted)
        # With large families a transaction reaches fewer than it was given.
        runs = runs[acted.reached :]


async def _slices(store: Store, where: RunFilter, stretch: Stretch) -> AsyncIterator[tuple[list[str], tuple[Any, str], bool]]:
    """Ids of what matches, oldest first, where the last of them stands, and whether they are the last."""
    after: tuple[Any, str] | None = stretch.after
    left = stretch.limit
    while left > 0:
        room = min(SLICE, left)
        # One more than is acted on tells whether there is more.
        page = Page(is_descending=False, limit=room + 1, after=after)

        def read(snapshot: Snapshot, page: Page = page) -> list[tuple[Any, str]]:
            return snapshot.runs.places(where, page)

        found = await store.read(read)
        if not found:
            return
        after = found[:room][-1]
        left -= len(found[:room])
        yield [run for _, run in found[:room]], after, len(found) <= room
        if len(found) <= room:
            return


def _narrowed(where: RunFilter, many: ForMany, until: datetime) -> RunFilter | None:
    """The filter, the states that the act concerns, and when it began; None: nothing can match all of that."""
    states = where.states & many.concerns if where.states else many.concerns
    created_to = until if where.created_to is None else min(until, where.created_to)
    return replace(where, states=states, created_to=created_to) if states else None
