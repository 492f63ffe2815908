"""Roles: which there are, and those that people make."""

from __future__ import annotations

from starlette.responses import Response

from headway.acts import roles as acts
from headway.acts.giving import put_role_or_ask
from headway.model.approval import Approval
from headway.model.permissions import ROLES as BUILT_IN
from headway.model.permissions import Permission
from headway.web.access_inputs import RoleInput, RoleName
from headway.web.access_outputs import PERMISSIONS, ROLE, ROLES, PermissionShown
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall

routes = make_routes("access")


@routes.get("/permissions", **needs(Permission.GRANT_EDIT), responses=PERMISSIONS)
async def list_permissions(call: TheCall) -> Response:
    """All permissions that there are, and which of the roles that are built in have them."""
    shown = [PermissionShown(name=each, roles=[name for name, held in BUILT_IN.items() if each in held]) for each in sorted(Permission)]
    return list_answer(shown)


@routes.get("/roles", **needs(Permission.GRANT_EDIT), responses=ROLES)
async def list_roles(call: TheCall) -> Response:
    """Roles, with what they hold: those that are built in, then the others by name, 100 at most."""
    return list_answer(await call.store.read(lambda snapshot: acts.list_roles(snapshot, call.principal)))


@routes.get("/roles/{role}", **needs(Permission.GRANT_EDIT), responses=ROLE)
async def show_role(call: TheCall, role: RoleName) -> Response:
    """A role, and what it holds."""
    return answer(await call.store.read(lambda snapshot: acts.find_role(snapshot, call.principal, role)))


@routes.put("/roles/{role}", **needs(Permission.ROLE_EDIT), responses={**ROLE, **ASKED})
async def put_role(call: TheCall, role: RoleName, wish: RoleInput) -> Response:
    """Make a role, or make it another: who has it may do what it holds now. Nobody makes one that may more than they may everywhere.
    Where that makes administrators of a project that is protected so (`grant_admin`), others are asked first."""
    put = await call.store.write(
        lambda tx: put_role_or_ask(
            tx, call.principal, role, description=wish.description, permissions=wish.permissions, inherits=wish.inherits
        )
    )  # fmt: skip
    return answer(given(put, call.principal), 202) if isinstance(put, Approval) else answer(put)


@routes.delete("/roles/{role}", status_code=204, **needs(Permission.ROLE_EDIT))
async def delete_role(call: TheCall, role: RoleName) -> Response:
    """Delete a role that nobody has and from which none inherits."""
    await call.store.write(lambda tx: acts.delete_role(tx, call.principal, role))
    return Response(status_code=204)
