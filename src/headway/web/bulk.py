"""An act for all runs that match a filter: found page by page, each page acted on in one transaction, so that nobody waits long.

What matches is what there is when it begins: runs that are created meanwhile are not touched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headway.access.principal import Principal
from headway.acts.many import ForMany
from headway.acts.wish import Acted
from headway.model.errors import HeadwayError, Invalid
from headway.store.contract import Page, RunFilter, Snapshot, Store

SLICE = 500
"""Runs of one transaction."""
BULK_LIMIT = 10_000
"""Runs of one call; when there are more, the answer says so, and the caller asks again."""
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

    def add(self, acted: Acted) -> None:
        self.succeeded += len(acted.succeeded)
        self.failed_count += len(acted.failed)
        room = FAILURES_SHOWN - len(self.failed)
        self.failed += [{"id": run, "problem": _told(error)} for run, error in acted.failed[:room]]


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


async def act_on_matches(store: Store, where: RunFilter, many: ForMany, by: Principal, reason: str | None) -> BulkResult:
    result = BulkResult()
    async for runs in _slices(store, where, many, result):
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
    result.add(await store.write(lambda tx: many.act(tx, runs, by, reason)))


async def _slices(store: Store, where: RunFilter, many: ForMany, result: BulkResult) -> AsyncIterator[list[str]]:
    """Ids of what matches, oldest first; when the limit is reached, `result` says that there is more."""
    narrowed = _narrowed(where, many)
    if narrowed is None:
        return
    until = await store.read(lambda snapshot: snapshot.now)
    narrowed = replace(narrowed, created_to=until if narrowed.created_to is None else min(until, narrowed.created_to))
    page = Page(is_descending=False, limit=SLICE)
    while True:

        def read(snapshot: Snapshot, page: Page = page) -> list[tuple[Any, str]]:
            return snapshot.runs.places(narrowed, page)

        found = await store.read(read)
        if found and result.matched >= BULK_LIMIT:
            result.is_complete = False
            return
        if found:
            yield [run for _, run in found]
        if len(found) < SLICE:
            return
        page = replace(page, after=found[-1])


def _narrowed(where: RunFilter, many: ForMany) -> RunFilter | None:
    """The filter, and the states that the act concerns; None: nothing can match both."""
    states = where.states & many.concerns if where.states else many.concerns
    return replace(where, states=states) if states else None
