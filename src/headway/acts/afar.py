"""Remote workers: the same acts as for those that reach the store, and what a stranger on the network may not do is left out.

A remote worker's id begins with a mark of its token, so that none can act as a worker of another token. It may write for a run only
while it holds that run's lease, and is given runs of the projects alone in which its token holds `worker:serve`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from headway.access.authorise import projects_where
from headway.access.principal import Principal
from headway.acts.attend import Attended, attend
from headway.acts.catalogue import Found, register_found
from headway.acts.claim import LEASE_SECONDS, Claim
from headway.acts.family import ChildEnd, ends_of, tell_counts
from headway.acts.finish import Finish, finish
from headway.acts.parcel import Parcel, Received, receive
from headway.acts.sample import sample
from headway.acts.turn import Turn, Turned, Wanted, claim_wanted
from headway.acts.waiting import ALIVE
from headway.model.canary import CANARY_QUEUE
from headway.model.errors import HeadwayError, StaleFence, WorkerNotFound
from headway.model.permissions import Permission
from headway.model.run import Task
from headway.model.samples import Sample, SampleKind
from headway.model.states import RunState
from headway.store.contract import Snapshot, Transaction
from headway.store.places import REMOTE, Worker

HELD_LIMIT = 4_096
"""Runs that one remote worker may hold."""
SAMPLE_SECONDS = 30.0
"""The stretch of time that one sample of a remote worker stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWorker:
    id: str
    projects: frozenset[str] | None
    """In which it may execute runs; None: in all."""

    def may_see(self, project: str) -> bool:
        return self.projects is None or project in self.projects


def remote_id(by: Principal, instance: str) -> str:
    """Of the process that calls itself `instance`. The same again for the same token."""
    return f"{_mark(by)}{instance}"


def remote_worker(by: Principal, worker: str) -> RemoteWorker:
    """Raises `WorkerNotFound` for the id of a worker that is not of this token."""
    if not worker.startswith(_mark(by)):
        raise WorkerNotFound(worker=worker)
    return RemoteWorker(id=worker, projects=projects_where(by, Permission.WORKER_SERVE))


def _mark(by: Principal) -> str:
    return f"{REMOTE}{hashlib.sha256(f'{by.id} {by.token_id}'.encode()).hexdigest()[:12]}-"


def attend_afar(tx: Transaction, by: RemoteWorker, worker: Worker, held: Mapping[str, int], samples: Sequence[Sample] = ()) -> Attended:
    """As `attend`; of `samples`, those of the worker itself and of runs that it holds are kept."""
    mine = tx.leases.held_by(by.id, HELD_LIMIT)
    attended = attend(tx, replace(worker, id=by.id, echoes=None), {run: held[run] for run in held if run in mine})
    kept = [each for each in samples if each.name == by.id or (each.kind is SampleKind.RUN and each.name in mine)]
    if kept:
        sample(tx, kept, holder=by.id, period_seconds=SAMPLE_SECONDS)
    return attended


def leave_afar(tx: Transaction, by: RemoteWorker) -> None:
    tx.workers.end(by.id, tx.now)


def register_afar(tx: Transaction, by: RemoteWorker, found: Found) -> list[Task]:
    """As `register_found`. Who may not work in all projects changes no task that workers of other tokens serve: it is theirs too."""
    if by.projects is None:
        return register_found(tx, found)
    mark = by.id[: len(REMOTE) + 13]
    theirs = {task for worker in tx.workers.list() if not worker.id.startswith(mark) for task in worker.tasks}
    return register_found(tx, found, lambda task: task not in theirs)


def turn_afar(tx: Transaction, by: RemoteWorker, turn: Turn, held: Mapping[str, int]) -> Turned:
    """As `take_turn`. `held`: what the worker knows that it holds; claims beyond that are given out again, for their answer was lost."""
    mine = _held_of(tx, by, [end.run for end in turn.ends])
    ends = [end for end in turn.ends if end.run in mine]
    states = dict(zip([end.run for end in ends], finish(tx, ends), strict=True)) if ends else {}
    answers = [_answer(tx, by, end, states.get(end.run)) for end in turn.ends]
    claims = _lost_claims(tx, by, held)
    if len(mine) < HELD_LIMIT:
        wanted = _without(claims, [want for want in turn.wanted if CANARY_QUEUE not in (want.queues or ())])
        queues = [queue for queue in turn.queues if queue != CANARY_QUEUE]
        claims += claim_wanted(tx, replace(turn, wanted=wanted, queues=queues), worker=by.id, projects=by.projects)
    return Turned(states=answers, claims=claims)


