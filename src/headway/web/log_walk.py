"""A walk over the logs of many runs: run by run in the order of their creation, line by line within a run.

What is kept is read in short snapshots, of many runs at once, and searched outside of them. A walk stops at its time or when who
walks has enough, says where, and can be taken up there.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from headway.model.errors import PatternTooSlow
from headway.model.events import Facet
from headway.model.run import Run
from headway.store.contract import Page, Snapshot
from headway.store.stretch import Packed, Stretch
from headway.web.desk import Call
from headway.web.inputs import LARGEST_NUMBER
from headway.web.log_query import LogQuery, Place, fits
from headway.web.matching import Hit, Match, Matched, Wanted
from headway.web.patterns import PAGE_SECONDS as PATTERN_SECONDS
from headway.web.patterns import pattern_search
from headway.web.searching import STRETCH_BYTES

PAGE_SECONDS = 0.25
"""Of work for one page over many runs."""
RUNS_AT_ONCE = 50
SNAPSHOT_SECONDS = 0.03
BLOCK_SECONDS = 2.0
"""For a pattern over one stretch, however late it is: else a walk might not get on."""
_ALL_HITS = 1_000_000_000


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
class Found:
    """A hit, its entry as it is stored, and where a walk that ends with it goes on."""

    run: Run
    hit: Hit
    stored: bytes
    next: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of the walk: what was found in some stretches, and where it goes on."""

    found: Sequence[Found]
    next: Place | None
    ended: int


Look = Callable[[Part], Awaitable[tuple[bytes, Matched]]]
"""Opens a part, and looks through it."""


async def walk(call: Call, query: LogQuery, place: Place | None, *, seconds: float | None = None) -> AsyncIterator[Leg]:
    """The hits from a place on, leg by leg, until `seconds` are over (None: a page's) or all has been looked through.

    Raises `RunNotFound` for a run that was named and may not be seen, and `PatternTooSlow`.
    """
    limit = seconds if seconds is not None else PATTERN_SECONDS if query.wanted.is_regex else PAGE_SECONDS
    deadline = monotonic() + limit
    async with _eyes(call, query, deadline) as look:
        while True:
            gathered = await call.store.read(lambda snapshot, at=place: gather(call, snapshot, query, at))
            found: list[Found] = []
            place = gathered.next
            for part in gathered.parts:
                more, stuck_at = await _look_at(part, query, look)
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
    size = ended = 0
    at = place
    for run, line in _runs(call, snapshot, query, place):
        first, last = (1, line or LARGEST_NUMBER - 1) if query.is_backward else (line or 1, LARGEST_NUMBER - 1)
        while first <= last:
            if size >= STRETCH_BYTES or (at is not place and monotonic() > until):
                return Gathered(parts=parts, next=at, ended=ended)
            stretch = snapshot.journal.stretch(
                run.id, Facet.LOG, first, last, levels=query.wanted.levels, max_bytes=max(STRETCH_BYTES - size, 1), span=query.span,
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


@asynccontextmanager
async def _eyes(call: Call, query: LogQuery, deadline: float) -> AsyncGenerator[Look]:
    """Who looks through what is read: a thread, or for a pattern a process of its own."""
    wanted = query.wanted
    if not wanted.is_regex:

        async def in_a_thread(part: Part) -> tuple[bytes, Matched]:
            return await asyncio.to_thread(_look_through, part, wanted)

        yield in_a_thread
        return
    async with call.desk.asides, pattern_search(wanted) as process:

        async def aside(part: Part) -> tuple[bytes, Matched]:
            raw = await asyncio.to_thread(_open, part.stretch.packed)
            seconds = max(deadline - monotonic(), BLOCK_SECONDS)
            before = part.stretch.packed[-1].last + 1
            found = await process.look(raw, part.first, part.last, limit=_ALL_HITS, seconds=seconds, before=before)
            # Backwards half a stretch is of no use: its newest lines are those that were not looked at.
            if (found.is_stuck and found.after <= part.first) or (query.is_backward and found.after < before):
                raise PatternTooSlow(line=found.after, field="q")
            return raw, found

        yield aside


async def _look_at(part: Part, query: LogQuery, look: Look) -> tuple[list[Found], Place | None]:
    """The hits of a part in the order of the walk; and a place, if time ended within the part."""
    packed = sorted(part.stretch.packed, key=lambda each: each.first)
    raw, matched = await look(replace(part, stretch=replace(part.stretch, packed=packed)))
    hits = matched.hits[::-1] if query.is_backward else matched.hits
    lines = raw.split(b"\n") if hits else []
    by = 1 if query.is_backward else -1
    found = [
        Found(
            run=part.run,
            hit=hit,
            stored=lines[_index(packed, hit.line)],
            next=Place(created_at=part.run.created_at, run=part.run.id, line=(hit.line - by) or None),
        )
        for hit in hits
    ]
    is_whole = query.is_backward or matched.after > packed[-1].last
    return found, None if is_whole else Place(created_at=part.run.created_at, run=part.run.id, line=matched.after)


def _look_through(part: Part, wanted: Wanted) -> tuple[bytes, Matched]:
    """All of it: that takes a few milliseconds, and a page gets on however busy the machine is."""
    raw = _open(part.stretch.packed)
    match = Match(wanted)
    after = match.look(raw, part.first, part.last, limit=_ALL_HITS, deadline=math.inf, before=part.stretch.packed[-1].last + 1)
    return raw, Matched(hits=match.hits, after=after)


def _open(packed: Sequence[Packed]) -> bytes:
    return b"\n".join(each.open() for each in packed)


def _index(packed: Sequence[Packed], line: int) -> int:
    """Where a line stands in what was opened: the log has a line for every number."""
    at = 0
    for each in packed:
        if line <= each.last:
            return at + line - each.first
        at += each.last - each.first + 1
    raise IndexError(line)
