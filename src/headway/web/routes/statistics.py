"""What the past runs of a task say of the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.access.authorise import projects_where
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.states import RunState
from headway.model.statistics import TaskStatistics, statistics_of
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import TheCall
from headway.web.inputs import TaskName
from headway.web.past_outputs import STATISTICS
from headway.web.routes.presets import task_for

routes = make_routes("tasks")

CONSIDERED = 1_000
"""Runs that are looked at: the newest."""
STEPS_OF_RUNS = 20
STEPS_OF_A_RUN = 500


@routes.get("/tasks/{task}/statistics", **needs(Permission.TASK_READ), responses=STATISTICS)
async def show_statistics(
    call: TheCall,
    task: TaskName,
    project: Annotated[
        str | None, Query(max_length=NAME_LIMIT, description="Of one project; of all whose runs you may see without.")
    ] = None,
    days: Annotated[int, Query(ge=1, le=365, description="How far back.")] = 30,
    offset_minutes: Annotated[int, Query(ge=-840, le=840, description="How far the reader's days are ahead of UTC's.")] = 0,
) -> Response:
    """How many runs ended how, how long they took and waited, day by day and step by step: of the newest 1,000 of the window."""
    seen = projects_where(call.principal, Permission.RUN_READ)
    wanted = seen if project is None else frozenset({project}) & seen if seen is not None else frozenset({project})

    def read(snapshot: Snapshot) -> TaskStatistics:
        task_for(snapshot, task)
        since = snapshot.now - timedelta(days=days)
        runs = snapshot.runs.outlines(task, wanted, since, limit=CONSIDERED + 1)
        succeeded = [(run.id, run.attempt) for run in runs if run.state is RunState.SUCCEEDED][:STEPS_OF_RUNS]
        steps = snapshot.details.step_outlines(succeeded, limit=STEPS_OF_A_RUN)
        return statistics_of(
            runs[:CONSIDERED],
            steps,
            since=since,
            now=snapshot.now,
            is_complete=len(runs) <= CONSIDERED,
            zone=timedelta(minutes=offset_minutes),
        )

    return answer(await call.store.read(read))
