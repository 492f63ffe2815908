"""Give roles to people and groups, take them away, and say who may do what, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headway.access.authorise import authorise, may, projects_where
from headway.access.principal import Principal
from headway.access.rights import add_up, given_by
from headway.acts.access import changing_access, check_holds, custom_roles, grants_of_role, holders
from headway.acts.admins import check_given
from headway.acts.audit import audit
from headway.acts.groups import GRANTS_LIMIT
from headway.model.account import Grant
from headway.model.audit import Action
from headway.model.errors import AccountNotFound, Conflict, GrantNotFound, GroupNotFound, Invalid, RoleNotFound, TooManyRights
from headway.model.ids import new_id
from headway.model.permissions import ROLES, Permission
from headway.store.contract import Snapshot, Transaction

GIVERS_LIMIT = 5
LOOKED_AT = 100
"""Grants of a role among which somebody is looked for who can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantShown:
    """A grant that counts for somebody, and what it gives."""

    id: str
    role: str
    project: str | None
    group: str | None
    """The group by which they have it; None: their own."""
    permissions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsShown:
    """What an account may do, and why."""

    account: str
    is_active: bool
    """False: it may do nothing of all this until it is enabled."""
    groups: list[str]
    everywhere: list[str]
    in_projects: dict[str, list[str]]
    """By project, those of `everywhere` included."""
    grants: list[GrantShown]


def list_grants(
    snapshot: Snapshot, by: Principal, *, account: str | None, group: str | None, role: str | None, project: str | None,
    is_everywhere: bool, after: str | None, limit: int,
) -> Sequence[Grant]:  # fmt: skip
    """The newest first, of those that `by` may change. `is_everywhere`: those that are good in all projects."""
    seen = projects_where(by, Permission.GRANT_EDIT)
    projects: frozenset[str | None] | None = None if seen is None else frozenset(seen)
    if project is not None or is_everywhere:
        wanted = frozenset({project})
        projects = wanted if projects is None else wanted & projects
    return snapshot.accounts.grants(account=account, group=group, role=role, projects=projects, after=after, limit=limit)


def give(
    tx: Transaction, by: Principal, *, account: str | None, group: str | None, role: str, project: str | None,
    approved: Collection[str] | None = None,
) -> Grant:  # fmt: skip
    """Give a role to an account or to a group, in a project or (None) in all. `approved`: protected projects in which others have approved
    that. Raises `Forbidden`, `Invalid`, `RoleNotFound`, `AccountNotFound`, `GroupNotFound`, `MoreThanHeld`, `Conflict` (it is given
    already), `TooManyRights`, `ApprovalNeeded`."""
    authorise(by, Permission.GRANT_EDIT, project)
    if (account is None) == (group is None):
        raise Invalid("account: say either an account or a group.", field="account")
    with changing_access(tx, None if account is None else {account}):
        roles = custom_roles(tx)
        if role not in ROLES and role not in roles:
            raise RoleNotFound(name=role, field="role")
        check_holds(by, given_by(role, project, roles), project)
        if account is not None and tx.accounts.get(account) is None:
            raise AccountNotFound(name=account, field="account")
        if group is not None and tx.accounts.group(group) is None:
            raise GroupNotFound(name=group, field="group")
        given = tx.accounts.grants(account=account, group=group, limit=GRANTS_LIMIT)
        if len(given) >= GRANTS_LIMIT:
            raise TooManyRights(limit=GRANTS_LIMIT, what="grants")
        if any((each.role, each.project) == (role, project) for each in given):
            raise Conflict("This role is given there already.", field="role")
        check_given(tx, [(role, project)], roles, approved)
        grant = Grant(
            id=new_id(), account=account, group=group, role=role, project=project, created_at=tx.now, created_by=by.id
        )  # fmt: skip
        tx.accounts.add_grant(grant)
        audit(tx, by, Action.GRANT_GIVEN, target=grant.id, project=project, after=_said(grant))
    return grant


def take(tx: Transaction, by: Principal, grant: str) -> Grant:
    """Take a grant away. Raises `GrantNotFound` (also for one of which `by` may not know), `MoreThanHeld`, `LastAdmin`."""
    found = tx.accounts.grant(grant)
    with changing_access(tx, None if found is None or found.account is None else {found.account}):
        found = tx.accounts.grant(grant)
        if found is None or not may(by, Permission.GRANT_EDIT, found.project):
            raise GrantNotFound(grant=grant)
        check_holds(by, given_by(found.role, found.project, custom_roles(tx)), found.project)
        tx.accounts.delete_grant(grant)
        audit(tx, by, Action.GRANT_TAKEN, target=grant, project=found.project, before=_said(found))
    return found


def _said(grant: Grant) -> dict[str, object]:
    return {"account": grant.account, "group": grant.group, "role": grant.role, "project": grant.project}


def rights_of(
    snapshot: Snapshot, by: Principal, name: str, *, permission: Permission | None = None, project: str | None = None
) -> RightsShown:
    """What an account may do, and by which grants: its own rights anybody may read. `permission`, `project`: only the grants by which it
    may do that there. Raises `Forbidden`, `AccountNotFound`."""
    if by.account != name:
        authorise(by, Permission.USER_ADMIN, None)
    account = snapshot.accounts.get(name)
    if account is None:
        raise AccountNotFound(name=name)
    roles = custom_roles(snapshot)
    grants = sorted(snapshot.accounts.grants_of(name), key=lambda grant: grant.id)
    rights = add_up(grants, roles)
    given = {grant.id: given_by(grant.role, grant.project, roles) for grant in grants}
    return RightsShown(
        account=name,
        is_active=account.is_active,
        groups=[group.name for group in snapshot.accounts.groups(account=name, limit=GRANTS_LIMIT)],
        everywhere=sorted(rights.everywhere),
        in_projects={place: sorted(rights.in_projects[place]) for place in sorted(rights.in_projects)},
        grants=[
            GrantShown(id=grant.id, role=grant.role, project=grant.project, group=grant.group, permissions=sorted(given[grant.id]))
            for grant in grants
            if (permission is None or permission in given[grant.id]) and (project is None or grant.project in {None, project})
        ],
    )


def givers_of(snapshot: Snapshot, permission: Permission, project: str | None) -> list[str]:
    """Names of people who can give the permission there, five at most: they hold it, and `grant:edit`, by one grant."""
    roles = custom_roles(snapshot)
    places: frozenset[str | None] = frozenset({None, project})
    found: set[str] = set()
    for role in (*reversed(ROLES), *roles):
        if {permission, Permission.GRANT_EDIT} <= given_by(role, project, roles):
            for _, grant in zip(range(LOOKED_AT), grants_of_role(snapshot, role, places), strict=False):
                standing = snapshot.accounts.standing(holders(snapshot, grant)[:LOOKED_AT])
                found |= {account for account, is_active in standing.items() if is_active}
                if len(found) >= GIVERS_LIMIT:
                    return sorted(found)[:GIVERS_LIMIT]
    return sorted(found)
