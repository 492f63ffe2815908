"""Samples: how a host, a process, a run, a queue or a route was doing over some seconds; and what many of them come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from headway.model.clock import iso
from headway.model.histogram import Buckets, merged, quantile
from headway.model.statements import SlowStatement


class SampleKind(StrEnum):
    """Whom a sample is about; `Sample.name` says which of them."""

    HOST = "host"
    SERVER = "server"
    WORKER = "worker"
    RUN = "run"
    QUEUE = "queue"
    ENDED = "ended"
    """How many runs ended, and how."""
    ROUTE = "route"
    DATABASE = "database"
    GATEWAY = "gateway"
    CANARY = "canary"


class Grain(Enum):
    """How long a time a kept sample stands for, in seconds; 0: as it was taken."""

    TAKEN = 0
    FIVE_MINUTES = 300
    HOUR = 3600


KEPT: Mapping[Grain, timedelta] = {
    Grain.TAKEN: timedelta(hours=6),
    Grain.FIVE_MINUTES: timedelta(days=7),
    Grain.HOUR: timedelta(days=90),
}
FINER: Mapping[Grain, Grain] = {Grain.FIVE_MINUTES: Grain.TAKEN, Grain.HOUR: Grain.FIVE_MINUTES}
"""What each grain is made of."""
WORST_KEPT = 10
NAME_LIMIT = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """An act or a query, all its statements together, that took long."""

    what: str
    seconds: float
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    kind: SampleKind
    name: str
    at: datetime
    """The end of the time that it stands for."""
    seconds: float
    """How long that was."""
    levels: Mapping[str, float] = field(default_factory=dict[str, float])
    """What stood at some height, such as memory in bytes: the mean over the time."""
    peaks: Mapping[str, float] = field(default_factory=dict[str, float])
    """The highest of each, where it is not the mean."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """What happened so many times."""
    spreads: Mapping[str, Buckets] = field(default_factory=dict[str, Buckets])
    """How long things took: buckets of `model/histogram.py`."""
    worst: Sequence[Slow] = ()
    """The slowest acts and queries that were noticed, as a whole, the slowest first."""
    statements: Sequence[SlowStatement] = ()
    """The slowest statements that were noticed, the slowest first."""


def bucket_start(at: datetime, seconds: int) -> datetime:
    """The beginning of the stretch of `seconds`, counted from 1970, in which a sample that ends at `at` lies."""
    # A sample says what came before its time: one at the full hour belongs to the hour that ends there.
    past = (at - _EPOCH - timedelta(microseconds=1)) // timedelta(seconds=seconds)
    return _EPOCH + past * timedelta(seconds=seconds)


def joined(samples: Sequence[Sample], at: datetime) -> Sample:
    """One sample that stands for all of these, of the same kind and name. Levels are weighed by how long each stood."""
    first = samples[0]
    if len(samples) == 1:
        return Sample(
            kind=first.kind, name=first.name, at=at, seconds=first.seconds, levels=first.levels, peaks=first.peaks, counts=first.counts,
            spreads=first.spreads, worst=first.worst, statements=first.statements,
        )  # fmt: skip
    levels = {name: _mean(samples, name) for name in _names(sample.levels for sample in samples)}
    highest = {name: max(s.peaks.get(name, s.levels[name]) for s in samples if name in s.levels) for name in levels}
    return Sample(
        kind=first.kind,
        name=first.name,
        at=at,
        seconds=sum(sample.seconds for sample in samples),
        levels=levels,
        peaks={name: peak for name, peak in highest.items() if peak != levels[name]},
        counts={name: sum(s.counts.get(name, 0) for s in samples) for name in _names(sample.counts for sample in samples)},
        spreads={name: merged(s.spreads.get(name, {}) for s in samples) for name in _names(sample.spreads for sample in samples)},
        worst=sorted((slow for sample in samples for slow in sample.worst), key=lambda slow: -slow.seconds)[:WORST_KEPT],
        statements=sorted((one for sample in samples for one in sample.statements), key=lambda one: -one.seconds)[:WORST_KEPT],
    )


def _names(many: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for each in many for name in each))


def _mean(samples: Sequence[Sample], name: str) -> float:
    there = [sample for sample in samples if name in sample.levels]
    weight = sum(sample.seconds for sample in there)
    if not weight:
        return sum(sample.levels[name] for sample in there) / len(there)
    return float(f"{sum(sample.levels[name] * sample.seconds for sample in there) / weight:.12g}")


def sample_to_json(sample: Sample) -> dict[str, Any]:
    """As interface and live wire say it: durations as their median and the 95th of 100, in seconds."""
    return {
        "kind": sample.kind.value,
        "name": sample.name,
        "at": iso(sample.at.timestamp()),
        "seconds": sample.seconds,
        "levels": dict(sample.levels),
        "counts": dict(sample.counts),
        "p50": {name: quantile(buckets, 0.5) for name, buckets in sample.spreads.items()},
        "p95": {name: quantile(buckets, 0.95) for name, buckets in sample.spreads.items()},
    }
