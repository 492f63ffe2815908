"""When a run will end, and how long one will take: the guide of its task, read from the store, held against the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from headway.insight.eta import HISTORY, guide_for
from headway.model.bounds import MAIN_BAR
from headway.model.clock import parse_iso
from headway.model.eta import Estimate, Guide, Spell, estimate
from headway.model.run import Run
from headway.model.states import ACTIVE
from headway.store.contract import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """How long a run of a task will take, before it has begun."""

    usual: Spell | None
    """The middle of its like, and the range of eight of ten. None: fewer than three runs succeeded."""
    count: int
    """Runs that say so: the newest that succeeded in the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEstimate:
    estimate: Estimate | None
    """At this moment. None: the run is not being executed, or nothing honest can be said."""
    attempt_started_at: datetime | None
    """From when `elapsed_seconds` counts."""
    guide: Guide
    """With which a viewer makes the estimate of every later moment by itself."""


def expectation(snapshot: Snapshot, *, task: str, project: str, parameters: Mapping[str, Any]) -> Expectation:
    guide = guide_for(snapshot.rollups.courses(task, project, limit=HISTORY), parameters)
    return Expectation(usual=guide.usual, count=guide.count)


def run_estimate(snapshot: Snapshot, run: Run) -> RunEstimate:
    head = snapshot.journal.head(run.id)
    bars: dict[str, Any] = (head.view if head else {}).get("bars", {})
    history = snapshot.rollups.courses(run.task, run.project, limit=HISTORY) if run.task is not None else []
    guide = guide_for(history, run.parameters)
    bar = bars.get(leading_bar(guide, bars) or "")
    if bar is not None and guide.bar is not None and bar.get("total"):
        guide = guide_for(history, run.parameters, bar["total"])
    attempts = snapshot.details.attempts(run.id)
    started_at = attempts[-1].started_at if attempts else None
    if run.attempt > 1:
        guide = _without_pace(guide)
    said = None
    if run.state in ACTIVE and started_at is not None:
        elapsed = max(0.0, (snapshot.now - started_at).total_seconds())
        said = estimate(guide, elapsed_seconds=elapsed, **_progress(bar, snapshot.now))
    return RunEstimate(estimate=said, attempt_started_at=started_at, guide=guide)


def leading_bar(guide: Guide, bars: Mapping[str, Any]) -> str | None:
    """The bar that the estimate looks at: the guide's; without one the main bar, or the only one."""
    if guide.bar is not None:
        return guide.bar
    return MAIN_BAR if MAIN_BAR in bars else next(iter(bars)) if len(bars) == 1 else None


def _progress(bar: Mapping[str, Any] | None, now: datetime) -> dict[str, float]:
    if bar is None or not bar.get("total") or bar.get("done") is None:
        return {}
    age = max(0.0, (now - parse_iso(bar["at"])).total_seconds())
    return {"done": bar["done"], "total": bar["total"], "age_seconds": age}


def _without_pace(guide: Guide) -> Guide:
    """A later attempt may begin in the middle: what it has done is not what its time was spent on."""
    return replace(guide, knots=[replace(knot, share=0.0, rate_weight=0.0) for knot in guide.knots])
