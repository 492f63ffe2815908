"""When to flush: at once when a source was quiet, else every 20 to 50 ms, and never so much that delivery takes the whole loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from headway.model.histogram import Histogram

if TYPE_CHECKING:
    from headway.live.session import Session
    from headway.live.subscription import Subscription

PAUSE_PER_FLUSH = 15.0
"""Between the shortest and the longest tick, flushing may take this part of the time: 100 viewers get their news every 20 ms,
1,000 every 50 ms, for the same share of a core."""
BUSY = 0.7
"""Share of a core above which the next flush waits for 1.5 times as long as the last one took."""
WINDOW_SECONDS = 0.25
"""Over so long it is looked how busy the process is."""


class Source(Protocol):
    """Where news come from: the channel of a run, or the feed of a list."""

    flushed_at: float
    waiting_since: float
    """When the oldest of what is not flushed was recorded, in seconds since 1970; 0: nothing waits, or it is not known."""

    @property
    def is_behind(self) -> bool:
        """Whether there is something that no cut has taken."""
        ...

    def cut(self) -> object:
        """Gather what is new since the last cut."""
        ...

    def stirred(self) -> Collection[Subscription]:
        """Those for whom the last cut may hold something."""
        ...


class Pulse:
    """Channels that have something new, and the timer that flushes them."""

    def __init__(self, *, least_seconds: float, longest_seconds: float, lag: Histogram | None = None) -> None:
        """`lag`: where it is noted how long news were on their way, from their record until they were given to the kernel."""
        self.flush_seconds = 0.0
        """CPU time of the last flush, until its bytes were given to the kernel. Not wall time: on a crowded machine that would
        make news wait longer still."""
        self._lag = lag
        self._longest = longest_seconds
        self._least = min(least_seconds, longest_seconds)
        self._tick = self._least
        self._waiting: dict[Source, None] = {}
        self._quiet: dict[Source, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._next_at = 0.0
        self._busy = 0.0
        self._window: tuple[float, float] = (0.0, 0.0)

    def beat(self, source: Source, *, is_cut: bool = False) -> None:
        """The source has something new for its viewers. `is_cut`: it was cut for one viewer, the others can wait for the tick."""
        if source in self._waiting or source in self._quiet:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - source.flushed_at >= self._tick and self._busy < BUSY and not is_cut:
            self._quiet[source] = None
            if self._soon is None:
                # Not right now: other news of this turn of the loop may belong to the same frame.
                self._soon = loop.call_soon(self._flush_quiet)
        else:
            self._waiting[source] = None
            self._arm(loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and self._timer is None:
            self._timer = loop.call_at(max(self._next_at, loop.time()), self._flush_waiting)

    def _flush_quiet(self) -> None:
        self._soon = None
        sources, self._quiet = self._quiet, {}
        self._flush(sources)

    def _flush_waiting(self) -> None:
        self._timer = None
        sources, self._waiting = self._waiting, {}
        self._flush(sources)

    def _flush(self, sources: dict[Source, None]) -> None:
        loop = asyncio.get_running_loop()
        began, spent = loop.time(), time.thread_time()
        self._next_at = began + self._tick
        sessions: dict[Session, None] = {}
        waited: list[tuple[float, int]] = []
        for source in sources:
            source.cut()
            source.flushed_at = began
            stirred = source.stirred()
            reader_count = 0
            for subscription in stirred:
                session = subscription.session
                if session.is_paused:
                    # Who does not read is passed over, and looks at everything once it has drained: a thousand of them neither make
                    # flushes long, and with them the ticks of all others, nor count as delivered to.
                    continue
                reader_count += 1
                if not session.offer(subscription):
                    session.touch(subscription)
                    sessions[session] = None
            if source.waiting_since and reader_count:
                waited.append((source.waiting_since, reader_count))
            if source.is_behind:
                self._waiting[source] = None
            else:
                source.waiting_since = 0.0
        for session in sessions:
            session.wake()
        # A loop such as uvloop writes at the end of its turn: the next turn knows how long it all took.
        loop.call_soon(self._settle, began, spent, waited)

    def _settle(self, began: float, spent: float, waited: Sequence[tuple[float, int]]) -> None:
        loop = asyncio.get_running_loop()
        if self._lag is not None and waited:
            written_at = time.time()
            for since, viewer_count in waited:
                self._lag.note(written_at - since, viewer_count)
        now, used = loop.time(), time.thread_time()
        self.flush_seconds = used - spent
        since, spent_then = self._window
        if now - since >= WINDOW_SECONDS:
            self._busy = (used - spent_then) / (now - since) if since else 0.0
            self._window = (now, used)
        self._tick = min(self._longest, max(self._least, PAUSE_PER_FLUSH * self.flush_seconds))
        self._next_at = began + self._tick
        if self._busy >= BUSY:
            self._next_at = now + max(self._longest, 1.5 * self.flush_seconds)
        self._arm(loop)

    def close(self) -> None:
        for handle in (self._timer, self._soon):
            if handle is not None:
                handle.cancel()
        self._timer = self._soon = None
        self._waiting.clear()
        self._quiet.clear()
