"""What finished runs add up to: the rows that statistics are made of, so that no question of the past reads its runs.

A tally is of a span of time that begins at `at` and lasts a *grain*: a quarter of an hour, an hour, a day (of UTC). A quarter
is the largest span of which the hours and days of every time zone are made; hours and days are kept beside it, so that a
question about a month reads days where it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from headway.model.histogram import add_into, bucket_of
from headway.model.states import RunState

GRAINS = (86_400, 3_600, 900)
"""Seconds, the largest first."""
QUARTER = GRAINS[-1]
FINE_KEPT = timedelta(days=100)
"""Tallies of less than a day are kept so long: the 90 days that people look at are those of every time zone. Days are kept for ever."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """What a tally needs of a run that has ended."""

    id: str
    project: str
    task: str | None
    created_by: str
    kind: str
    state: RunState
    attempt: int
    failed_count: int
    lost_count: int
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime

    @property
    def duration_seconds(self) -> float | None:
        """From the first start to the end, the pauses between attempts included."""
        return None if self.started_at is None else max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def queue_seconds(self) -> float | None:
        """None also for a run that was queued again after its first start: that wait is not the queue's."""
        if self.queued_at is None or self.started_at is None or self.started_at < self.queued_at:
            return None
        return (self.started_at - self.queued_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyKey:
    grain: int
    at: datetime
    project: str
    task: str | None
    created_by: str
    kind: str


@dataclass(slots=True, kw_only=True)
class Sums:
    """What adds up. Two sums of different runs, added, are the sums of all of them."""

    states: dict[RunState, int] = field(default_factory=dict[RunState, int])
    failed_count: int = 0
    """Attempts that failed or timed out."""
    lost_count: int = 0
    """Attempts whose worker died."""
    duration_micros: int = 0
    """Of the runs that succeeded: whole microseconds, so that no order of adding changes the sum."""
    queue_micros: int = 0
    durations: dict[int, int] = field(default_factory=dict[int, int])
    """Histogram of the runs that succeeded."""
    waits: dict[int, int] = field(default_factory=dict[int, int])

    def add_run(self, run: FinishedRun) -> None:
        self.states[run.state] = self.states.get(run.state, 0) + 1
        self.failed_count += run.failed_count
        self.lost_count += run.lost_count
        duration, wait = run.duration_seconds, run.queue_seconds
        if duration is not None and run.state is RunState.SUCCEEDED:
            self.duration_micros += round(duration * 1e6)
            bucket = bucket_of(duration)
            self.durations[bucket] = self.durations.get(bucket, 0) + 1
        if wait is not None:
            self.queue_micros += round(wait * 1e6)
            bucket = bucket_of(wait)
            self.waits[bucket] = self.waits.get(bucket, 0) + 1

    def add(self, other: Sums) -> None:
        for state, count in other.states.items():
            self.states[state] = self.states.get(state, 0) + count
        self.failed_count += other.failed_count
        self.lost_count += other.lost_count
        self.duration_micros += other.duration_micros
        self.queue_micros += other.queue_micros
        add_into(self.durations, other.durations)
        add_into(self.waits, other.waits)


def tallies_of(runs: Iterable[FinishedRun], grains: Sequence[int] = GRAINS) -> dict[TallyKey, Sums]:
    """The runs, summed up in each of the grains."""
    found: dict[TallyKey, Sums] = {}
    for run in runs:
        for grain in grains:
            key = TallyKey(
                grain=grain,
                at=floor_of(run.finished_at, grain),
                project=run.project,
                task=run.task,
                created_by=run.created_by,
                kind=run.kind,
            )
            found.setdefault(key, Sums()).add_run(run)
    return found


def floor_of(moment: datetime, grain: int) -> datetime:
    """When the span of that grain began in which the moment lies."""
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return _EPOCH + timedelta(seconds=seconds - seconds % grain)


def ceiling_of(moment: datetime, grain: int) -> datetime:
    floor = floor_of(moment, grain)
    return floor if floor == moment else floor + timedelta(seconds=grain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Tallies of one grain that begin at `first` or later, and before `last`."""

    grain: int
    first: datetime
    last: datetime


def cover(first: datetime, last: datetime, coarsest: int = GRAINS[0]) -> list[Stretch]:
    """The fewest tallies that make up a span of time exactly: large grains within, small ones at both ends. `first` and `last`
    stand on quarters; no grain is larger than `coarsest`."""
    grain = next((each for each in GRAINS if each <= coarsest and ceiling_of(first, each) < floor_of(last, each)), None)
    if grain is None or grain == QUARTER:
        return [Stretch(grain=QUARTER, first=first, last=last)] if first < last else []
    begin, end = ceiling_of(first, grain), floor_of(last, grain)
    finer = max(each for each in GRAINS if each < grain)
    return [*cover(first, begin, finer), Stretch(grain=grain, first=begin, last=end), *cover(end, last, finer)]


def fine_since(now: datetime) -> datetime:
    """From when on tallies of less than a day are kept. It is the beginning of a day, so a day has all of its quarters or none."""
    return floor_of(now - FINE_KEPT, GRAINS[0])


def widened(first: datetime, last: datetime, now: datetime) -> tuple[datetime, datetime]:
    """A span of time, moved outwards to what tallies are kept of: quarters, or days where it begins or ends long ago."""
    since = fine_since(now)
    return floor_of(first, QUARTER if first >= since else GRAINS[0]), ceiling_of(last, QUARTER if last >= since else GRAINS[0])


def cover_kept(first: datetime, last: datetime, now: datetime, coarsest: int = GRAINS[0]) -> list[Stretch]:
    """`cover` of a span that is `widened`, by what is kept: of times long ago days, also where `coarsest` is less."""
    edge = min(max(first, fine_since(now)), last)
    old = [Stretch(grain=GRAINS[0], first=first, last=edge)] if first < edge else []
    fine = cover(edge, last, coarsest)
    if old and fine and fine[0].grain == GRAINS[0]:
        # One stretch, so that there are never more than a question may have.
        fine[0] = Stretch(grain=GRAINS[0], first=first, last=fine[0].last)
        return fine
    return [*old, *fine]
