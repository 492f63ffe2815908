"""What can be run: as the children that imported the user's modules say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headway.model.run import Task
from headway.store.contract import Transaction
from headway.store.news import Changed

_GONE = "The module {module} no longer defines this task."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a worker's children found when they imported the user's modules."""

    tasks: Sequence[Task]
    modules: Sequence[str] = ()
    """Those that were asked for and imported."""
    import_errors: Mapping[str, str] = field(default_factory=dict[str, str])
    """Traceback by module."""


def register_found(tx: Transaction, found: Found, may_change: Callable[[str], bool] | None = None) -> list[Task]:
    """Write what changed. A task whose module no longer imports, or no longer defines it, stays listed with the reason, so that
    starting it is refused with that; a module that never imported is listed under its own name. `may_change(task)`: of those that are
    known already; None: all."""
    known = {task.name: task for task in tx.tasks.list()}
    named = {task.name for task in found.tasks}
    tasks = list(found.tasks)
    for task in known.values():
        module = task.source.partition(":")[0]
        if task.name in named:
            continue
        if module in found.import_errors:
            tasks.append(replace(task, import_error=found.import_errors[module]))
        elif module in found.modules:
            tasks.append(replace(task, import_error=_GONE.format(module=module)))
    explained = {task.source.partition(":")[0] for task in tasks if task.import_error is not None}
    for module, traceback in found.import_errors.items():
        if module not in explained:
            tasks.append(Task(name=module, description="This module does not import.", source=f"{module}:", import_error=traceback))
    return register(tx, [task for task in tasks if may_change is None or task.name not in known or may_change(task.name)])


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
