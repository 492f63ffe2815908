"""Accounts of people: make them, change them, disable them. They are never deleted: what they have done keeps their name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headway.access.authorise import authorise, may
from headway.access.principal import Principal
from headway.access.rights import permissions_of
from headway.acts.passwords import authorise_for
from headway.acts.sign_in import end_sign_ins
from headway.model.account import NAME_PATTERN, Account, Grant
from headway.model.errors import AccountExists, AccountNotFound, Conflict, Forbidden, Invalid
from headway.model.ids import new_id
from headway.model.permissions import ROLES, Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import AccessChanged

RESERVED = frozenset({"system"})
"""Who is called so in audit rows is nobody with an account."""
OWN_FIELDS = frozenset({"display_name", "language", "theme", "time_zone"})
"""What people change of their own accounts. Not the address of e-mail: a provider may let in whoever has verified it."""


def add_account(
    tx: Transaction, by: Principal, *, name: str, display_name: str, email: str | None = None, password_hash: str | None = None,
    role: str | None = None, project: str | None = None,
) -> Account:  # fmt: skip
    """Make one, and give it a role, in one project or in all. Raises `Forbidden`, `AccountExists`, `Invalid`."""
    authorise(by, Permission.USER_ADMIN, None)
    number = tx.accounts.next_change()
    if not NAME_PATTERN.fullmatch(name) or name in RESERVED:
        raise Invalid("name: write small letters, digits and . _ @ + -, at most 64, beginning with a letter or digit.", field="name")
    if tx.accounts.get(name) is not None:
        raise AccountExists(account=name, field="name")
    account = Account(
        name=name, display_name=display_name or name, email=email, password_hash=password_hash, created_at=tx.now, created_by=by.id,
        password_changed_at=None if password_hash is None else tx.now,
    )  # fmt: skip
    tx.accounts.add(account)
    if role is not None:
        _give(tx, by, name, role, project)
    tx.announce(AccessChanged(accounts=frozenset({name}), number=number))
    return account


def _give(tx: Transaction, by: Principal, account: str, role: str, project: str | None) -> None:
    authorise(by, Permission.GRANT_EDIT, project)
    roles = {each.name: each for each in tx.accounts.roles()}
    if role not in ROLES and role not in roles:
        raise Invalid(f"role: there is no role {role}.", field="role")
    for permission in sorted(permissions_of(role, roles)):
        if not may(by, permission, project):
            raise Forbidden(permission=str(permission))
    tx.accounts.add_grant(Grant(id=new_id(), account=account, role=role, project=project, created_at=tx.now, created_by=by.id))


def change_account(tx: Transaction, by: Principal, account: str, fields: Mapping[str, Any]) -> Account:
    """Set `display_name`, `email`, `is_active`; or `is_locked`, which can only become false. Raises `Forbidden`, `AccountNotFound`,
    `Conflict` for one's own end."""
    authorise(by, Permission.USER_ADMIN, None)
    number = tx.accounts.next_change() if "is_active" in fields else 0
    found = tx.accounts.get(account)
    if found is None:
        raise AccountNotFound(account=account)
    changes = {name: fields[name] for name in ("display_name", "email", "is_active") if name in fields}
    if "is_locked" in fields:
        changes |= {"failed_count": 0, "locked_until": None}
    if "email" in changes and account != by.account:
        authorise_for(tx, by, account)  # a provider may let in whoever has verified it
    if changes.get("is_active") is False and account == by.account:
        raise Conflict("You cannot disable your own account.", field="is_active")
    tx.accounts.change(account, **changes)
    if "is_active" in fields:
        if not fields["is_active"]:
            tx.password_links.forget(account)
            end_sign_ins(tx, account, by=by.id)
        tx.announce(AccessChanged(accounts=frozenset({account}), number=number))
    return account_of(tx, account)


def change_own(tx: Transaction, by: Principal, fields: Mapping[str, Any]) -> Account:
    """Set some of `OWN_FIELDS`. Raises `AccountNotFound`."""
    assert by.account is not None
    account_of(tx, by.account)
    tx.accounts.change(by.account, **{name: value for name, value in fields.items() if name in OWN_FIELDS})
    return account_of(tx, by.account)


def account_of(snapshot: Snapshot | Transaction, account: str) -> Account:
    """Raises `AccountNotFound`."""
    found = snapshot.accounts.get(account)
    if found is None:
        raise AccountNotFound(account=account)
    return found


def list_accounts(snapshot: Snapshot, by: Principal, *, text: str | None, after: str | None, limit: int) -> Sequence[Account]:
    """By name. Raises `Forbidden`."""
    authorise(by, Permission.USER_ADMIN, None)
    return snapshot.accounts.list(text=text, after=after, limit=limit)
