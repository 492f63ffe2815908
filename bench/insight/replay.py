"""Replay runs whose end is known: at each moment, what was foretold, and what came."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headway.insight.eta import guide_for
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
    guide = guide_for(history, run.parameters, run.total)
    times = [reading.at_seconds for reading in readings]
    for at in MOMENTS:
        elapsed = at * run.duration_seconds
        newest = readings[max(0, bisect_right(times, elapsed) - 1)]
        has_bar = run.total is not None
        said = estimate(
            guide,
            elapsed_seconds=elapsed,
            done=newest.done if has_bar else None,
            total=newest.total if has_bar else None,
            age_seconds=elapsed - newest.at_seconds if has_bar else 0.0,
        )
        if said is None:
            continue
        left = run.duration_seconds - elapsed
        yield Verdict(
            at=at,
            is_held=said.left.low <= left <= said.left.high,
            error=abs(said.left.middle - left) / run.duration_seconds,
            width=(said.left.high - said.left.low) / run.duration_seconds,
        )
