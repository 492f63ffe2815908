"""What the past runs of a task tell the next one: the guide that `model/eta.py` holds it against.

Two witnesses are heard at each twentieth of the work: how long past runs still took from there (history), and the run's own
pace along the course that they took (rate). Each past run in turn is foretold by the others; what they got wrong says how much
each witness counts, and the range: it is where eight of ten of those errors lie, whatever they look like.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, cast

from headway.model.course import Course
from headway.model.eta import KNOTS, Guide, Knot, Spell, rank

HISTORY = 40
"""Past runs that are heard, the newest."""
FEWEST = 3
"""Fewer say nothing."""
_LEAST_WEIGHT = 0.02
_CAUTION = 0.5
"""As many made-up errors of usual size are mixed into those of the history, that a few runs that happened to be alike do not
make us sure."""


def _range_of_pace(part: float) -> tuple[float, float]:
    """Of a run without a history: where eight of ten errors of its pace alone lie, over the tasks of `bench/insight/worlds.py`."""
    return -1.5 + 0.8 * part, 0.85 + 0.3 * part


def guide_for(history: Sequence[Course], parameters: Mapping[str, Any], total: float | None = None) -> Guide:
    """`history`: newest first. `parameters`: those of the run; `total`: of its leading bar, if that is known."""
    history = history[:HISTORY]
    if len(history) < FEWEST:
        return Guide(count=len(history), bar=None, usual=None, durations=(), knots=_knots_of_pace())
    bar = _leading_bar(history)
    barred = [course for course in history if course.bar == bar] if bar is not None else []
    whole = _Past.of(history, parameters, total, None)
    usual, durations = whole.usual(), whole.brought(whole.durations())
    if len(barred) < FEWEST:
        return Guide(count=len(history), bar=None, usual=usual, durations=durations, knots=_knots_of_pace())
    past = _Past.of(barred, parameters, total, bar)
    knots = [past.knot(step) for step in range(KNOTS)]
    return Guide(count=len(history), bar=bar, usual=past.usual(), durations=durations, knots=knots)


def _knots_of_pace() -> list[Knot]:
    ranges = [(step / KNOTS, *_range_of_pace(step / KNOTS)) for step in range(KNOTS)]
    return [Knot(share=part, left_seconds=None, rate_weight=1.0, low=low, high=high) for part, low, high in ranges]


def _leading_bar(history: Sequence[Course]) -> str | None:
    """The bar that most runs had."""
    bars = [course.bar for course in history if course.bar is not None]
    return max(sorted(set(bars)), key=bars.count) if bars else None


@dataclass(frozen=True, slots=True)
class _Past:
    """Past runs, how like each other and the present one they are, and what of this helps to foretell them."""

    courses: Sequence[Course]
    alike: Sequence[Sequence[float]]
    """Between each two; the last row: between each and the present run."""
    sizes: Sequence[float] | None
    """Logarithms of the totals, the present one's last; None: size says nothing of the time."""

    @classmethod
    def of(cls, courses: Sequence[Course], parameters: Mapping[str, Any], total: float | None, bar: str | None) -> _Past:
        everyone = [*[course.parameters for course in courses], parameters]
        alike = [[likeness(one, course.parameters) for course in courses] for one in everyone]
        even = [[1.0] * len(courses)] * len(everyone)
        sizes = None
        if bar is not None and total is not None and total > 0:
            sizes = [*[math.log(course.total or 1.0) for course in courses], math.log(total)]
        choices = [cls(courses, weights, size) for weights in (even, alike) for size in (None, sizes)]
        return min(choices, key=lambda past: past._mean_square(past._errors(past.durations())))

    def durations(self) -> list[float]:
        return [math.log(course.duration_seconds) for course in self.courses]

    def usual(self) -> Spell:
        logs = self.durations()
        low, high = _range(self._errors(logs), 0.0)
        middle = math.exp(self._foretell(logs))
        return Spell(low=middle * math.exp(low), middle=middle, high=middle * math.exp(high))

    def brought(self, logs: Sequence[float]) -> list[float]:
        """As they would be had they been as large as the present run."""
        return sorted(math.exp(log + self._step(at, len(logs))) for at, log in enumerate(logs))

    def knot(self, step: int) -> Knot:
        if step == 0:
            logs = self.durations()
            low, high = _range(self._errors(logs), 0.0)
            return Knot(share=0.0, left_seconds=math.exp(self._foretell(logs)), rate_weight=0.0, low=low, high=high)
        shares = [min(0.999, max(0.001, course.shares[step - 1])) for course in self.courses]
        lefts = [math.log(course.duration_seconds * (1 - share)) for course, share in zip(self.courses, shares, strict=True)]
        odds = [math.log((1 - share) / share) for share in shares]
        # Foretold by the others: from what they still took, and from the run's own pace along their course.
        by_history = self._errors(lefts)
        by_pace = self._errors(odds)
        weight = _weight(by_history, by_pace)
        errors = [weight * pace + (1 - weight) * history for pace, history in zip(by_pace, by_history, strict=True)]
        low, high = _range(errors, step / KNOTS)
        odd = self._foretell(odds)
        return Knot(
            share=1 / (1 + math.exp(odd)),
            left_seconds=math.exp(self._foretell(lefts)),
            rate_weight=weight,
            low=low,
            high=high,
        )

    def _errors(self, logs: Sequence[float]) -> list[float]:
        """What each was more than the others made us think."""
        logs = self._sized(logs)
        return [log - self._mean_of_others(logs, at) for at, log in enumerate(logs)]

    def _foretell(self, logs: Sequence[float]) -> float:
        """The present run, by all before it."""
        present = len(logs)
        mean = self._mean_of_others(self._sized(logs), present)
        return mean if self.sizes is None else mean + self.sizes[present]

    def _mean_of_others(self, logs: Sequence[float], of: int) -> float:
        """Weighted. By whole rows rather than one by one: a guide asks this some 3,000 times."""
        weights = self.alike[of]
        total, value = sum(weights), sum(map(mul, weights, logs))
        if of < len(logs):
            total -= weights[of]
            value -= weights[of] * logs[of]
        return value / total

    def _sized(self, logs: Sequence[float]) -> Sequence[float]:
        """As they would be of runs of size 1."""
        return logs if self.sizes is None else [log - size for log, size in zip(logs, self.sizes, strict=False)]

    def _step(self, at: int, of: int) -> float:
        return 0.0 if self.sizes is None else self.sizes[of] - self.sizes[at]

    @staticmethod
    def _mean_square(errors: Sequence[float]) -> float:
        return math.fsum(error * error for error in errors) / len(errors)


def _weight(by_history: Sequence[float], by_pace: Sequence[float]) -> float:
    """How much pace counts so that the errors of both together are least: by their variances and what they share."""
    history = math.fsum(error * error for error in by_history)
    pace = math.fsum(error * error for error in by_pace)
    both = math.fsum(one * other for one, other in zip(by_history, by_pace, strict=True))
    spread = history + pace - 2 * both
    return min(1.0, max(0.0, (history - both) / spread)) if spread > 1e-12 else 0.5


def _range(errors: Sequence[float], part: float) -> tuple[float, float]:
    """Where eight of ten errors lie, when that part of the work is done."""
    ordered = sorted(errors)
    caution = _CAUTION / (len(errors) + _CAUTION)
    low, high = _range_of_pace(part)
    return (1 - caution) * rank(ordered, 0.1) + caution * low, (1 - caution) * rank(ordered, 0.9) + caution * high


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
