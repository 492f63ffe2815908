"""Who decides about others: whoever may give roles somewhere is an administrator there.

Where a project is protected so (`grant_admin`), nobody becomes one unless others have approved. That is looked for where rights are given,
in every way there is, and not before; asking is the way around (`acts/giving.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from headway.access.rights import given_by, permissions_of
from headway.acts.access import custom_roles, grants_of_role
from headway.acts.protect import needed_in
from headway.model.account import Grant, Role
from headway.model.approval import Approval, ApprovalKind
from headway.model.errors import ApprovalNeeded
from headway.model.permissions import ROLES, Permission
from headway.store.contract import Transaction

DECIDES = Permission.GRANT_EDIT
"""Who holds this can give all that they hold to others; without it, rights stay with whom they were given to."""
GROUPS_LIMIT = 1_000


def check_given(
    tx: Transaction, grants: Iterable[tuple[str, str | None]], roles: Mapping[str, Role], approved: Collection[str] | None
) -> None:
    """Raise `ApprovalNeeded`, with the protected `projects`, where somebody who gets these (role, and project or None: in all) becomes an
    administrator. `approved`: projects in which others have approved just this; None: nobody has."""
    places = {project for role, project in grants if DECIDES in given_by(role, project, roles)}
    if not places:
        return
    among = None if None in places else sorted(project for project in places if project is not None)
    found = needed_in(tx, ApprovalKind.GRANT_ADD, among)
    needed = {project: number for project, number in found.items() if project not in (approved or ())}
    if needed:
        raise ApprovalNeeded(needed=max(needed.values()), projects=sorted(needed), is_everywhere=None in places)


def check_role(tx: Transaction, before: Mapping[str, Role], after: Mapping[str, Role], approved: Collection[str] | None) -> None:
    """The same for those who have a role that gets more: itself, or one that inherits from it."""
    risen = [role for role in after if DECIDES in permissions_of(role, after) and DECIDES not in permissions_of(role, before)]
    if risen and needed_in(tx, ApprovalKind.GRANT_ADD):
        check_given(tx, _given(tx, risen), after, approved)


def _given(tx: Transaction, roles: Iterable[str]) -> set[tuple[str, str | None]]:
    protected = frozenset[str | None]({None, *needed_in(tx, ApprovalKind.GRANT_ADD)})
    return {(role, grant.project) for role in roles for grant in grants_of_role(tx, role, protected)}


def gains(tx: Transaction, approval: Approval, account: str) -> bool:
    """Whether this account would itself get what is asked for."""
    if approval.kind is not ApprovalKind.GRANT_ADD:
        return False
    what = approval.what
    if account == what.get("account") or account in what.get("add", ()):
        return True
    groups = {group.name for group in tx.accounts.groups(account=account, limit=GROUPS_LIMIT)}
    if what["act"] == "grant":
        return what.get("group") in groups
    return what["act"] == "role" and _has_role(tx.accounts.grants_of(account), what["name"], custom_roles(tx))


def _has_role(grants: Iterable[Grant], name: str, roles: Mapping[str, Role]) -> bool:
    """By itself, or by one that inherits from it."""
    waiting, seen = {grant.role for grant in grants}, set[str]()
    while waiting:
        role = waiting.pop()
        seen.add(role)
        if role not in ROLES and role in roles:
            waiting |= roles[role].inherits - seen
    return name in seen
