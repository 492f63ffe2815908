"""Let somebody in whom a provider knows: find whose account it is, or make one, and put it into the groups that the provider names. Bind
an identity to an account, and take it off again.

An identity is `iss` and `sub`, never an address of e-mail: addresses change hands. An address binds an identity to an account once, where
the settings say so, and only one that the provider has verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace

from headway.access.authorise import authorise
from headway.access.id_token import Person
from headway.access.principal import SYSTEM, Principal
from headway.acts.access import changing_access, has_admin
from headway.acts.accounts import RESERVED, account_of
from headway.acts.audit import audit
from headway.acts.proof import check_proof_for
from headway.acts.sign_in import Browser, end_sign_ins, open_account
from headway.model.account import NAME_PATTERN, Account, Group
from headway.model.audit import NO_OCCASION, Action, AuditOutcome, Occasion
from headway.model.errors import Conflict, IdentityNotFound, LastWayIn, NotAdmitted
from headway.model.permissions import Permission
from headway.model.session import Session, Way
from headway.store.accounts import Identity
from headway.store.contract import Transaction
from headway.store.news import AccessChanged

KNOWN = "known"
"""Of `HEADWAY_OIDC_ADMIT`: who has an account with the address that the provider has verified. The other words are domains."""
_SAME_ADDRESS = 20
"""Accounts that are looked at for one address."""
_GROUPS_LIMIT = 1_000


def sign_in_by_provider(tx: Transaction, person: Person, *, admits: Collection[str], browser: Browser) -> Session:
    """Open a session of whoever it is. Raises `NotAdmitted`."""
    account = _known(tx, person) or _admitted(tx, person, admits, browser.occasion)
    if not account.is_active:
        raise NotAdmitted
    _keep_groups(tx, person, account.name, browser.occasion)
    return open_account(tx, account.name, browser, Way.PROVIDER)


def bind(tx: Transaction, person: Person, account: str, occasion: Occasion = NO_OCCASION) -> None:
    """From now on this is the identity of the account's owner, who has asked for it. Raises `NotAdmitted` for an account that is disabled,
    `Conflict` for an identity that is somebody else's."""
    found = tx.accounts.get(account)
    if found is None or not found.is_active:
        raise NotAdmitted
    known = tx.accounts.find_identity(person.issuer, person.subject)
    if known is not None and known.account != account:
        raise Conflict("With this identity somebody else signs in here.")
    _identify(tx, person, account, occasion)


def unbind(tx: Transaction, by: Principal, account: str, identity: str, *, issuer: str | None) -> None:
    """Take an identity off an account, and end what else is signed in to it, as with a password that is changed: nobody knows any more by
    what it was opened. `identity`: its id; `issuer`: the provider at which people sign in here now, if there is one.

    Raises `Forbidden` for the account of somebody else, `AccountNotFound`, `IdentityNotFound`, `LastWayIn`; for one's own
    `ProofRequired`.
    """
    if account != by.account:
        authorise(by, Permission.USER_ADMIN, None)
    check_proof_for(tx, by, account)
    number = tx.accounts.next_change()  # of two who take off one each, the second finds what the first has left
    found = account_of(tx, account)
    identities = {each.id: each for each in tx.accounts.identities(account)}
    taken = identities.pop(identity, None)
    if taken is None:
        raise IdentityNotFound
    # What is bound at a provider that is not asked any more is no way in, and can always go.
    if taken.issuer == issuer and not _has_way_in(tx, found, identities.values(), issuer):
        raise LastWayIn(name=account)
    tx.accounts.forget_identity(taken.issuer, taken.subject)
    audit(tx, by, Action.IDENTITY_UNLINKED, target=account, before={"issuer": taken.issuer, "subject": taken.subject})
    end_sign_ins(tx, account, by, keep=by.session_id)
    tx.announce(AccessChanged(accounts=frozenset({account}), number=number))


def _has_way_in(tx: Transaction, account: Account, identities: Collection[Identity], issuer: str | None) -> bool:
    if account.password_hash is not None or any(each.issuer == issuer for each in identities):
        return True
    link = tx.password_links.of_account(account.name)
    return link is not None and link.expires_at > tx.now


