"""When a run will end, and how long one would take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

import orjson
from fastapi import Query
from starlette.responses import Response

from headway.access.authorise import may
from headway.insight.outlook import BriefEstimate, Expectation, brief_estimates, expectation, run_estimate
from headway.model.errors import Forbidden, Invalid
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.run import DEFAULT_PROJECT
from headway.model.states import ACTIVE
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import ASKED_LIMIT, RunName, TaskName
from headway.web.past_outputs import ESTIMATE, ESTIMATES, EXPECTATION
from headway.web.routes.presets import task_for

routes = make_routes("statistics")

PARAMETERS_LIMIT = 8_192
"""Of an address; more would not get through every proxy."""


@routes.get("/runs/{run}/estimate", **needs(Permission.RUN_READ), responses=ESTIMATE)
async def show_estimate(call: TheCall, run: RunName) -> Response:
    """When the run will end, as a range, and the guide by which a viewer goes on estimating."""
    return answer(await call.store.read(lambda snapshot: run_estimate(snapshot, call.see(snapshot, run))))


@routes.get("/estimates", **needs(Permission.RUN_READ), responses=ESTIMATES)
async def list_estimates(
    call: TheCall, run: Annotated[list[str], Query(max_length=ASKED_LIMIT, description="Ids of runs; unknown ones are passed over.")] = []
) -> Response:
    """When many runs will end, at this moment, as a list of them shows it. Those that are not being executed are passed over."""

    def read(snapshot: Snapshot) -> Sequence[BriefEstimate]:
        found = [each for each in snapshot.runs.get_many(run) if may(call.principal, Permission.RUN_READ, each.project, each.id)]
        return brief_estimates(snapshot, [each for each in found if each.state in ACTIVE])

    return list_answer(await call.store.read(read))


@routes.get("/tasks/{task}/expectation", **needs(Permission.RUN_READ), responses=EXPECTATION)
async def show_expectation(
    call: TheCall,
    task: TaskName,
    project: Annotated[str, Query(max_length=NAME_LIMIT)] = DEFAULT_PROJECT,
    parameters: Annotated[
        str | None, Query(max_length=PARAMETERS_LIMIT, description="A JSON object: runs with like parameters count for more.")
    ] = None,
) -> Response:
    """How long a run usually takes, by those that succeeded in the project."""
    given = _read_parameters(parameters)

    def read(snapshot: Snapshot) -> Expectation:
        task_for(snapshot, task)
        if not may(call.principal, Permission.RUN_READ, project):
            raise Forbidden(permission=str(Permission.RUN_READ))
        return expectation(snapshot, task=task, project=project, parameters=given)

    return answer(await call.store.read(read))


def _read_parameters(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise Invalid("parameters must be a JSON object.", field="parameters")
    return cast("dict[str, Any]", given)
