"""Progress at a rate that people can read: 20 Hz a bar while someone watches, 1 Hz otherwise; first and last always.

User code never looks at a clock. A loop counts in C (`itertools.count`), and one thread of the process reads the counters
as often as someone wants to know. So an iteration costs nanoseconds, and the last value goes out even if the loop then
stalls. It is sampled by a thread rather than by the loop because only then does a loop that stands still say so.
"""

from __future__ import annotations

import os
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from headway.model.events import LENGTHS, NAME_LIMIT
from headway.model.fold import MAIN_BAR

if TYPE_CHECKING:
    from headway.sdk.context import RunContext

THREAD_NAME = "headway-sampler"
"""The supervisor's child looks for threads that a run left behind; this one is ours."""
FAST_SECONDS = 0.05
SLOW_SECONDS = 1.0
IDLE_SECONDS = 10.0
"""The thread ends after this time without anything to look at."""


class Sampled(Protocol):
    """What has something to say, sooner or later: a bar, or what a program draws (`drawing.py`)."""

    look_seconds: float
    """How long it may wait to be looked at when nobody watches."""
    is_open: bool

    @property
    def is_due(self) -> bool:
        """There is news that has not been sent."""
        ...

    def sample(self, now: float, interval_seconds: float) -> bool:
        """Send if there is news and it is time; whether to look again."""
        ...


class DrawnKey(NamedTuple):
    """Writes to a bar: a program that draws it on one of its streams, under this name."""

    stream: str
    name: str


class Host(Protocol):
    """Where a bar belongs: takes its reports and says how often they are wanted."""

    @property
    def interval_seconds(self) -> float: ...

    def attend(self, one: Sampled) -> None: ...

    def report_bar(self, bar: Bar, now: float) -> None: ...


class Bar:
    """One progress bar: written by user code without a lock, read by the sampler."""

    look_seconds = SLOW_SECONDS

    def __init__(self, bar_id: str, run: Host) -> None:
        self.id = bar_id
        self.run = run
        self.is_open = False
        self.is_due = False
        """There is news that has not been sent."""
        self.sent_at = float("-inf")
        self._sent: tuple[Any, ...] = ()
        self.key: object = None
        """Who writes to it now."""
        self.step: str | None = None
        self._is_shown_closed = False
        self._is_shown_with_total = False
        # One thread may come back: the garbage collector closes an abandoned loop whenever it likes.
        self._lock = threading.RLock()

    def open(
        self,
        key: object,
        *,
        total: float | None = None,
        unit: str | None = None,
        name: str | None = None,
        step: str | None = None,
        message: str | None = None,
        base: float = 0,
        counter: count[int] | None = None,
        elapsed_seconds: float = 0.0,
    ) -> None:
        """Start over from `base`. `counter` is one ahead of what was taken, so two ahead of what is done.
        `elapsed_seconds`: what it took to come to `base`, if that is known.

        `key`: the loop. Of a loop that runs again and again, beginnings and ends may be skipped; never those of another one.
        """
        with self._lock:
            is_other = key != self.key
            if self.is_due and is_other:
                self._send(time.monotonic())
            self.key = key
            self.total, self.unit, self.name, self.step, self.message = total, unit, name, step, message
            self._base, self._counter = base, counter
            self._behind = 2
            self._done: float = base
            now = time.monotonic()
            self.started = now - elapsed_seconds
            self.is_open = self.is_due = True
            if is_other or now - self.sent_at >= self.run.interval_seconds:
                self._send(now)
        self.run.attend(self)

    @property
    def done(self) -> float:
        if self._counter is None:
            return self._done
        # The only look at an itertools.count that neither moves it nor is deprecated.
        return self._base + max(0, int(repr(self._counter)[6:-1]) - self._behind)

    def update(self, done: float) -> None:
        self._done = done
        self.is_due = True

    def advance(self, by: float = 1) -> None:
        self._done += by
        self.is_due = True

    def close(self, *, is_complete: bool = False) -> None:
        """`is_complete`: a counted loop ran to its end, so the item taken last is done too."""
        with self._lock:
            if not self.is_open:
                return
            if is_complete:
                self._behind = 1
            self._done = self.done
            self._counter = None
            self.is_open = False
            self.is_due = True
            now = time.monotonic()
            if now - self.sent_at >= self.run.interval_seconds:
                self._send(now)

    def finish(self, now: float) -> None:
        """The run ends: close, and send what was held back."""
        with self._lock:
            if self.is_open:
                self._done = self.done
                self._counter = None
                self.is_open = False
                self.is_due = True
            if self.is_due:
                self._send(now)

    def sample(self, now: float, interval_seconds: float) -> bool:
        """Send if there is news and it is time; whether to look again."""
        with self._lock:
            # A hair early is in time: the thread does not wake to the microsecond.
            if now - self.sent_at >= interval_seconds * 0.9 and (self.is_due or (self.is_open and self._state() != self._sent)):
                self._send(now)
            return self.is_open or self.is_due

    def _state(self) -> tuple[Any, ...]:
        return self.done, self.total, self.message, self.is_open

    def _send(self, now: float) -> None:
        self.is_due = False
        self._sent = self._state()
        self.sent_at = now
        self.run.report_bar(self, now)

    def shown(self, now: float) -> dict[str, Any]:
        """The fields of a `progress.reported` event."""
        fields: dict[str, Any] = {"done": self._sent[0], "elapsed_seconds": round(now - self.started, 6)}
        if self.id != MAIN_BAR:
            fields["bar"] = self.id[:NAME_LIMIT]
        for key in ("total", "unit", "name", "step", "message"):
            value = getattr(self, key)
            if value is not None:
                fields[key] = value[: LENGTHS.get(key)] if type(value) is str else value
        if self.total is None and self._is_shown_with_total:
            fields["total"] = None
        self._is_shown_with_total = self.total is not None
        if not self.is_open:
            fields["is_closed"] = True
        elif self._is_shown_closed:
            fields["is_closed"] = False
        self._is_shown_closed = not self.is_open
        return fields


