"""Groups of accounts. Who is in one has what it is given, so whoever lets somebody in must hold that themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.access.rights import given_by
from headway.acts.access import changing_access, check_holds, check_name, custom_roles
from headway.acts.admins import check_given
from headway.acts.audit import audit
from headway.model.account import Grant, Group, Role
from headway.model.audit import Action
from headway.model.errors import AccountNotFound, GroupExists, GroupNotFound, TooManyRights
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Transaction

GROUPS_LIMIT = 1_000
MEMBERS_LIMIT = 2_000
"""Of one group."""
DESCRIPTION_LIMIT = 500
GRANTS_LIMIT = 1_000
"""Of one account or group."""


def list_groups(snapshot: Snapshot, by: Principal, *, account: str | None, after: str | None, limit: int) -> list[Group]:
    """By name; `account`: those that it is in. Raises `Forbidden`."""
    authorise(by, Permission.USER_ADMIN, None)
    return list(snapshot.accounts.groups(account=account, after=after, limit=limit))


def find_group(snapshot: Snapshot | Transaction, by: Principal, name: str) -> Group:
    """Raises `Forbidden`, `GroupNotFound`."""
    authorise(by, Permission.USER_ADMIN, None)
    found = snapshot.accounts.group(name)
    if found is None:
        raise GroupNotFound(name=name)
    return found


def make_group(tx: Transaction, by: Principal, *, name: str, description: str, members: Collection[str]) -> Group:
    """Raises `Forbidden`, `Invalid`, `GroupExists`, `AccountNotFound`, `TooManyRights`."""
    authorise(by, Permission.USER_ADMIN, None)
    check_name(name)
    group = Group(name=name, description=description, members=frozenset(members), created_at=tx.now, created_by=by.id)
    with changing_access(tx, members):
        if tx.accounts.group(name) is not None:
            raise GroupExists(name=name, field="name")
        if len(tx.accounts.groups(limit=GROUPS_LIMIT)) >= GROUPS_LIMIT:
            raise TooManyRights(limit=GROUPS_LIMIT, what="groups")
        _check_members(tx, group)
        tx.accounts.put_group(group)
        audit(tx, by, Action.GROUP_MADE, target=name, after=_said(group))
    return group


def change_group(
    tx: Transaction, by: Principal, name: str, *, description: str | None, add: Collection[str] = (), remove: Collection[str] = (),
    approved: Collection[str] | None = None,
) -> Group:  # fmt: skip
    """`approved`: protected projects in which others have approved that. Raises `Forbidden`, `GroupNotFound`, `AccountNotFound`,
    `MoreThanHeld` (for somebody who would get more than `by` has), `TooManyRights`, `LastAdmin`, `ApprovalNeeded`."""
    with changing_access(tx, {*add, *remove}):
        before = find_group(tx, by, name)
        members = (before.members | frozenset(add)) - frozenset(remove)
        after = replace(before, members=members, description=before.description if description is None else description)
        if members != before.members:
            _check_members(tx, after)
            grants, roles = _check_may_give(tx, by, name)
            if members - before.members:
                check_given(tx, [(grant.role, grant.project) for grant in grants], roles, approved)
        tx.accounts.put_group(after)
        audit(tx, by, Action.GROUP_CHANGED, target=name, before=_said(before), after=_said(after))
    return after


def delete_group(tx: Transaction, by: Principal, name: str) -> None:
    """With its grants. Raises `Forbidden`, `GroupNotFound`, `MoreThanHeld`, `LastAdmin`."""
    with changing_access(tx, None):
        group = find_group(tx, by, name)
        _check_may_give(tx, by, name)
        tx.accounts.delete_group(name)
        audit(tx, by, Action.GROUP_DELETED, target=name, before=_said(group))


def _said(group: Group) -> dict[str, object]:
    return {"description": group.description, "members": sorted(group.members)}


def _check_members(tx: Transaction, group: Group) -> None:
    if len(group.members) > MEMBERS_LIMIT:
        raise TooManyRights(limit=MEMBERS_LIMIT, what="members")
    unknown = group.members - tx.accounts.standing(group.members).keys()
    if unknown:
        raise AccountNotFound(name=min(unknown), field="members")


def _check_may_give(tx: Transaction, by: Principal, group: str) -> tuple[Sequence[Grant], dict[str, Role]]:
    """Whoever is let in gets all of this, and whoever is taken out loses it. What it is given, and the roles that people have made."""
    roles = custom_roles(tx)
    grants = tx.accounts.grants(group=group, limit=GRANTS_LIMIT)
    for grant in grants:
        check_holds(by, given_by(grant.role, grant.project, roles), grant.project)
    return grants, roles
