"""When a run will end: the part that is done at every report, here and in the console (`packages/client/src/eta.ts`).

A *guide* says what the past runs of a task tell a run of it; `insight/eta.py` makes it once. `estimate` holds the run against it.
Both implementations answer to `conformance/eta.yaml`; `docs/explanation/eta.md` explains the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

KNOTS = 20
LEAST_ELAPSED_SECONDS = 1.0
"""Before this the pace of a run says nothing."""
SLOWER_FACTOR = 1.25
FEWEST_LONGER = 3
"""Of a run without a bar that has gone on for longer than nearly all before it, nothing is said."""


class Basis(StrEnum):
    RATE = "rate"
    HISTORY = "history"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time with its 80 % range, in seconds."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Knot:
    """What is known when a twentieth more of the work is done."""

    share: float
    """Which share of its time a run has usually spent by now."""
    left_seconds: float | None
    """How much time was usually left; None: no run before tells."""
    rate_weight: float
    """How much the run's own pace counts against `left_seconds`: 0 to 1."""
    low: float
    """The end of the range in which eight of ten past runs would have ended: as a logarithm of (truth / estimate)."""
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    count: int
    """Past runs that it is made of."""
    bar: str | None
    """The bar whose course the knots tell of; None: the run's leading one."""
    usual: Spell | None
    """A whole run; None: there were too few."""
    durations: Sequence[float]
    """Of those runs, from the shortest on, brought to the size of this one."""
    knots: Sequence[Knot]
    """When 0/20, 1/20 … 19/20 of the work is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    left: Spell
    """Seconds until the end."""
    basis: Basis
    slowness: float | None
    """How many times as long as usual the whole run will take; None: what is usual is not known."""
    is_slower_than_usual: bool
    """Whether even the early end of the range is later than nine of ten past runs."""


def estimate(
    guide: Guide, *, elapsed_seconds: float, done: float | None = None, total: float | None = None, age_seconds: float = 0.0
) -> Estimate | None:
    """`elapsed_seconds`: since the attempt began; `age_seconds`: how long ago its bar said `done` and `total`. None: nothing
    honest can be said."""
    if done is not None and total is not None and total > 0 and done >= 0:
        found = _by_progress(guide, min(1.0, done / total), max(0.0, elapsed_seconds - age_seconds), age_seconds)
    else:
        found = _by_time(guide, elapsed_seconds)
    if found is None:
        return None
    left, basis = found
    usual = guide.usual
    slowness = None if usual is None or usual.middle <= 0 else (elapsed_seconds + left.middle) / usual.middle
    is_slower = slowness is not None and usual is not None and slowness >= SLOWER_FACTOR and elapsed_seconds + left.low > usual.high
    return Estimate(left=left, basis=basis, slowness=slowness, is_slower_than_usual=is_slower)


def _by_progress(guide: Guide, part: float, elapsed: float, age: float) -> tuple[Spell, Basis] | None:
    if part >= 1.0:
        return Spell(low=0.0, middle=0.0, high=0.0), Basis.RATE
    knot = knot_at(guide.knots, part)
    by_pace = None
    if part > 0 and 0 < knot.share < 1 and elapsed >= LEAST_ELAPSED_SECONDS:
        by_pace = elapsed * (1 - knot.share) / knot.share
    if knot.left_seconds is None and by_pace is None:
        return None
    if by_pace is None or knot.left_seconds is None or knot.left_seconds <= 0:
        middle, basis = (by_pace, Basis.RATE) if by_pace is not None else (knot.left_seconds or 0.0, Basis.HISTORY)
    else:
        weight = knot.rate_weight
        middle = math.exp(weight * math.log(by_pace) + (1 - weight) * math.log(knot.left_seconds)) if by_pace > 0 else 0.0
        basis = Basis.BOTH
    if age > middle * math.exp(knot.high):
        return None  # the bar stands still for longer than all that was left: nobody knows
    return _later(Spell(low=middle * math.exp(knot.low), middle=middle, high=middle * math.exp(knot.high)), age), basis


def _later(left: Spell, age: float) -> Spell:
    """The same end, seen a while after it was told."""
    return Spell(low=max(0.0, left.low - age), middle=max(0.0, left.middle - age), high=max(0.0, left.high - age))


def _by_time(guide: Guide, elapsed: float) -> tuple[Spell, Basis] | None:
    """Of the runs that took longer than this one has: how much longer."""
    longer = [duration - elapsed for duration in guide.durations if duration > elapsed]
    if len(longer) < FEWEST_LONGER:
        return None
    return Spell(low=rank(longer, 0.1), middle=rank(longer, 0.5), high=rank(longer, 0.9)), Basis.HISTORY


def knot_at(knots: Sequence[Knot], part: float) -> Knot:
    """Between two knots by a straight line; the last one leads to the end, where nothing is left."""
    place = part * KNOTS
    at = min(KNOTS - 1, int(place))
    before = knots[at]
    after = knots[at + 1] if at + 1 < len(knots) else _end_of(before)
    step = place - at

    def between(first: float, second: float) -> float:
        return first + (second - first) * step

    left = None
    if before.left_seconds is not None and after.left_seconds is not None:
        left = between(before.left_seconds, after.left_seconds)
    return Knot(
        share=between(before.share, after.share),
        left_seconds=left,
        rate_weight=between(before.rate_weight, after.rate_weight),
        low=between(before.low, after.low),
        high=between(before.high, after.high),
    )


def _end_of(before: Knot) -> Knot:
    left = None if before.left_seconds is None else 0.0
    return Knot(share=1.0, left_seconds=left, rate_weight=before.rate_weight, low=before.low, high=before.high)


def rank(ordered: Sequence[float], share: float) -> float:
    """The quantile that a further value of the same kind lies below with that chance: between the two nearest values, and beyond
    neither end."""
    place = min(len(ordered) - 1.0, max(0.0, share * (len(ordered) + 1) - 1))
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
