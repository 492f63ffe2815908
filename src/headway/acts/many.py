"""One act for many runs: those that it concerns are acted on, one after the other, and each refusal is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from headway.access.principal import Principal
from headway.acts.cancel import CANCEL
from headway.acts.edit import remove
from headway.acts.pause import PAUSE, RESUME
from headway.acts.retry import run_again
from headway.acts.sweep import Sweep, run_again_by
from headway.acts.wish import Acted, Wish, audit_many, wish_for_many
from headway.model.audit import Action
from headway.model.errors import HeadwayError
from headway.model.permissions import Permission
from headway.model.states import FINAL, RunState
from headway.store.contract import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForMany:
    """An act that may be asked for all runs that match a filter."""

    permission: Permission
    concerns: frozenset[RunState]
    """Runs in other states are passed over, and not counted, when they were not named one by one."""
    act: Callable[[Transaction, Sequence[str], Principal, str | None, Sweep], Acted]


def _wished(wish: Wish) -> ForMany:
    def act(tx: Transaction, runs: Sequence[str], by: Principal, reason: str | None, _sweep: Sweep) -> Acted:
        return wish_for_many(tx, runs, wish, by, reason)

    return ForMany(permission=wish.permission, concerns=wish.concerns, act=act)


def _retry_each(tx: Transaction, runs: Sequence[str], by: Principal, _reason: str | None, sweep: Sweep) -> Acted:
    """Each once: a child whose parent is run again in the same sweep is run again by that one. Also in a call that is repeated,
    because nobody heard its answer."""
    acted = Acted()
    comes_with = run_again_by(tx, runs, sweep, by)
    for run in runs:
        if run in comes_with:
            acted.skipped.append((run, comes_with[run]))
        else:
            new = _try(acted, run, lambda run: run_again(tx, run, by, idempotency_key=f"retry:{sweep.id}:{run}").id)
            if new is not None:
                acted.started.append((run, new))
    audit_many(tx, by, Action.RUNS_RETRIED, acted)
    return acted


def _delete_each(tx: Transaction, runs: Sequence[str], by: Principal, _reason: str | None, _sweep: Sweep) -> Acted:
    acted = Acted()
    for run in runs:
        _try(acted, run, lambda run: remove(tx, run, by))
    audit_many(tx, by, Action.RUNS_DELETED, acted)
    return acted


def _try(acted: Acted, run: str, one: Callable[[str], T]) -> T | None:
    try:
        came = one(run)
    except HeadwayError as error:
        acted.failed.append((run, error))
        return None
    acted.succeeded.append(run)
    return came


CANCEL_MANY = _wished(CANCEL)
PAUSE_MANY = _wished(PAUSE)
RESUME_MANY = _wished(RESUME)
RETRY_MANY = ForMany(permission=Permission.RUN_RETRY, concerns=FINAL - {RunState.SUCCEEDED}, act=_retry_each)
DELETE_MANY = ForMany(permission=Permission.RUN_DELETE, concerns=FINAL, act=_delete_each)
