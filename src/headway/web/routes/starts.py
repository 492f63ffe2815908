"""Start runs of a task."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from starlette.responses import Response

from headway.acts.start import start
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import BATCH_LIMIT, answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import StartInput, StartManyInput, TaskName
from headway.web.outputs import RUN_CREATED, RUNS_CREATED

routes = make_routes("runs")

IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=NAME_LIMIT, description="The same key again gives the run that it gave first.")
]


@routes.post("/tasks/{task}/runs", status_code=201, **needs(Permission.RUN_START), responses=RUN_CREATED)
async def start_run(call: TheCall, task: TaskName, wish: StartInput, idempotency_key: IdempotencyKey = None) -> Response:
    """Start one run. The parameters are checked against the task's schema."""
    run = await call.desk.starts.start(wish.wish(task, idempotency_key), call.principal)
    return answer(run, 201, Location=f"/api/v1/runs/{run.id}")


@routes.post("/tasks/{task}/run-batches", status_code=201, **needs(Permission.RUN_START, body_limit=BATCH_LIMIT), responses=RUNS_CREATED)
async def start_many(call: TheCall, task: TaskName, wish: StartManyInput) -> Response:
    """Start up to 1,000 runs in one transaction: all of them, or none."""
    wishes = [item.wish(task, item.idempotency_key) for item in wish.items]
    return list_answer(await call.store.write(lambda tx: start(tx, wishes, call.principal)), status=201)
