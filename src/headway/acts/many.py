"""One act for many runs: those that it concerns are acted on, one after the other, and each refusal is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from headway.access.principal import Principal
from headway.acts.cancel import CANCEL
from headway.acts.edit import remove
from headway.acts.pause import PAUSE, RESUME
from headway.acts.protect import needed_in
from headway.acts.retry import run_again
from headway.acts.sweep import Sweep, run_again_by
from headway.acts.wish import Acted, Wish, audit_many, wish_for_many
from headway.model.approval import ApprovalKind
from headway.model.audit import Action
from headway.model.errors import ApprovalNeeded, HeadwayError
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
    kind: ApprovalKind | None = None
    """What is asked for where others have to approve it; None: they never have to."""


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
    audit_many(tx, by, Action.RUNS_RETRIED, acted, _projects(tx, runs))
    return acted


def _delete_each(tx: Transaction, runs: Sequence[str], by: Principal, _reason: str | None, sweep: Sweep) -> Acted:
    acted = Acted()
    projects = _projects(tx, runs)
    for run in runs:
        _try(acted, run, lambda run: remove(tx, run, by, is_approved=True))
    audit_many(tx, by, Action.RUNS_DELETED, acted, projects)
    return acted


def _projects(tx: Transaction, runs: Sequence[str]) -> dict[str, str]:
    return {run.id: run.project for run in tx.runs.get_many(list(runs))}


def _carefully(many: ForMany, kind: ApprovalKind) -> ForMany:
    """The same, but what is protected is left alone, and told as a failure, unless others have approved the sweep."""

    def act(tx: Transaction, runs: Sequence[str], by: Principal, reason: str | None, sweep: Sweep) -> Acted:
        needed: Mapping[str, int] = needed_in(tx, kind)
        if sweep.is_approved or not needed:
            return many.act(tx, runs, by, reason, sweep)
        kept = {run.id: needed[run.project] for run in tx.runs.get_many(list(runs)) if run.project in needed}
        free = [run for run in runs if run not in kept]
        acted = many.act(tx, free, by, reason, sweep) if free else Acted()
        if acted.reached < len(free):
            # A family was too large for one transaction: what comes behind those that were reached is asked for again.
            kept = {run: count for run, count in kept.items() if run in set(runs[: runs.index(free[acted.reached])])}
        acted.failed.extend((run, ApprovalNeeded(needed=count, run=run)) for run, count in kept.items())
        return acted

    return replace(many, act=act, kind=kind)


def _try(acted: Acted, run: str, one: Callable[[str], T]) -> T | None:
    try:
        came = one(run)
    except HeadwayError as error:
        acted.failed.append((run, error))
        return None
    acted.succeeded.append(run)
    return came


CANCEL_MANY = _carefully(_wished(CANCEL), ApprovalKind.RUNS_CANCEL)
PAUSE_MANY = _wished(PAUSE)
RESUME_MANY = _wished(RESUME)
RETRY_MANY = ForMany(permission=Permission.RUN_RETRY, concerns=FINAL - {RunState.SUCCEEDED}, act=_retry_each)
DELETE_MANY = _carefully(ForMany(permission=Permission.RUN_DELETE, concerns=FINAL, act=_delete_each), ApprovalKind.RUNS_DELETE)
