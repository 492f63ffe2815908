"""`time.sleep` that takes no time, for the code of a run alone.

It stands in `time` only while a run is let go on, and does something only in the thread of that run. The clocks of `time` are ahead by
what the run has slept, or a loop that waits until a deadline would never come to its end.

A sleep of the standard library (`subprocess` looks whether a process has ended) or of Headway's client waits for something real, and
remains one; so do the clocks that they read.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

_CLOCKS = {
    "time": 1, "monotonic": 1, "perf_counter": 1, "time_ns": 1_000_000_000, "monotonic_ns": 1_000_000_000, "perf_counter_ns": 1_000_000_000,
}  # fmt: skip
_REAL: dict[str, Callable[..., Any]] = {name: getattr(time, name) for name in ("sleep", *_CLOCKS)}
_WAIT_FOR_REAL = sys.stdlib_module_names | {"headway"}


class _OfThread(threading.local):
    """What the thread of a run knows."""

    sleep: Callable[[float], None] | None = None
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    slept_seconds = 0.0


_own = _OfThread()


def skip_in_this_thread(sleep: Callable[[float], None], new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """From now on this thread is that of a run: `sleep` lets time pass for it, `new_loop` makes event loops that skip."""
    _own.sleep, _own.new_loop, _own.slept_seconds = sleep, new_loop, 0.0


def has_slept(seconds: float) -> None:
    """The clocks of this thread go on by so much."""
    _own.slept_seconds += seconds


def _is_of_the_run() -> bool:
    """Whether whoever called one of ours is the code of a run."""
    if _own.sleep is None:
        return False
    caller: str = sys._getframe(2).f_globals.get("__name__", "")  # pyright: ignore[reportPrivateUsage]
    return caller.partition(".")[0] not in _WAIT_FOR_REAL


class _Patch:
    """What stands in `time` and in the modules of tasks (``from time import sleep``) meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._found: dict[str, Callable[..., Any]] = {}
        self._found_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
        self._ours = {"sleep": self._sleep, **{name: self._clock(name, scale) for name, scale in _CLOCKS.items()}}
        self._names: dict[int, list[tuple[str, str]]] = {}
        """By the id of a module's names: the name there, and which of `time` it means."""
        self._modules: Counter[int] = Counter()

    def _sleep(self, seconds: float, /) -> None:
        if _own.sleep is not None and _is_of_the_run() and seconds > 0:
            _own.sleep(seconds)
        else:
            self._found.get("sleep", _REAL["sleep"])(seconds)

    def _clock(self, name: str, scale: int) -> Callable[[], Any]:
        def read() -> Any:
            now = self._found.get(name, _REAL[name])()
            return now + type(now)(_own.slept_seconds * scale) if _is_of_the_run() else now

        return read

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return (_own.new_loop or self._found_loop)()

    def enter(self, names: dict[str, Any]) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._found = {name: getattr(time, name) for name in self._ours}
                self._found_loop = asyncio.events.new_event_loop
                asyncio.events.new_event_loop = self._new_loop
                for name, ours in self._ours.items():
                    setattr(time, name, ours)
            self._modules[id(names)] += 1
            if self._modules[id(names)] == 1:
                of = {id(real): name for name, real in _REAL.items()}
                self._names[id(names)] = [(alias, of[id(value)]) for alias, value in names.items() if id(value) in of]
                for alias, name in self._names[id(names)]:
                    names[alias] = self._ours[name]

    def leave(self, names: dict[str, Any]) -> None:
        with self._lock:
            self._modules[id(names)] -= 1
            if not self._modules[id(names)]:
                del self._modules[id(names)]
                for alias, name in self._names.pop(id(names)):
                    if names.get(alias) is self._ours[name]:
                        names[alias] = _REAL[name]
            self._users -= 1
            if not self._users:
                asyncio.events.new_event_loop = self._found_loop
                for name, found in self._found.items():
                    if getattr(time, name) is self._ours[name]:
                        setattr(time, name, found)


_patch = _Patch()


@contextmanager
def skipping_sleep(function: Callable[..., Any] | None) -> Generator[None]:
    """While the block runs, the threads of runs skip what they sleep. `function`: the task's own, for the names of its module."""
    names: dict[str, Any] = getattr(inspect.unwrap(function), "__globals__", {}) if function is not None else {}
    _patch.enter(names)
    try:
        yield
    finally:
        _patch.leave(names)
