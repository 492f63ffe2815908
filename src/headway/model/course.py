"""How a run came along, in a few numbers: what is kept of a past run to tell the next one's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

KNOTS = 20
"""A course tells when each twentieth of the work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A run that succeeded at its first attempt."""

    duration_seconds: float
    parameters: Mapping[str, Any]
    bar: str | None = None
    """The bar that went from the beginning to the end with the run; None: it had none, and `shares` is empty."""
    total: float | None = None
    """Of that bar."""
    shares: Sequence[float] = ()
    """`KNOTS` - 1 numbers: which share of the duration had passed when 1/20, 2/20 … 19/20 of the work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a bar said at a moment."""

    bar: str
    at_seconds: float
    """Since the attempt began."""
    done: float
    total: float


LEAST_SPAN = 0.5
"""A bar that covers less of a run than this says too little of its end."""


def course_of(duration_seconds: float, parameters: Mapping[str, Any], readings: Sequence[Reading]) -> Course:
    """`readings` in the order in which they were made. A bar counts if it was gone through once, with one total, over most of the run."""
    bars: dict[str, list[Reading]] = {}
    for reading in readings:
        bars.setdefault(reading.bar, []).append(reading)
    whole = [(name, of_bar) for name, of_bar in bars.items() if _is_one_way(of_bar, duration_seconds)]
    if not whole:
        return Course(duration_seconds=duration_seconds, parameters=parameters)
    name, path = max(whole, key=lambda each: each[1][-1].at_seconds - each[1][0].at_seconds)
    return Course(
        duration_seconds=duration_seconds,
        parameters=parameters,
        bar=name,
        total=path[-1].total,
        shares=[round(_time_at(path, step / KNOTS) / duration_seconds, 4) for step in range(1, KNOTS)],
    )


def _is_one_way(path: Sequence[Reading], duration_seconds: float) -> bool:
    total = path[-1].total
    if duration_seconds <= 0 or total <= 0 or any(each.total != total for each in path) or path[-1].done < total:
        return False
    if any(later.done < earlier.done or later.at_seconds < earlier.at_seconds for earlier, later in pairwise(path)):
        return False
    begun = min(path[0].at_seconds, next(each.at_seconds for each in path if each.done > 0))
    return path[-1].at_seconds - begun >= LEAST_SPAN * duration_seconds


def _time_at(path: Sequence[Reading], share: float) -> float:
    """When that share of the work was done, between two readings by a straight line."""
    wanted = share * path[-1].total
    before = Reading(bar="", at_seconds=0.0, done=0.0, total=path[-1].total)
    for reading in path:
        if reading.done >= wanted:
            if reading.done == before.done:
                return reading.at_seconds
            part = (wanted - before.done) / (reading.done - before.done)
            return before.at_seconds + part * (reading.at_seconds - before.at_seconds)
        before = reading
    return path[-1].at_seconds
