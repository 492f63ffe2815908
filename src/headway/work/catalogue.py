"""What the children found in the modules that they imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from headway.acts.catalogue import Found, register_found
from headway.model.run import Options, Task
from headway.store.contract import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What one child reported when it was ready."""

    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    modules: tuple[str, ...] = ()
    """Those that were asked for and imported."""
    import_errors: dict[str, str] = field(default_factory=dict[str, str])
    """Traceback by module."""
    files: tuple[str, ...] = ()
    """Source files of the project that were imported: a change of one makes the child old."""
    listeners: frozenset[tuple[str, str]] = frozenset()
    """(event, task) that some function wants to hear of."""

    @property
    def version(self) -> dict[str, str]:
        return {name: task.source_hash for name, task in self.tasks.items()}

    def named(self, is_async: bool) -> list[str]:
        return [task.name for task in self.tasks.values() if task.is_async == is_async and task.import_error is None]

    def hears(self, event: str, task: str | None) -> bool:
        return (event, task) in self.listeners


def read_catalogue(said: dict[str, Any]) -> Catalogue:
    """From a ``child.ready`` line. Raises `KeyError`, `TypeError`, `ValueError` when it is not one."""
    tasks = [_task(each) for each in said["tasks"]]
    return Catalogue(
        tasks={task.name: task for task in tasks},
        modules=tuple(said.get("modules", ())),
        import_errors={each["module"]: each["traceback"] for each in said["import_errors"]},
        files=tuple(said.get("files", ())),
        listeners=frozenset((str(event), str(task)) for event, task in said.get("listeners", ())),
    )


def _task(said: dict[str, Any]) -> Task:
    given: dict[str, Any] = said.get("options", {})
    options: dict[str, Any] = {key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for key, value in given.items()}
    known: dict[str, Any] = {**said, "options": Options(**options), "updated_at": None}
    return Task(**known)


def register_catalogue(tx: Transaction, catalogue: Catalogue) -> list[Task]:
    """Write what changed."""
    return register_found(tx, found_in(catalogue))


def found_in(catalogue: Catalogue) -> Found:
    return Found(tasks=tuple(catalogue.tasks.values()), modules=catalogue.modules, import_errors=catalogue.import_errors)


def changed_at(file: str) -> int:
    """When a source was written last; 0 where there is none."""
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0
