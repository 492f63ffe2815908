"""What can be run: as the children that imported the user's modules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headway.model.run import Task
from headway.store.contract import Transaction
from headway.store.news import Changed


def register(tx: Transaction, tasks: Sequence[Task]) -> list[Task]:
    """Write the tasks that are new or changed; answer those."""
    known = {task.name: task for task in tx.tasks.list()}
    changed = [
        task for task in tasks if task.name not in known or replace(known[task.name], updated_at=None) != replace(task, updated_at=None)
    ]
    if changed:
        tx.tasks.put([replace(task, updated_at=tx.now) for task in changed])
        tx.announce(Changed(what="tasks"))
    return changed
