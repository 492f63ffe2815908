"""What a retried run keeps of the run before it: the children that succeeded, or that still go on, are not started a second time.

A child that still goes on becomes one of the new run: what is wanted of that, a cancellation say, is wanted of all that it waits
for. One that succeeded stays where it ran; nothing can be wanted of it any more.

Only a run that ended without success is gone on with, and only by a run of the same task with the same parameters: whoever runs a
successful run again, or with other parameters, or clones it, wants everything afresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headway.acts.append import Append, fact
from headway.model import events as e
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Snapshot, Transaction

CHAIN_LIMIT = 20
"""Retries of retries that are looked through. Metadata are written by people, too: they may lead in a circle."""


def child_key(parent: str, key: str) -> str:
    """The idempotency key of a child."""
    return f"child:{parent}:{key}"


def runs_before(tx: Snapshot | Transaction, run: Run) -> list[Run]:
    """The runs that this one goes on with, the last first; none, if it is not the retry of a run that failed."""
    found: list[Run] = []
    while len(found) < CHAIN_LIMIT:
        named = run.metadata.get("retry_of")
        before = next(iter(tx.runs.get_many([named])), None) if isinstance(named, str) else None
        if before is None or not _is_gone_on_with(before, run):
            break
        found.append(before)
        run = before
    return found


def _is_gone_on_with(before: Run, run: Run) -> bool:
    return (
        before.state in FINAL - {RunState.SUCCEEDED}
        and (before.project, before.task) == (run.project, run.task)
        and before.parameters == run.parameters
    )


def child_before(tx: Transaction, before: Sequence[Run], key: str, task: str, parameters: Mapping[str, Any]) -> Run | None:
    """The child that one of these runs started last by this key, for the same work."""
    for run in before:
        child = tx.runs.find_by_idempotency_key(child_key(run.id, key), run.created_by)
        if child is not None and child.task == task and child.parameters == dict(parameters):
            return child
    return None


def is_kept(child: Run) -> bool:
    """Whether its result will do, now or when it is there; else it is run again."""
    return child.state is RunState.SUCCEEDED or _goes_on(child)


def _goes_on(child: Run) -> bool:
    return child.state not in FINAL | {RunState.CANCELLING}


def lock_going_on(tx: Transaction, children: Mapping[str, Run]) -> dict[str, Run]:
    """The same children, of whom those that still go on do so until this transaction ends. (One may have ended since it was read.)"""
    going_on = [child.id for child in children.values() if _goes_on(child)]
    if not going_on:
        return dict(children)
    Append(tx).lock(going_on)
    now = {child.id: child for child in tx.runs.get_many(going_on)}
    return {key: now.get(child.id, child) for key, child in children.items()}


def take_over(tx: Transaction, parent: Run, children: Sequence[Run]) -> list[Run]:
    """Make children of `parent` of those that still go on, unless another retry that goes on itself has them already: they obey
    one run. All of them, as they are now."""
    holders = {run.id: run for run in tx.runs.get_many(sorted({child.parent for child in children if child.parent is not None}))}
    moved = [child.id for child in children if _goes_on(child) and _is_free(child, holders, parent)]
    if moved:
        append = Append(tx)
        append.lock(moved)
        for child in moved:
            append.change(child, parent=parent.id)
            append.add(child, fact(e.RUN_EDITED, by=parent.created_by, parent=parent.id))
        append.flush()
    now = {run.id: run for run in tx.runs.get_many(moved)}
    return [now.get(child.id, child) for child in children]


def _is_free(child: Run, holders: Mapping[str, Run], parent: Run) -> bool:
    holder = holders.get(child.parent or "")
    return child.parent != parent.id and (holder is None or holder.state.is_final)
