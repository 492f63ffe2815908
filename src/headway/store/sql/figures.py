"""What the store counts of itself, for the health page and for tests. Written by its threads, read by anyone."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from headway.model.clock import iso
from headway.model.histogram import Histogram
from headway.model.samples import WORST_KEPT, Slow

_log = logging.getLogger("headway.store")

SLOW_SECONDS = 0.1
_SLOW_KEPT = 50
_TELL_SECONDS = 10.0
"""A store in trouble is slow at every turn: the log hears of it this often."""


class Figures:
    """Counts since the store was opened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.commit_count = 0
        self.act_count = 0
        self.failed_count = 0
        """Acts that were answered `StoreUnavailable`."""
        self.commit_seconds = 0.0
        """Time spent in write transactions, waiting for the turn included."""
        self.read_count = 0
        self.slow_count = 0
        """Acts and queries that took more than 100 ms."""
        self.slow: deque[tuple[str, float]] = deque(maxlen=_SLOW_KEPT)
        """The newest of those: what it was, and its seconds."""
        self.wal_bytes = 0
        """Size of SQLite's write-ahead log that is in use; 0 on PostgreSQL."""
        self.checkpoint_count = 0
        self.reading_count = 0
        """Queries under way."""
        self._commits, self._queries = Histogram(), Histogram()
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

    def reading(self) -> None:
        with self._lock:
            self.read_count += 1
            self.reading_count += 1

    def was_read(self, seconds: float) -> None:
        with self._lock:
            self.reading_count -= 1
            self._queries.note(seconds)

    def took(self, what: str, function: Callable[..., Any], seconds: float) -> None:
        """Counts and logs what was slow."""
        if seconds < SLOW_SECONDS:
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

    def take(self) -> tuple[dict[int, int], dict[int, int], list[Slow]]:
        """How long commits took, and queries, and what was slow, since the last call."""
        with self._lock:
            worst, self._worst = self._worst, []
            return self._commits.take(), self._queries.take(), worst