class Sampler:
    """The thread that looks at bars, started when there is the first and ended when there has been none for a while."""

    def __init__(self) -> None:
        self._runs: dict[RunContext, None] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_asleep = False

    def attend(self, run: RunContext) -> None:
        self._runs[run] = None
        if self._thread is None:
            with self._lock:
                if self._thread is None:  # pyright: ignore[reportUnnecessaryComparison]  (another thread may have been first)
                    self._thread = threading.Thread(target=self._sample_for_ever, name=THREAD_NAME, daemon=True)
                    self._thread.start()
        elif self._is_asleep:
            self._news.set()

    def forget(self, run: RunContext) -> None:
        self._runs.pop(run, None)

    def hurry(self) -> None:
        """Look now: someone has begun to watch."""
        if self._runs:
            self._news.set()

    def _sample_for_ever(self) -> None:
        while True:
            now = time.monotonic()
            wait = IDLE_SECONDS
            for run in list(self._runs):
                try:
                    is_busy = run.sample(now)
                except Exception:  # noqa: BLE001  (a reporter that fails must not stop the bars of other runs)
                    is_busy = False
                if is_busy:
                    wait = min(wait, run.look_seconds)
                else:
                    self._runs.pop(run, None)
                    if run.has_news:  # attended between the look and the removal
                        self._runs[run] = None
                        wait = min(wait, FAST_SECONDS)
            self._is_asleep = wait == IDLE_SECONDS
            if self._runs and self._is_asleep:  # attended between the look and the flag
                wait = FAST_SECONDS
            has_news = self._news.wait(wait)
            self._news.clear()
            if self._is_asleep and not has_news:
                with self._lock:
                    self._thread = None
                    if not self._runs:  # looked at after the line above, so that who attends meanwhile starts a thread
                        return
                    self._thread = threading.current_thread()

    def _after_fork(self) -> None:
        """The thread does not exist in a forked process."""
        self._runs.clear()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._thread = None


sampler = Sampler()
os.register_at_fork(after_in_child=sampler._after_fork)  # pyright: ignore[reportPrivateUsage]
