"""What the past runs of a task tell the next one: the guide that `model/eta.py` holds it against.

Two witnesses are heard at each twentieth of the work: how long past runs still took from there (history), and the run's own
pace along the course that they took (rate). Each past run in turn is foretold by the others; what they got wrong says how much
each witness counts, and the range: it is where eight of ten of those errors lie, whatever they look like.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Any, cast

from headway.model.course import Course
from headway.model.eta import KNOTS, Guide, Knot, Spell, rank

HISTORY = 40
"""Past runs that are heard, the newest."""
FEWEST = 3
"""Fewer say nothing."""
_LEAST_WEIGHT = 0.02
_LEAST_ERROR = 0.01
"""A few runs that happened to be alike make nobody quite sure."""
_STUDENT = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415)
"""Ninth decile of Student's t, with 1, 2 … degrees of freedom."""
_FEWEST_FOR_DECILES = 9


def _range_of_pace(part: float) -> tuple[float, float]:
    """Of a run without a history: where eight of ten errors of its pace alone lie, over the tasks of `bench/insight/worlds.py`."""
    return -1.5 + 0.8 * part, 0.85 + 0.3 * part


def guide_for(history: Sequence[Course], parameters: Mapping[str, Any], total: float | None = None) -> Guide:
    """`history`: newest first. `parameters`: those of the run; `total`: of its leading bar, if that is known."""
    return Lore(history).guide(parameters, total)


class Lore:
    """What past runs of a task say of each other: worked out once, and then held against one run after the other."""

    def __init__(self, history: Sequence[Course]) -> None:
        """`history`: newest first."""
        self.history = history[:HISTORY]
        self.bar = _leading_bar(self.history) if len(self.history) >= FEWEST else None
        self._barred = [course for course in self.history if self.bar is not None and course.bar == self.bar]

    def guide(self, parameters: Mapping[str, Any], total: float | None = None) -> Guide:
        """For a run with these parameters; `total`: of its leading bar, if that is known."""
        count = len(self.history)
        if count < FEWEST:
            return Guide(count=count, bar=None, usual=None, durations=(), knots=_knots_of_pace())
        whole = self._whole
        present = whole.present(parameters, None)
        usual, durations = whole.usual(present), whole.brought(present)
        if len(self._barred) < FEWEST:
            return Guide(count=count, bar=None, usual=usual, durations=durations, knots=_knots_of_pace())
        past = self._plain if total is None or total <= 0 else self._sized
        present = past.present(parameters, total)
        knots = [past.knot(step, present) for step in range(KNOTS)]
        return Guide(count=count, bar=self.bar, usual=past.usual(present), durations=durations, knots=knots)

    @cached_property
    def _whole(self) -> _Past:
        return _Past.of(self.history, knows_size=False)

    @cached_property
    def _plain(self) -> _Past:
        return _Past.of(self._barred, knows_size=False)

    @cached_property
    def _sized(self) -> _Past:
        return _Past.of(self._barred, knows_size=True)


def _knots_of_pace() -> list[Knot]:
    ranges = [(step / KNOTS, *_range_of_pace(step / KNOTS)) for step in range(KNOTS)]
    return [Knot(share=part, left_seconds=None, rate_weight=1.0, low=low, high=high) for part, low, high in ranges]


def _leading_bar(history: Sequence[Course]) -> str | None:
    """The bar that most runs had."""
    bars = [course.bar for course in history if course.bar is not None]
    return max(sorted(set(bars)), key=bars.count) if bars else None


