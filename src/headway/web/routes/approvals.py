"""What waits for the approval of others, and which projects are protected."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.acts import approvals
from headway.acts.carry import carry_out
from headway.acts.protect import protect, protection_of, protections_for
from headway.model.approval import Approval, ApprovalKind, ApprovalState, Verdict
from headway.model.errors import InvalidCursor
from headway.model.events import NAME_LIMIT
from headway.model.ids import is_id
from headway.model.permissions import Permission
from headway.store.contract import Snapshot
from headway.web.approval_inputs import ApprovalId, ApproveInput, Person, ProjectName, ProtectionInput, RefuseInput
from headway.web.approval_outputs import APPROVAL, APPROVALS, PROTECTION, PROTECTIONS, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Call, TheCall

routes = make_routes("approvals")

PAGE_LIMIT = 200
TOTAL_LIMIT = 10_000
PARTS_AT_ONCE = 4
"""Parts of what was approved that are carried out before the last vote is answered; the rest is done by whoever leads."""


@routes.get("/approvals", **needs(Permission.RUN_READ), responses=APPROVALS)
async def list_approvals(
    call: TheCall,
    state: Annotated[list[ApprovalState], Query(max_length=10)] = [],
    kind: ApprovalKind | None = None,
    project: Annotated[str | None, Query(max_length=NAME_LIMIT)] = None,
    run: Annotated[str | None, Query(max_length=NAME_LIMIT, description="The run that waits.")] = None,
    requested_by: Person = None,
    waiting: Annotated[bool, Query(description="Only those that wait for the caller's vote.")] = False,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    total: bool = False,
) -> Response:
    """Requests of the projects that the caller may see, and their own, the newest first."""
    if cursor is not None and not is_id(cursor):
        raise InvalidCursor
    seen = approvals.waiting_for(call.principal) if waiting else approvals.seen_by(call.principal)
    where = replace(seen, states=frozenset(state), kind=kind, project=project, run=run, requested_by=requested_by)

    def read(snapshot: Snapshot) -> tuple[list[Approval], int | None]:
        found = snapshot.approvals.list(where, after=cursor, limit=limit + 1)
        return found, snapshot.approvals.count(where, limit=TOTAL_LIMIT) if total else None

    found, count = await call.store.read(read)
    next_cursor = found[limit - 1].id if len(found) > limit else None
    return list_answer([given(each, call.principal) for each in found[:limit]], next_cursor, count)


@routes.get("/approvals/{approval}", **needs(Permission.RUN_READ), responses=APPROVAL)
async def show_approval(call: TheCall, approval: ApprovalId) -> Response:
    """One request."""
    return _answer(call, await call.store.read(lambda snapshot: approvals.approval_for(snapshot, approval, call.principal)))


@routes.post("/approvals/{approval}/approve", **needs(Permission.APPROVAL_DECIDE), responses=APPROVAL)
async def approve(call: TheCall, approval: ApprovalId, wish: ApproveInput | None = None) -> Response:
    """Say yes, once. With the last approval that is needed it is done: a run is queued, anything else carried out as whoever asked."""
    reason = wish.reason if wish else None
    decided = await call.store.write(lambda tx: approvals.decide(tx, approval, call.principal, Verdict.APPROVED, reason))
    if decided.state is ApprovalState.APPROVED:
        await carry_out(call.store, approval, parts=PARTS_AT_ONCE)
        decided = await call.store.read(lambda snapshot: snapshot.approvals.get(approval)) or decided
    return _answer(call, decided)


@routes.post("/approvals/{approval}/refuse", **needs(Permission.APPROVAL_DECIDE), responses=APPROVAL)
async def refuse(call: TheCall, approval: ApprovalId, wish: RefuseInput) -> Response:
    """Say no, and why: it will not be done, whatever others say. A run that waits is cancelled."""
    return _answer(call, await call.store.write(lambda tx: approvals.decide(tx, approval, call.principal, Verdict.REFUSED, wish.reason)))


@routes.delete("/approvals/{approval}", **needs(Permission.RUN_READ), responses=APPROVAL)
async def withdraw(call: TheCall, approval: ApprovalId) -> Response:
    """Take back what one has asked for. A run that waits is cancelled."""
    return _answer(call, await call.store.write(lambda tx: approvals.withdraw(tx, approval, call.principal)))


@routes.get("/protections", **needs(Permission.TASK_READ), responses=PROTECTIONS)
async def list_protections(call: TheCall) -> Response:
    """Projects of which somebody has said what others have to approve there."""
    return list_answer(await call.store.read(lambda snapshot: protections_for(snapshot, call.principal)))


@routes.get("/projects/{project}/protection", **needs(Permission.TASK_READ), responses=PROTECTION)
async def show_protection(call: TheCall, project: ProjectName) -> Response:
    """What others have to approve in a project; zeros, where nobody has said anything."""
    return answer(await call.store.read(lambda snapshot: protection_of(snapshot, project, call.principal)))


@routes.put("/projects/{project}/protection", **needs(Permission.TASK_EDIT), responses=PROTECTION)
async def protect_project(call: TheCall, project: ProjectName, wish: ProtectionInput) -> Response:
    """Say how many others have to approve what is done in a project. What was asked for before needs what it needed then."""
    return answer(await call.store.write(lambda tx: protect(tx, project, call.principal, **wish.model_dump())))


def _answer(call: Call, approval: Approval) -> Response:
    return answer(given(approval, call.principal))
