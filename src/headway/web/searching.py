"""Search a run's log, a page of work at a time.

What is kept is read in short snapshots and searched outside of them, in a thread; a regular expression, of which nobody can say
how long it takes, in a process of its own. A page ends with its time, with its hits, or with the log.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson

from headway.model.errors import PatternTooSlow
from headway.model.events import Facet
from headway.store.contract import Snapshot
from headway.store.stretch import Stretch
from headway.web.desk import Call
from headway.web.matching import Hit, Match, Matched, Wanted
from headway.web.patterns import PAGE_SECONDS as PATTERN_SECONDS
from headway.web.patterns import PatternSearch, check_pattern, pattern_search

PAGE_SECONDS = 0.08
"""A thread's work for one page."""
STRETCH_BYTES = 4_194_304
"""Read and searched at once: about ten milliseconds in which the loop's thread has to share the interpreter, which it is given back
with each block that is opened. With an eighth of it half of a search were spent on handing things from thread to thread."""
PATTERN_BYTES = 524_288
"""The same for a pattern, of which a line may take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    items: Sequence[Hit]
    next_cursor: str | None
    """The line from which to go on."""
    total: None
    """Nobody has counted them."""
    scanned_to: int
    """The last line that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is to be looked through next: lines first … last of a stretch, where `last` is the end of the search."""

    stretch: Stretch
    first: int
    last: int
    limit: int
    deadline: float


Look = Callable[[Part], Awaitable[Matched]]


async def search(call: Call, run: str, wanted: Wanted, first: int, last: int, limit: int) -> Hits:
    """A page of hits from line `first` on. Raises `RunNotFound`, `InvalidPattern`, `PatternTooSlow`."""
    if not wanted.is_regex or not wanted.q:
        return await _search(call, run, wanted, first, last, limit, seconds=PAGE_SECONDS, look=lambda part: _in_a_thread(part, wanted))
    check_pattern(wanted)
    await call.store.read(lambda snapshot: call.see(snapshot, run))
    async with call.desk.asides, pattern_search(wanted) as process:
        return await _search(call, run, wanted, first, last, limit, seconds=PATTERN_SECONDS, look=lambda part: _aside(part, process))


async def _search(
    call: Call, run: str, wanted: Wanted, first: int, last: int, limit: int, *, seconds: float, look: Look
) -> Hits:  # fmt: skip
    deadline = monotonic() + seconds
    begun = first
    hits: list[Hit] = []
    while True:
        stretch, begin, end = await call.store.read(lambda snapshot, at=first: _read(call, snapshot, run, wanted, at, last))
        found = await look(Part(stretch=stretch, first=begin, last=end, limit=limit - len(hits), deadline=deadline))
        hits += found.hits
        if found.is_stuck and not hits and found.after <= max(begun, begin):
            raise PatternTooSlow(line=found.after, field="q")
        first = found.after
        if first > end:
            return Hits(items=hits, next_cursor=None, total=None, scanned_to=end)
        if len(hits) >= limit or found.is_stuck or monotonic() > deadline:
            return Hits(items=hits, next_cursor=str(first), total=None, scanned_to=first - 1)


def _read(call: Call, snapshot: Snapshot, run: str, wanted: Wanted, first: int, last: int) -> tuple[Stretch, int, int]:
    """What to look through next, from which line, and up to which: the last of the log, or the one asked for."""
    head = call.see_head(snapshot, run)[1]
    begin, end = max(first, head.first_kept_line), min(last, head.last_line)
    size = PATTERN_BYTES if wanted.is_regex else STRETCH_BYTES
    return snapshot.journal.stretch(run, Facet.LOG, begin, end, levels=wanted.levels, max_bytes=size), begin, end


async def _in_a_thread(part: Part, wanted: Wanted) -> Matched:
    return await asyncio.to_thread(look_through, part, wanted)


def look_through(part: Part, wanted: Wanted) -> Matched:
    """The hits of a stretch: all of it, for it takes but a few milliseconds, and a page gets on however busy the machine is."""
    match = Match(wanted)
    for packed in part.stretch.packed:
        after = match.look(packed.open(), part.first, part.last, limit=part.limit, deadline=math.inf, before=packed.last + 1)
        if len(match.hits) >= part.limit:
            return Matched(hits=match.hits, after=after)
    return Matched(hits=match.hits, after=part.stretch.after)


async def _aside(part: Part, process: PatternSearch) -> Matched:
    raw = await asyncio.to_thread(lambda: b"\n".join(packed.open() for packed in part.stretch.packed))
    if not raw:
        return Matched(hits=[], after=part.stretch.after)
    seconds = part.deadline - monotonic()
    return await process.look(raw, part.first, part.last, limit=part.limit, seconds=seconds, before=part.stretch.after)


async def entries_of(call: Call, run: str, levels: frozenset[str], first: int, last: int, limit: int) -> tuple[list[bytes], int | None]:
    """Log lines of these levels as they are stored, as far as one page of work goes, and the line from which to go on. Raises
    `RunNotFound`."""
    deadline = monotonic() + PAGE_SECONDS
    wanted = Wanted(levels=levels)
    chosen: list[bytes] = []
    while True:
        stretch, begin, end = await call.store.read(lambda snapshot, at=first: _read(call, snapshot, run, wanted, at, last))
        more, first = await asyncio.to_thread(_choose, stretch, wanted, begin, end, limit - len(chosen))
        chosen += more
        if first > end:
            return chosen, None
        if len(chosen) >= limit or monotonic() > deadline:
            return chosen, first


def _choose(stretch: Stretch, wanted: Wanted, first: int, last: int, limit: int) -> tuple[list[bytes], int]:
    """At most `limit` entries, and the line after the last that was looked at."""
    chosen: list[bytes] = []
    for packed in stretch.packed:
        for stored in packed.open().split(b"\n"):
            entry: dict[str, Any] = orjson.loads(stored)
            if first <= entry["line"] <= last and wanted.is_met_by(entry):
                chosen.append(stored)
                if len(chosen) >= limit:
                    return chosen, entry["line"] + 1
    return chosen, stretch.after
