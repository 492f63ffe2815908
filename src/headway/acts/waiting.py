"""Why a queued run waits: the first thing that would keep a worker from taking it now, found by the rules of the claim itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from headway.acts.places import POISON_LIMIT, Rules, Scope, read_rules, scope_of
from headway.model.clock import iso
from headway.model.run import Run
from headway.model.states import RunState
from headway.model.waiting import Cause, Waiting
from headway.store.contract import RunFilter, Snapshot
from headway.store.places import Worker

ALIVE = timedelta(seconds=15)
"""A worker that has not been heard of for so long is not counted on: five renewals of its leases."""
AHEAD_LIMIT = 10_000
HOLDERS_SHOWN = 10
LATELY = timedelta(days=7)
CONSIDERED = 50
"""Runs of a task from which the next one's duration is judged."""


@dataclass(slots=True)
class _Scene:
    """What is the same for all runs that are asked about."""

    snapshot: Snapshot
    rules: Rules
    workers: list[Worker]
    active: int
    durations: dict[str, float | None] = field(default_factory=dict[str, float | None])

    def duration(self, task: str) -> float | None:
        """Seconds that a run of the task usually takes."""
        if task not in self.durations:
            since = self.snapshot.now - LATELY
            outlines = self.snapshot.runs.outlines(task, None, since, limit=CONSIDERED)
            took = [
                (each.finished_at - each.started_at).total_seconds()
                for each in outlines
                if each.state is RunState.SUCCEEDED and each.started_at is not None and each.finished_at is not None
            ]
            self.durations[task] = median(took) if took else None
        return self.durations[task]


def why_waiting(snapshot: Snapshot, runs: Sequence[Run]) -> list[Waiting]:
    """One answer a run, in their order; there is one for every state."""
    workers = snapshot.workers.list(alive_since=snapshot.now - ALIVE)
    active = snapshot.runs.count(RunFilter(states=frozenset({RunState.RUNNING})), limit=sum(worker.slots for worker in workers) + 1)
    scene = _Scene(snapshot, read_rules(snapshot), workers, active)
    return [_why(scene, run) for run in runs]


def _why(scene: _Scene, run: Run) -> Waiting:
    match run.state:
        case RunState.SCHEDULED:
            return _waiting(run, Cause.SCHEDULED, until=run.run_after, expected_start_at=run.run_after)
        case RunState.RETRYING:
            return _waiting(run, Cause.RETRYING, until=run.run_after, expected_start_at=run.run_after)
        case RunState.PAUSED:
            return _waiting(run, Cause.PAUSED)
        case RunState.QUEUED:
            return _why_queued(scene, run)
        case _:
            return _waiting(run, Cause.NOTHING)


def _why_queued(scene: _Scene, run: Run) -> Waiting:
    queue = scene.rules.queues.get(run.queue)
    serving = [worker for worker in scene.workers if run.queue in worker.queues]
    able = [worker for worker in serving if run.task in worker.tasks]
    if queue is not None and queue.is_paused:
        return _waiting(run, Cause.QUEUE_PAUSED, queue=run.queue, by=queue.paused_by, until=None)
    if not scene.workers:
        return _waiting(run, Cause.NO_WORKER)
    if not serving:
        return _waiting(run, Cause.QUEUE_UNSERVED, queue=run.queue)
    if not able:
        return _waiting(run, Cause.TASK_UNKNOWN, task=run.task)
    ahead = scene.snapshot.runs.ahead(run, limit=AHEAD_LIMIT)
    if run.blocked_on is not None:
        return _held_up(scene, run, run.blocked_on, ahead)
    if queue is not None and queue.running_limit is not None and _is_full(scene, Scope.QUEUE.place(run.queue)):
        limit = queue.running_limit
        return _waiting(
            run, Cause.QUEUE_LIMIT, queue=run.queue, limit=limit, ahead=ahead, holders=_holders(scene, Scope.QUEUE.place(run.queue)),
            expected_start_at=_expected(scene, run, ahead, limit),
        )  # fmt: skip
    places = sum(worker.slots for worker in able)
    if ahead or scene.active >= places:
        expected = _expected(scene, run, ahead, places)
        return _waiting(run, Cause.WORKERS_BUSY, limit=places, ahead=ahead, expected_start_at=expected)
    if run.lost_count >= POISON_LIMIT - 1:
        return _waiting(run, Cause.LAST_TRY)
    return _waiting(run, Cause.NEXT, expected_start_at=scene.snapshot.now)


def _held_up(scene: _Scene, run: Run, place: str, ahead: int) -> Waiting:
    scope, name = scope_of(place)
    usage = scene.snapshot.slots.usage(place)
    if scope is Scope.RATE:
        until = scene.snapshot.queues.rate_next(place) or scene.snapshot.now
        interval = run.options.rate_limit_seconds / (run.options.rate_limit_count or 1)
        return _waiting(
            run, Cause.RATE_LIMIT, key=name, until=until, ahead=ahead, expected_start_at=until + timedelta(seconds=interval * ahead)
        )
    limit = usage[1] if usage is not None else run.options.concurrency_limit or 1
    cause = _CAUSES.get(scope, Cause.CONCURRENCY_KEY)
    return _waiting(
        run, cause, key=name if scope is Scope.KEY else None, project=name if scope is Scope.PROJECT else None, limit=limit, ahead=ahead,
        holders=_holders(scene, place), expected_start_at=_expected(scene, run, ahead, limit),
    )  # fmt: skip


_CAUSES = {Scope.PROJECT: Cause.PROJECT_QUOTA, Scope.FAMILY: Cause.FAMILY_CAP}


def _is_full(scene: _Scene, place: str) -> bool:
    usage = scene.snapshot.slots.usage(place)
    return usage is not None and usage[0] >= usage[1]


def _holders(scene: _Scene, place: str) -> tuple[str, ...]:
    return tuple(scene.snapshot.leases.holders(place, HOLDERS_SHOWN))


def _expected(scene: _Scene, run: Run, ahead: int, places: int) -> datetime | None:
    """Those before it, and what is executed now half done on average, each as long as runs of its task are."""
    seconds = scene.duration(run.task) if run.task is not None else None
    if seconds is None or places < 1:
        return None
    return scene.snapshot.now + timedelta(seconds=seconds * (ahead / places + 0.5))


def _waiting(run: Run, cause: Cause, **fields: Any) -> Waiting:
    said = Waiting(run=run.id, state=run.state.value, cause=cause, detail="", **fields)
    words = {name: getattr(said, name) for name in Waiting.__dataclass_fields__}
    until = said.until
    words["until"] = iso(until.timestamp()) if until is not None else "?"
    return replace(said, detail=cause.sentence.format_map({name: "?" if word is None else word for name, word in words.items()}))
