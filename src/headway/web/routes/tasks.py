"""What can be run."""

from __future__ import annotations

from starlette.responses import Response

from headway.model.errors import TaskNotFound
from headway.model.permissions import Permission
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import TaskName
from headway.web.outputs import TASK, TASKS

routes = make_routes("tasks")


@routes.get("/tasks", **needs(Permission.TASK_READ), responses=TASKS)
async def list_tasks(call: TheCall, total: bool = False) -> Response:
    """All tasks, with schema and options; also those whose module does not import, with the error."""
    tasks = await call.store.read(lambda snapshot: snapshot.tasks.list())
    return list_answer(tasks, total=len(tasks) if total else None)


@routes.get("/tasks/{task}", **needs(Permission.TASK_READ), responses=TASK)
async def show_task(call: TheCall, task: TaskName) -> Response:
    """One task."""

    def read(snapshot: Snapshot) -> object:
        found = snapshot.tasks.get(task)
        if found is None:
            raise TaskNotFound(task=task)
        return found

    return answer(await call.store.read(read))
