"""What the store counts of itself, for the health page and for tests. Written by its threads, read by anyone."""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from headway.model.clock import iso
from headway.model.histogram import Histogram
from headway.model.samples import WORST_KEPT, Slow
from headway.model.statements import SlowStatement
from headway.store.figures import WAIT_BOUNDS
from headway.store.sql.statements import SLOW_SECONDS, SlowStatements

_log = logging.getLogger("headway.store")

_SLOW_KEPT = 50
_TELL_SECONDS = 10.0
"""A store in trouble is slow at every turn: the log hears of it this often."""


class Spans:
    """How many durations were about how long, ever since: counters that only grow, as those who look on from outside need them."""

    __slots__ = ("counts", "total_seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(WAIT_BOUNDS) + 1)
        """Of each of `WAIT_BOUNDS`, those up to it and above the one before; the last: those above all."""
        self.total_seconds = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(WAIT_BOUNDS, seconds)] += 1
        self.total_seconds += seconds


class Figures:
    """Counts since the store was opened."""

    def __init__(self, *, connection_count: int = 0, slow_seconds: float = SLOW_SECONDS) -> None:
        """`connection_count`: to the database, of those that read and the one that writes. `slow_seconds`: what takes so long, or
        longer, is slow."""
        self.connection_count = connection_count
        self.slow_seconds = slow_seconds
        self.statements = SlowStatements(slow_seconds)
        self._lock = threading.Lock()
        self.commit_count = 0
        self.act_count = 0
        self.failed_count = 0
        """Acts that were answered `StoreUnavailable`."""
        self.commit_seconds = 0.0
        """Time spent in write transactions, waiting for the turn included."""
        self.read_count = 0
        self.slow_count = 0
        """Acts and queries that took that long as a whole."""
        self.slow: deque[tuple[str, float]] = deque(maxlen=_SLOW_KEPT)
        """The newest of those: what it was, and its seconds."""
        self.wal_bytes = 0
        """Size of SQLite's write-ahead log that is in use; 0 on PostgreSQL."""
        self.checkpoint_count = 0
        self.reading_count = 0
        """Queries under way."""
        self.read_waiting_count = 0
        """Queries that wait for a connection."""
        self.read_wait, self.write_wait = Spans(), Spans()
        """How long was waited for a connection."""
        self._commits, self._queries = Histogram(), Histogram()
        self._read_waits, self._write_waits = Histogram(), Histogram()
        self._in_use: dict[object, float] = {}
        """Since when each connection that is in use has been, by who uses it."""
        self._used_seconds = 0.0
        self._used_most = 0
        self._worst: list[Slow] = []
        self._told_at = -_TELL_SECONDS

    def committed(self, act_count: int, seconds: float) -> None:
        with self._lock:
            self.commit_count += 1
            self.act_count += act_count
            self.commit_seconds += seconds
            self._commits.note(seconds)

    def failed(self, act_count: int) -> None:
        self.failed_count += act_count

    def asked_to_read(self) -> None:
        with self._lock:
            self.read_waiting_count += 1

    def no_longer_asked(self) -> None:
        """A query was given up before it had begun."""
        with self._lock:
            self.read_waiting_count -= 1

    def reading(self) -> None:
        with self._lock:
            self.read_waiting_count -= 1
            self.read_count += 1
            self.reading_count += 1

    def was_read(self, seconds: float) -> None:
        with self._lock:
            self.reading_count -= 1
            self._queries.note(seconds)

    def waited_to_read(self, seconds: float) -> None:
        """From asking until the query's transaction had begun: for a reader to be free, and, behind a pooler, for a connection of that."""
        with self._lock:
            self._read_waits.note(seconds)
            self.read_wait.note(seconds)

    def waited_to_write(self, waits: Iterable[float]) -> None:
        """The same of each act of a transaction, which also waits for the one before."""
        with self._lock:
            for seconds in waits:
                self._write_waits.note(seconds)
                self.write_wait.note(seconds)

    def in_use(self, user: object) -> None:
        """`user` begins a transaction on its connection. A second call before `not_in_use` changes nothing."""
        with self._lock:
            self._in_use.setdefault(user, time.monotonic())
            self._used_most = max(self._used_most, len(self._in_use))

    def not_in_use(self, user: object) -> None:
        with self._lock:
            since = self._in_use.pop(user, None)
            if since is not None:
                self._used_seconds += time.monotonic() - since

    @property
    def in_use_count(self) -> int:
        """Connections in use at this moment."""
        return len(self._in_use)

    def use(self) -> tuple[float, int]:
        """For how many seconds connections were in use since the last call, all added up, and how many at once at most."""
        with self._lock:
            now = time.monotonic()
            seconds = self._used_seconds + sum(now - since for since in self._in_use.values())
            most, self._used_most = self._used_most, len(self._in_use)
            self._used_seconds, self._in_use = 0.0, dict.fromkeys(self._in_use, now)
            return seconds, most

    def took(self, what: str, function: Callable[..., Any], seconds: float) -> None:
        """Counts and logs what was slow."""
        if seconds < self.slow_seconds:
            return
        name = f"{what} {getattr(function, '__qualname__', function)}"
        now = time.monotonic()
        with self._lock:
            self.slow_count += 1
            self.slow.append((name, seconds))
            self._worst = sorted([*self._worst, Slow(what=name, seconds=round(seconds, 4), at=iso())], key=lambda slow: -slow.seconds)[
                :WORST_KEPT
            ]
            is_told = now - self._told_at < _TELL_SECONDS
            self._told_at = self._told_at if is_told else now
        if not is_told:
            _log.warning("%s took %.0f ms (slow ones so far: %d)", name, seconds * 1000, self.slow_count)

    def take_statements(self) -> Sequence[SlowStatement]:
        """The slowest since the last call."""
        return self.statements.take()

    def take(self) -> tuple[dict[str, dict[int, int]], list[Slow]]:
        """How long commits took, queries, and waiting for a connection before each; and what was slow: since the last call."""
        with self._lock:
            worst, self._worst = self._worst, []
            spreads = {
                "commit": self._commits.take(),
                "query": self._queries.take(),
                "write_wait": self._write_waits.take(),
                "read_wait": self._read_waits.take(),
            }
            return spreads, worst
