"""When a line of runs comes to a place: it is played through many times with durations that past runs had."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

ROUNDS = 100
FEWEST_ROUNDS = 25
PLAYED = 200
"""Places of the line that are played through; what stands behind is reckoned from the pace of those before it."""
ENOUGH = 3
"""Past runs without which nothing is said."""
_NINTH = 1.2816
"""Standard deviations from the middle to the ninth decile of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Seconds from now: in eight cases of ten between `low` and `high`."""

    low: float
    middle: float
    high: float


NOW = Span(low=0.0, middle=0.0, high=0.0)


@dataclass(slots=True)
class _Round:
    chance: random.Random
    free_at: list[float]
    """Of each place: a heap."""
    durations: Sequence[float]
    """Drawn anew from the past: how much a few of them know of the next is unsure, too."""
    starts: list[float]

    def play(self, count: int) -> None:
        # Drawn by hand: `choice` takes four times as long, and a page of keys plays many lines.
        draw, durations, size, starts, free_at = self.chance.random, self.durations, len(self.durations), self.starts, self.free_at
        while len(starts) < count:
            starts.append(free_at[0])
            heapq.heapreplace(free_at, free_at[0] + durations[int(draw() * size)])


class Line:
    """Those that wait for the same places, the best rank first."""

    def __init__(
        self, *, places: int, executed: Sequence[tuple[float, Sequence[float]]], durations: Sequence[float], rounds: int = ROUNDS
    ) -> None:
        """`executed`: of each run that holds a place, how long it has been executed and how long runs of its task took; `durations`:
        how long those took that are like the ones in the line. All in seconds."""
        self.is_known = places >= 1 and len(durations) >= ENOUGH and all(len(took) >= ENOUGH for _, took in executed)
        self._places = places
        self._pace = fmean(durations) / places if self.is_known else 0.0
        self._spread = pstdev(durations) / places if self.is_known else 0.0
        self._rounds = [self._begin(random.Random(number), executed, durations) for number in range(rounds if self.is_known else 0)]

    def _begin(self, chance: random.Random, executed: Sequence[tuple[float, Sequence[float]]], durations: Sequence[float]) -> _Round:
        ends = sorted(_left(chance, lasted, took) for lasted, took in executed)
        free_at = ends[max(0, len(ends) - self._places) :] + [0.0] * max(0, self._places - len(ends))
        heapq.heapify(free_at)
        return _Round(chance, free_at, chance.choices(durations, k=len(durations)), [])

    def start(self, ahead: int) -> Span | None:
        """When the one starts before which `ahead` others stand. None: nothing can be said."""
        if not self.is_known:
            return None
        played = min(ahead, PLAYED)
        for one in self._rounds:
            one.play(played + 1)
        starts = sorted(one.starts[played] for one in self._rounds)
        beyond = ahead - played
        shift, unsure = beyond * self._pace, _NINTH * math.sqrt(beyond) * self._spread
        low, middle, high = (starts[len(starts) * tenth // 10] for tenth in (1, 5, 9))
        scale = (played + beyond) / played if played and beyond else 1.0
        return Span(
            low=max(0.0, middle + shift - (middle - low) * scale - unsure), middle=middle + shift,
            high=middle + shift + (high - middle) * scale + unsure,
        )  # fmt: skip


def _left(chance: random.Random, lasted: float, took: Sequence[float]) -> float:
    """Of a run that is executed: as of those that took longer. One that is slower than all may take as long again."""
    longer = [each for each in took if each > lasted]
    return chance.choice(longer) - lasted if longer else chance.random() * lasted
