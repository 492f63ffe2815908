"""A walk over the logs of many runs, to count what matches: run by run in the order of their creation, line by line within a run.

What is kept is read in short snapshots, of many runs at once, and searched outside of them. A walk stops at its time, says where, and
can be taken up there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from headway.model.errors import PatternTooSlow
from headway.model.events import Facet
from headway.model.run import Run
from headway.store.contract import Page, Snapshot
from headway.store.stretch import Stretch
from headway.web.desk import Call
from headway.web.inputs import LARGEST_NUMBER
from headway.web.log_query import LogQuery, Place, fits
from headway.web.log_scanner import Piece, Scan, bytes_at_once, scanner
from headway.web.matching import Hit

RUNS_AT_ONCE = 50
SNAPSHOT_SECONDS = 0.03
"""So long one snapshot is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a run's log that is to be looked through."""

    run: Run
    stretch: Stretch
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    parts: Sequence[Part]
    next: Place | None
    """Where to go on; None: these were the last."""
    ended: int
    """Runs of which nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of the walk: what was found in some stretches, and where it goes on."""

    found: Sequence[tuple[Run, Hit]]
    next: Place | None
    ended: int


async def walk(call: Call, query: LogQuery, place: Place | None, *, seconds: float) -> AsyncIterator[Leg]:
    """The hits from a place on, leg by leg, until `seconds` are over or all has been looked through.

    Raises `RunNotFound` for a run that was named and may not be seen, and `PatternTooSlow`.
    """
    deadline = monotonic() + seconds
    async with scanner(call, query.wanted, deadline) as scan:
        while True:
            gathered = await call.store.read(lambda snapshot, at=place: gather(call, snapshot, query, at))
            found: list[tuple[Run, Hit]] = []
            place = gathered.next
            for part in gathered.parts:
                more, stuck_at = await _look_at(part, query, scan)
                found += more
                if stuck_at is not None:
                    place = stuck_at
                    break
            yield Leg(found=found, next=place, ended=gathered.ended)
            if place is None or monotonic() > deadline:
                return


def gather(call: Call, snapshot: Snapshot, query: LogQuery, place: Place | None) -> Gathered:
    """As much as is looked through at once: a few stretches of one run, or the whole logs of many."""
    until = monotonic() + SNAPSHOT_SECONDS
    parts: list[Part] = []
    most = bytes_at_once(query.wanted)
    size = ended = 0
    at = place
    for run, line in _runs(call, snapshot, query, place):
        first, last = (1, line or LARGEST_NUMBER - 1) if query.is_backward else (line or 1, LARGEST_NUMBER - 1)
        while first <= last:
            if size >= most or (at is not place and monotonic() > until):
                return Gathered(parts=parts, next=at, ended=ended)
            stretch = snapshot.journal.stretch(
                run.id, Facet.LOG, first, last, levels=query.wanted.levels, max_bytes=max(most - size, 1), span=query.span,
                is_backward=query.is_backward,
            )  # fmt: skip
            if stretch.packed:
                parts.append(Part(run=run, stretch=stretch, first=first, last=last))
            size += stretch.size
            first, last = (first, stretch.after) if query.is_backward else (stretch.after, last)
            at = Place(created_at=run.created_at, run=run.id, line=(last if query.is_backward else first) if first <= last else None)
        ended += 1
    is_end = query.runs or ended < RUNS_AT_ONCE
    return Gathered(parts=parts, next=None if is_end else at, ended=ended)


def _runs(call: Call, snapshot: Snapshot, query: LogQuery, place: Place | None) -> Iterator[tuple[Run, int | None]]:
    """Some runs from a place on, in order, and the line from which to go on in the first."""
    begun: Run | None = None
    if place and place.line is not None:
        begun = snapshot.runs.get(place.run)
        # A cursor is never trusted. A run that has changed its state meanwhile is read to its end.
        if begun is not None and (begun.id in query.runs or fits(begun, replace(query.where, states=frozenset()))):
            yield begun, place.line
        else:
            begun = None
    page = Page(is_descending=query.is_backward, limit=RUNS_AT_ONCE - (begun is not None))
    for run in runs_from(call, snapshot, query, place, page):
        yield run, None


def runs_from(call: Call, snapshot: Snapshot, query: LogQuery, place: Place | None, page: Page) -> list[Run]:
    """The runs behind a place, in order: those that were named, or a page of those that match. Raises `RunNotFound` for one that was
    named and may not be seen."""
    after = (place.created_at, place.run) if place else None
    if not query.runs:
        return snapshot.runs.list(query.where, replace(page, after=after))
    named = [run for run in (call.see(snapshot, name) for name in query.runs) if fits(run, replace(query.where, projects=None))]
    named.sort(key=_key, reverse=query.is_backward)
    return [run for run in named if after is None or (_key(run) < after if query.is_backward else _key(run) > after)]


def _key(run: Run) -> tuple[datetime, str]:
    return run.created_at, run.id


async def _look_at(part: Part, query: LogQuery, scan: Scan) -> tuple[list[tuple[Run, Hit]], Place | None]:
    """The hits of a part; and a place, if time ended within the part."""
    packed = sorted(part.stretch.packed, key=lambda each: each.first)
    (seen,) = await scan([Piece(packed=packed, first=part.first, last=part.last)])
    if query.is_backward and seen.after is not None:
        # Backwards half a stretch is of no use: its newest lines are those that were not looked at.
        raise PatternTooSlow(line=seen.after, field="q")
    found = [(part.run, hit) for hit, _ in seen.hits]
    return found, None if seen.after is None else Place(created_at=part.run.created_at, run=part.run.id, line=seen.after)
