"""A sweep: one act for many runs, over all the calls that it takes. Which runs are meant by it, and which of them are so already by
an ancestor that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from headway.access.authorise import may
from headway.access.principal import Principal
from headway.acts.kept import is_kept
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.store.contract import Page, RunFilter, Snapshot, Transaction

GENERATIONS = 20
"""Looked through upwards. Parents are named by whoever starts a run, and families are not that deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    id: str = field(default_factory=new_id)
    """The same in every call: a call that is repeated, because its answer got lost, is known by it."""
    where: RunFilter | None = None
    """Which runs are meant, in states that the act concerns, created before it began; None: those that are `named`."""
    named: frozenset[str] = frozenset()
    is_approved: bool = False
    """Others have approved what it does."""

    def means(self, tx: Snapshot | Transaction, run: Run) -> bool:
        """Whether the sweep comes to this run, or has been there."""
        if self.where is None:
            return run.id in self.named
        if run.state not in self.where.states:
            return False
        end = run.created_at + timedelta(microseconds=1)
        if self.where.created_to is not None:
            end = min(end, self.where.created_to)
        # What follows its predecessor, within its own microsecond, is the run itself, if the filter lets it through.
        page = Page(is_descending=False, limit=1, after=(run.created_at, str(UUID(int=UUID(run.id).int - 1))))
        where = replace(self.where, states=frozenset({run.state}), created_to=end)
        return [id_ for _, id_ in tx.runs.places(where, page)] == [run.id]


def run_again_by(tx: Snapshot | Transaction, runs: Sequence[str], sweep: Sweep, by: Principal) -> dict[str, str]:
    """Those of `runs` that the retry of an ancestor runs again, if the sweep retries that as well: by their id, its id.

    A child that a retry would keep hides its own children from the ancestors above it.
    """
    known = {run.id: run for run in tx.runs.get_many(list(runs))}
    climbing = {run.id: run.parent for run in known.values() if run.parent is not None}
    meant: dict[str, bool] = {}
    found: dict[str, str] = {}
    for _ in range(GENERATIONS):
        known |= {run.id: run for run in tx.runs.get_many(sorted(set(climbing.values()) - known.keys()))}
        higher: dict[str, str] = {}
        for run, above in climbing.items():
            ancestor = known.get(above)
            if ancestor is None:
                continue
            if above not in meant:
                meant[above] = _is_retried(ancestor, by) and sweep.means(tx, ancestor)
            if meant[above]:
                found[run] = above
            elif ancestor.parent is not None and not is_kept(ancestor):
                higher[run] = ancestor.parent
        climbing = higher
        if not climbing:
            break
    return found


def _is_retried(run: Run, by: Principal) -> bool:
    return run.task is not None and run.state.is_final and may(by, Permission.RUN_RETRY, run.project, run.id)
