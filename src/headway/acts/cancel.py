"""Cancel a run: at once if nothing runs yet, else as a wish that the worker fulfils."""

from __future__ import annotations

from headway.access.principal import Principal
from headway.acts.change import change_state
from headway.acts.wish import Asked, Wish, tell_worker, wish_for
from headway.model.audit import Action
from headway.model.errors import RunFinal
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Transaction


def _judge(asked: Asked) -> None:
    if asked.run.state.is_final:
        raise RunFinal(state=asked.run.state.value, run=asked.run.id)


def _grant(asked: Asked) -> None:
    if asked.run.state.is_active:
        tell_worker(asked, CANCEL.do)
        after = RunState.CANCELLING
    else:
        after = RunState.CANCELLED
    change_state(asked.tx, asked.append, asked.run, after, by=asked.by, reason=asked.reason)


CANCEL = Wish(
    do="cancel",
    permission=Permission.RUN_CANCEL,
    action=Action.RUN_CANCELLED,
    action_for_many=Action.RUNS_CANCELLED,
    concerns=frozenset(RunState) - FINAL - {RunState.CANCELLING},
    met=frozenset({RunState.CANCELLED, RunState.CANCELLING}),
    judge=_judge,
    grant=_grant,
)


def cancel(tx: Transaction, run: str, by: Principal, reason: str | None = None) -> Run:
    """The run as it is after the wish; its family is cancelled with it.

    Raises `RunNotFound`, `Forbidden`, `RunFinal`, `FamilyTooLarge`.
    """
    return wish_for(tx, run, CANCEL, by, reason)
