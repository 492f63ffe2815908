"""Keep parameters of a task under a name, change them, and let them go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headway.access.authorise import authorise, may
from headway.access.principal import Principal
from headway.acts.parameters import check_size
from headway.model.errors import PresetNotFound, TaskNotFound, TooManyPresets
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.preset import Preset
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Changed

PRESETS_LIMIT = 100
"""Presets of a task in a project."""
PRESET_BYTES = 65_536
"""Of its parameters as JSON."""


def keep(tx: Transaction, task: str, by: Principal, *, project: str, name: str, parameters: Mapping[str, Any]) -> Preset:
    """Keep these. Raises `Forbidden`, `TaskNotFound`, `PresetExists`, `TooManyPresets`, `TooLarge`."""
    authorise(by, Permission.RUN_START, project)
    if tx.tasks.get(task) is None:
        raise TaskNotFound(task=task)
    check_size(parameters, PRESET_BYTES)
    if len(tx.presets.list(task, frozenset({project}), limit=PRESETS_LIMIT)) >= PRESETS_LIMIT:
        raise TooManyPresets(limit=PRESETS_LIMIT)
    preset = Preset(
        id=new_id(), task=task, project=project, name=name, parameters=dict(parameters), created_by=by.id, created_at=tx.now,
        updated_at=tx.now,
    )  # fmt: skip
    tx.presets.insert(preset)
    tx.announce(Changed(what="presets"))
    return preset


def change(
    tx: Transaction, task: str, preset: str, by: Principal, *, name: str | None = None, parameters: Mapping[str, Any] | None = None
) -> Preset:
    """Set what is given. Raises `PresetNotFound`, `Forbidden`, `PresetExists`, `TooLarge`."""
    found = _found(tx, task, preset, by)
    if parameters is not None:
        check_size(parameters, PRESET_BYTES)
        found = replace(found, parameters=dict(parameters))
    if name is not None:
        found = replace(found, name=name)
    found = replace(found, updated_at=tx.now)
    tx.presets.change(found)
    tx.announce(Changed(what="presets"))
    return found


def delete(tx: Transaction, task: str, preset: str, by: Principal) -> None:
    """Raises `PresetNotFound`, `Forbidden`."""
    tx.presets.delete(_found(tx, task, preset, by).id)
    tx.announce(Changed(what="presets"))


def _found(tx: Transaction | Snapshot, task: str, preset: str, by: Principal) -> Preset:
    """The preset, for one who may change it. Who may not even read it does not learn that it exists."""
    found = tx.presets.get(preset)
    if found is None or found.task != task:
        raise PresetNotFound(preset=preset)
    if not may(by, Permission.TASK_READ, found.project) and not may(by, Permission.RUN_START, found.project):
        raise PresetNotFound(preset=preset)
    authorise(by, Permission.RUN_START, found.project)
    return found
