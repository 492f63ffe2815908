"""One act for many runs: those that it concerns are acted on, one after the other, and each refusal is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from headway.access.principal import Principal
from headway.acts.cancel import CANCEL
from headway.acts.edit import delete
from headway.acts.pause import PAUSE, RESUME
from headway.acts.retry import retry
from headway.acts.wish import Acted, Wish, wish_for_many
from headway.model.errors import HeadwayError
from headway.model.permissions import Permission
from headway.model.states import FINAL, RunState
from headway.store.contract import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ForMany:
    """An act that may be asked for all runs that match a filter."""

    permission: Permission
    concerns: frozenset[RunState]
    """Runs in other states are passed over, and not counted, when they were not named one by one."""
    act: Callable[[Transaction, Sequence[str], Principal, str | None], Acted]


def _wished(wish: Wish) -> ForMany:
    def act(tx: Transaction, runs: Sequence[str], by: Principal, reason: str | None) -> Acted:
        return wish_for_many(tx, runs, wish, by, reason)

    return ForMany(permission=wish.permission, concerns=wish.concerns, act=act)


def _each(
    tx: Transaction, runs: Sequence[str], by: Principal, reason: str | None, *, one: Callable[[Transaction, str, Principal], object]
) -> Acted:
    acted = Acted()
    for run in runs:
        try:
            one(tx, run, by)
            acted.succeeded.append(run)
        except HeadwayError as error:
            acted.failed.append((run, error))
    return acted


CANCEL_MANY = _wished(CANCEL)
PAUSE_MANY = _wished(PAUSE)
RESUME_MANY = _wished(RESUME)
RETRY_MANY = ForMany(permission=Permission.RUN_RETRY, concerns=FINAL - {RunState.SUCCEEDED}, act=partial(_each, one=retry))
DELETE_MANY = ForMany(permission=Permission.RUN_DELETE, concerns=FINAL, act=partial(_each, one=delete))
