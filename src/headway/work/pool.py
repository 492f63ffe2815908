"""Warm children: user code imported, waiting for a run, so that a run starts in milliseconds.

One more child than runs are executed at once is kept, so that replacing one does not show in the time to start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.work.catalogue import Catalogue, read_catalogue
from headway.work.limits import Limits
from headway.work.process import ChildProcess, Mode

_log = logging.getLogger("headway.work")

_LAST_WORDS = 8_192
_RETIRE_SECONDS = 5.0
"""A child that was told to go has so long."""
_STARTING_LIMIT = 2
"""Children that are being born at once: importing user code takes a whole processor."""
_WEIGH_SECONDS = 0.2
"""Memory is looked at no more often than this: three system calls, of which each gives the interpreter's lock away."""
_BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Before the next child is born after so many that did not get ready."""


class WarmChild:
    """A child process and what the pool knows of it. Hears slot 0, and what belongs to no run."""

    def __init__(self, pool: Pool, mode: Mode, *, is_alone: bool, start: Callable[[WarmChild], ChildProcess]) -> None:
        self.mode = mode
        self.is_alone = is_alone
        """For one run only, which took down a shared process before."""
        self.is_ready = False
        self.is_spoiled = False
        """Not to be given another run."""
        self.is_due = False
        """To be replaced; serves until its successor is ready."""
        self.busy = 0
        self.waiting = 0
        """Of those that it is busy with, the ones that only wait for their children: their places are others' meanwhile."""
        self.runs = 0
        self.memory_when_ready = 0
        self.weigh_at = 0.0
        self.words = bytearray()
        """The last it wrote outside of runs: the reason when it dies at start."""
        self._pool = pool
        self.process = start(self)

    def is_free(self, capacity: int) -> bool:
        return self.is_ready and not self.is_spoiled and self.busy < capacity

    def report(self, line: bytes) -> None:
        _log.warning("%r reported outside of any run: %s", self.process, line[:1000])

    def message(self, kind: str, said: dict[str, Any]) -> None:
        if kind == "child.ready" and not self.is_ready:
            self._pool.child_ready(self, said)
        else:
            self.report(repr(said).encode())

    def output(self, stream: str, data: bytes) -> None:
        self.words = (self.words + data)[-_LAST_WORDS:]
        _log.info("%r wrote to %s outside of any run: %s", self.process, stream, data.decode("utf-8", "replace").rstrip())

    def oversized(self, size_bytes: int) -> None:
        _log.warning("%r sent a line of %d bytes, which was passed over", self.process, size_bytes)

    def died(self, how: str, companions: int) -> None:
        self._pool.child_died(self, how)


