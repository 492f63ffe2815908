"""How runs went over a span of time: from tallies, and the few runs that are in none yet, in three statements at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from headway.model.errors import Invalid
from headway.model.histogram import count_of, quantile
from headway.model.states import RunState
from headway.model.statistics import Spread
from headway.model.tally import GRAINS, QUARTER, Stretch, Sums, TallyKey, cover_kept, fine_since, floor_of, tallies_of, widened
from headway.store.contract import Snapshot
from headway.store.rollups import TallyFilter

TALLIES_LIMIT = 30_000
"""Tallies that one question may read."""
UNCOUNTED_LIMIT = 10_000
GROUPS_LIMIT = 200
BUCKETS_LIMIT = 800
LONGEST = timedelta(days=366)
_JUDGED = (RunState.SUCCEEDED, RunState.FAILED, RunState.TIMED_OUT, RunState.LOST)
_HOUR = 3_600.0
_NO_SPREAD = Spread(p50=None, p95=None, mean=None, count=0)


class GroupBy(StrEnum):
    NONE = "none"
    TASK = "task"
    USER = "user"
    PROJECT = "project"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    where: TallyFilter
    first: datetime
    last: datetime
    """Both are moved outwards to quarters of an hour; to days of UTC if they are more than 100 days ago, of which no less is kept."""
    step_seconds: int | None = None
    """Length of a bucket, in whole quarters; None: no buckets."""
    offset: timedelta = timedelta(0)
    """How far the reader's clock is ahead of UTC: their days begin that much earlier."""
    by: GroupBy = GroupBy.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    runs: Mapping[str, int]
    """Runs that ended, by state; a state without runs is absent."""
    count: int
    success_rate: float | None
    """Of the runs that succeeded, failed, timed out or were lost. None: there are none."""
    duration_seconds: Spread
    """Of those that succeeded. Quantiles are within 5 %."""
    queue_seconds: Spread
    failed_attempts: int
    """Attempts that failed or timed out, those that were tried again and those that were the last."""
    lost_attempts: int
    """Attempts whose worker died."""
    per_hour: float
    """Runs that ended, per hour of the span that has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeGroup(Outcomes):
    key: str | None
    """Name of the task, user, project or state. None: runs without a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeBucket(Outcomes):
    at: datetime
    """When it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    from_: datetime
    to: datetime
    step_seconds: int | None
    by: GroupBy
    total: Outcomes
    groups: Sequence[OutcomeGroup]
    """The largest first, at most 200."""
    buckets: Sequence[OutcomeBucket]
    """In the order of time, also those in which nothing ended."""
    is_complete: bool
    """False: more runs wait to be counted than one question looks at, so that the newest are missing, or groups were left out."""


def statistics(snapshot: Snapshot, question: Question) -> Statistics:
    """Raises `Invalid` for a span or step that is too much to answer."""
    first, last = widened(question.first, question.last, snapshot.now)
    _check(question, first, last, snapshot.now)
    stretches = _stretches(question, first, last, snapshot.now)
    rows = snapshot.rollups.tallies(question.where, stretches, limit=TALLIES_LIMIT + 1)
    if len(rows) > TALLIES_LIMIT:
        raise Invalid("This is too much for one answer: ask for a shorter time, a longer step, or one project or task.", field="from")
    waiting = snapshot.rollups.uncounted(question.where, first, last, limit=UNCOUNTED_LIMIT + 1)
    rows += tallies_of(waiting[:UNCOUNTED_LIMIT], (QUARTER,)).items()
    passed = max(timedelta(seconds=1), min(last, snapshot.now) - first)
    groups = _groups(rows, question.by, passed)
    return Statistics(
        from_=first,
        to=last,
        step_seconds=question.step_seconds,
        by=question.by,
        total=Outcomes(**_outcomes(_sum(sums for _, sums in rows), passed)),
        groups=groups[:GROUPS_LIMIT],
        buckets=_buckets(rows, question, first, last, snapshot.now),
        is_complete=len(waiting) <= UNCOUNTED_LIMIT and len(groups) <= GROUPS_LIMIT,
    )


def _check(question: Question, first: datetime, last: datetime, now: datetime) -> None:
    if first >= last:
        raise Invalid("`to` must come after `from`.", field="to")
    if question.last - question.first > LONGEST:
        raise Invalid("One answer tells of 366 days at most: ask for a shorter time.", field="from")
    step = question.step_seconds
    if step is not None and (last - first) / timedelta(seconds=step) > BUCKETS_LIMIT:
        raise Invalid(f"That would be more than {BUCKETS_LIMIT} buckets: ask for a longer step.", field="step")
    if step is not None and step < GRAINS[0] and first < fine_since(now):
        raise Invalid("Of more than 100 days ago only days are kept: ask for a step of a day, or a later time.", field="step")


def _stretches(question: Question, first: datetime, last: datetime, now: datetime) -> list[Stretch]:
    """Tallies no longer than that each lies in one bucket."""
    step = question.step_seconds
    if step is None:
        return cover_kept(first, last, now)
    offset = int(question.offset.total_seconds())
    return cover_kept(first, last, now, next(grain for grain in GRAINS if step % grain == 0 and offset % grain == 0))


def _sum(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for part in parts:
        total.add(part)
    return total


_KEYS: dict[GroupBy, Callable[[TallyKey], str | None]] = {
    GroupBy.TASK: lambda key: key.task,
    GroupBy.USER: lambda key: key.created_by,
    GroupBy.PROJECT: lambda key: key.project,
}


def _groups(rows: Sequence[tuple[TallyKey, Sums]], by: GroupBy, passed: timedelta) -> list[OutcomeGroup]:
    if by is GroupBy.NONE:
        return []
    found: dict[str | None, Sums] = {}
    if by is GroupBy.STATE:
        # What is told of durations, waits and retries is told of all states together.
        for state, count in _sum(sums for _, sums in rows).states.items():
            found[state.value] = Sums(states={state: count})
    else:
        for key, sums in rows:
            found.setdefault(_KEYS[by](key), Sums()).add(sums)
    groups = [OutcomeGroup(key=name, **_outcomes(sums, passed)) for name, sums in found.items()]
    return sorted(groups, key=lambda group: (-group.count, group.key or ""))


def _buckets(
    rows: Sequence[tuple[TallyKey, Sums]], question: Question, first: datetime, last: datetime, now: datetime
) -> list[OutcomeBucket]:
    if question.step_seconds is None:
        return []
    step = timedelta(seconds=question.step_seconds)

    def begin_of(moment: datetime) -> datetime:
        return floor_of(moment + question.offset, question.step_seconds or QUARTER) - question.offset

    found: dict[datetime, Sums] = {}
    for key, sums in rows:
        found.setdefault(begin_of(key.at), Sums()).add(sums)
    at = begin_of(first)
    buckets: list[OutcomeBucket] = []
    while at < last:
        passed = max(timedelta(seconds=1), min(at + step, last, now) - max(at, first))
        buckets.append(OutcomeBucket(at=at, **_outcomes(found.get(at, Sums()), passed)))
        at += step
    return buckets


def _outcomes(sums: Sums, passed: timedelta) -> dict[str, Any]:
    count = sum(sums.states.values())
    judged = sum(sums.states.get(state, 0) for state in _JUDGED)
    return {
        "runs": {state.value: number for state, number in sorted(sums.states.items())},
        "count": count,
        "success_rate": round(sums.states.get(RunState.SUCCEEDED, 0) / judged, 4) if judged else None,
        "duration_seconds": _spread(sums.durations, sums.duration_micros),
        "queue_seconds": _spread(sums.waits, sums.queue_micros),
        "failed_attempts": sums.failed_count,
        "lost_attempts": sums.lost_count,
        "per_hour": round(count / passed.total_seconds() * _HOUR, 3),
    }


def _spread(histogram: Mapping[int, int], micros: int) -> Spread:
    count = count_of(histogram)
    if not count:
        return _NO_SPREAD
    return Spread(p50=_seconds(histogram, 0.5), p95=_seconds(histogram, 0.95), mean=round(micros / 1e6 / count, 3), count=count)


def _seconds(histogram: Mapping[int, int], share: float) -> float | None:
    found = quantile(histogram, share)
    return None if found is None else round(found, 3)
