"""A worker's turn: attempts that have ended, and runs for the room that there is, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.model.errors import HeadwayError
from headway.model.states import RunState
from headway.store.contract import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Runs that a worker has room for: up to `limit` of these tasks."""

    tasks: Sequence[str]
    limit: int
    queues: Sequence[str] | None = None
    """Of these alone; None: of all that the worker serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    ends: Sequence[Finish] = ()
    wanted: Sequence[Wanted] = ()
    queues: Sequence[str] = ()
    """Those that the worker serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    states: Sequence[RunState | HeadwayError]
    """What became of each run whose attempt has ended, or why that was refused."""
    claims: Sequence[Claim]


def take_turn(tx: Transaction, turn: Turn, *, worker: str) -> Turned:
    """End what has ended, so that its places are free, then claim."""
    states = finish(tx, turn.ends) if turn.ends else []
    return Turned(states=states, claims=claim_wanted(tx, turn, worker=worker))


def claim_wanted(tx: Transaction, turn: Turn, *, worker: str, projects: Collection[str] | None = None) -> list[Claim]:
    """What the turn wants; `projects`: of these alone."""
    return [
        taken
        for want in turn.wanted
        for taken in claim(tx, worker=worker, queues=want.queues or turn.queues, limit=want.limit, tasks=want.tasks, projects=projects)
    ]