class Pool:
    def __init__(
        self,
        *,
        sources: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        worker: str,
        limits: Limits,
        learned: Callable[[Catalogue], None],
        changed: Callable[[], None],
    ) -> None:
        """`learned` is told a catalogue that differs from the last; `changed`: there may be room now."""
        self.catalogue: Catalogue | None = None
        self._sources = list(sources)
        self._environment = environment
        self._cwd = cwd
        self._worker = worker
        self._limits = limits
        self._learned = learned
        self._changed = changed
        self._children: dict[ChildProcess, WarmChild] = {}
        self._leaving: set[ChildProcess] = set()
        """Retired, and not yet ended."""
        self._failures = 0
        self._timers: set[asyncio.TimerHandle] = set()
        self._is_waiting = self._is_closed = False
        self._loop = asyncio.get_running_loop()

    # room and seats

    def room(self, mode: Mode) -> int:
        """How many more runs could be started now."""
        mine = [child for child in self._children.values() if child.mode is mode]
        if mode is Mode.SYNC:
            idle = sum(child.is_free(1) for child in mine)
            return max(0, min(idle, self._limits.children + self._stood_aside - sum(child.busy for child in mine)))
        if not any(child.is_free(self._limits.async_runs) for child in mine if not child.is_alone):
            return 0
        return max(0, self._limits.async_runs - sum(child.busy for child in mine))

    def seat(self, mode: Mode, *, is_alone: bool = False) -> ChildProcess | None:
        """A child for one more run, or None: then `changed` will be called when there is one. Give it back with `free`."""
        if not is_alone and not self.room(mode):
            return None
        capacity = self._limits.async_runs if mode is Mode.ASYNC and not is_alone else 1
        free = [child for child in self._children.values() if child.mode is mode and child.is_alone == is_alone and child.is_free(capacity)]
        if not free:
            if is_alone and sum(child.is_alone for child in self._children.values()) < self._limits.children:
                self._start(mode, is_alone=True)
            return None
        child = min(free, key=lambda child: (child.is_due, -child.runs))
        child.busy += 1
        return child.process

    def stand_aside(self, process: ChildProcess, is_waiting: bool) -> None:
        """A run in this child only waits for its children, or does no longer. Another child is started for its place, so that a
        parent never waits for a place that it holds itself; when it goes on there is one more than there are places, for a while."""
        child = self._children.get(process)
        if child is not None and child.mode is Mode.SYNC:
            child.waiting += 1 if is_waiting else -1
            self._keep_up()
            self._changed()

    @property
    def _stood_aside(self) -> int:
        return min(sum(child.waiting for child in self._children.values()), self._limits.waiting_parents)

    def seat_canary(self) -> ChildProcess | None:
        """A child for the canary. It may take the one that is warm beyond the limit: whether the way is open does not depend on room."""
        idle = [child for child in self._children.values() if child.is_free(1) and not child.is_alone]
        if not idle:
            return None
        child = max(idle, key=lambda child: (child.mode is Mode.SYNC, child.runs))
        child.busy += 1
        return child.process

    def free(self, process: ChildProcess, is_spoiled: bool, *, is_counted: bool = True) -> None:
        """`is_counted`: whether this was one of the runs after which a child is replaced."""
        child = self._children.get(process)
        if child is None:
            return
        child.busy -= 1
        child.runs += is_counted
        child.is_spoiled = child.is_spoiled or is_spoiled or child.is_alone
        if not child.is_due and self._is_old(child):
            child.is_due = True
        self._keep_up()
        self._changed()

    def _is_old(self, child: WarmChild) -> bool:
        limits = self._limits
        if child.runs >= limits.runs_per_child and self._loop.time() - child.process.started_at >= limits.least_age_seconds:
            return True
        if self._loop.time() < child.weigh_at:
            return False
        child.weigh_at = self._loop.time() + _WEIGH_SECONDS
        return child.process.resident_bytes() > child.memory_when_ready + limits.memory_growth_bytes

    # life

    def open(self) -> None:
        if self._sources:
            self._keep_up()

    def renew(self) -> None:
        """The source has changed: no run is started in the present children any more."""
        for child in self._children.values():
            child.is_spoiled = True
        self._failures = 0
        self._keep_up()

    async def close(self) -> None:
        """End all children; returns when none is left."""
        self._is_closed = True
        for timer in self._timers:
            timer.cancel()
        children = self.processes
        for process in children:
            process.kill()
        for process in children:
            await process.ended.wait()

    def __len__(self) -> int:
        return len(self._children) + len(self._leaving)

    @property
    def processes(self) -> list[ChildProcess]:
        return [*self._children, *self._leaving]

    def _keep_up(self) -> None:
        """Start and retire until there are as many as there should be."""
        if self._is_closed:
            return
        for mode in Mode:
            mine = [child for child in self._children.values() if child.mode is mode and not child.is_alone]
            lasting = [child for child in mine if not child.is_spoiled and not child.is_due]
            target = self._target(mode)
            starting = sum(not child.is_ready for child in self._children.values())
            for _ in range(min(target - len(lasting), _STARTING_LIMIT - starting)):
                if not self._is_waiting:
                    self._start(mode)
            has_successors = sum(child.is_ready for child in lasting) >= target
            surplus = set(lasting[target:])
            for child in mine:
                if not child.busy and (child.is_spoiled or (child.is_due and has_successors) or (child.is_ready and child in surplus)):
                    self._retire(child)
        for child in [child for child in self._children.values() if child.is_alone and child.is_spoiled and not child.busy]:
            self._retire(child)

    def _target(self, mode: Mode) -> int:
        if self.catalogue is None:
            return 1 if mode is Mode.SYNC else 0
        if not self.catalogue.named(is_async=mode is Mode.ASYNC):
            # One child stays, so that listeners and a changed catalogue have someone to speak for them.
            return 1 if mode is Mode.SYNC and not self.catalogue.named(is_async=True) else 0
        if mode is Mode.ASYNC:
            return 1
        return self._limits.children + 1 + self._stood_aside

    def _start(self, mode: Mode, *, is_alone: bool = False) -> None:
        child = WarmChild(self, mode, is_alone=is_alone, start=lambda child: self._spawn(child, mode))
        self._children[child.process] = child
        self._later(self._limits.ready_seconds, lambda: self._give_up(child))

    def _spawn(self, child: WarmChild, mode: Mode) -> ChildProcess:
        return ChildProcess(
            mode=mode, sources=self._sources, environment=self._environment, cwd=self._cwd, owner=child, worker=self._worker
        )

    def _give_up(self, child: WarmChild) -> None:
        if not child.is_ready and not child.process.is_dead:
            _log.error("%r did not import the tasks within %g s", child.process, self._limits.ready_seconds)
            child.process.kill()

    def _retire(self, child: WarmChild) -> None:
        del self._children[child.process]
        self._leaving.add(child.process)
        child.is_spoiled = True
        child.process.send("retire")
        self._later(_RETIRE_SECONDS, child.process.kill)

    def child_ready(self, child: WarmChild, said: dict[str, Any]) -> None:
        try:
            catalogue = read_catalogue(said)
        except (KeyError, TypeError, ValueError):
            _log.exception("%r described its tasks in a way that cannot be read", child.process)
            child.process.kill()
            return
        child.is_ready = True
        child.memory_when_ready = child.process.resident_bytes()
        self._failures = 0
        before, self.catalogue = self.catalogue, catalogue
        if before is not None and before.version != catalogue.version:
            for other in self._children.values():
                other.is_spoiled = other.is_spoiled or other is not child
        if catalogue != before:
            self._learned(catalogue)
        self._keep_up()
        self._changed()

    def child_died(self, child: WarmChild, how: str) -> None:
        self._leaving.discard(child.process)
        self._children.pop(child.process, None)
        if self._is_closed:
            return
        if not child.is_ready and not child.is_spoiled:
            pause = _BACK_OFF_SECONDS[min(self._failures, len(_BACK_OFF_SECONDS) - 1)]
            self._failures += 1
            words = child.words.decode("utf-8", "replace").strip()
            _log.error("%r ended before it was ready: %s; the next starts in %g s. %s", child.process, how, pause, words)
            self._is_waiting = True
            self._later(pause, self._go_on)
        self._keep_up()
        self._changed()

    def _go_on(self) -> None:
        self._is_waiting = False
        self._keep_up()

    def _later(self, seconds: float, function: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            function()

        timer = self._loop.call_later(seconds, run)
        self._timers.add(timer)
