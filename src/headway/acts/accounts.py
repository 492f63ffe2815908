"""Accounts of people: make them, change them, disable them. They are never deleted: what they have done keeps their name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.access import changing_access, check_name
from headway.acts.audit import audit
from headway.acts.passwords import authorise_for
from headway.acts.sign_in import end_sign_ins
from headway.model.account import Account
from headway.model.audit import Action
from headway.model.errors import AccountExists, AccountNotFound, Conflict, Invalid
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import AccessChanged

RESERVED = frozenset({"system"})
"""Who is called so in audit rows is nobody with an account."""
OWN_FIELDS = frozenset({"display_name", "language", "theme", "time_zone"})
"""What people change of their own accounts. Not the address of e-mail: a provider may let in whoever has verified it."""


def add_account(
    tx: Transaction, by: Principal, *, name: str, display_name: str, email: str | None = None, password_hash: str | None = None
) -> Account:
    """Make one. It has no rights yet. Raises `Forbidden`, `AccountExists`, `Invalid`."""
    authorise(by, Permission.USER_ADMIN, None)
    check_name(name)
    if name in RESERVED:
        raise Invalid(f"name: {name} is what Headway itself is called.", field="name")
    number = tx.accounts.next_change()
    if tx.accounts.get(name) is not None:
        raise AccountExists(name=name, field="name")
    account = Account(
        name=name, display_name=display_name or name, email=email, password_hash=password_hash, created_at=tx.now, created_by=by.id,
        password_changed_at=None if password_hash is None else tx.now,
    )  # fmt: skip
    tx.accounts.add(account)
    audit(tx, by, Action.ACCOUNT_MADE, target=name, after=account)
    tx.announce(AccessChanged(accounts=frozenset({name}), number=number))  # some node may remember that there is none
    return account


def change_account(tx: Transaction, by: Principal, account: str, fields: Mapping[str, Any]) -> Account:
    """Set `display_name`, `email`, `is_active`; or `is_locked`, which can only become false. Raises `Forbidden`, `AccountNotFound`,
    `LastAdmin`, and `Conflict` for one's own end."""
    authorise(by, Permission.USER_ADMIN, None)
    before = account_of(tx, account)
    changes = {name: fields[name] for name in ("display_name", "email") if name in fields}
    if "is_locked" in fields:
        changes |= {"failed_count": 0, "locked_until": None}
    if "email" in changes and account != by.account:
        authorise_for(tx, by, account)  # a provider may let in whoever has verified it
    tx.accounts.change(account, **changes)
    if "is_active" in fields:
        _set_active(tx, by, account, is_active=fields["is_active"])
    after = account_of(tx, account)
    if after != before:
        audit(tx, by, Action.ACCOUNT_CHANGED, target=account, before=before, after=after)
    return after


def _set_active(tx: Transaction, by: Principal, account: str, *, is_active: bool) -> None:
    if account == by.account and not is_active:
        raise Conflict("You cannot disable your own account.", field="is_active")
    with changing_access(tx, {account}):
        tx.accounts.change(account, is_active=is_active)
    if not is_active:
        tx.password_links.forget(account)
        end_sign_ins(tx, account, by)


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
        raise AccountNotFound(name=account)
    return found


def list_accounts(snapshot: Snapshot, by: Principal, *, text: str | None, after: str | None, limit: int) -> Sequence[Account]:
    """By name. Raises `Forbidden`."""
    authorise(by, Permission.USER_ADMIN, None)
    return snapshot.accounts.list(text=text, after=after, limit=limit)
