"""The part of the contract that is about samples; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from headway.model.samples import Grain, Sample, SampleKind

QUEUE_LIMIT = 10_000
"""Runs of a queue are counted no further."""
SAMPLES_LIMIT = 40_000
"""Samples of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """News: these samples were kept, as `model/samples.py: sample_to_json` says them. None is of a run."""

    samples: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutline:
    queue: str
    queued: int
    """Counted no further than `QUEUE_LIMIT`, as `running`."""
    running: int
    oldest_at: datetime | None
    """Since when the one that comes next but for priority waits."""


class ReadSamples(Protocol):
    def between(
        self, kind: SampleKind, grain: Grain, after: datetime, until: datetime, *, name: str | None = None, limit: int = SAMPLES_LIMIT
    ) -> list[Sample]:
        """Those of a kind that end after `after` and not later than `until`, in the order of time; beyond `limit` the newest."""
        ...

    def next_at(self, kind: SampleKind, grain: Grain, after: datetime) -> datetime | None:
        """When the first one after this time ends."""
        ...

    def queues(self) -> list[QueueOutline]:
        """All queues that a run was ever in, by name, but that of the canary."""
        ...

    def size_bytes(self) -> int:
        """What the store takes on its disk, SQLite's write-ahead log apart."""
        ...


class Samples(ReadSamples, Protocol):
    def put(self, grain: Grain, samples: Sequence[Sample]) -> None:
        """Insert; one of the same kind, grain, name and time is replaced."""
        ...

    def prune(self, kind: SampleKind, grain: Grain, before: datetime, *, limit: int) -> int:
        """Delete the oldest that end before this time, at most about `limit`. How many."""
        ...
