"""How often something may happen."""

from __future__ import annotations


class TokenBucket:
    """`rate` a second on average, `burst` at once. The caller brings the time (monotonic seconds)."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def has_one(self, now: float) -> bool:
        """Whether it may happen now; nothing is counted."""
        if self._at is not None:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        return self._level >= 1

    def take(self, now: float) -> bool:
        """Whether it may happen now; if so, it is counted."""
        if not self.has_one(now):
            return False
        self._level -= 1
        return True

    def retry_in(self) -> float:
        """Seconds until the next may happen."""
        return round(max(0.0, (1 - self._level) / self._rate), 3)