@dataclass(frozen=True, slots=True)
class _Present:
    """The run that is to be foretold."""

    weights: Sequence[float]
    """How much each past run counts for it."""
    size: float
    """The logarithm of its total; 0: size says nothing."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """What past runs say when a twentieth more of the work is done."""

    lefts: Sequence[float]
    """Logarithms of what they still took, as of runs of size 1."""
    odds: Sequence[float]
    """Logarithms of (time left / time spent)."""
    rate_weight: float
    low: float
    high: float


class _Past:
    """Past runs, how like each other they are, and what of this helps to foretell them."""

    def __init__(self, courses: Sequence[Course], alike: Sequence[Sequence[float]] | None, sizes: Sequence[float] | None) -> None:
        """`alike`: between each two; None: all count the same. `sizes`: logarithms of the totals; None: size says nothing of the time."""
        self._courses = courses
        self._is_even = alike is None
        self._alike = alike or [[1.0] * len(courses)] * len(courses)
        self._sizes = sizes
        self._durations = self._sized([math.log(course.duration_seconds) for course in courses])
        self.errors = self._errors(self._durations)

    @classmethod
    def of(cls, courses: Sequence[Course], *, knows_size: bool) -> _Past:
        """In the way that foretells them best. `knows_size`: the total of the present run is known."""
        alike = [[likeness(one.parameters, course.parameters) for course in courses] for one in courses]
        sizes = [math.log(course.total or 1.0) for course in courses] if knows_size else None
        # Where all were of one size, none of them can say whether it counts; then it does.
        is_of_one_size = knows_size and len({course.total for course in courses}) == 1 and courses[0].total
        sizings = [sizes] if is_of_one_size else [None, sizes] if knows_size else [None]
        ways = [cls(courses, weights, size) for weights in (None, alike) for size in sizings]
        return min(ways, key=lambda past: _mean_square(past.errors))

    def present(self, parameters: Mapping[str, Any], total: float | None) -> _Present:
        weights = self._alike[0] if self._is_even else [likeness(parameters, course.parameters) for course in self._courses]
        return _Present(weights, math.log(total) if self._sizes is not None and total else 0.0)

    def usual(self, present: _Present) -> Spell:
        low, high = _range(self.errors, spent=1)
        middle = math.exp(_mean(self._durations, present.weights) + present.size)
        return Spell(low=middle * math.exp(low), middle=middle, high=middle * math.exp(high))

    def brought(self, present: _Present) -> list[float]:
        """How long they would have taken had they been as large as the present run."""
        return sorted(math.exp(log + present.size) for log in self._durations)

    def knot(self, step: int, present: _Present) -> Knot:
        moment = self._moments[step]
        left = math.exp(_mean(moment.lefts, present.weights) + present.size)
        share = 1 / (1 + math.exp(_mean(moment.odds, present.weights))) if step else 0.0
        return Knot(share=share, left_seconds=left, rate_weight=moment.rate_weight, low=moment.low, high=moment.high)

    @cached_property
    def _moments(self) -> Sequence[_Moment]:
        return [self._moment(step) for step in range(KNOTS)]

    def _moment(self, step: int) -> _Moment:
        if step == 0:
            low, high = _range(self.errors, spent=1)
            return _Moment(lefts=self._durations, odds=(), rate_weight=0.0, low=low, high=high)
        shares = [min(0.999, max(0.001, course.shares[step - 1])) for course in self._courses]
        lefts = self._sized([math.log(course.duration_seconds * (1 - share)) for course, share in zip(self._courses, shares, strict=True)])
        odds = [math.log((1 - share) / share) for share in shares]
        # Foretold by the others: from what they still took, and from the run's own pace along their course.
        by_history = self._errors(lefts)
        by_pace = self._errors(odds)
        weight = _weight(by_history, by_pace)
        errors = [weight * pace + (1 - weight) * history for pace, history in zip(by_pace, by_history, strict=True)]
        low, high = _range(errors, spent=2)  # the middle, and how much pace counts
        return _Moment(lefts=lefts, odds=odds, rate_weight=weight, low=low, high=high)

    def _errors(self, logs: Sequence[float]) -> list[float]:
        """What each was more than the others made us think."""
        return [log - self._mean_of_others(logs, at) for at, log in enumerate(logs)]

    def _mean_of_others(self, logs: Sequence[float], of: int) -> float:
        weights = self._alike[of]
        total, value = sum(weights), sum(map(mul, weights, logs))
        return (value - weights[of] * logs[of]) / (total - weights[of])

    def _sized(self, logs: Sequence[float]) -> Sequence[float]:
        """As they would be of runs of size 1."""
        return logs if self._sizes is None else [log - size for log, size in zip(logs, self._sizes, strict=True)]


def _mean(logs: Sequence[float], weights: Sequence[float]) -> float:
    """Weighted. By whole rows rather than one by one: lore asks this some 3,000 times."""
    return sum(map(mul, weights, logs)) / sum(weights)


def _mean_square(errors: Sequence[float]) -> float:
    return math.fsum(error * error for error in errors) / len(errors)


def _weight(by_history: Sequence[float], by_pace: Sequence[float]) -> float:
    """How much pace counts so that the errors of both together are least: by their variances and what they share."""
    history = math.fsum(error * error for error in by_history)
    pace = math.fsum(error * error for error in by_pace)
    both = math.fsum(one * other for one, other in zip(by_history, by_pace, strict=True))
    spread = history + pace - 2 * both
    return min(1.0, max(0.0, (history - both) / spread)) if spread > 1e-12 else 0.5


def _range(errors: Sequence[float], *, spent: int) -> tuple[float, float]:
    """Where eight of ten errors of the same kind lie: between the first and the ninth decile of those that were made. Of so few that
    they have no such decile, as wide as Student has it for errors of their size. `spent`: numbers that were chosen so that the errors
    are small."""
    count = len(errors)
    if count < _FEWEST_FOR_DECILES:
        high = _STUDENT[count - spent - 1] * math.sqrt(_mean_square(errors))
        low = -high
    else:
        ordered = sorted(errors)
        low, high = rank(ordered, 0.1), rank(ordered, 0.9)
    return min(low, -_LEAST_ERROR), max(high, _LEAST_ERROR)


def likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How alike two sets of parameters are: 1 for equal ones, and for each that differs less."""
    value = 1.0
    for name in one.keys() | other.keys():
        value *= _alike(one[name], other[name]) if name in one and name in other else 0.5
    return max(_LEAST_WEIGHT, value)


def _alike(one: Any, other: Any) -> float:
    if one == other and type(one) is type(other):
        return 1.0
    first, second = _size(one), _size(other)
    if first is None or second is None:
        return 0.5
    return max(0.05, math.exp(-2 * abs(math.log((first + 1e-9) / (second + 1e-9)))))


def _size(value: Any) -> float | None:
    """Of a number itself, of a list or object how long it is. A text is a name: another one, not a larger one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value > 0 else None
    if isinstance(value, list | dict):
        return float(len(cast("list[Any]", value)))
    return None
