"""A circuit breaker: whoever does not answer is not asked for a while, then asked once, and asked again when that is answered.

States are values. The circuit does nothing by itself: who wants to ask says `may_ask`, and afterwards `answered` or `failed`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Closed:
    """All may ask. So many failures came one after the other."""

    failure_count: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """Nobody may ask before `until` (of the clock that was given); it has been opened so often without an answer between."""

    until: float
    opened_count: int


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """One asks, for all: the probe. One that says nothing by `until` is lost, and another may ask."""

    until: float
    opened_count: int


CircuitState = Closed | Open | HalfOpen


class Circuit:
    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        failure_limit: int = 3,
        open_seconds: float = 1.0,
        longest_seconds: float = 30.0,
        probe_seconds: float = 5.0,
    ) -> None:
        """It opens at `failure_limit` failures in a row, for `open_seconds`, and twice as long after each probe that fails, up to
        `longest_seconds`. `monotonic`: a clock in seconds that does not go back."""
        self.state: CircuitState = Closed()
        self._monotonic = monotonic
        self._failure_limit = failure_limit
        self._open_seconds = open_seconds
        self._longest_seconds = longest_seconds
        self._probe_seconds = probe_seconds

    @property
    def level(self) -> float:
        """The state as samples have it: 0 closed, 1 half open, 2 open."""
        match self.state:
            case Closed():
                return 0.0
            case HalfOpen():
                return 1.0
            case Open():
                return 2.0

    def may_ask(self) -> bool:
        """Whether to ask now. Whoever was told so says what became of it."""
        if isinstance(self.state, Closed):
            return True
        now = self._monotonic()
        if now < self.state.until:
            return False
        self.state = HalfOpen(now + self._probe_seconds, self.state.opened_count)
        return True

    def answered(self) -> None:
        self.state = Closed()

    def failed(self) -> None:
        match self.state:
            case Closed(count) if count + 1 < self._failure_limit:
                self.state = Closed(count + 1)
            case Closed():
                self._open(1)
            case HalfOpen(_, count):
                self._open(count + 1)
            case Open():
                pass  # asked before it opened

    def _open(self, count: int) -> None:
        seconds = min(self._longest_seconds, self._open_seconds * 2.0 ** min(count - 1, 30))
        self.state = Open(self._monotonic() + seconds, count)
