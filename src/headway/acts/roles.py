"""Roles that people make, of permissions and of other roles. Nobody makes one that may more than they may themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from headway.access.authorise import authorise, holds_anywhere
from headway.access.principal import Principal
from headway.access.rights import find_circle, permissions_of
from headway.acts.access import changing_access, check_holds, check_name, custom_roles
from headway.acts.admins import check_role
from headway.acts.audit import audit
from headway.model.account import Role
from headway.model.audit import Action
from headway.model.errors import Forbidden, RoleBuiltIn, RoleCircle, RoleInUse, RoleNotFound, TooManyRights
from headway.model.permissions import ROLES, Permission
from headway.store.contract import Snapshot, Transaction

ROLES_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleShown:
    """A role as people read it."""

    name: str
    description: str
    is_built_in: bool
    permissions: list[str]
    """Its own."""
    inherits: list[str]
    holds: list[str]
    """All permissions, those of the roles that it inherits from included."""
    created_at: datetime | None
    """None: it is built in."""
    created_by: str | None


def list_roles(snapshot: Snapshot, by: Principal) -> list[RoleShown]:
    """Those that are built in, then the others by name. Raises `Forbidden`."""
    _check_reads(by)
    own = custom_roles(snapshot)
    return [*(_built_in(name) for name in ROLES), *(shown(role, own) for role in own.values())]


def find_role(snapshot: Snapshot, by: Principal, name: str) -> RoleShown:
    """Raises `Forbidden`, `RoleNotFound`."""
    _check_reads(by)
    if name in ROLES:
        return _built_in(name)
    own = custom_roles(snapshot)
    if name not in own:
        raise RoleNotFound(name=name)
    return shown(own[name], own)


def put_role(
    tx: Transaction, by: Principal, name: str, *, description: str, permissions: Collection[Permission], inherits: Collection[str],
    approved: Collection[str] | None = None,
) -> RoleShown:  # fmt: skip
    """Make a role, or make it another. `approved`: protected projects in which others have approved that. Raises `Forbidden`, `Invalid`,
    `RoleBuiltIn`, `RoleNotFound`, `RoleCircle`, `MoreThanHeld` (of what it would hold, or no longer hold), `TooManyRights`, `LastAdmin`,
    `ApprovalNeeded`."""
    authorise(by, Permission.ROLE_EDIT, None)
    check_name(name)
    if name in ROLES:
        raise RoleBuiltIn(name=name)
    with changing_access(tx, None):
        own = custom_roles(tx)
        role = Role(
            name=name, description=description, permissions=frozenset(permissions), inherits=frozenset(inherits), created_at=tx.now,
            created_by=by.id,
        )  # fmt: skip
        for inherited in sorted(role.inherits):
            if inherited not in ROLES and inherited not in own and inherited != name:
                raise RoleNotFound(name=inherited, field="inherits")
        circle = find_circle(role, own)
        if circle is not None:
            raise RoleCircle(names=" < ".join(circle.names), field="inherits")
        if name not in own and len(own) >= ROLES_LIMIT:
            raise TooManyRights(limit=ROLES_LIMIT, what="roles")
        before = permissions_of(name, own)
        after = {**own, name: role}
        check_holds(by, before ^ permissions_of(name, after), None)
        check_role(tx, own, after, approved)
        tx.accounts.put_role(role)
        kept = tx.accounts.role(name) or role
        if name in own:
            audit(tx, by, Action.ROLE_CHANGED, target=name, before=_said(own[name]), after=_said(role))
        else:
            audit(tx, by, Action.ROLE_MADE, target=name, after=_said(role))
    return shown(kept, {**own, name: kept})


def delete_role(tx: Transaction, by: Principal, name: str) -> None:
    """Raises `Forbidden`, `RoleBuiltIn`, `RoleNotFound`, `RoleInUse`."""
    authorise(by, Permission.ROLE_EDIT, None)
    if name in ROLES:
        raise RoleBuiltIn(name=name)
    with changing_access(tx, None):
        own = custom_roles(tx)
        if name not in own:
            raise RoleNotFound(name=name)
        heirs = [role.name for role in own.values() if name in role.inherits]
        if heirs:
            raise RoleInUse(name=name, by=f"inherited by {', '.join(heirs[:5])}")
        if tx.accounts.grants(role=name, limit=1):
            raise RoleInUse(name=name, by="given to somebody")
        tx.accounts.delete_role(name)
        audit(tx, by, Action.ROLE_DELETED, target=name, before=_said(own[name]))


def shown(role: Role, roles: dict[str, Role]) -> RoleShown:
    return RoleShown(
        name=role.name, description=role.description, is_built_in=False, permissions=sorted(role.permissions),
        inherits=sorted(role.inherits), holds=sorted(permissions_of(role.name, roles)), created_at=role.created_at,
        created_by=role.created_by,
    )  # fmt: skip


def _built_in(name: str) -> RoleShown:
    held = [str(permission) for permission in sorted(ROLES[name])]
    return RoleShown(
        name=name, description="", is_built_in=True, permissions=held, inherits=[], holds=held, created_at=None, created_by=None
    )  # fmt: skip


def _said(role: Role) -> dict[str, object]:
    return {"description": role.description, "permissions": sorted(role.permissions), "inherits": sorted(role.inherits)}


def _check_reads(by: Principal) -> None:
    """Whoever gives roles anywhere has to know which there are."""
    if not holds_anywhere(by, Permission.GRANT_EDIT):
        raise Forbidden(permission=Permission.GRANT_EDIT.value)
