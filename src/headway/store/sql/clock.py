"""The database's time, also between two questions to it: all processes agree on it, however wrong the clocks of their machines are."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class StoreClock:
    """`set` may be called by any thread. Between two calls time goes on by this process's monotonic clock, which does not jump."""

    def __init__(self) -> None:
        self._known: tuple[datetime, float] | None = None
        """A moment, and what the monotonic clock said then. One name for both, so that threads never see halves of two."""

    def set(self, at: datetime) -> None:
        self._known = (at, time.monotonic())

    def now(self) -> datetime:
        """Before the first `set` this machine's time."""
        if self._known is None:
            return datetime.now(UTC)
        at, since = self._known
        return at + timedelta(seconds=time.monotonic() - since)

    def monotonic(self) -> float:
        return time.monotonic()
