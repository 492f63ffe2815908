"""What a retried run keeps of the run before it: the children that succeeded, or that still go on, are not started a second time.

Only a run that ended without success is gone on with, and only by a run of the same task with the same parameters: whoever runs a
successful run again, or with other parameters, or clones it, wants everything afresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Transaction

CHAIN_LIMIT = 20
"""Retries of retries that are looked through. Metadata are written by people, too: they may lead in a circle."""


def child_key(parent: str, key: str) -> str:
    """The idempotency key of a child."""
    return f"child:{parent}:{key}"


def runs_before(tx: Transaction, run: Run) -> list[Run]:
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
    return child.state is RunState.SUCCEEDED or child.state not in FINAL | {RunState.CANCELLING}
