"""New lines of all runs that match, as they come: what is recorded is told, and what was told is a place, never a queue.

The news say which logs have grown; the lines themselves are read from the journal, from where each run was left. So a lost piece of news
costs a moment and never a line, and whoever reads slowly costs no memory: they are left behind, told so, and in the end sent away.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import orjson

from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError, InvalidCursor
from headway.model.events import Facet
from headway.model.run import Run
from headway.model.states import ACTIVE
from headway.store.contract import Page, RunSort, Snapshot
from headway.store.stretch import Span
from headway.web.cursors import pack, pack_numbers, unpack_numbers, unpack_with_data
from headway.web.desk import Call
from headway.web.inputs import LARGEST_NUMBER
from headway.web.log_hits import json_line, line_of
from headway.web.log_listener import Listen, listener
from headway.web.log_query import LogQuery, fits

PLACED_RUNS = 100
"""Runs whose lines a position names: those that were told last."""
TOLD_RUNS = 2_000
"""Runs whose place one follower remembers."""
PAGE_LINES, PAGE_BYTES = 500, 262_144
BEHIND_LINES = 50_000
"""Lines of one run that a follower may be behind; beyond, it is told of a gap."""
GATHER_SECONDS = 0.1
"""News of many runs are gathered for so long."""
LOOK_SECONDS = 5.0
"""How often a follower looks by itself."""
ALIVE_SECONDS = 10.0
"""Silence after which something is sent, so that proxies and readers know that we are there."""
SLOW_SECONDS = 60.0
"""Who takes longer than this for one batch is sent away, and comes back with a position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What has come. Nothing at all: *still here*."""

    lines: Sequence[tuple[Run, bytes]] = ()
    gaps: Sequence[Mapping[str, Any]] = ()
    """``{run, from, to, why}``."""
    position: str | None = None
    goodbye: Mapping[str, Any] | None = None
    """``{code, why}``: the last that is said."""


@dataclass(slots=True)
class _Position:
    at: datetime
    lines: dict[str, int] = field(default_factory=dict[str, int])


class Tail:
    """Follows for one caller. `position`: where an earlier one ended; raises `InvalidCursor` for what is none."""

    def __init__(self, call: Call, query: LogQuery, position: str | None, *, look_seconds: float = LOOK_SECONDS) -> None:
        self.call = call
        self._query = query
        self._look_seconds = look_seconds
        self._resumed = _read_position(position, call.store.epoch) if position else None
        self._told: OrderedDict[str, int] = OrderedDict()
        """The last line that was told, by run; those told last stand last."""
        self._since: dict[str, float] = {}
        """Runs of which an old position says nothing but the time: lines of before it were told."""
        self._looked_at = call.desk.tokens.clock.now()

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self._batches()

    async def _batches(self) -> AsyncIterator[Batch]:
        call, silent_since = self.call, monotonic()
        async with AsyncExitStack() as stack:
            growth = stack.enter_context(call.desk.wakes.watch_all(self._projects()))
            listen = await stack.enter_async_context(listener(call, self._query.wanted))
            waiting = await call.store.read(self._begin)
            yield Batch(position=self._write_position())
            while await self._is_welcome():
                waiting |= {run: first for run, first in growth.take().items() if run not in waiting}
                while waiting and await self._is_welcome():
                    batch, waiting = await self._next(waiting, listen)
                    if batch is None:
                        continue
                    silent_since = monotonic()
                    yield batch
                    if monotonic() - silent_since > SLOW_SECONDS:
                        why = "What was sent was not taken for a minute; go on from the last position."
                        yield Batch(goodbye={"code": "slow", "why": why})
                        return
                if not await self._wait(growth.event):
                    waiting |= await call.store.read(self._look)
                    if monotonic() - silent_since >= ALIVE_SECONDS:
                        silent_since = monotonic()
                        yield Batch()
            yield Batch(goodbye={"code": self._why(), "why": "Go on from the last position."})

    async def _is_welcome(self) -> bool:
        return not self.call.desk.is_draining and await self.call.is_unchanged()

    def _why(self) -> str:
        if self.call.desk.is_draining:
            return "draining"
        return "other_rights" if self.call.has_other_rights else "expired"

    async def _wait(self, event: asyncio.Event) -> bool:
        """Whether something has grown; then a moment more, for what comes with it."""
        try:
            async with asyncio.timeout(self._look_seconds):
                await event.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(GATHER_SECONDS)
        return True

    def _projects(self) -> frozenset[str] | None:
        where = self._query.where
        if self._query.runs:
            return None
        if where.project is None:
            return where.projects
        return frozenset({where.project}) if where.projects is None else frozenset({where.project}) & where.projects

    # --- where it begins, and what news have missed ---------------------------------------------------------------------

    def _begin(self, snapshot: Snapshot) -> dict[str, int]:
        """Everything that is there has been told, or, after a position, what had come by then. The logs to read at once."""
        self._looked_at = snapshot.now
        for run in self._query.runs:
            self.call.see(snapshot, run)
        runs = self._active(snapshot, self._resumed.at if self._resumed else snapshot.now)
        tops = snapshot.journal.tops([run.id for run in runs])
        if self._resumed is None:
            for run, (_, line) in tops.items():
                self._tell(run, line)
            return {}
        for run in runs:
            if run.id in self._resumed.lines:
                self._tell(run.id, self._resumed.lines[run.id])
            else:
                self._tell(run.id, self._line_before(snapshot, run, self._resumed.at))
        return {run: line + 1 for run, line in self._told.items() if tops.get(run, (0, 0))[1] > line}

    def _active(self, snapshot: Snapshot, since: datetime) -> list[Run]:
        """Runs whose logs may have grown since then."""
        where = self._query.where
        if self._query.runs:
            return snapshot.runs.get_many(list(self._query.runs))
        running = snapshot.runs.list(replace(where, states=ACTIVE), Page(limit=TOLD_RUNS))
        # Those that ended since, whatever their news.
        page = Page(sort=RunSort.FINISHED, is_descending=True, limit=TOLD_RUNS)
        ended = snapshot.runs.list(replace(where, states=frozenset(), active_from=since - timedelta(seconds=1)), page)
        return [*running, *[run for run in ended if run.finished_at is not None]]

    def _line_before(self, snapshot: Snapshot, run: Run, at: datetime) -> int:
        if run.created_at >= at:
            return 0
        self._since[run.id] = at.timestamp()
        part = snapshot.journal.stretch(run.id, Facet.LOG, 1, LARGEST_NUMBER - 1, span=Span(since=at), max_bytes=1)
        return part.packed[0].first - 1 if part.packed else snapshot.journal.tops([run.id]).get(run.id, (0, 0))[1]

    def _look(self, snapshot: Snapshot) -> dict[str, int]:
        runs = self._active(snapshot, self._looked_at)
        self._looked_at = snapshot.now
        tops = snapshot.journal.tops([run.id for run in runs])
        return {run: self._told.get(run, 0) + 1 for run, (_, line) in tops.items() if line > self._told.get(run, 0)}

    # --- what has come --------------------------------------------------------------------------------------------------

    async def _next(self, waiting: dict[str, int], listen: Listen) -> tuple[Batch | None, dict[str, int]]:
        """A page of the first log that waits, and what waits then."""
        run, first = next(iter(waiting.items()))
        rest = {each: line for each, line in waiting.items() if each != run}
        first = self._told.get(run, first - 1) + 1
        found, lines, gap, is_more = await self.call.store.read(lambda snapshot: self._read(snapshot, run, first))
        if found is None:
            return None, rest
        if lines:
            last = int(orjson.loads(lines[-1])["line"])
            self._tell(run, last)
            if is_more:
                rest[run] = last + 1
        chosen = await self._choose(found, lines, listen)
        if not chosen and gap is None:
            return None, rest
        return Batch(lines=[(found, line) for line in chosen], gaps=[gap] if gap else (), position=self._write_position()), rest

    def _read(self, snapshot: Snapshot, run: str, first: int) -> tuple[Run | None, list[bytes], dict[str, Any] | None, bool]:
        found = snapshot.runs.get(run)
        if found is None or not self._is_meant(found):
            return None, [], None, False
        _, last = snapshot.journal.tops([run]).get(run, (0, 0))
        gap = None
        if last - first >= BEHIND_LINES:
            gap = {"run": run, "from": first, "to": last - PAGE_LINES, "why": "behind"}
            first = last - PAGE_LINES + 1
        lines = snapshot.journal.read(run, Facet.LOG, first, last, limit=PAGE_LINES, max_bytes=PAGE_BYTES)
        return found, lines, gap, bool(lines) and first + len(lines) <= last

    def _is_meant(self, run: Run) -> bool:
        """Also whether it may be seen, now: a run of another project has no place here."""
        if self._query.runs:
            return run.id in self._query.runs
        return fits(run, self._query.where)

    async def _choose(self, run: Run, lines: Sequence[bytes], listen: Listen) -> list[bytes]:
        if not lines:
            return []
        first = int(orjson.loads(lines[0])["line"])
        chosen = [lines[line - first] for line in await listen(b"\n".join(lines))]
        since = self._since.get(run.id)
        return chosen if since is None else [line for line in chosen if parse_iso(orjson.loads(line)["at"]).timestamp() >= since]

    def _tell(self, run: str, line: int) -> None:
        self._told[run] = line
        self._told.move_to_end(run)
        if len(self._told) > TOLD_RUNS:
            self._since.pop(self._told.popitem(last=False)[0], None)

    def _write_position(self) -> str:
        newest = list(self._told.items())[-PLACED_RUNS:]
        return pack([self.call.store.epoch, self._looked_at.isoformat()], pack_numbers(newest))


def _read_position(text: str, epoch: str) -> _Position:
    """Raises `InvalidCursor`, also for the position of another store."""
    try:
        plain, data = unpack_with_data(text)
        lines = dict(unpack_numbers(data)[:PLACED_RUNS])
        match plain:
            case [str(said), str(at)] if said == epoch and all(0 <= line < LARGEST_NUMBER for line in lines.values()):
                return _Position(parse_iso(at), lines)
            case _:
                raise InvalidCursor
    except (ValueError, TypeError) as error:
        raise InvalidCursor from error


async def as_lines(tail: Tail) -> AsyncIterator[bytes]:
    """NDJSON: a line each; an empty one means *still here*; what is no line of a log has the kind ``gap``, ``position`` or ``goodbye``."""
    call = tail.call
    try:
        async for batch in tail:
            parts = [orjson.dumps({"kind": "gap", **gap}) + b"\n" for gap in batch.gaps]
            parts += [json_line(call, run, stored) for run, stored in batch.lines]
            if batch.goodbye:
                parts.append(orjson.dumps({"kind": "goodbye", **batch.goodbye}) + b"\n")
            yield b"".join(parts) or b"\n"
    except HeadwayError as error:
        yield orjson.dumps({"kind": "goodbye", "code": error.code, "why": error.message}) + b"\n"


async def as_events(tail: Tail) -> AsyncIterator[bytes]:
    """Server-sent events. A batch and its position are one event, so that who resumes has every line once."""
    call = tail.call
    try:
        async for batch in tail:
            parts = [_event("gap", gap) for gap in batch.gaps]
            if batch.position is not None:
                lines = [line_of(call, run, stored) for run, stored in batch.lines]
                parts.append(_event("lines" if lines else "position", {"items": lines}, batch.position))
            if batch.goodbye:
                parts.append(_event("goodbye", batch.goodbye))
            yield b"".join(parts) or b": still here\n\n"
    except HeadwayError as error:
        yield _event("goodbye", {"code": error.code, "why": error.message})


def _event(name: str, data: Mapping[str, Any], position: str | None = None) -> bytes:
    id_ = b"id: %b\n" % position.encode() if position else b""
    return b"%bevent: %b\ndata: %b\n\n" % (id_, name.encode(), orjson.dumps(data))
