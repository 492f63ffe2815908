"""When to flush: at once when a channel was quiet, else every 20 to 50 ms, and never so much that delivery takes the whole loop."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from headway.live.channel import Channel
from headway.live.settings import LiveSettings

if TYPE_CHECKING:
    from headway.live.session import Session

PAUSE_PER_FLUSH = 15.0
"""Between the shortest and the longest tick, flushing may take this part of the time: 100 viewers get their news every 20 ms,
1,000 every 50 ms, for the same share of a core."""
BUSY = 0.7
"""Share of a core above which the next flush waits for 1.5 times as long as the last one took."""
WINDOW_SECONDS = 0.25


class Pulse:
    """Channels that have something new, and the timer that flushes them."""

    def __init__(self, settings: LiveSettings) -> None:
        self.flush_seconds = 0.0
        """CPU time of the last flush, until its bytes were given to the kernel. Not wall time: on a crowded machine that would
        make news wait longer still."""
        self._longest = settings.tick_seconds
        self._least = min(settings.least_tick_seconds, settings.tick_seconds)
        self._tick = self._least
        self._waiting: dict[Channel, None] = {}
        self._quiet: dict[Channel, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._next_at = 0.0
        self._busy = 0.0
        self._window: tuple[float, float] = (0.0, 0.0)

    def beat(self, channel: Channel, *, is_cut: bool = False) -> None:
        """The channel has something new for its viewers. `is_cut`: it was cut for one viewer, the others can wait for the tick."""
        if channel in self._waiting or channel in self._quiet:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - channel.flushed_at >= self._tick and self._busy < BUSY and not is_cut:
            self._quiet[channel] = None
            if self._soon is None:
                # Not right now: other news of this turn of the loop may belong to the same frame.
                self._soon = loop.call_soon(self._flush_quiet)
        else:
            self._waiting[channel] = None
            self._arm(loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and self._timer is None:
            self._timer = loop.call_at(max(self._next_at, loop.time()), self._flush_waiting)

    def _flush_quiet(self) -> None:
        self._soon = None
        channels, self._quiet = self._quiet, {}
        self._flush(channels)

    def _flush_waiting(self) -> None:
        self._timer = None
        channels, self._waiting = self._waiting, {}
        self._flush(channels)

    def _flush(self, channels: dict[Channel, None]) -> None:
        loop = asyncio.get_running_loop()
        began, spent = loop.time(), time.thread_time()
        self._next_at = began + self._tick
        sessions: dict[Session, None] = {}
        for channel in channels:
            channel.cut()
            channel.flushed_at = began
            for subscription in channel.subscriptions:
                session = subscription.session
                session.touch(subscription)
                sessions[session] = None
            if channel.is_behind:
                self._waiting[channel] = None
        for session in sessions:
            session.wake()
        # A loop such as uvloop writes at the end of its turn: the next turn knows how long it all took.
        loop.call_soon(self._settle, began, spent)

    def _settle(self, began: float, spent: float) -> None:
        loop = asyncio.get_running_loop()
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
