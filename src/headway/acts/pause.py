"""Pause a run at its next checkpoint, and let it go on from there: a new attempt, later, perhaps on another worker."""

from __future__ import annotations

from typing import Any

from headway.access.principal import Principal
from headway.acts.change import change_state
from headway.acts.wish import Asked, Wish, tell_worker, wish_for
from headway.model.audit import Action
from headway.model.clock import iso
from headway.model.errors import NoCheckpoint, NotPausable, RunFinal
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState, check_transition
from headway.store.contract import Queued, Transaction

_S = RunState


def _judge_pause(asked: Asked) -> None:
    run = asked.run
    if run.state.is_final:
        raise RunFinal(state=run.state.value, run=run.id)
    if run.kind != "task":
        raise NotPausable(run=run.id)
    check_transition(run.state, _S.PAUSING if run.state.is_active else _S.PAUSED)
    if run.state.is_active and not (run.options.is_resumable or "checkpoint" in asked.head.view):
        raise NoCheckpoint(run=run.id)


def _pause(asked: Asked) -> None:
    after = _S.PAUSED
    if asked.run.state.is_active:
        tell_worker(asked, PAUSE.do)
        after = _S.PAUSING
    change_state(asked.tx, asked.append, asked.run, after, by=asked.by, reason=asked.reason)


def _judge_resume(asked: Asked) -> None:
    if asked.run.state.is_final:
        raise RunFinal(state=asked.run.state.value, run=asked.run.id)
    check_transition(asked.run.state, _S.RUNNING if asked.run.state is _S.PAUSING else _S.QUEUED)


def _resume(asked: Asked) -> None:
    run, tx = asked.run, asked.tx
    said: dict[str, Any] = {"by": asked.by, "reason": asked.reason}
    if run.state is _S.PAUSING:
        # Perhaps too late: then the attempt ends as paused all the same, and `finish` queues the run again.
        tell_worker(asked, RESUME.do)
        change_state(tx, asked.append, run, _S.RUNNING, **said)
    elif run.run_after is not None and run.run_after > tx.now:
        change_state(tx, asked.append, run, _S.SCHEDULED, until=iso(run.run_after.timestamp()), **said)
    else:
        change_state(tx, asked.append, run, _S.QUEUED, **said)
        tx.announce(Queued(queue=run.queue, priority=run.priority))


PAUSE = Wish(
    do="pause",
    permission=Permission.RUN_PAUSE,
    action=Action.RUN_PAUSED,
    action_for_many=Action.RUNS_PAUSED,
    concerns=frozenset({_S.SCHEDULED, _S.QUEUED, _S.RETRYING, _S.RUNNING}),
    met=frozenset({_S.PAUSED, _S.PAUSING}),
    judge=_judge_pause,
    grant=_pause,
)
RESUME = Wish(
    do="resume",
    permission=Permission.RUN_PAUSE,
    action=Action.RUN_RESUMED,
    action_for_many=Action.RUNS_RESUMED,
    concerns=frozenset({_S.PAUSED, _S.PAUSING}),
    met=frozenset({_S.SCHEDULED, _S.QUEUED, _S.RETRYING, _S.RUNNING}),
    judge=_judge_resume,
    grant=_resume,
)


def pause(tx: Transaction, run: str, by: Principal, reason: str | None = None) -> Run:
    """The run as it is after the wish: paused if it waited, else pausing until its next checkpoint. Its family pauses with it, as
    far as it can.

    Raises `RunNotFound`, `Forbidden`, `RunFinal`, `NoCheckpoint`, `NotPausable`, `IllegalTransition`, `FamilyTooLarge`.
    """
    return wish_for(tx, run, PAUSE, by, reason)


def resume(tx: Transaction, run: str, by: Principal, reason: str | None = None) -> Run:
    """The run as it is after the wish; what of its family is paused goes on, too.

    Raises `RunNotFound`, `Forbidden`, `RunFinal`, `IllegalTransition`, `FamilyTooLarge`.
    """
    return wish_for(tx, run, RESUME, by, reason)