def _answer(tx: Transaction, by: RemoteWorker, end: Finish, state: RunState | HeadwayError | None) -> RunState | HeadwayError:
    """What `finish` said; of an end that was recorded before, what became of the run then is not known any more: how it stands now."""
    if isinstance(state, RunState):
        return state
    for attempt in tx.details.attempts(end.run):
        if (attempt.fence, attempt.worker, attempt.outcome) == (end.fence, by.id, end.outcome):
            run = tx.runs.get(end.run)
            return run.state if run is not None else StaleFence(run=end.run)
    return state or StaleFence(run=end.run)


def _without(claims: Sequence[Claim], wanted: Sequence[Wanted]) -> list[Wanted]:
    """What is still wanted after these claims: whoever asks again has no more room than before."""
    left = [each.run.task for each in claims]
    rest: list[Wanted] = []
    for want in wanted:
        taken = [task for task in left if task in want.tasks][: want.limit]
        for task in taken:
            left.remove(task)
        rest.append(replace(want, limit=want.limit - len(taken)))
    return rest


def _lost_claims(tx: Transaction, by: RemoteWorker, held: Mapping[str, int]) -> list[Claim]:
    # One that is known under another fence was taken away meanwhile, and claimed again.
    lost = {run: fence for run, fence in tx.leases.held_by(by.id, HELD_LIMIT).items() if held.get(run) != fence}
    if not lost:
        return []
    heads = tx.journal.lock(lost)
    tx.leases.renew(lost, tx.now + timedelta(seconds=LEASE_SECONDS))
    checkpoints = {run: tx.details.checkpoint(run) if "checkpoint" in heads[run].view else None for run in lost}
    runs = tx.runs.get_many(list(lost))
    return [Claim(run=run, attempt=run.attempt, fence=lost[run.id], checkpoint=checkpoints[run.id]) for run in runs]


def receive_afar(tx: Transaction, by: RemoteWorker, parcels: Sequence[Parcel]) -> list[Received | HeadwayError]:
    """As `receive`, for the runs whose leases the worker holds."""
    mine = _held_of(tx, by, [parcel.run for parcel in parcels])
    answers = iter(receive(tx, [parcel for parcel in parcels if parcel.run in mine]))
    return [next(answers) if parcel.run in mine else StaleFence(run=parcel.run) for parcel in parcels]


def kin_afar(snapshot: Snapshot, by: RemoteWorker, runs: Sequence[str]) -> list[ChildEnd]:
    """As `ends_of`; runs of other projects are never seen to end."""
    theirs = {run.id for run in snapshot.runs.get_many(runs) if not by.may_see(run.project)}
    return ends_of(snapshot, [run for run in runs if run not in theirs])


def tell_counts_afar(tx: Transaction, by: RemoteWorker, parents: Sequence[str]) -> None:
    mine = tx.leases.held_by(by.id, HELD_LIMIT)
    tell_counts(tx, [run for run in parents if run in mine])


def is_alone(snapshot: Snapshot) -> bool:
    """Whether no worker is there that reaches the store: then a server does what they do for all."""
    return all(worker.is_remote for worker in snapshot.workers.list(alive_since=snapshot.now - ALIVE))


def _held_of(tx: Transaction, by: RemoteWorker, runs: Iterable[str]) -> frozenset[str]:
    """Those of them whose leases the worker holds. Their heads are locked first, so that a lease does not change hands meanwhile."""
    wanted = frozenset(runs)
    if not wanted:
        return frozenset()
    tx.journal.lock(wanted)
    return wanted.intersection(tx.leases.held_by(by.id, HELD_LIMIT))
