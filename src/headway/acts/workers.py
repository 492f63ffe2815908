"""The workers there are, what each executes, and what somebody wants of one: that it drains, or starts anew.

A wish for a worker stands in its row, with who gave it, and is announced. The worker finds it with its next heartbeat at the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from headway.access.authorise import authorise, may
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.waiting import ALIVE
from headway.model.audit import Action
from headway.model.canary import CANARY_KIND
from headway.model.errors import WorkerEnded, WorkerNotFound
from headway.model.permissions import Permission
from headway.model.samples import Grain, SampleKind
from headway.store.contract import Snapshot, Transaction
from headway.store.news import WorkerWished
from headway.store.places import Echoes, Worker

DRAIN, RESTART = "drain", "restart"
KEPT = timedelta(days=1)
"""One that is lost or gone is remembered so long."""
PAST_LIMIT = 200
"""Lost and gone workers that are listed, those heard of last."""
RUNS_LIMIT = 1_000
_SAMPLE_AGE = timedelta(seconds=90)


class WorkerState(StrEnum):
    LIVE = "live"
    DRAINING = "draining"
    """It takes no new runs, and ends when it has finished those it has."""
    LOST = "lost"
    """It has fallen silent without a goodbye."""
    GONE = "gone"
    """It has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A worker, with what it executes."""

    id: str
    host: str
    pid: int
    version: str
    state: WorkerState
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    slots: int
    """Runs of ordinary functions that it executes at once."""
    run_count: int
    """Attempts that it holds now, those claimed ahead included."""
    queues: tuple[str, ...]
    tasks: tuple[str, ...]
    wish: str | None
    """``drain`` or ``restart``: what somebody wants of it."""
    is_now: bool
    """Its runs are given back rather than finished."""
    wished_by: str | None
    wished_at: datetime | None
    cpu: float | None
    """Per cent of one processor, with its children, as of the newest sample; None: there is none."""
    memory_bytes: float | None
    echoes: Echoes | None
    """What it heard of Celery's broker; None: it is no worker of Celery."""
    is_remote: bool
    """It reaches no store, and works through a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeld:
    id: str
    name: str
    task: str | None
    project: str
    state: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDetail(WorkerSeen):
    runs: list[RunHeld]
    """Those that the asker may see, at most 1,000."""


def workers_seen(snapshot: Snapshot) -> list[WorkerSeen]:
    """Those that work first, then the lost and the gone of the last day; by host and start."""
    workers = snapshot.workers.list()
    counts, loads = snapshot.workers.run_counts(), _loads(snapshot)
    seen = [_seen(worker, snapshot.now, counts.get(worker.id, 0), loads.get(worker.id, {})) for worker in workers]
    present = [each for each in seen if each.state in (WorkerState.LIVE, WorkerState.DRAINING)]
    past = [each for each in seen if each.state in (WorkerState.LOST, WorkerState.GONE)]
    return sorted(present, key=lambda each: (each.host, each.started_at, each.id)) + past[::-1][:PAST_LIMIT]


def worker_detail(snapshot: Snapshot, worker: str, by: Principal) -> WorkerDetail:
    """Raises `WorkerNotFound`."""
    found = _found(snapshot, worker)
    held = snapshot.workers.runs(worker, RUNS_LIMIT)
    seen = _seen(found, snapshot.now, len(held), _loads(snapshot, worker).get(worker, {}))
    runs = [
        RunHeld(id=run.id, name=run.name, task=run.task, project=run.project, state=run.state.value, started_at=run.started_at)
        for run in snapshot.runs.get_many(held)
        if run.kind != CANARY_KIND and may(by, Permission.RUN_READ, run.project, run.id)
    ]
    return WorkerDetail(**{name: getattr(seen, name) for name in WorkerSeen.__dataclass_fields__}, runs=runs)


def ask_worker(tx: Transaction, worker: str, wish: str, by: Principal, *, is_now: bool = False) -> WorkerSeen:
    """The worker as it is after the wish. Asking twice is harmless; a later wish takes the place of an earlier one, but what was
    to be given back at once is not taken again.

    Raises `Forbidden`, `WorkerNotFound`, `WorkerEnded`.
    """
    authorise(by, Permission.WORKER_MANAGE, None)
    found = _found(tx, worker)
    state = _state(found, tx.now)
    if state in (WorkerState.LOST, WorkerState.GONE):
        raise WorkerEnded(worker=worker, state=state.value)
    is_now = is_now or found.is_now
    if (found.wish, found.is_now) != (wish, is_now):
        tx.workers.wish(worker, wish, is_now=is_now, by=by.id, at=tx.now)
        tx.announce(WorkerWished(worker=worker, wish=wish, is_now=is_now))
        before = {"wish": found.wish, "is_now": found.is_now}
        audit(tx, by, Action.WORKER_ASKED, target=worker, before=before, after={"wish": wish, "is_now": is_now})
    return _seen(_found(tx, worker), tx.now, tx.workers.run_counts().get(worker, 0), {})


def forget_workers(tx: Transaction) -> int:
    """Let go of those that were last heard of more than a day ago. How many."""
    return tx.workers.forget(tx.now - KEPT)


def _found(tx: Transaction | Snapshot, worker: str) -> Worker:
    found = tx.workers.get(worker)
    if found is None:
        raise WorkerNotFound(worker=worker)
    return found


def _state(worker: Worker, now: datetime) -> WorkerState:
    if worker.ended_at is not None:
        return WorkerState.GONE
    if now - worker.heartbeat_at > ALIVE:
        return WorkerState.LOST
    return WorkerState.DRAINING if worker.is_leaving else WorkerState.LIVE


def _seen(worker: Worker, now: datetime, run_count: int, load: Mapping[str, float]) -> WorkerSeen:
    return WorkerSeen(
        id=worker.id, host=worker.host, pid=worker.pid, version=worker.version, state=_state(worker, now), started_at=worker.started_at,
        heartbeat_at=worker.heartbeat_at, ended_at=worker.ended_at, slots=worker.slots, run_count=run_count, queues=worker.queues,
        tasks=tuple(sorted(worker.tasks)), wish=worker.wish, is_now=worker.is_now, wished_by=worker.wished_by, wished_at=worker.wished_at,
        cpu=load.get("cpu"), memory_bytes=load.get("memory_bytes"), echoes=worker.echoes, is_remote=worker.is_remote,
    )  # fmt: skip


def _loads(snapshot: Snapshot, worker: str | None = None) -> dict[str, Mapping[str, float]]:
    samples = snapshot.samples.between(SampleKind.WORKER, Grain.TAKEN, snapshot.now - _SAMPLE_AGE, snapshot.now, name=worker)
    return {sample.name: sample.levels for sample in samples}
