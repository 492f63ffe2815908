"""Who looks through what was read of a log: a thread, or for a pattern a process of its own."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from headway.model.errors import PatternTooSlow
from headway.store.stretch import Packed
from headway.web.desk import Call
from headway.web.matching import Hit, Match, Wanted
from headway.web.patterns import pattern_search
from headway.web.searching import PATTERN_BYTES, STRETCH_BYTES

BLOCK_SECONDS = 2.0
"""For a pattern over one stretch, however late it is: else who looks might not get on."""
_ALL_HITS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Lines first … last of a log, and in order what holds them, and perhaps more."""

    packed: Sequence[Packed]
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    hits: Sequence[tuple[Hit, bytes]]
    """In order of line, each with its entry as it is stored."""
    after: int | None = None
    """The first line that was not looked at, if time ended before it."""


Scan = Callable[[Sequence[Piece]], Awaitable[list[Scanned]]]
"""Opens some parts of logs, and looks through them."""


def bytes_at_once(wanted: Wanted) -> int:
    return PATTERN_BYTES if wanted.is_regex else STRETCH_BYTES


@asynccontextmanager
async def scanner(call: Call, wanted: Wanted, deadline: float) -> AsyncGenerator[Scan]:
    """`deadline`: monotonic seconds, for patterns. The scan raises `PatternTooSlow`."""
    if not wanted.is_regex:

        async def in_a_thread(pieces: Sequence[Piece]) -> list[Scanned]:
            return await asyncio.to_thread(lambda: [_scan(each, wanted) for each in pieces])

        yield in_a_thread
        return
    async with call.desk.asides, pattern_search(wanted) as process:

        async def aside(pieces: Sequence[Piece]) -> list[Scanned]:
            seen: list[Scanned] = []
            for each in pieces:
                raw = await asyncio.to_thread(_open, each.packed)
                seconds, before = max(deadline - monotonic(), BLOCK_SECONDS), each.packed[-1].last + 1
                found = await process.look(raw, each.first, each.last, limit=_ALL_HITS, seconds=seconds, before=before)
                if found.is_stuck and found.after <= each.first:
                    raise PatternTooSlow(line=found.after, field="q")
                lines = raw.split(b"\n") if found.hits else []
                hits = [(hit, lines[_index(each.packed, hit.line)]) for hit in found.hits]
                seen.append(Scanned(hits=hits, after=found.after if found.after < before else None))
            return seen

        yield aside


def _scan(piece: Piece, wanted: Wanted) -> Scanned:
    """All of it, block by block: that takes a few milliseconds, and a page gets on however busy the machine is."""
    match = Match(wanted)
    for packed in piece.packed:
        match.look(packed.open(), piece.first, piece.last, limit=_ALL_HITS, deadline=math.inf, before=packed.last + 1)
    return Scanned(hits=list(zip(match.hits, match.stored, strict=True)))


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
