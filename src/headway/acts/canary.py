"""The canary's run: started as any other, but of a task that every child brings along, and deleted soon after its end."""

from __future__ import annotations

from datetime import timedelta

from headway.access.principal import SYSTEM
from headway.acts.start import enqueue
from headway.model.canary import CANARY_KIND, CANARY_PROJECT, CANARY_QUEUE, CANARY_TASK
from headway.model.ids import new_id
from headway.model.run import Options, Run
from headway.model.states import RunState
from headway.store.contract import Deleted, Page, RunFilter, Transaction

CANARIES_KEPT = 3
"""Ended ones that stay, for whoever wants to see how the last went."""
DELETED_AT_ONCE = 50
TIMEOUT_SECONDS = 30.0
"""A canary that takes longer is ended."""


def start_canary(tx: Transaction) -> Run:
    """Queue one, and delete the ended ones before it but for the last few, and those that no worker takes."""
    old = tx.runs.list(RunFilter(kind=CANARY_KIND), Page(limit=DELETED_AT_ONCE))
    ended = [run for run in old if run.state.is_final]
    stuck_before = tx.now - timedelta(seconds=TIMEOUT_SECONDS)
    gone = ended[CANARIES_KEPT:] + [run for run in old if run.state is RunState.QUEUED and run.created_at < stuck_before]
    for run in gone:
        tx.runs.delete(run.id)
    tx.announce(*[Deleted(run=run.id, project=run.project) for run in gone])
    fresh = Run(
        id=new_id(),
        project=CANARY_PROJECT,
        kind=CANARY_KIND,
        task=CANARY_TASK,
        name=CANARY_TASK,
        state=RunState.QUEUED,
        queue=CANARY_QUEUE,
        priority=0,
        created_at=tx.now,
        created_by=SYSTEM.id,
        options=Options(queue=CANARY_QUEUE, timeout_seconds=TIMEOUT_SECONDS),
        queued_at=tx.now,
    )
    enqueue(tx, [fresh])
    return fresh
