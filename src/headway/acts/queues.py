"""Pause a queue and let it go on; limit it, and projects. Who did it, and when, stands on the queue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.places import Scope, queued_in
from headway.acts.waiting import ALIVE
from headway.model.audit import Action
from headway.model.canary import CANARY_QUEUE
from headway.model.errors import Invalid
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.queue import Queue, Quota
from headway.model.run import Run
from headway.model.states import ACTIVE, RunState
from headway.store.contract import Page, Queued, RunFilter, RunSort, Snapshot, Transaction
from headway.store.news import Changed

HIGHEST_LIMIT = 1_000_000
ACTIVE_LIMIT = 10_000
"""Runs that are looked at when a limit comes into force."""
TOLD_LIMIT = 100
"""Runs that are spoken of when a queue goes on; those behind them are found as these end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Nothing was said of this."""


UNCHANGED = Unchanged()
Limit = int | None | Unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """A queue with what is in it."""

    name: str
    is_paused: bool
    paused_by: str | None
    paused_at: datetime | None
    running_limit: int | None
    queued_limit: int | None
    states: dict[str, int]
    """How many runs are in each state that is not final, each counted no further than 10,000."""
    worker_count: int
    """Workers that serve it, of those alive."""


def change_queue(
    tx: Transaction,
    name: str,
    by: Principal,
    *,
    is_paused: bool | None = None,
    running_limit: Limit = UNCHANGED,
    queued_limit: Limit = UNCHANGED,
) -> Queue:
    """The queue as it is now. A limit of None takes it away. Raises `Forbidden`, `Invalid`."""
    authorise(by, Permission.QUEUE_MANAGE, None)
    if not 0 < len(name) <= NAME_LIMIT:
        raise Invalid(f"a queue's name has 1 to {NAME_LIMIT} characters.", field="name")
    queue = before = tx.queues.get(name)
    if is_paused is not None and is_paused != queue.is_paused:
        queue = replace(queue, is_paused=is_paused, paused_by=by.id if is_paused else None, paused_at=tx.now if is_paused else None)
    if not isinstance(queued_limit, Unchanged):
        queue = replace(queue, queued_limit=_checked(queued_limit, "queued_limit"))
    if not isinstance(running_limit, Unchanged):
        queue = replace(queue, running_limit=_checked(running_limit, "running_limit"))
        _recount(tx, Scope.QUEUE.place(name), queue.running_limit, [run for run in _active(tx, None) if run.queue == name])
    tx.queues.put(queue)
    audit(tx, by, Action.QUEUE_CHANGED, target=name, before=before, after=queue)
    tx.announce(Changed(what="queues"), Queued(queue=name, count=max(1, tx.runs.queued(queue=name, limit=TOLD_LIMIT))))
    return queue


def change_quota(
    tx: Transaction, project: str, by: Principal, *, running_limit: Limit = UNCHANGED, queued_limit: Limit = UNCHANGED
) -> Quota:
    """The quota as it is now. Raises `Forbidden`, `Invalid`."""
    authorise(by, Permission.QUEUE_MANAGE, None)
    quota = before = tx.queues.quota(project) or Quota(project=project)
    if not isinstance(queued_limit, Unchanged):
        quota = replace(quota, queued_limit=_checked(queued_limit, "queued_limit"))
    if not isinstance(running_limit, Unchanged):
        quota = replace(quota, running_limit=_checked(running_limit, "running_limit"))
        queues = _recount(tx, Scope.PROJECT.place(project), quota.running_limit, _active(tx, project))
        tx.announce(*queued_in(Counter(queues)))
    tx.queues.put_quota(quota)
    audit(tx, by, Action.QUOTA_CHANGED, project=project, target=project, before=before, after=quota)
    tx.announce(Changed(what="queues"))
    return quota


def queue_states(snapshot: Snapshot) -> list[QueueState]:
    """All queues that have runs, are served, or of which somebody has said something, by name."""
    counts = snapshot.runs.queue_counts()
    set_up = {queue.name: queue for queue in snapshot.queues.list()}
    workers = [worker for worker in snapshot.workers.list(alive_since=snapshot.now - ALIVE) if not worker.is_leaving]
    served = {queue for worker in workers for queue in worker.queues}
    return [
        QueueState(
            name=name, is_paused=queue.is_paused, paused_by=queue.paused_by, paused_at=queue.paused_at, running_limit=queue.running_limit,
            queued_limit=queue.queued_limit, states={state.value: count for state, count in counts.get(name, {}).items()},
            worker_count=sum(name in worker.queues for worker in workers),
        )
        for name in sorted({*counts, *set_up, *served} - {CANARY_QUEUE})
        for queue in [set_up.get(name) or Queue(name=name)]
    ]  # fmt: skip


def _recount(tx: Transaction, place: str, limit: int | None, active: list[Run]) -> list[str]:
    """From now on those that are executed hold a place of it, or none of it. Queues in which somebody may go on."""
    held = 0
    for run in active:
        lease = tx.leases.get(run.id)
        if lease is None or run.kind != "task":
            continue
        others = [each for each in lease.places if each != place]
        held += 1
        tx.leases.set_places(run.id, others if limit is None else [*others, place])
    tx.slots.hold(place, HIGHEST_LIMIT if limit is None else limit, 0 if limit is None else held)
    return tx.runs.unblock(place, HIGHEST_LIMIT if limit is None else max(0, limit - held))


def _active(tx: Transaction, project: str | None) -> list[Run]:
    where = RunFilter(states=frozenset(ACTIVE & {RunState.RUNNING, RunState.PAUSING, RunState.CANCELLING}), project=project)
    return tx.runs.list(where, Page(sort=RunSort.CREATED, limit=ACTIVE_LIMIT))


def _checked(limit: int | None, name: str) -> int | None:
    if limit is not None and not 0 <= limit <= HIGHEST_LIMIT:
        raise Invalid(f"{name} is a whole number from 0 to {HIGHEST_LIMIT:,}, or null for no limit.", field=name)
    return limit
