"""Sign in by password, change one, and give out links with which one is set.

Hashes are made and compared by the caller, aside (`web/passwords.py`). A try is counted before it is compared: whoever sends a hundred
at once has no more of them than whoever sends one after another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.access.authorise import authorise
from headway.access.lockout import lock_until
from headway.access.principal import Principal
from headway.access.rights import add_up
from headway.access.seal import Seals, find_sealed
from headway.acts.access import check_holds, custom_roles
from headway.acts.audit import audit, nobody
from headway.acts.sign_in import Browser, end_sign_ins, open_account
from headway.model.account import NAME_PATTERN, Account, PasswordLink, Tries
from headway.model.audit import NO_OCCASION, Action, AuditOutcome, Occasion
from headway.model.errors import AccountNotFound, Conflict, SignInCodeInvalid, SignInLocked, SignInRefused
from headway.model.permissions import Permission
from headway.model.second_factor import Voucher
from headway.model.session import Session, Way
from headway.store.contract import Snapshot, Transaction

LINK_LIFE = timedelta(days=3)
"""Who is invited on a Friday comes on Monday."""
VOUCHER_LIFE = timedelta(minutes=5)
"""From a right password to the code: to find one's telephone."""
VOUCHERS_EACH = 10
"""Of one account that wait for a code at once; the oldest falls out."""


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
    check_lock(tx, tries)
    if account is None:
        tx.strangers.fail(slot, locked_until=_lock_after(tx, tries, None, occasion))
        return Tried(None, None)
    count_try(tx, account, occasion)
    if not account.is_active or account.password_hash is None:
        return Tried(None, None)
    return Tried(name, account.password_hash)


def check_lock(tx: Transaction, tries: Account | Tries | None) -> None:
    """Raise `SignInLocked` while nobody is let in."""
    if tries is not None and tries.locked_until is not None and tries.locked_until > tx.now:
        raise SignInLocked(retry_in_seconds=math.ceil((tries.locked_until - tx.now).total_seconds()))


def count_try(tx: Transaction, account: Account, occasion: Occasion) -> None:
    """Count it as wrong, and lock the account if it was one too many."""
    tx.accounts.fail(account.name, locked_until=_lock_after(tx, account, account.name, occasion))


def _lock_after(tx: Transaction, tries: Account | Tries | None, account: str | None, occasion: Occasion) -> datetime | None:
    until = lock_until((0 if tries is None else tries.failed_count) + 1, tx.now)
    if until is not None:
        # Of a name that is nobody's it is not said which it was: people type passwords there.
        audit(tx, nobody(occasion), Action.SIGN_IN_LOCKED, target=account, after={"locked_until": until}, outcome=AuditOutcome.REFUSED)
    return until


def sign_in_by_password(tx: Transaction, tried: Tried, *, is_right: bool, fresh_hash: str | None, browser: Browser) -> Session | Voucher:
    """Open a session, if it was right; where the account has a second factor, a voucher for one, of which the secret is the browser's.
    `fresh_hash`: to be kept instead. Raises `SignInRefused`."""
    account = _confirmed(tx, tried, is_right=is_right)
    more = {} if fresh_hash is None else {"password_hash": fresh_hash}
    if not has_factor(tx, account.name):
        tx.accounts.change(account.name, failed_count=0, locked_until=None, **more)
        return open_account(tx, account.name, browser, Way.PASSWORD)
    tx.accounts.forgive(account.name)  # wrong codes of before stay counted
    if more:
        tx.accounts.change(account.name, **more)
    return _vouch(tx, account.name, browser)


def has_factor(snapshot: Snapshot | Transaction, account: str) -> bool:
    return bool(snapshot.second_factors.in_force([account]))


def _vouch(tx: Transaction, account: str, browser: Browser) -> Voucher:
    voucher = Voucher(voucher_hash=browser.secret_hash, account=account, created_at=tx.now, expires_at=tx.now + VOUCHER_LIFE)
    tx.vouchers.offer(voucher, kept=VOUCHERS_EACH)
    return voucher


def change_password(tx: Transaction, by: Principal, tried: Tried, *, is_right: bool, password_hash: str) -> None:
    """Of one's own account, with the old one. All other sessions of it end. Raises `SignInRefused`."""
    account = _confirmed(tx, tried, is_right=is_right)
    if account.name != by.account:
        raise SignInRefused
    # Where a code is asked for, too, the password alone sets no count back: it would buy ten more tries at codes.
    set_password(tx, account.name, password_hash, by, keep=by.session_id, is_count_kept=has_factor(tx, account.name))


def _confirmed(tx: Transaction, tried: Tried, *, is_right: bool) -> Account:
    """The account, if the password was right and is still the same."""
    account = None if tried.account is None or not is_right else tx.accounts.get(tried.account)
    if account is None or not account.is_active or account.password_hash != tried.password_hash:
        raise SignInRefused
    return account


def set_password(
    tx: Transaction, account: str, password_hash: str, by: Principal, *, keep: str | None = None, is_count_kept: bool = False
) -> None:
    """`keep`: the one session that goes on; `is_count_kept`: wrong tries of before stay counted."""
    tx.accounts.change(account, password_hash=password_hash, password_changed_at=tx.now)
    if is_count_kept:
        tx.accounts.forgive(account)
    else:
        tx.accounts.change(account, failed_count=0, locked_until=None)
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


def find_password_link(snapshot: Snapshot, code_hashes: Seals) -> Account | None:
    """Whose password this link sets; None: it is no such link, or not any more."""
    link = find_sealed(snapshot.password_links.find, code_hashes)
    if link is None or link.expires_at <= snapshot.now:
        return None
    account = snapshot.accounts.get(link.account)
    return account if account is not None and account.is_active else None


def follow_password_link(tx: Transaction, code_hashes: Seals, password_hash: str, browser: Browser) -> Session | Voucher:
    """Set the password, end all sessions of the account, and open one here; a second factor is asked for as before. Raises
    `SignInCodeInvalid`."""
    link = find_sealed(tx.password_links.take, code_hashes)
    account = None if link is None or link.expires_at <= tx.now else tx.accounts.get(link.account)
    if account is None or not account.is_active:
        raise SignInCodeInvalid
    set_password(tx, account.name, password_hash, Principal(id=account.name, occasion=browser.occasion))
    return _vouch(tx, account.name, browser) if has_factor(tx, account.name) else open_account(tx, account.name, browser, Way.LINK)
