"""Grants: who has which role where; and what that adds up to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.acts import grants
from headway.acts.giving import give_or_ask
from headway.model.approval import Approval
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.web.access_inputs import AccountName, GrantId, GrantInput
from headway.web.access_outputs import GRANT_CREATED, GRANTS, RIGHTS
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall

routes = make_routes("access")

_Name = Annotated[str | None, Query(max_length=64)]
_Project = Annotated[str | None, Query(max_length=NAME_LIMIT)]


@routes.get("/grants", **needs(Permission.GRANT_EDIT), responses=GRANTS)
async def list_grants(
    call: TheCall,
    account: _Name = None,
    group: _Name = None,
    role: _Name = None,
    project: _Project = None,
    everywhere: Annotated[bool, Query(description="Only those that are good in all projects.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: Annotated[str | None, Query(max_length=40, description="`next_cursor` of the page before.")] = None,
) -> Response:
    """Grants that the caller may change, the newest first."""
    found = await call.store.read(
        lambda snapshot: grants.list_grants(
            snapshot, call.principal, account=account, group=group, role=role, project=project, is_everywhere=everywhere, after=cursor,
            limit=limit + 1,
        )
    )  # fmt: skip
    return list_answer(found[:limit], found[limit - 1].id if len(found) > limit else None)


@routes.post("/grants", status_code=201, **needs(Permission.GRANT_EDIT), responses={**GRANT_CREATED, **ASKED})
async def create_grant(call: TheCall, wish: GrantInput) -> Response:
    """Give a role to an account or a group, in one project or in all: never more than the caller holds there. Where it makes
    administrators of a project that is protected so (`grant_admin`), others are asked first."""
    found = await call.store.write(
        lambda tx: give_or_ask(tx, call.principal, account=wish.account, group=wish.group, role=wish.role, project=wish.project)
    )
    return answer(given(found, call.principal), 202) if isinstance(found, Approval) else answer(found, 201)


@routes.delete("/grants/{grant}", status_code=204, **needs(Permission.GRANT_EDIT))
async def delete_grant(call: TheCall, grant: GrantId) -> Response:
    """Take a grant away. It is in force at once here, and within 5 s on all servers, also for what is open."""
    await call.store.write(lambda tx: grants.take(tx, call.principal, grant))
    return Response(status_code=204)


@routes.get("/accounts/{account}/rights", **needs(Permission.RUN_READ), responses=RIGHTS)
async def show_rights(
    call: TheCall,
    account: AccountName,
    permission: Annotated[Permission | None, Query(description="Only the grants by which they may do this.")] = None,
    project: _Project = None,
) -> Response:
    """What an account may do, where, and by which grants: one's own rights, or with `user:admin` those of anybody."""
    return answer(
        await call.store.read(
            lambda snapshot: grants.rights_of(snapshot, call.principal, account, permission=permission, project=project)
        )
    )  # fmt: skip
