"""Sign in by password, change one, and give out links with which one is set.

Hashes are made and compared by the caller, aside (`web/passwords.py`). A try is counted before it is compared: whoever sends a hundred
at once has no more of them than whoever sends one after another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from headway.access.authorise import authorise
from headway.access.lockout import lock_until
from headway.access.principal import Principal
from headway.access.rights import add_up
from headway.acts.access import check_holds, custom_roles
from headway.acts.audit import audit, nobody
from headway.acts.sign_in import Browser, end_sign_ins, open_account
from headway.model.account import NAME_PATTERN, Account, PasswordLink
from headway.model.audit import NO_OCCASION, Action, AuditOutcome, Occasion
from headway.model.errors import AccountNotFound, Conflict, SignInCodeInvalid, SignInLocked, SignInRefused
from headway.model.permissions import Permission
from headway.model.session import Session
from headway.store.contract import Snapshot, Transaction

LINK_LIFE = timedelta(days=3)
"""Who is invited on a Friday comes on Monday."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a password is compared with."""

    account: str | None
    """None: nobody's name, or one with which nobody signs in by password."""
    password_hash: str | None


def try_password(tx: Transaction, name: str, slot: int, occasion: Occasion = NO_OCCASION) -> Tried:
    """Count a try under this name. `slot`: where it is counted if it is nobody's (`access/lockout.py`). Raises `SignInLocked`, for names
    of accounts and for others alike."""
    account = tx.accounts.get(name) if NAME_PATTERN.fullmatch(name) else None
    tries = account if account is not None else tx.strangers.get(slot)
    if tries is not None and tries.locked_until is not None and tries.locked_until > tx.now:
        raise SignInLocked(retry_in_seconds=math.ceil((tries.locked_until - tx.now).total_seconds()))
    until = lock_until((0 if tries is None else tries.failed_count) + 1, tx.now)
    if until is not None:
        # Of a name that is nobody's it is not said which it was: people type passwords there.
        locked = None if account is None else account.name
        audit(tx, nobody(occasion), Action.SIGN_IN_LOCKED, target=locked, after={"locked_until": until}, outcome=AuditOutcome.REFUSED)
    if account is None:
        tx.strangers.fail(slot, locked_until=until)
        return Tried(None, None)
    tx.accounts.fail(name, locked_until=until)
    if not account.is_active or account.password_hash is None:
        return Tried(None, None)
    return Tried(name, account.password_hash)


def sign_in_by_password(tx: Transaction, tried: Tried, *, is_right: bool, fresh_hash: str | None, browser: Browser) -> Session:
    """Open a session, if it was right. `fresh_hash`: to be kept instead. Raises `SignInRefused`."""
    account = _confirmed(tx, tried, is_right=is_right)
    more = {} if fresh_hash is None else {"password_hash": fresh_hash}
    tx.accounts.change(account.name, failed_count=0, locked_until=None, **more)
    return open_account(tx, account.name, browser, "password")


def change_password(tx: Transaction, by: Principal, tried: Tried, *, is_right: bool, password_hash: str) -> None:
    """Of one's own account, with the old one. All other sessions of it end. Raises `SignInRefused`."""
    account = _confirmed(tx, tried, is_right=is_right)
    if account.name != by.account:
        raise SignInRefused
    set_password(tx, account.name, password_hash, by, keep=by.session_id)


def _confirmed(tx: Transaction, tried: Tried, *, is_right: bool) -> Account:
    """The account, if the password was right and is still the same."""
    account = None if tried.account is None or not is_right else tx.accounts.get(tried.account)
    if account is None or not account.is_active or account.password_hash != tried.password_hash:
        raise SignInRefused
    return account


def set_password(tx: Transaction, account: str, password_hash: str, by: Principal, *, keep: str | None = None) -> None:
    """`keep`: the one session that goes on."""
    tx.accounts.change(account, password_hash=password_hash, password_changed_at=tx.now, failed_count=0, locked_until=None)
    tx.password_links.forget(account)
    audit(tx, by, Action.PASSWORD_CHANGED, target=account)
    end_sign_ins(tx, account, by, keep=keep)


def offer_password_link(tx: Transaction, by: Principal, account: str, code_hash: str) -> PasswordLink:
    """A link with which the owner of the account sets a new password, in place of the one that there may be.

    Raises `Forbidden`, also for an account that may do what `by` may not: whoever has the link has the account. `AccountNotFound`;
    `Conflict` for one that is disabled.
    """
    authorise(by, Permission.USER_ADMIN, None)
    found = tx.accounts.get(account)
    if found is None:
        raise AccountNotFound(name=account)
    if not found.is_active:
        raise Conflict(f"The account {account} is disabled; enable it first.")
    authorise_for(tx, by, account)
    link = PasswordLink(code_hash=code_hash, account=account, created_at=tx.now, created_by=by.id, expires_at=tx.now + LINK_LIFE)
    tx.password_links.put(link)
    audit(tx, by, Action.SIGN_IN_LINK_MADE, target=account, after={"for": "a new password", "expires_at": link.expires_at})
    return link


def authorise_for(tx: Transaction, by: Principal, account: str) -> None:
    """Raise `MoreThanHeld` unless `by` may do all that the account may: who can open it could do it in any case."""
    rights = add_up(tx.accounts.grants_of(account), custom_roles(tx))
    check_holds(by, rights.everywhere, None)
    for project, held in rights.in_projects.items():
        check_holds(by, held, project)


def find_password_link(snapshot: Snapshot, code_hash: str) -> Account | None:
    """Whose password this link sets; None: it is no such link, or not any more."""
    link = snapshot.password_links.find(code_hash)
    if link is None or link.expires_at <= snapshot.now:
        return None
    account = snapshot.accounts.get(link.account)
    return account if account is not None and account.is_active else None


def follow_password_link(tx: Transaction, code_hash: str, password_hash: str, browser: Browser) -> Session:
    """Set the password, end all sessions of the account, and open one here. Raises `SignInCodeInvalid`."""
    link = tx.password_links.take(code_hash)
    account = None if link is None or link.expires_at <= tx.now else tx.accounts.get(link.account)
    if account is None or not account.is_active:
        raise SignInCodeInvalid
    set_password(tx, account.name, password_hash, Principal(id=account.name, occasion=browser.occasion))
    return open_account(tx, account.name, browser, "link")
