"""Presets of a task's parameters, and the parameters held against its schema before anything is started."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from headway.access.authorise import projects_where
from headway.acts import presets
from headway.acts.parameters import problems_of, validate
from headway.model.errors import TaskNotFound
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.preset import Preset
from headway.model.run import Task
from headway.store.contract import Snapshot, Transaction
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import PresetEditInput, PresetInput, TaskName, ValidationInput
from headway.web.past_outputs import PRESET, PRESET_CREATED, PRESETS, VALIDATION, CheckedPreset
from headway.web.routes.details import Cursor, read_index

routes = make_routes("tasks")

PAGE_LIMIT = 100
"""Presets of a page: with 64 KB each it has 6 MB."""

PresetId = Annotated[str, Path(max_length=NAME_LIMIT, description="Id of the preset.", examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e13"])]


@routes.get("/tasks/{task}/presets", **needs(Permission.TASK_READ), responses=PRESETS)
async def list_presets(
    call: TheCall,
    task: TaskName,
    project: Annotated[str | None, Query(max_length=NAME_LIMIT, description="Of one project; of all that you may see without.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Presets of a task, by project and name."""
    seen = projects_where(call.principal, call.permission)
    wanted = seen if project is None else frozenset({project}) & seen if seen is not None else frozenset({project})
    begin = read_index(cursor)

    def read(snapshot: Snapshot) -> tuple[Task, list[Preset]]:
        return task_for(snapshot, task), snapshot.presets.list(task, wanted, limit=limit + 1, offset=begin)

    found, kept = await call.store.read(read)
    items = await asyncio.to_thread(lambda: [_checked(found, preset) for preset in kept[:limit]])
    return list_answer(items, str(begin + limit) if len(kept) > limit else None)


@routes.post("/tasks/{task}/presets", status_code=201, **needs(Permission.RUN_START), responses=PRESET_CREATED)
async def keep_preset(call: TheCall, task: TaskName, wish: PresetInput) -> Response:
    """Keep parameters under a name. They need not be all that a run needs: what does not fit is said in `problems`, and kept."""

    def act(tx: Transaction) -> CheckedPreset:
        kept = presets.keep(tx, task, call.principal, project=wish.project, name=wish.name, parameters=wish.parameters)
        return _checked(task_for(tx, task), kept)

    return answer(await call.store.write(act), 201)


@routes.patch("/tasks/{task}/presets/{preset}", **needs(Permission.RUN_START), responses=PRESET)
async def edit_preset(call: TheCall, task: TaskName, preset: PresetId, wish: PresetEditInput) -> Response:
    """Set the name, the parameters, or both."""

    def act(tx: Transaction) -> CheckedPreset:
        changed = presets.change(tx, task, preset, call.principal, name=wish.name, parameters=wish.parameters)
        return _checked(task_for(tx, task), changed)

    return answer(await call.store.write(act))


@routes.delete("/tasks/{task}/presets/{preset}", status_code=204, **needs(Permission.RUN_START))
async def delete_preset(call: TheCall, task: TaskName, preset: PresetId) -> Response:
    """Let a preset go."""
    await call.store.write(lambda tx: presets.delete(tx, task, preset, call.principal))
    return Response(status_code=204)


@routes.post("/tasks/{task}/validations", **needs(Permission.TASK_READ), responses=VALIDATION)
async def validate_parameters(call: TheCall, task: TaskName, wish: ValidationInput) -> Response:
    """Hold parameters against the task's schema: every place that does not fit, and the parameters with the defaults in them."""
    found = await call.store.read(lambda snapshot: task_for(snapshot, task))
    return answer(await asyncio.to_thread(validate, found, wish.parameters))


def task_for(snapshot: Snapshot | Transaction, name: str) -> Task:
    """Raises `TaskNotFound`."""
    found = snapshot.tasks.get(name)
    if found is None:
        raise TaskNotFound(task=name)
    return found


def _checked(task: Task, preset: Preset) -> CheckedPreset:
    fields = {name: getattr(preset, name) for name in Preset.__dataclass_fields__}
    return CheckedPreset(**fields, problems=problems_of(task, preset.parameters, is_partial=True))