def _identify(tx: Transaction, person: Person, account: str, occasion: Occasion) -> None:
    by = Principal(id=account, occasion=occasion)
    audit(tx, by, Action.IDENTITY_LINKED, target=account, after={"issuer": person.issuer, "subject": person.subject})
    tx.accounts.identify(Identity(issuer=person.issuer, subject=person.subject, account=account, created_at=tx.now))


def _known(tx: Transaction, person: Person) -> Account | None:
    identity = tx.accounts.find_identity(person.issuer, person.subject)
    return None if identity is None else tx.accounts.get(identity.account)


def _admitted(tx: Transaction, person: Person, admits: Collection[str], occasion: Occasion) -> Account:
    """By the address of e-mail. Raises `NotAdmitted`."""
    if person.email is None:
        raise NotAdmitted
    is_of_domain = person.email.partition("@")[2] in admits
    if not is_of_domain and KNOWN not in admits:
        raise NotAdmitted
    number = tx.accounts.next_change()  # of two who come at once with one address, one makes the account
    found = [
        each
        for each in tx.accounts.list(text=person.email, limit=_SAME_ADDRESS)
        if (each.email or "").casefold() == person.email.casefold()
    ]
    if len(found) > 1 or (not found and not is_of_domain):
        raise NotAdmitted  # of two who have the address nobody knows which it is
    account = found[0] if found else _made(tx, person, person.email, number, occasion)
    _identify(tx, person, account.name, occasion)
    return account


def _made(tx: Transaction, person: Person, email: str, number: int, occasion: Occasion) -> Account:
    account = Account(
        name=_free_name(tx, person, email), display_name=person.name or email, email=email, created_at=tx.now, created_by=SYSTEM.id
    )
    tx.accounts.add(account)
    audit(tx, replace(SYSTEM, occasion=occasion), Action.ACCOUNT_MADE, target=account.name, after=account)
    tx.announce(AccessChanged(accounts=frozenset({account.name}), number=number))
    return account


def _free_name(tx: Transaction, person: Person, email: str) -> str:
    """The address, which the provider has verified: unlike a user name, nobody chooses it to be taken for somebody else."""
    digest = hashlib.sha256(f"{person.issuer}\n{person.subject}".encode()).hexdigest()[:12]
    for name in (email, f"{email[:50]}-{digest}", f"person-{digest}"):
        if NAME_PATTERN.fullmatch(name) and name not in RESERVED and tx.accounts.get(name) is None:
            return name
    raise Conflict("No name is free for this account.")


def _keep_groups(tx: Transaction, person: Person, account: str, occasion: Occasion) -> None:
    """What the provider says of groups holds for those that there are here, but for the one by which the last administrator is one.
    Nothing is changed where it says nothing."""
    if person.groups is None:
        return
    before = {group.name for group in tx.accounts.groups(account=account, limit=_GROUPS_LIMIT)}
    wanted = {name for name in person.groups if name in before or tx.accounts.group(name) is not None}
    if before == wanted:
        return
    by, kept = replace(SYSTEM, occasion=occasion), None
    with changing_access(tx, {account}):
        for group, members in _with_and_without(tx, before ^ wanted, account):
            tx.accounts.put_group(replace(group, members=members[group.name in wanted]))
        if before - wanted and not has_admin(tx):
            # A provider that names a group no more must not lock everybody out, and whoever it was signs in all the same.
            for group, members in _with_and_without(tx, before - wanted, account):
                tx.accounts.put_group(replace(group, members=members[True]))
                if has_admin(tx):
                    kept = group.name
                    break
                tx.accounts.put_group(replace(group, members=members[False]))
        after = wanted if kept is None else wanted | {kept}
        if after != before:
            said = {"groups": sorted(after)}
            audit(tx, by, Action.GROUP_CHANGED, target=account, before={"groups": sorted(before)}, after=said)
    if kept is not None:
        why = {"kept": kept, "why": "Without it nobody would be left who may do everything."}
        audit(tx, by, Action.GROUP_CHANGED, target=account, after=why, outcome=AuditOutcome.REFUSED)


def _with_and_without(
    tx: Transaction, names: Collection[str], account: str
) -> Iterator[tuple[Group, tuple[frozenset[str], frozenset[str]]]]:
    """Each of these groups that there is, with its members without the account, and with it."""
    for name in sorted(names):
        group = tx.accounts.group(name)
        if group is not None:
            yield group, (group.members - {account}, group.members | {account})
