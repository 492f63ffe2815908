"""What the past runs of a task say of the next: how many ended how, how long they took and waited, and where their time went."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.model.states import RunState

RECENT_COUNT = 50
STEP_NAMES_LIMIT = 200
_FAILED = frozenset({RunState.FAILED, RunState.TIMED_OUT, RunState.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutline:
    """What statistics need of a run; its parameters and options are not read."""

    id: str
    name: str
    state: RunState
    attempt: int
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def duration_seconds(self) -> float | None:
        """From the first start to the end, the pauses between attempts included."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def queue_seconds(self) -> float | None:
        """None also for a run that was queued again after its first start: that wait is not the queue's."""
        if self.queued_at is None or self.started_at is None or self.started_at < self.queued_at:
            return None
        return (self.started_at - self.queued_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutline:
    run: str
    name: str
    started_at: datetime
    duration_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a duration is spread; None where there is nothing to tell."""

    p50: float | None
    p95: float | None
    mean: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentRun:
    id: str
    name: str
    state: RunState
    created_at: datetime
    started_at: datetime | None
    duration_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    day: str
    """``2026-11-22``"""
    succeeded: int
    failed: int
    """Failed, timed out or lost."""
    other: int
    """Cancelled, or not ended yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalStep:
    """A step as it usually goes: what a running one is held against."""

    name: str
    p50_start_seconds: float
    """After the start of the run."""
    p50_seconds: float
    count: int
    """Steps of that name that were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatistics:
    runs: Mapping[str, int]
    """By state; a state without runs is absent."""
    success_rate: float | None
    """Of the runs that succeeded, failed, timed out or were lost. None: there are none yet."""
    duration_seconds: Spread
    """Of those that succeeded."""
    queue_seconds: Spread
    recent: Sequence[RecentRun]
    per_day: Sequence[Day]
    steps: Sequence[TypicalStep]
    considered: int
    """Runs that all this is made of: the newest of the window."""
    is_complete: bool
    """Whether these are all runs of the window."""


def statistics_of(
    runs: Sequence[RunOutline], steps: Iterable[StepOutline], *, since: datetime, now: datetime, is_complete: bool, zone: timedelta
) -> TaskStatistics:
    """`runs`: newest first. `zone`: how far the reader's days are ahead of UTC's. The days go back to `since`, or, if not all
    runs could be considered, to the oldest that was."""
    states = Counter(run.state for run in runs)
    succeeded = states[RunState.SUCCEEDED]
    judged = succeeded + sum(states[state] for state in _FAILED)
    oldest = since if is_complete or not runs else max(since, runs[-1].created_at)
    return TaskStatistics(
        runs={state.value: count for state, count in sorted(states.items())},
        success_rate=round(succeeded / judged, 4) if judged else None,
        duration_seconds=spread(run.duration_seconds for run in runs if run.state is RunState.SUCCEEDED),
        queue_seconds=spread(run.queue_seconds for run in runs),
        recent=[_recent(run) for run in runs[:RECENT_COUNT]],
        per_day=_days(runs, oldest + zone, now + zone, zone),
        steps=_typical(runs, steps),
        considered=len(runs),
        is_complete=is_complete,
    )


def spread(values: Iterable[float | None]) -> Spread:
    known = sorted(value for value in values if value is not None)
    if not known:
        return Spread(p50=None, p95=None, mean=None, count=0)
    return Spread(p50=quantile(known, 0.5), p95=quantile(known, 0.95), mean=round(math.fsum(known) / len(known), 3), count=len(known))


def quantile(ordered: Sequence[float], share: float) -> float:
    """By linear interpolation between the two nearest values."""
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 3)


def _recent(run: RunOutline) -> RecentRun:
    return RecentRun(
        id=run.id,
        name=run.name,
        state=run.state,
        created_at=run.created_at,
        started_at=run.started_at,
        duration_seconds=run.duration_seconds,
    )


def _days(runs: Iterable[RunOutline], first: datetime, last: datetime, zone: timedelta) -> list[Day]:
    counts: dict[str, Counter[str]] = {}
    day = first.date()
    while day <= last.date():
        counts[day.isoformat()] = Counter()
        day += timedelta(days=1)
    for run in runs:
        of_day = counts.get((run.created_at + zone).date().isoformat())
        if of_day is not None:
            of_day["succeeded" if run.state is RunState.SUCCEEDED else "failed" if run.state in _FAILED else "other"] += 1
    return [Day(day=name, succeeded=each["succeeded"], failed=each["failed"], other=each["other"]) for name, each in counts.items()]


def _typical(runs: Iterable[RunOutline], steps: Iterable[StepOutline]) -> list[TypicalStep]:
    """In the order in which they usually begin."""
    began = {run.id: run.started_at for run in runs}
    starts: dict[str, list[float]] = {}
    durations: dict[str, list[float]] = {}
    for step in steps:
        origin = began.get(step.run)
        if origin is None or (step.name not in durations and len(durations) >= STEP_NAMES_LIMIT):
            continue
        starts.setdefault(step.name, []).append(max(0.0, (step.started_at - origin).total_seconds()))
        durations.setdefault(step.name, []).append(step.duration_seconds)
    found = [
        TypicalStep(
            name=name, p50_start_seconds=quantile(sorted(starts[name]), 0.5), p50_seconds=quantile(sorted(known), 0.5), count=len(known)
        )
        for name, known in durations.items()
    ]
    return sorted(found, key=lambda step: (step.p50_start_seconds, step.name))
