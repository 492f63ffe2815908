"""When a run will end, and how long one will take: the guide of its task, read from the store, held against the run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from headway.insight.eta import HISTORY, Lore
from headway.model.bounds import MAIN_BAR
from headway.model.clock import parse_iso
from headway.model.course import Course
from headway.model.eta import Estimate, Guide, Spell, estimate
from headway.model.run import Run
from headway.model.states import ACTIVE
from headway.store.contract import Head, Snapshot

TASKS_REMEMBERED = 64


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefEstimate:
    """What a list shows of a run."""

    run: str
    estimate: Estimate | None
    """At this moment. None: nothing honest can be said."""


def expectation(snapshot: Snapshot, *, task: str, project: str, parameters: Mapping[str, Any]) -> Expectation:
    guide = _LORE.of((task, project), _histories(snapshot, [(task, project)])).guide(parameters)
    return Expectation(usual=guide.usual, count=guide.count)


def run_estimate(snapshot: Snapshot, run: Run) -> RunEstimate:
    return _estimates(snapshot, [run], None)[0]


def brief_estimates(snapshot: Snapshot, runs: Sequence[Run], heads: Mapping[str, Head] | None = None) -> list[BriefEstimate]:
    """In the order of `runs`, at most 256, in three statements however many they are. `heads`: theirs, where they have been read."""
    found = zip(runs, _estimates(snapshot, runs, heads), strict=True)
    return [BriefEstimate(run=run.id, estimate=each.estimate) for run, each in found]


def _estimates(snapshot: Snapshot, runs: Sequence[Run], heads: Mapping[str, Head] | None) -> list[RunEstimate]:
    ids = [run.id for run in runs]
    heads = snapshot.journal.heads(ids) if heads is None else heads
    starts = snapshot.details.starts(ids)
    histories = _histories(snapshot, [_key(run) for run in runs])
    return [_estimate(run, heads.get(run.id), starts.get(run.id), _LORE.of(_key(run), histories), snapshot.now) for run in runs]


def _key(run: Run) -> tuple[str, str]:
    return run.task or "", run.project


def _histories(snapshot: Snapshot, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Course]]:
    return snapshot.rollups.courses([key for key in keys if key[0]], limit=HISTORY)


class _Remembered:
    """What the newest tasks' past runs say of each other: that takes 20 ms to work out, and holds until another run has ended. The
    threads that read share it."""

    def __init__(self) -> None:
        self._lore: OrderedDict[tuple[str, str], Lore] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: tuple[str, str], histories: Mapping[tuple[str, str], Sequence[Course]]) -> Lore:
        """`histories`: as they are in the store now. What was worked out of another history is forgotten."""
        history = histories.get(key, ())
        with self._lock:
            lore = self._lore.get(key)
            if lore is None or lore.history != history:
                lore = self._lore[key] = Lore(history)
            self._lore.move_to_end(key)
            while len(self._lore) > TASKS_REMEMBERED:
                self._lore.popitem(last=False)
        return lore


_LORE = _Remembered()


def _estimate(run: Run, head: Head | None, started_at: datetime | None, lore: Lore, now: datetime) -> RunEstimate:
    bars: dict[str, Any] = (head.view if head else {}).get("bars", {})
    name = leading_bar(lore.bar, bars)
    bar = bars.get(name or "")
    guide = lore.guide(run.parameters, bar.get("total") if bar is not None and lore.bar is not None else None)
    if run.attempt > 1:
        guide = _without_pace(guide)
    said = None
    if run.state in ACTIVE and started_at is not None:
        elapsed = max(0.0, (now - started_at).total_seconds())
        said = estimate(guide, elapsed_seconds=elapsed, **_progress(bar, now))
    return RunEstimate(estimate=said, attempt_started_at=started_at, guide=guide)


def leading_bar(of_task: str | None, bars: Mapping[str, Any]) -> str | None:
    """The bar that the estimate looks at: that of the task's past runs; without one the main bar, or the only one."""
    if of_task is not None:
        return of_task
    return MAIN_BAR if MAIN_BAR in bars else next(iter(bars)) if len(bars) == 1 else None


def _progress(bar: Mapping[str, Any] | None, now: datetime) -> dict[str, float]:
    if bar is None or not bar.get("total") or bar.get("done") is None:
        return {}
    age = max(0.0, (now - parse_iso(bar["at"])).total_seconds())
    return {"done": bar["done"], "total": bar["total"], "age_seconds": age}


def _without_pace(guide: Guide) -> Guide:
    """A later attempt may begin in the middle: what it has done is not what its time was spent on."""
    return replace(guide, knots=[replace(knot, share=0.0, rate_weight=0.0) for knot in guide.knots])
