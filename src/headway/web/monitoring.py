"""Samples as series: a stretch of time in steps, and for each host, process, queue or route one value a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headway.acts.sample import rolled_mark, rolled_until
from headway.model.errors import Invalid
from headway.model.histogram import bucket_top, quantile
from headway.model.samples import KEPT, Grain, Sample, SampleKind, Slow, bucket_start, joined, sample_to_json
from headway.store.contract import Snapshot

POINTS_LIMIT = 1_000
POINTS_WANTED = 300
GRAINS = (Grain.HOUR, Grain.FIVE_MINUTES, Grain.TAKEN)
STEPS = (30, 60, 120, 300, 900, 3_600, 10_800, 21_600, 86_400)
CURRENT_AGE = timedelta(minutes=5)
"""A sample older than this is not how anything is now."""
LONGEST = timedelta(days=366)
_NARROW = timedelta(hours=2)
"""Of routes, of which there are many, samples as they were taken are read for so long a time at most."""

Values = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From when to when, in steps of how many seconds, made of samples of which grain."""

    begins_at: datetime
    ends_at: datetime
    step_seconds: int
    grain: Grain

    @property
    def count(self) -> int:
        return -(-(self.ends_at - self.begins_at) // timedelta(seconds=self.step_seconds))

    def place(self, at: datetime) -> int:
        return (bucket_start(at, self.step_seconds) - self.begins_at) // timedelta(seconds=self.step_seconds)

    def times(self) -> list[int]:
        """When each step begins, in milliseconds since 1970."""
        first = int(self.begins_at.timestamp() * 1000)
        return [first + place * self.step_seconds * 1000 for place in range(self.count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledSeries:
    """One host, process, queue … over the steps; null where there is no sample."""

    name: str
    label: str | None
    """What people call it, where that is not its name."""
    current: dict[str, Any] | None
    """Its newest sample, if that is at most five minutes old."""
    levels: Values
    """Means."""
    peaks: Values
    """The highest of each."""
    counts: Values
    p50: Values
    p95: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFigures:
    """A route over the whole stretch."""

    route: str
    calls: int
    client_errors: int
    """Answers with 400 to 499."""
    errors: int
    """Answers with 500 or more."""
    p50: float | None
    """Seconds to the first byte."""
    p95: float | None
    spread: Sequence[tuple[float, int]]
    """(seconds, calls that took no longer and longer than those of the entry before)."""


def stretch_of(
    now: datetime, begins_at: datetime | None, ends_at: datetime | None, step: int | None, *, is_narrow: bool = False
) -> Stretch:
    """What was asked for, made to fit what is kept. `is_narrow`: of what there is much of. Raises `Invalid`."""
    until = min(ends_at or now, now)
    since = begins_at or until - timedelta(hours=1)
    if not timedelta() < until - since <= LONGEST:
        raise Invalid("from must be before to and before now, by at most 366 days.", field="from")
    length = (until - since).total_seconds()
    if step is not None and length / step > POINTS_LIMIT:
        raise Invalid(f"step: {step} s would make more than {POINTS_LIMIT} points of this time.", field="step")
    wanted = step or next((each for each in STEPS if length / each <= POINTS_WANTED), STEPS[-1])
    grain = max(_fitting(wanted), _kept_since(now - since), key=lambda each: each.value)
    if is_narrow and until - since > _NARROW and grain is Grain.TAKEN:
        grain = Grain.FIVE_MINUTES
    seconds = max(wanted, grain.value)
    begins = bucket_start(since + timedelta(microseconds=1), seconds)
    return Stretch(begins_at=begins, ends_at=until, step_seconds=seconds, grain=grain)


def _fitting(step_seconds: int) -> Grain:
    return next((grain for grain in GRAINS if grain.value <= step_seconds), Grain.TAKEN)


def _kept_since(age: timedelta) -> Grain:
    """The finest grain that still reaches so far back."""
    slack = timedelta(minutes=1)
    return next((grain for grain in reversed(GRAINS) if age <= KEPT[grain] + slack), Grain.HOUR)


def read_stretch(snapshot: Snapshot, kind: SampleKind, stretch: Stretch, name: str | None = None) -> list[Sample]:
    """Samples of the stretch's grain, and where they are not made yet, of finer ones."""
    found: list[Sample] = []
    after = stretch.begins_at
    for grain in (grain for grain in GRAINS if grain.value <= stretch.grain.value):
        rolled = stretch.ends_at if grain is Grain.TAKEN else rolled_until(snapshot.meta.get(rolled_mark(grain)))
        edge = min(rolled, stretch.ends_at)
        if edge > after:
            found += snapshot.samples.between(kind, grain, after, edge, name=name)
            after = edge
    return found


def newest(snapshot: Snapshot, kind: SampleKind, name: str | None = None) -> dict[str, Sample]:
    """The newest sample of each that was sampled lately."""
    return {each.name: each for each in sampled_lately(snapshot, kind, name)}


def sampled_lately(snapshot: Snapshot, kind: SampleKind, name: str | None = None) -> list[Sample]:
    """Samples as they were taken, in order of time."""
    return snapshot.samples.between(kind, Grain.TAKEN, snapshot.now - CURRENT_AGE, snapshot.now, name=name)


def series_of(
    stretch: Stretch, samples: Iterable[Sample], current: Mapping[str, Sample], labels: Mapping[str, str] | None = None
) -> list[SampledSeries]:
    """One series a name, by name."""
    by_name: dict[str, dict[int, list[Sample]]] = {name: {} for name in current}
    for sample in samples:
        by_name.setdefault(sample.name, {}).setdefault(stretch.place(sample.at), []).append(sample)
    return [_series(stretch, name, steps, current.get(name), labels or {}) for name, steps in sorted(by_name.items())]


def _series(stretch: Stretch, name: str, steps: Mapping[int, list[Sample]], now: Sample | None, labels: Mapping[str, str]) -> SampledSeries:
    met = {place: joined(several, stretch.ends_at) for place, several in steps.items() if 0 <= place < stretch.count}

    levels = {place: sample.levels for place, sample in met.items()}
    peaks = {place: {**sample.levels, **sample.peaks} for place, sample in met.items()}
    return SampledSeries(
        name=name,
        label=labels.get(name),
        current=None if now is None else sample_to_json(now),
        levels=_columns(stretch, levels),
        peaks=_columns(stretch, peaks),
        counts=_columns(stretch, {place: sample.counts for place, sample in met.items()}),
        p50=_columns(stretch, {place: _quantiles(sample, 0.5) for place, sample in met.items()}),
        p95=_columns(stretch, {place: _quantiles(sample, 0.95) for place, sample in met.items()}),
    )


def _quantiles(sample: Sample, share: float) -> dict[str, float | None]:
    return {name: quantile(buckets, share) for name, buckets in sample.spreads.items()}


def _columns(stretch: Stretch, rows: Mapping[int, Mapping[str, float | None]]) -> dict[str, list[float | None]]:
    columns: dict[str, list[float | None]] = {}
    for place, row in rows.items():
        for key, value in row.items():
            columns.setdefault(key, [None] * stretch.count)[place] = value
    return columns


def merged_series(stretch: Stretch, name: str, samples: Iterable[Sample]) -> SampledSeries:
    """All samples as those of one."""
    steps: dict[int, list[Sample]] = {}
    for sample in samples:
        steps.setdefault(stretch.place(sample.at), []).append(sample)
    return _series(stretch, name, steps, None, {})


def route_figures(samples: Iterable[Sample], at: datetime) -> list[RouteFigures]:
    """Those that were called, the most called first."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    figures = [_route(joined(several, at)) for several in by_name.values()]
    return sorted(figures, key=lambda route: (-route.calls, route.route))


def _route(sample: Sample) -> RouteFigures:
    took = sample.spreads.get("took", {})
    return RouteFigures(
        route=sample.name,
        calls=sample.counts.get("calls", 0),
        client_errors=sample.counts.get("client_errors", 0),
        errors=sample.counts.get("errors", 0),
        p50=quantile(took, 0.5),
        p95=quantile(took, 0.95),
        spread=[(round(bucket_top(bucket), 6), count) for bucket, count in sorted(took.items())],
    )


def worst_of(samples: Iterable[Sample], limit: int = 20) -> list[Slow]:
    """The slowest statements, the slowest first."""
    return sorted((slow for sample in samples for slow in sample.worst), key=lambda slow: -slow.seconds)[:limit]
