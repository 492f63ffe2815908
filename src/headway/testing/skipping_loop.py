"""An event loop that does not wait for timers: when nothing else is left to do, the time they wait for is skipped."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class _Skipping(selectors.DefaultSelector):
    """Answers at once where it would have waited for nothing but time."""

    loop: SkippingLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0 or self.loop.is_busy_elsewhere(len(self.get_map())):
            return ready or super().select(timeout)
        self.loop.skip(timeout)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """Its time is real time plus what was skipped. Time is not skipped while it watches a file or a socket, or a thread of
    `asyncio.to_thread` works for it: then something other than a timer may be what comes next."""

    def __init__(self, selector: _Skipping, advance: Callable[[float], object]) -> None:
        selector.loop = self
        self.skipped_seconds = 0.0
        """Whoever skips time adds it here."""
        self._threads = 0
        self._advance = advance
        super().__init__(selector)

    def time(self) -> float:
        return super().time() + self.skipped_seconds

    def skip(self, seconds: float) -> None:
        self._advance(seconds)

    def is_busy_elsewhere(self, watched: int) -> bool:
        return watched > 1 or self._threads > 0  # one file is its own, by which threads wake it

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: asyncio.Future[Any] | Future[Any]) -> None:
        self._threads -= 1


def skipping_loop(advance: Callable[[float], object]) -> SkippingLoop:
    """`advance` skips so much time or less, and adds it to `SkippingLoop.skipped_seconds`."""
    return SkippingLoop(_Skipping(), advance)
