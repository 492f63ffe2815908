"""Replay runs whose end is known: at each moment, what was foretold, and what came."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headway.insight.eta import Lore
from headway.model.course import Course, Reading
from headway.model.eta import estimate

MOMENTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the time that has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    at: float
    is_held: bool
    """Whether the end lay in the range."""
    error: float
    """|foretold end - end| / the whole time."""
    width: float
    """Of the range, as a share of the whole time."""


def replay(history: Sequence[Course], run: Course, readings: Sequence[Reading]) -> Iterator[Verdict]:
    """`history`: newest first. `readings`: of the run's leading bar; without one the time that has passed is all that is known."""
    lore = Lore(history)
    before_bar, guide = lore.guide(run.parameters), lore.guide(run.parameters, run.total)
    times = [reading.at_seconds for reading in readings]
    for at in MOMENTS:
        elapsed = at * run.duration_seconds
        told = bisect_right(times, elapsed)
        if told == 0 or run.total is None:
            said = estimate(before_bar, elapsed_seconds=elapsed)
        else:
            newest = readings[told - 1]
            age = elapsed - newest.at_seconds
            said = estimate(guide, elapsed_seconds=elapsed, done=newest.done, total=newest.total, age_seconds=age)
        if said is None:
            continue
        left = run.duration_seconds - elapsed
        yield Verdict(
            at=at,
            is_held=said.left.low <= left <= said.left.high,
            error=abs(said.left.middle - left) / run.duration_seconds,
            width=(said.left.high - said.left.low) / run.duration_seconds,
        )
