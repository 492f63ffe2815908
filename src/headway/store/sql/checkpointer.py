"""Moves SQLite's write-ahead log into the database, in a thread of its own, so that no commit has to.

PASSIVE never waits and never makes anyone wait, but with readers that overlap without a pause the log is never begun anew
(measured: 2 GB in 6 s with 50 readers). Above `RESTART_BYTES` the log is therefore begun anew: that holds the writers for as long as
the oldest query lasts, and no longer than `patience` allows: the larger the log, the more its bound is worth (measured: with 10 M
events stored and 50 readers in one process, queries take up to 0.6 s, and a wait of 0.1 s let the log grow to 294 MB). The file keeps
its size then; only one that is twice as large is truncated, because the writers wait for that too (measured: 27 ms for 64 MB,
each second at 300 runs/s).

How much is waiting is asked of SQLite, never read from its ``-shm`` file: closing that would let go of the locks that SQLite
holds on it in this process, POSIX being what it is, and the database is corrupt within seconds (measured, too).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from headway.store.sql.copying import is_copied
from headway.store.sql.figures import Figures

_log = logging.getLogger("headway.store")

PERIOD_SECONDS = 0.1
"""Between two looks at the write-ahead log."""
RESTART_BYTES = 64 * 1024 * 1024
TRUNCATE_SHARE = 2
PASSIVE_SHARE = 16
"""A log of this part of the bound is copied back without making anybody wait."""
FRAME_HEADER_BYTES = 24
REST_SECONDS = 0.4
"""Between two restarts that a long query has foiled, so that the writers wait a fifth of the time at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What a restart of the log may cost the writers."""

    wait_ms: int
    rest_seconds: float
    """Before the next try, if this one was foiled."""


_PATIENCE = (
    (3, Patience(wait_ms=2_000, rest_seconds=0.0)),
    (2, Patience(wait_ms=400, rest_seconds=REST_SECONDS)),
    (0, Patience(wait_ms=100, rest_seconds=REST_SECONDS)),
)
"""From so many times `restart_bytes` on. The store's own timeout (`engines.BUSY_SECONDS`) is five times the longest wait."""


def patience(log_bytes: int, restart_bytes: int) -> Patience:
    """How long the writers may be held for a log of this length."""
    return next(found for times, found in _PATIENCE if log_bytes >= times * restart_bytes)


class Checkpointer:
    def __init__(self, path: str, figures: Figures, *, synchronous: str, restart_bytes: int = RESTART_BYTES) -> None:
        self._path = path
        self._wal = Path(f"{path}-wal")
        self._figures = figures
        self._synchronous = synchronous
        self._restart_bytes = restart_bytes
        self._closing = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._frame_bytes = 0
        self._seen: tuple[int, int] = (0, 0)
        self._not_before = 0.0
        self._thread = threading.Thread(target=self._live, name="headway-checkpointer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread. Blocks."""
        self._closing.set()
        self._thread.join()

    def _live(self) -> None:
        while not self._closing.wait(PERIOD_SECONDS):
            try:
                self._look()
            except (OSError, sqlite3.Error) as error:
                _log.warning("the write-ahead log could not be checkpointed: %s", error)
                self._disconnect()
        self._disconnect()

    def _look(self) -> None:
        try:
            found = self._wal.stat()
        except FileNotFoundError:
            self._figures.wal_bytes = 0
            return
        seen = (found.st_mtime_ns, found.st_size)
        if seen == self._seen:
            return
        self._figures.wal_bytes = found.st_size
        self._seen = seen
        if found.st_size <= self._restart_bytes // PASSIVE_SHARE:
            return
        # First what makes nobody wait, so that as little as possible is left to do while the writers wait.
        _, waiting_bytes = self._checkpoint("PASSIVE")
        is_large = found.st_size > self._restart_bytes * TRUNCATE_SHARE
        if is_copied(Path(self._path)):
            # A backup reads one moment for as long as it takes: nothing could be begun anew, and the writers would wait for nothing.
            self._seen = (0, 0)
            return
        if (is_large or waiting_bytes > self._restart_bytes) and time.monotonic() >= self._not_before:
            allowed = patience(max(found.st_size, waiting_bytes), self._restart_bytes)
            is_foiled, _ = self._checkpoint("TRUNCATE" if is_large else "RESTART", wait_ms=allowed.wait_ms)
            if is_foiled:
                self._seen = (0, 0)
                self._not_before = time.monotonic() + allowed.rest_seconds

    def _checkpoint(self, mode: str, *, wait_ms: int = 0) -> tuple[bool, int]:
        """(Whether someone was in the way, the length of the log that is in use, in bytes)."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            self._frame_bytes = self._connection.execute("PRAGMA page_size").fetchone()[0] + FRAME_HEADER_BYTES
        self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
        is_busy, frames, _moved = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        self._figures.checkpoint_count += 1
        return bool(is_busy), frames * self._frame_bytes

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
