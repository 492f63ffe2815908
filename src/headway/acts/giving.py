"""Give rights, or, where that makes administrators of a protected project, ask others first: for exactly what will be done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from headway.access.principal import Principal
from headway.acts.approvals import ask
from headway.acts.grants import give
from headway.acts.groups import change_group
from headway.acts.roles import RoleShown, put_role
from headway.model.account import Grant, Group
from headway.model.approval import Approval, ApprovalKind
from headway.model.errors import ApprovalNeeded, TooLarge
from headway.model.permissions import Permission
from headway.store.contract import Transaction

ADDED_LIMIT = 200
"""Accounts that one request may let into a group."""


def give_or_ask(
    tx: Transaction, by: Principal, *, account: str | None, group: str | None, role: str, project: str | None
) -> Grant | Approval:
    """Raises as `grants.give`, and `TooManyApprovals`."""
    try:
        return give(tx, by, account=account, group=group, role=role, project=project)
    except ApprovalNeeded as needed:
        what = {"account": account, "group": group, "role": role, "project": project, "name": account or group}
        return _ask(tx, by, "grant", what, needed)


def change_group_or_ask(
    tx: Transaction, by: Principal, name: str, *, description: str | None, add: Collection[str], remove: Collection[str]
) -> Group | Approval:
    """Raises as `groups.change_group`, `TooManyApprovals`, and `TooLarge`."""
    try:
        return change_group(tx, by, name, description=description, add=add, remove=remove)
    except ApprovalNeeded as needed:
        if len(add) + len(remove) > ADDED_LIMIT:
            raise TooLarge(what="A request for approval", limit=f"{ADDED_LIMIT} accounts", field="add") from needed
        what = {"name": name, "description": description, "add": sorted(set(add)), "remove": sorted(set(remove))}
        return _ask(tx, by, "group", what, needed)


def put_role_or_ask(
    tx: Transaction, by: Principal, name: str, *, description: str, permissions: Collection[Permission], inherits: Collection[str]
) -> RoleShown | Approval:
    """Raises as `roles.put_role`, and `TooManyApprovals`."""
    try:
        return put_role(tx, by, name, description=description, permissions=permissions, inherits=inherits)
    except ApprovalNeeded as needed:
        held = sorted(str(permission) for permission in set(permissions))
        what = {"name": name, "description": description, "permissions": held, "inherits": sorted(set(inherits))}
        return _ask(tx, by, "role", what, needed)


def _ask(tx: Transaction, by: Principal, act: str, what: dict[str, Any], needed: ApprovalNeeded) -> Approval:
    projects: list[str] = needed.fields["projects"]
    said = {"act": act, **{name: value for name, value in what.items() if value is not None}, "projects": projects}
    # Where it is good everywhere, who decides must have the right everywhere.
    project = projects[0] if len(projects) == 1 and not needed.fields["is_everywhere"] else None
    return ask(tx, by, kind=ApprovalKind.GRANT_ADD, what=said, project=project, needed=needed.fields["needed"])


def give_approved(tx: Transaction, by: Principal, approval: Approval) -> None:
    """Raises what the act raises; `ApprovalNeeded` where it would by now concern a protected project that nobody was asked about."""
    what, approved = approval.what, frozenset[str](approval.what["projects"])
    match what["act"]:
        case "grant":
            give(
                tx, by, account=what.get("account"), group=what.get("group"), role=what["role"], project=what.get("project"),
                approved=approved,
            )  # fmt: skip
        case "group":
            change_group(
                tx, by, what["name"], description=what.get("description"), add=what["add"], remove=what["remove"], approved=approved
            )
        case _:
            permissions = {Permission(word) for word in what["permissions"]}
            put_role(
                tx, by, what["name"], description=what["description"], permissions=permissions, inherits=what["inherits"], approved=approved
            )
