"""The logs of many runs as one, by time: a merge of what matches in each.

What is known of a log unopened says of which time its blocks are, so they lie in one heap, by the moment at which they could matter:
runs that were not begun yet, blocks that were not opened, and the hits of those that were. What comes out at the top is the next hit.
Few blocks are open at a time, and those whose hits are wanted last are closed again when they grow too large, so memory does not grow
with the logs. A merge stops at its time or when who reads has enough, and can be taken up at its position.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from time import monotonic
from uuid import UUID

from headway.model.clock import parse_iso
from headway.model.errors import PatternTooSlow
from headway.model.events import Facet
from headway.model.run import Run
from headway.store.contract import RunSort, Snapshot
from headway.store.stretch import Outline, Outlines, Packed
from headway.web.desk import Call
from headway.web.log_frontier import Frontier, begin, take
from headway.web.log_position import EARLIEST, LATEST, OPEN_RUNS, Position, micros, number_of
from headway.web.log_query import CLOCKS_APART, LogQuery, fits
from headway.web.log_scanner import Piece, Scan, bytes_at_once, scanner
from headway.web.matching import Hit
from headway.web.patterns import PAGE_SECONDS as PATTERN_SECONDS

PAGE_SECONDS = 0.25
"""Of work for one page over many runs."""
LEG_HITS, LEG_BYTES = 1_000, 1_000_000
OPENED_BYTES = 32_000_000
"""Of hits that wait for their turn; about as much again is what is known of them."""
BLOCK_BYTES = 32_768
"""Smaller neighbours are opened together."""
BLOCKS_OF_RUN = 1_024
"""What is known of one run's log; of a longer one the blocks are larger."""
RUNS_AT_ONCE = 50
"""Taken into the merge, in one snapshot."""
FIRST_BYTES = 262_144
"""Opened at first; then more and more at once, up to `bytes_at_once`."""
_HIT_BYTES = 700
"""What a hit takes beside its entry."""
_WHOLE_KEY = 3
_MICROSECOND = timedelta(microseconds=1)

