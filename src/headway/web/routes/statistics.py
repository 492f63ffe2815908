"""What the past runs say: of a task, and of all together."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from headway.access.authorise import projects_where
from headway.insight.statistics import GroupBy, Question, Statistics, statistics
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.states import RunState
from headway.model.statistics import TaskStatistics, statistics_of
from headway.store.contract import Snapshot
from headway.store.rollups import TallyFilter
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import Moment, TaskName
from headway.web.past_outputs import OUTCOMES, STATISTICS
from headway.web.routes.presets import task_for

routes = make_routes("statistics")

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
    wanted = projects_for(call, project)

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


STEPS = {"quarter": 900, "hour": 3_600, "6h": 21_600, "day": 86_400, "week": 604_800}
USUAL = timedelta(days=1)


@routes.get("/statistics", **needs(Permission.RUN_READ), responses=OUTCOMES)
async def sum_up(
    call: TheCall,
    project: Annotated[
        str | None, Query(max_length=NAME_LIMIT, description="Of one project; of all whose runs you may see without.")
    ] = None,
    task: Annotated[str | None, Query(max_length=NAME_LIMIT)] = None,
    user: Annotated[str | None, Query(max_length=NAME_LIMIT, description="Who started the runs.")] = None,
    from_: Annotated[Moment | None, Query(alias="from", description="Runs that ended then or later; a day before `to` without.")] = None,
    to: Annotated[Moment | None, Query(description="Runs that ended before; now without.")] = None,
    step: Annotated[Literal["quarter", "hour", "6h", "day", "week"] | None, Query(description="Also in buckets of this length.")] = None,
    by: Annotated[GroupBy, Query(description="Also apart by this.")] = GroupBy.NONE,
    offset_minutes: Annotated[int, Query(ge=-840, le=840, multiple_of=15, description="How far the reader's days are ahead of UTC's.")] = 0,
) -> Response:
    """How runs ended, how long they took and waited, and how many were tried again, for the quarters of an hour that the time touches."""
    where = TallyFilter(projects=projects_for(call, project), task=task, created_by=user)

    def read(snapshot: Snapshot) -> Statistics:
        last = to or snapshot.now
        return statistics(
            snapshot,
            Question(
                where=where,
                first=from_ or last - USUAL,
                last=last,
                step_seconds=STEPS[step] if step else None,
                offset=timedelta(minutes=offset_minutes),
                by=by,
            ),
        )

    return answer(plain(await call.store.read(read)))


def plain(said: Statistics) -> dict[str, object]:
    """`from` is no name in Python."""
    fields = {name: getattr(said, name) for name in Statistics.__dataclass_fields__}
    return {"from": fields.pop("from_"), **fields}


def projects_for(call: Call, project: str | None) -> frozenset[str] | None:
    """Those whose runs are told of; None: all."""
    seen = projects_where(call.principal, Permission.RUN_READ)
    return seen if project is None else frozenset({project}) & seen if seen is not None else frozenset({project})
