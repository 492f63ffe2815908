"""Runs: the list, one run, and what people change about its labels."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from headway.access.authorise import is_confined
from headway.acts import edit as editing
from headway.acts.asking import delete_or_ask
from headway.acts.hiding import for_onlookers
from headway.insight.outlook import brief_estimates, run_estimate
from headway.model.errors import RunNotFound
from headway.model.eta import Estimate
from headway.model.permissions import Permission
from headway.model.run import DEFAULT_PROJECT, Run
from headway.model.states import ACTIVE
from headway.store.contract import Head, Snapshot
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import EditInput, RunName
from headway.web.outputs import RUN, RUN_DETAIL, RUNS
from headway.web.paging import ESTIMATE, VIEW, TheFields, TheFilter, ThePage, select, write_cursor

routes = make_routes("runs")

TOTAL_LIMIT = 10_000
STEPS_SHOWN = 200
"""Steps within a run's detail; `/runs/{run}/steps` has them all."""


@routes.get("/runs", **needs(Permission.RUN_READ), responses=RUNS)
async def list_runs(call: TheCall, where: TheFilter, page: ThePage, fields: TheFields, total: bool = False) -> Response:
    """Runs that the caller may see, newest first unless asked otherwise."""

    def read(snapshot: Snapshot) -> tuple[list[Run], dict[str, Head], dict[str, Estimate | None], int | None]:
        runs = snapshot.runs.list(where, page)
        wanted = fields or frozenset()
        heads = snapshot.journal.heads([run.id for run in runs]) if VIEW in wanted else None
        active = [run for run in runs if run.state in ACTIVE] if ESTIMATE in wanted else []
        estimates = {each.run: each.estimate for each in brief_estimates(snapshot, active, heads)} if active else {}
        return runs, heads or {}, estimates, snapshot.runs.count(where, limit=TOTAL_LIMIT) if total else None

    runs, heads, estimates, count = await call.store.read(read)
    next_cursor = write_cursor(runs[-1], page) if len(runs) == page.limit else None
    return list_answer([select(run, fields, heads.get(run.id), estimates.get(run.id)) for run in runs], next_cursor, count)


@routes.get("/runs/{run}", **needs(Permission.RUN_READ), responses=RUN_DETAIL)
async def show_run(
    call: TheCall,
    run: RunName,
    fields: TheFields,
    external: Annotated[bool, Query(description="The id in the path is the external id.")] = False,
    project: Annotated[str, Query(max_length=200, description="With `external`: the run's project.")] = DEFAULT_PROJECT,
) -> Response:
    """One run: its fields, and `view`, `attempts` and `steps` beside them. Who reads it by a share link gets `***` for parameters that the
    task's schema calls secret, and for the keys of its limits."""

    def read(snapshot: Snapshot) -> object:
        found, head = _find(call, snapshot, run, project if external else None)
        if is_confined(call.principal):
            found = for_onlookers(snapshot, found)
        if fields is not None:
            return select(found, fields, head, run_estimate(snapshot, found).estimate if ESTIMATE in fields else None)
        return plain(found) | {
            "view": head.view,
            "last_seq": head.last_seq,
            "last_line": head.last_line,
            "attempts": snapshot.details.attempts(found.id) if found.attempt else [],
            "steps": snapshot.details.steps(found.id)[:STEPS_SHOWN] if _may_have_steps(found, head) else [],
        }

    return answer(await call.store.read(read))


def _find(call: Call, snapshot: Snapshot, run: str, project: str | None) -> tuple[Run, Head]:
    if project is None:
        return call.see_head(snapshot, run)
    found = snapshot.runs.find(project=project, external_id=run)
    if found is None:
        raise RunNotFound(run=run)
    return call.see_head(snapshot, found.id)


def _may_have_steps(run: Run, head: Head) -> bool:
    """False where the view of its one attempt tells of none: most runs have none, and need not be asked."""
    return run.attempt > 1 or bool(head.view.get("steps")) or "steps_ended" in head.view.get("counters", {})


def plain(run: Run) -> dict[str, Any]:
    """The fields of a run, for an answer that says more."""
    return {name: getattr(run, name) for name in Run.__dataclass_fields__}


@routes.patch("/runs/{run}", **needs(Permission.RUN_EDIT), responses=RUN)
async def edit_run(call: TheCall, run: RunName, wish: EditInput) -> Response:
    """Set name, tags, metadata, and, while the run waits, its priority."""
    given = wish.model_dump(exclude_none=True)
    return answer(await call.store.write(lambda tx: editing.edit(tx, run, call.principal, **given)))


@routes.delete("/runs/{run}", status_code=204, **needs(Permission.RUN_DELETE), responses=ASKED)
async def delete_run(call: TheCall, run: RunName) -> Response:
    """Delete a run that has ended, with its journal; where others have to approve that, ask them."""
    asked = await call.store.write(lambda tx: delete_or_ask(tx, run, call.principal))
    return Response(status_code=204) if asked is None else answer(given(asked, call.principal), 202)