Key = tuple[int, ...]
"""What sorts as the merge goes: moment, run, line; of what is not open yet, the moment alone. All negative if the newest come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A hit, with its entry as it is stored."""

    run: Run
    hit: Hit
    stored: bytes
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of the merge."""

    told: Sequence[Told]
    next: Position | None
    """Where it goes on; None: this was all."""
    ended: int
    """Runs of which nothing is left."""


@dataclass(eq=False, slots=True)
class _Source:
    run: Run
    low: int
    high: int
    """Between these its lines are placed, whatever its clock said."""
    late: int | None
    blocks: int = 0


@dataclass(eq=False, slots=True)
class _Block:
    """Lines of one run. Closed, `hits` is None; opened they are there, the next one last."""

    source: _Source
    first: int
    last: int
    size: int
    low: int
    high: int
    since: Key = ()
    """Hits before this one have been told."""
    hits: list[Told] | None = None
    weight: int = 0


@dataclass(eq=False, slots=True)
class Merge:
    """The hits from a position on. Raises `RunNotFound` for a run that was named and may not be seen, and `PatternTooSlow`."""

    call: Call
    query: LogQuery
    position: Position | None
    limit: int | None = None
    """Hits; None: all."""
    _heap: list[tuple[Key, int, _Block | None]] = field(default_factory=list[tuple[Key, int, "_Block | None"]])
    """With None in the place of a block: the runs that were not begun yet."""
    _numbers: count[int] = field(default_factory=count)
    _open: dict[str, _Source] = field(default_factory=dict[str, _Source])
    _frontier: Frontier = field(init=False)
    _is_held: bool = False
    """Whether runs wait for there to be room."""
    _since: Key = ()
    _ended: int = 0
    _weight: int = 0
    _batch: int = 0

    def __post_init__(self) -> None:
        self._frontier = self.position.frontier if self.position else begin(self.query)
        self._batch = FIRST_BYTES
        if self.position:
            self._since = self._key_of(self.position)

    async def legs(self, seconds: float | None = None) -> AsyncIterator[Leg]:
        """Leg by leg, until `seconds` are over (None: a page's) or everything has been told."""
        wanted = self.query.wanted
        deadline = monotonic() + (seconds if seconds is not None else PATTERN_SECONDS if wanted.is_regex else PAGE_SECONDS)
        async with scanner(self.call, wanted, deadline) as scan:
            await self._begin()
            left = self.limit
            begun = (self._top, self._frontier)
            while True:
                most = LEG_HITS if left is None else min(left, LEG_HITS)
                told = await self._gather(scan, most, deadline, begun)
                left = None if left is None else left - len(told)
                yield Leg(told=told, next=self._next(), ended=self._ended)
                self._ended = 0
                if not self._heap or left == 0 or monotonic() > deadline:
                    return

    # --- what is next ---------------------------------------------------------------------------------------------------

    @property
    def _sign(self) -> int:
        return -1 if self.query.is_backward else 1

    @property
    def _top(self) -> Key:
        return self._heap[0][0] if self._heap else ()

    async def _gather(self, scan: Scan, most: int, deadline: float, begun: tuple[Key, Frontier]) -> list[Told]:
        told: list[Told] = []
        size = 0
        while self._heap:
            _, _, block = self._heap[0]
            if block is not None and block.hits:
                hit = self._tell(block)
                told.append(hit)
                size += len(hit.stored)
                if len(told) >= most or size > LEG_BYTES:
                    return told
                continue
            # A page gets on, however busy the machine is: else whoever asks for the next one would ask for ever.
            if monotonic() > deadline and (told or (self._top, self._frontier) != begun):
                return told
            if block is None:
                await self._take_runs()
            else:
                await self._open_blocks(scan)
        return told

    def _tell(self, block: _Block) -> Told:
        heappop(self._heap)
        hits = block.hits or []
        hit = hits.pop()
        self._since = (*hit.key[:-1], hit.key[-1] + 1)
        if hits:
            self._push(hits[-1].key, block)
        else:
            self._close(block)
        return hit

    def _push(self, key: Key, block: _Block | None) -> None:
        # What is behind is next; `_since` is that of a hit, so a moment alone is no less than its moment.
        heappush(self._heap, (max(key, self._since[:1]), next(self._numbers), block))

    def _close(self, block: _Block) -> None:
        self._weight -= block.weight
        source = block.source
        source.blocks -= 1
        if source.blocks == 0 and self._open.pop(source.run.id, None):
            self._ended += 1
            if self._is_held:
                self._is_held = False
                self._push((self._top or self._since or self._ends())[:1], None)

    def _ends(self) -> Key:
        return (-LATEST if self.query.is_backward else EARLIEST,)

    # --- runs -----------------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """The runs that were named, or those that were open at the position; the others come from the frontier on."""
        if self.query.runs:
            late: dict[str, int | None] = dict.fromkeys(self.query.runs)
        else:
            late = dict(self.position.open) if self.position else {}
            if not self._frontier.is_reached:
                # From where it stood: it is of runs behind those that are open.
                self._push(self._bound_of(self._frontier), None)
        if late:
            await self._open_runs(late)

    async def _open_runs(self, late: dict[str, int | None]) -> None:
        def named(snapshot: Snapshot) -> list[tuple[Run, Outlines]]:
            where = self.query.where
            if self.query.runs:
                runs = [run for run in (self.call.see(snapshot, each) for each in late) if fits(run, replace(where, projects=None))]
            else:
                # A cursor is never trusted. A run that has changed its state meanwhile is read to its end.
                runs = [run for run in snapshot.runs.get_many(list(late)) if fits(run, replace(where, states=frozenset()))]
            return [(run, self._outlines(snapshot, run, 1)) for run in runs]

        for run, outlines in await self.call.store.read(named):
            await self._open_run(run, outlines, late.get(run.id))

    async def _take_runs(self) -> None:
        """Takes some of the next runs into the merge, if there is room."""
        room = OPEN_RUNS - len(self._open)
        key, _, _ = heappop(self._heap)
        if room <= 0:
            self._is_held = True
            return
        frontier = self._frontier
        # Those that had to wait come next, wherever their lines would have stood.
        late = self._sign * (key[0] + 1) if self._bound_of(frontier) < key else None

        def behind(snapshot: Snapshot) -> tuple[list[tuple[Run, Outlines]], Frontier]:
            runs, reached = take(snapshot, self.query, frontier, min(room, RUNS_AT_ONCE))
            return [(run, self._outlines(snapshot, run, 1)) for run in runs], reached

        runs, self._frontier = await self.call.store.read(behind)
        for run, outlines in runs:
            await self._open_run(run, outlines, late)
        if not self._frontier.is_reached:
            self._push(self._bound_of(self._frontier), None)

    def _bound_of(self, frontier: Frontier) -> Key:
        """Before this none of the runs that were not begun has a line."""
        if frontier.at is None or (self.query.is_backward and frontier.sort is RunSort.STARTED):
            return self._ends()
        return (self._sign * (micros(frontier.at) - self._sign * CLOCKS_APART // _MICROSECOND),)

    async def _open_run(self, run: Run, outlines: Outlines, late: int | None) -> None:
        low, high = EARLIEST, LATEST
        if self.query.is_backward:
            ends = LATEST if run.finished_at is None else micros(run.finished_at + CLOCKS_APART)
            high = ends if late is None else min(ends, late)
        else:
            begins = micros(run.created_at - CLOCKS_APART)
            low = begins if late is None else max(begins, late)
        source = _Source(run, low, high, late)
        blocks = [block for block in await self._blocks(source, outlines) if self._has_more(block)]
        source.blocks = len(blocks)
        if not blocks:
            self._ended += 1
            return
        self._open[run.id] = source
        for block in blocks:
            self._push(self._bound(block), block)

    def _has_more(self, block: _Block) -> bool:
        last = block.low if self.query.is_backward else block.high
        return not self._since or self._sign * last >= self._since[0]

    def _bound(self, block: _Block) -> Key:
        return (self._sign * (block.high if self.query.is_backward else block.low),)

    def _outlines(self, snapshot: Snapshot, run: Run, first: int) -> Outlines:
        return snapshot.journal.outlines(run.id, Facet.LOG, first, levels=self.query.wanted.levels, span=self.query.span)

    async def _blocks(self, source: _Source, outlines: Outlines) -> list[_Block]:
        """What the run's log consists of, neighbours put together."""
        blocks: list[_Block] = []
        least = BLOCK_BYTES
        while True:
            for each in outlines.items:
                _add(blocks, _block_of(source, each), least)
            if len(blocks) > BLOCKS_OF_RUN:
                least *= 2
                whole, blocks = blocks, []
                for block in whole:
                    _add(blocks, block, least)
            if outlines.after is None:
                return blocks
            outlines = await self.call.store.read(lambda snapshot, at=outlines.after: self._outlines(snapshot, source.run, at))

    # --- blocks ---------------------------------------------------------------------------------------------------------

    async def _open_blocks(self, scan: Scan) -> None:
        """Opens the block at the top, and those behind it as far as nothing stands between them."""
        chosen: list[_Block] = []
        size = 0
        while self._heap and (block := self._heap[0][2]) is not None and not block.hits and (not chosen or size < self._batch):
            heappop(self._heap)
            chosen.append(block)
            size += block.size
        self._batch = min(self._batch * 2, bytes_at_once(self.query.wanted))
        pieces = await self.call.store.read(lambda snapshot: [self._piece(snapshot, block) for block in chosen])
        there = [(block, piece) for block, piece in zip(chosen, pieces, strict=True) if piece.packed]
        seen = await scan([piece for _, piece in there])
        found = {id(block): each for (block, _), each in zip(there, seen, strict=True)}
        for block in chosen:
            each = found.get(id(block))
            if each is not None and each.after is not None:
                if each.after <= block.first:
                    raise PatternTooSlow(line=each.after, field="q")
                rest = _Block(block.source, each.after, block.last, block.size, block.low, block.high, block.since)
                block.source.blocks += 1
                self._push(self._bound(rest), rest)
            self._fill(block, each.hits if each else ())
        if self._weight > OPENED_BYTES:
            self._put_away()

    def _piece(self, snapshot: Snapshot, block: _Block) -> Piece:
        packed: list[Packed] = []
        first = block.first
        while first <= block.last:
            stretch = snapshot.journal.stretch(
                block.source.run.id, Facet.LOG, first, block.last, levels=self.query.wanted.levels, max_bytes=2 * block.size,
                span=self.query.span,
            )  # fmt: skip
            packed += stretch.packed
            first = stretch.after
        return Piece(packed=packed, first=block.first, last=block.last)

    def _fill(self, block: _Block, hits: Sequence[tuple[Hit, bytes]]) -> None:
        since = max(block.since, self._since)
        number = number_of(block.source.run.id)
        sign = self._sign
        told: list[Told] = []
        for hit, stored in hits:
            at = min(max(_moment(hit.at, block.low), block.low), block.high)
            key = (sign * at, sign * number, sign * hit.line)
            if key >= since:
                told.append(Told(run=block.source.run, hit=hit, stored=stored, key=key))
        told.sort(key=lambda each: each.key, reverse=True)
        block.hits, block.weight = told, sum(len(each.stored) + _HIT_BYTES for each in told)
        self._weight += block.weight
        if told:
            self._push(told[-1].key, block)
        else:
            self._close(block)

    def _put_away(self) -> None:
        """Closes blocks again, those first whose turn is last. The one whose turn is next stays, however large."""
        opened = sorted((entry for entry in self._heap if entry[2] is not None and entry[2].hits), reverse=True)
        for key, _, block in opened[:-1]:
            if self._weight <= OPENED_BYTES // 2 or block is None:
                break
            self._weight -= block.weight
            block.hits, block.weight, block.since = None, 0, key
        heapify(self._heap)

    # --- positions ------------------------------------------------------------------------------------------------------

    def _next(self) -> Position | None:
        return self._position(max(self._top, self._since)) if self._heap else None

    def _position(self, key: Key) -> Position:
        sign = self._sign
        run, line = (_run_of(sign * key[1]), sign * key[2]) if len(key) == _WHOLE_KEY else (None, None)
        opened = {source.run.id: source.late for source in self._open.values()}
        frontier = replace(self._frontier, is_reached=True) if self.query.runs else self._frontier
        return Position(at=sign * key[0], run=run, line=line, frontier=frontier, open={} if self.query.runs else opened)

    def _key_of(self, position: Position) -> Key:
        sign = self._sign
        if position.run is None or position.line is None:
            return (sign * position.at,)
        return (sign * position.at, sign * number_of(position.run), sign * position.line)


def _block_of(source: _Source, outline: Outline) -> _Block:
    low, high = (min(max(at, source.low), source.high) for at in (outline.since, outline.until))
    return _Block(source, outline.first, outline.last, outline.size, low, high)


def _add(blocks: list[_Block], block: _Block, least: int) -> None:
    """One block more, or the last one becomes larger."""
    if blocks and blocks[-1].size + block.size <= least:
        last = blocks[-1]
        last.last, last.size = block.last, last.size + block.size
        last.low, last.high = min(last.low, block.low), max(last.high, block.high)
    else:
        blocks.append(block)


def _moment(at: str, default: int) -> int:
    try:
        return micros(parse_iso(at))
    except ValueError:
        return default


def _run_of(number: int) -> str:
    return str(UUID(int=number))
