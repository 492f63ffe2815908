"""What every change of rights has in common: one after another, told to all nodes, and somebody is left who may do everything."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from headway.access.authorise import may
from headway.access.principal import Principal
from headway.access.rights import permissions_of
from headway.model.account import NAME_PATTERN, Grant, Role
from headway.model.errors import Invalid, LastAdmin, MoreThanHeld
from headway.model.permissions import ROLES, Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import AccessChanged

PAGE = 500
EVERYTHING = frozenset(Permission)
TOLD_LIMIT = 1_000
"""Accounts that one piece of news names; of more, all are forgotten."""


@contextmanager
def changing_access(tx: Transaction, accounts: Iterable[str] | None) -> Generator[None]:
    """Around a change of what `accounts` (None: perhaps anybody) may do: before it no other one goes on, on any node, and after it all
    nodes are told. Raises `LastAdmin` if nobody is left who may do everything; who never was, is not missed."""
    number = tx.accounts.next_change()
    had_admin = has_admin(tx)
    yield
    if had_admin and not has_admin(tx):
        raise LastAdmin
    named = frozenset(accounts or ())
    tx.announce(AccessChanged(accounts=named if accounts is not None and len(named) <= TOLD_LIMIT else frozenset(), number=number))


def has_admin(tx: Transaction | Snapshot) -> bool:
    """Whether an account that is not disabled may do everything, everywhere, by one of its grants."""
    roles = custom_roles(tx)
    for role in (*ROLES, *roles):
        if permissions_of(role, roles) == EVERYTHING:
            for grant in grants_of_role(tx, role, frozenset({None})):
                if any(tx.accounts.standing(holders(tx, grant)).values()):
                    return True
    return False


def grants_of_role(tx: Transaction | Snapshot, role: str, projects: frozenset[str | None]) -> Generator[Grant]:
    """All of them, the newest first."""
    after: str | None = None
    while page := tx.accounts.grants(role=role, projects=projects, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def holders(tx: Transaction | Snapshot, grant: Grant) -> list[str]:
    """Accounts to which the grant is given, by themselves or as members of a group."""
    if grant.account is not None:
        return [grant.account]
    group = tx.accounts.group(grant.group or "")
    return [] if group is None else sorted(group.members)


def custom_roles(tx: Transaction | Snapshot) -> dict[str, Role]:
    return {role.name: role for role in tx.accounts.roles()}


def check_holds(by: Principal, permissions: Iterable[Permission], project: str | None) -> None:
    """Raise `MoreThanHeld`, naming the first, unless `by` holds all of these there."""
    for permission in sorted(permissions):
        if not may(by, permission, project):
            raise MoreThanHeld(permission=str(permission), project=project)


def check_name(name: str) -> None:
    """Of a group or a role. Raises `Invalid`."""
    if NAME_PATTERN.fullmatch(name) is None:
        raise Invalid("name: must be small letters, digits and . _ @ + -, at most 64, and begin with a letter or a digit.", field="name")
