"""Groups of accounts: whoever is in one has what it is given."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.acts import groups
from headway.acts.giving import change_group_or_ask
from headway.model.approval import Approval
from headway.model.permissions import Permission
from headway.web.access_inputs import GroupEditInput, GroupInput, GroupName
from headway.web.access_outputs import GROUP, GROUP_CREATED, GROUPS
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall

routes = make_routes("access")

Page = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")]


@routes.get("/groups", **needs(Permission.USER_ADMIN), responses=GROUPS)
async def list_groups(
    call: TheCall,
    account: Annotated[str | None, Query(max_length=64, description="Only those that this account is in.")] = None,
    limit: Page = 100,
    cursor: After = None,
) -> Response:
    """Groups with their members, by name."""
    found = await call.store.read(
        lambda snapshot: groups.list_groups(snapshot, call.principal, account=account, after=cursor, limit=limit + 1)
    )
    return list_answer(found[:limit], found[limit - 1].name if len(found) > limit else None)


@routes.post("/groups", status_code=201, **needs(Permission.USER_ADMIN), responses=GROUP_CREATED)
async def create_group(call: TheCall, wish: GroupInput) -> Response:
    """Make a group. What it may do is said by grants to it."""
    made = await call.store.write(
        lambda tx: groups.make_group(tx, call.principal, name=wish.name, description=wish.description, members=wish.members)
    )
    return answer(made, 201)


@routes.get("/groups/{group}", **needs(Permission.USER_ADMIN), responses=GROUP)
async def show_group(call: TheCall, group: GroupName) -> Response:
    """A group and its members."""
    return answer(await call.store.read(lambda snapshot: groups.find_group(snapshot, call.principal, group)))


@routes.patch("/groups/{group}", **needs(Permission.USER_ADMIN), responses={**GROUP, **ASKED})
async def edit_group(call: TheCall, group: GroupName, wish: GroupEditInput) -> Response:
    """Set the description, let members in, take members out. Whoever changes the members must hold all that the group is given. Where
    that makes administrators of a project that is protected so (`grant_admin`), others are asked first."""
    changed = await call.store.write(
        lambda tx: change_group_or_ask(tx, call.principal, group, description=wish.description, add=wish.add, remove=wish.remove)
    )
    return answer(given(changed, call.principal), 202) if isinstance(changed, Approval) else answer(changed)


@routes.delete("/groups/{group}", status_code=204, **needs(Permission.USER_ADMIN))
async def delete_group(call: TheCall, group: GroupName) -> Response:
    """Delete a group, and all that it is given."""
    await call.store.write(lambda tx: groups.delete_group(tx, call.principal, group))
    return Response(status_code=204)
