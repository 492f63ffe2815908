"""Which runs of a project are new, and how that is told to viewers who only keep a number. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

TOLD_AT_ONCE = 100
KNOWN_RUNS = 1_000
WINDOW = TOLD_AT_ONCE + 1
"""How many of the newest runs are held against the store, where news may be lost."""

Newest = Sequence[tuple[str, datetime]]
"""Id and `created_at`, the newest first."""


class Recent:
    """The last hundred ids of an endless row of them. A viewer who knows how many there were asks for those that came since."""

    __slots__ = ("_runs", "count")

    def __init__(self) -> None:
        self.count = 0
        self._runs: deque[str] = deque(maxlen=TOLD_AT_ONCE)

    def add(self, run: str) -> None:
        self.count += 1
        self._runs.append(run)

    def after(self, count: int) -> tuple[list[str], bool]:
        """The ids after the first `count`, the newest last; and whether there were more than are held."""
        missed = self.count - count
        return (list(self._runs)[-missed:] if missed > 0 else []), missed > len(self._runs)


class Arrivals:
    """The runs that are known already, so that one whose news were lost is found, and none is told twice."""

    __slots__ = ("_horizon", "_known")

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._horizon: tuple[datetime, str] | None = None
        """Runs created before this one are old, whether they are known or not: they come into the window when others are deleted."""

    def note(self, run: str) -> bool:
        """Whether nobody has spoken of this run yet."""
        if run in self._known:
            return False
        self._known[run] = None
        if len(self._known) > KNOWN_RUNS:
            del self._known[next(iter(self._known))]
        return True

    def unknown(self, newest: Newest) -> list[str]:
        """Those that should have been heard of and were not, the newest last."""
        horizon = self._horizon
        return [run for run, created_at in reversed(newest) if run not in self._known and (horizon is None or (created_at, run) > horizon)]

    def settle(self, newest: Newest) -> None:
        """All of these are known now."""
        for run, _ in reversed(newest):
            self.note(run)
        if len(newest) >= WINDOW:
            run, created_at = newest[-1]
            self._horizon = max((created_at, run), self._horizon or (created_at, run))
