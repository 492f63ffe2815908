"""Where runs wait, and how many may: queues and the quotas of projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What people have said of a queue. One of which nobody has said anything is open and without limits."""

    name: str
    is_paused: bool = False
    """Its runs wait; those that are being executed go on."""
    paused_by: str | None = None
    paused_at: datetime | None = None
    running_limit: int | None = None
    """Runs of it that are executed at once, by all workers together. None: as many as they have places."""
    queued_limit: int | None = None
    """Runs that may wait in it; further ones are refused (429 `queue_full`). None: any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much of everything a project may have."""

    project: str
    running_limit: int | None = None
    """Runs of it that are executed at once."""
    queued_limit: int | None = None
    """Runs of it that may wait; further ones are refused (429 `quota_reached`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many starts in so much time, for all runs with the same key: a burst of `count`, then one every `seconds / count`."""

    key: str
    count: int
    seconds: float
