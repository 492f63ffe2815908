"""A worker takes queued runs: one transaction in which each is still queued, and gets an attempt, a fence and a lease."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from headway.acts.append import Append, fact
from headway.acts.change import change_state
from headway.acts.places import Rules, Scope, read_rules, scope_of, take_places
from headway.model import events as e
from headway.model.run import Attempt, Checkpoint, Run
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.places import Lease

LEASE_SECONDS = 9.0
"""An attempt whose worker has not said anything for so long is lost."""
RENEW_SECONDS = 3.0
"""Between two renewals of a lease."""
LOOK_AHEAD = 4
"""Candidates looked at for each free child once a place was refused."""
ROUNDS = 16
"""Looks at the queue in one claim. Those that are held up are set aside in passing, so the next claim starts behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    run: Run
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right, and the duty, to execute one attempt of a run."""

    run: Run
    attempt: int
    fence: int
    checkpoint: Checkpoint | None
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Values that the task has asked for, by name (`acts/secrets.py: with_secrets`): for the process of the run, and nobody else."""


def claim(
    tx: Transaction,
    *,
    worker: str,
    queues: Sequence[str],
    limit: int,
    tasks: Sequence[str] | None = None,
    projects: Collection[str] | None = None,
) -> list[Claim]:
    """Up to `limit` runs, best rank first. `tasks`: only these (what this worker has imported); `projects`: and only of these."""
    if limit <= 0:
        return []
    chosen = _choose(tx, worker, queues, limit, tasks, projects)
    if not chosen:
        return []
    append = Append(tx)
    heads = append.lock(list(chosen))
    claims: list[Claim] = []
    until = tx.now + timedelta(seconds=LEASE_SECONDS)
    for run in (each.run for each in chosen.values()):
        head = heads[run.id]
        head.fence += 1
        head.last_batch_no = 0
        head.wish = None
        number = run.attempt + 1
        has_checkpoint = "checkpoint" in head.view
        checkpoint = tx.details.checkpoint(run.id) if has_checkpoint else None
        append.add(
            run.id,
            fact(e.ATTEMPT_STARTED, attempt=number, worker=worker, checkpoint=checkpoint.number if checkpoint else None),
            attempt=number,
        )
        fields = {"attempt": number, "started_at": run.started_at or tx.now}
        change_state(tx, append, run, RunState.RUNNING, fields=fields, attempt=number, worker=worker)
        started = replace(run, state=RunState.RUNNING, attempt=number, started_at=fields["started_at"])
        claims.append(Claim(run=started, attempt=number, fence=head.fence, checkpoint=checkpoint))
    tx.details.open_attempts([Attempt(run=c.run.id, number=c.attempt, fence=c.fence, worker=worker, started_at=tx.now) for c in claims])
    tx.leases.take([
        Lease(run=c.run.id, attempt=c.attempt, fence=c.fence, worker=worker, until=until, places=chosen[c.run.id].places)
        for c in claims
    ])  # fmt: skip
    append.flush()
    return claims


def which_are_open(tx: Transaction, queues: Sequence[str], rules: Rules) -> list[str]:
    """Those that are neither paused nor full. What waits in a full queue may be older than all else, and so many such queues there
    may be that nobody would come to those which have room."""
    limits = {queue: rules.running_limit(queue) for queue in queues if not rules.is_paused(queue)}
    used = tx.slots.usages([Scope.QUEUE.place(queue) for queue, limit in limits.items() if limit is not None])
    return [queue for queue, limit in limits.items() if limit is None or used.get(Scope.QUEUE.place(queue), (0, limit))[0] < limit]


def _choose(
    tx: Transaction, worker: str, queues: Sequence[str], limit: int, tasks: Sequence[str] | None, projects: Collection[str] | None
) -> dict[str, _Chosen]:
    """The best by rank that get all that they need. More are looked at only when some of them do not."""
    rules = read_rules(tx)
    open_queues = which_are_open(tx, queues, rules)
    chosen: dict[str, _Chosen] = {}
    refused: set[str] = set()
    count = limit
    for _ in range(ROUNDS):
        candidates = tx.runs.claimable(open_queues, count, tasks, projects) if open_queues else []
        is_held_up = False
        for run in candidates:
            if len(chosen) == limit:
                break
            if run.id in chosen or run.id in refused or run.queue not in open_queues:
                continue
            taken = take_places(tx, run, rules, worker=worker)
            if taken.refused is None:
                chosen[run.id] = _Chosen(run=run, places=taken.places)
                continue
            is_held_up = True
            match scope_of(taken.refused)[0]:
                case Scope.QUEUE:
                    open_queues.remove(run.queue)
                case Scope.SUSPECTS:
                    refused.add(run.id)  # another worker may take it
                case _:
                    tx.runs.block([run.id], taken.refused)
        if not is_held_up or len(chosen) == limit:
            break
        count = len(chosen) + len(refused) + limit * LOOK_AHEAD
    return chosen
