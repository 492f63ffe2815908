"""Where runs wait: queues, the quotas of projects, and why a run does not run yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from headway.access.authorise import is_confined, may
from headway.acts.family import Child, Family, children_of, family_of
from headway.acts.queues import UNCHANGED, Limit, change_queue, change_quota, queue_states
from headway.acts.waiting import why_waiting, without_key
from headway.acts.wish import FAMILY_LIMIT
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.waiting import Waiting
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import ASKED_LIMIT, Input, QueueInput, QuotaInput, RunName
from headway.web.queue_outputs import CHILDREN, FAMILY, QUEUE, QUEUES, QUOTA, QUOTAS, WAITING, WAITINGS

routes = make_routes("queues")

CHILDREN_LIMIT = 200
"""Children that one question may be about."""
Name = Annotated[str, Path(max_length=NAME_LIMIT)]


@routes.get("/queues", **needs(Permission.SYSTEM_READ), responses=QUEUES)
async def list_queues(call: TheCall) -> Response:
    """Every queue that has runs, is served by a worker, or was paused or limited, with what is in it."""
    return list_answer(await call.store.read(queue_states))


@routes.patch("/queues/{name}", **needs(Permission.QUEUE_MANAGE), responses=QUEUE)
async def edit_queue(call: TheCall, name: Name, change: QueueInput) -> Response:
    """Pause a queue, let it go on, or limit how many of its runs are executed at once and may wait."""
    running, queued = _limit(change, "running_limit"), _limit(change, "queued_limit")
    return answer(
        await call.store.write(
            lambda tx: change_queue(tx, name, call.principal, is_paused=change.is_paused, running_limit=running, queued_limit=queued)
        )
    )


@routes.get("/quotas", **needs(Permission.SYSTEM_READ), responses=QUOTAS)
async def list_quotas(call: TheCall) -> Response:
    """Projects that have limits of their own."""
    return list_answer(await call.store.read(lambda snapshot: snapshot.queues.quotas()))


@routes.patch("/quotas/{project}", **needs(Permission.QUEUE_MANAGE), responses=QUOTA)
async def edit_quota(call: TheCall, project: Annotated[str, Path(max_length=NAME_LIMIT)], change: QuotaInput) -> Response:
    """Limit how many runs of a project are executed at once, and how many may wait."""
    running, queued = _limit(change, "running_limit"), _limit(change, "queued_limit")
    return answer(await call.store.write(lambda tx: change_quota(tx, project, call.principal, running_limit=running, queued_limit=queued)))


@routes.get("/runs/{run}/waiting", **needs(Permission.RUN_READ), responses=WAITING)
async def show_waiting(call: TheCall, run: RunName) -> Response:
    """Why the run does not run yet, and when it is expected to start."""
    return answer(await call.store.read(lambda snapshot: _told(call, snapshot, [call.see(snapshot, run)])[0]))


@routes.get("/runs/{run}/family", **needs(Permission.RUN_READ), responses=FAMILY)
async def show_family(call: TheCall, run: RunName) -> Response:
    """The children of a run at one glance: how many in which state, a letter for each, and what went wrong, grouped by message; of a
    retry also the runs before it, whose children that succeeded it keeps."""

    def read(snapshot: Snapshot) -> Family:
        found = call.see(snapshot, run)
        family = family_of(snapshot, found.id)
        seen = [each for each in family.before if may(call.principal, Permission.RUN_READ, found.project, each.run)]
        return replace(family, before=seen) if _sees_kin(call, found) else replace(family, before=seen, errors=[])

    return answer(await call.store.read(read))


@routes.get("/runs/{run}/family/children", **needs(Permission.RUN_READ), responses=CHILDREN)
async def list_children(
    call: TheCall,
    run: RunName,
    first: Annotated[int, Query(ge=0, lt=FAMILY_LIMIT, description="Place of the first among the cells, from 0 on.")] = 0,
    count: Annotated[int, Query(ge=1, le=CHILDREN_LIMIT)] = 50,
) -> Response:
    """Who stands behind the cells of the family: id, name and state, in the same order."""

    def read(snapshot: Snapshot) -> list[Child]:
        found = call.see(snapshot, run)
        return children_of(snapshot, found.id, first=first, count=count) if _sees_kin(call, found) else []

    return list_answer(await call.store.read(read))


def _sees_kin(call: Call, run: Run) -> bool:
    """Whether the caller may read the children, too, which are runs of the same project. Who holds a scope of this run alone, such as by
    a share link, sees how many there are and how they are doing, and not who they are, nor what they say."""
    return may(call.principal, Permission.RUN_READ, run.project)


@routes.get("/waiting", **needs(Permission.RUN_READ), responses=WAITINGS)
async def list_waiting(
    call: TheCall, run: Annotated[list[str], Query(max_length=ASKED_LIMIT, description="Ids of runs; unknown ones are passed over.")] = []
) -> Response:
    """The same of many runs at once, as a list of them shows it."""

    def read(snapshot: Snapshot) -> Sequence[Waiting]:
        found = [each for each in snapshot.runs.get_many(run) if may(call.principal, Permission.RUN_READ, each.project, each.id)]
        return _told(call, snapshot, found)

    return list_answer(await call.store.read(read))


def _told(call: Call, snapshot: Snapshot, runs: Sequence[Run]) -> list[Waiting]:
    """Whom they wait for is said of runs that the caller may see, and no key to who reads by a share link."""
    found = why_waiting(snapshot, runs)
    if is_confined(call.principal):
        found = [without_key(waiting) for waiting in found]
    named = snapshot.runs.get_many(list(dict.fromkeys(holder for waiting in found for holder in waiting.holders)))
    seen = {run.id for run in named if may(call.principal, Permission.RUN_READ, run.project, run.id)}
    return [replace(waiting, holders=tuple(holder for holder in waiting.holders if holder in seen)) for waiting in found]


def _limit(change: Input, name: str) -> Limit:
    return getattr(change, name) if name in change.model_fields_set else UNCHANGED
