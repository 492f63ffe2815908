"""The canary: a run of Headway's own that goes the whole way every few seconds, and so proves that the way is open."""

from __future__ import annotations

from dataclasses import dataclass

CANARY_KIND = "canary"
CANARY_TASK = "headway:canary"
"""A task that every child brings along; no module of a person can be named so."""
CANARY_PROJECT = "headway.canary"
CANARY_QUEUE = "headway.canary"
STALE_SECONDS = 60.0
"""A success older than this, and the way counts as blocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryState:
    """What the canary says now."""

    period_seconds: float
    age_seconds: float | None
    """Since the last one came through; None: none has since this server started."""
    took_seconds: float | None
    """From its start to the news of its end, the last time."""
    is_late: bool
    """None came through for `STALE_SECONDS`."""
    failed_count: int
    """Those that did not come through since this server started."""
    reason: str | None
    """Why it is late, in a sentence."""
