"""From a one-time code to a session, and to its end.

A link is good for ten minutes and for one person; a session for thirty days, seven of them unseen, and for one browser. Both are bounded in
number: the oldest falls out. The secrets are made and sealed by the caller (`access/seal.py`); only seals come here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headway.access.authorise import authorise, holds_anywhere
from headway.access.principal import Principal
from headway.access.seal import Seals, find_sealed
from headway.acts.audit import audit
from headway.acts.devices import end_device
from headway.acts.proof import check_proof_for
from headway.acts.revoke import revoke_session
from headway.model.audit import NO_OCCASION, Action, Occasion
from headway.model.errors import SessionEnded, SignInCodeInvalid, SignInNotFound
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.session import Session, SignInCode, Way
from headway.store.contract import Snapshot, Transaction

CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=30)
IDLE_LIFE = timedelta(days=7)
"""A session of which nothing was seen for so long is over: a browser that somebody has left behind. Open pages ask every ten minutes."""
CODES_ALIVE = 20
SESSIONS_ALIVE = 200
"""Of one subject. Who signs in once more ends the session that was not seen for the longest time."""
USER_AGENT_LIMIT = 200
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where a session is opened. Its secret is new with every sign-in: one that somebody has planted is good for nothing."""

    secret_hash: str
    user_agent: str
    occasion: Occasion = NO_OCCASION


def offer_code(tx: Transaction, code_hash: str, by: Principal) -> SignInCode:
    """Keep a code that opens a session of `by`, with their rights and no more. Raises `Forbidden`."""
    if by.account is None or not holds_anywhere(by, Permission.SESSION_CREATE):
        # A token without an account hands on all that it may; an account signs in as itself, wherever its rights are.
        authorise(by, Permission.SESSION_CREATE, None)
    tx.sessions.prune(tx.now, codes_kept=CODES_ALIVE - 1)
    code = SignInCode(
        code_hash=code_hash,
        subject=by.id,
        role=by.role,
        scopes=by.scopes,
        account=by.account,
        created_at=tx.now,
        expires_at=tx.now + CODE_LIFE,
        session_expires_at=by.expires_at,
    )
    tx.sessions.offer(code)
    audit(tx, by, Action.SIGN_IN_LINK_MADE, target=by.id, after={"expires_at": code.expires_at, "role": code.role, "scopes": code.scopes})
    return code


def open_session(tx: Transaction, *, code_hashes: Seals, browser: Browser) -> Session:
    """Take the code of one of these seals, which is then gone, and open a session. Raises `SignInCodeInvalid` for one that is unknown, used
    or too old, and for one of an account that is disabled."""
    code = find_sealed(tx.sessions.redeem, code_hashes)
    if code is None or code.expires_at <= tx.now:
        raise SignInCodeInvalid
    if code.account is not None and ((account := tx.accounts.get(code.account)) is None or not account.is_active):
        raise SignInCodeInvalid
    if code.session_expires_at is not None and code.session_expires_at <= tx.now:
        raise SignInCodeInvalid
    return _begin(tx, code, browser, Way.LINK, proved_at=None)


def open_account(tx: Transaction, account: str, browser: Browser, way: Way) -> Session:
    """A session of somebody who has just shown who they are."""
    who = SignInCode(code_hash="", subject=account, account=account, created_at=tx.now, expires_at=tx.now)
    return _begin(tx, who, browser, way, proved_at=tx.now)


def _begin(tx: Transaction, who: SignInCode, browser: Browser, way: Way, *, proved_at: datetime | None) -> Session:
    session = Session(
        id=new_id(),
        secret_hash=browser.secret_hash,
        subject=who.subject,
        role=who.role,
        scopes=who.scopes,
        created_at=tx.now,
        seen_at=tx.now,
        expires_at=_sooner(tx.now + SESSION_LIFE, who.session_expires_at),
        user_agent=browser.user_agent[:USER_AGENT_LIMIT],
        account=who.account,
        address=browser.occasion.address or "",
        way=way,
        proved_at=proved_at,
    )
    for forgotten in tx.sessions.prune(tx.now, subject=who.subject, sessions_kept=SESSIONS_ALIVE - 1):
        revoke_session(tx, forgotten, who.subject)
    tx.sessions.open(session)
    by = Principal(id=session.subject, session_id=session.id, occasion=browser.occasion)
    audit(tx, by, Action.SIGNED_IN, target=session.id, after={"by": way, "role": session.role, "user_agent": session.user_agent})
    return session


def _sooner(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)


def find_session(snapshot: Snapshot | Transaction, secret_hashes: Seals) -> Session:
    """The session with the secret of these seals. Raises `SessionEnded`."""
    session = find_sealed(snapshot.sessions.find, secret_hashes)
    if session is None or not _is_alive(session, snapshot.now):
        raise SessionEnded
    return session


def _is_alive(session: Session, now: datetime) -> bool:
    return now < min(session.expires_at, session.seen_at + IDLE_LIFE)


def see_session(tx: Transaction, secret_hashes: Seals) -> Session:
    """Note that the session is in use, and keep its secret by the first of these seals from now on. Raises `SessionEnded`."""
    session = find_session(tx, secret_hashes)
    tx.sessions.see(session.id, tx.now)
    if session.secret_hash != secret_hashes[0]:
        tx.sessions.reseal(session.id, secret_hashes[0])
    return replace(session, seen_at=tx.now, secret_hash=secret_hashes[0])


def end_session(tx: Transaction, session: str, *, by: str, occasion: Occasion = NO_OCCASION) -> None:
    """End it, and with it the tokens that it was given and the connections that they opened."""
    tx.sessions.end(session)
    revoke_session(tx, session, by)
    audit(tx, Principal(id=by, session_id=session, occasion=occasion), Action.SESSION_ENDED, target=session)


def end_replaced(tx: Transaction, session: str, occasion: Occasion) -> None:
    """End the one in whose place the browser has another now, if it is there still."""
    found = tx.sessions.get(session)
    if found is not None:
        end_session(tx, found.id, by=found.subject, occasion=occasion)


def those_alive(snapshot: Snapshot, ids: Collection[str]) -> set[str]:
    """Which of these have not ended: sessions of browsers, devices, and share links; a token names one of them, and not of which kind."""
    found: set[str] = set()
    for nouns in (snapshot.sessions, snapshot.devices, snapshot.share_links):
        found |= nouns.alive(set(ids) - found, snapshot.now) if len(found) < len(ids) else set()
    return found


def sign_ins_of(snapshot: Snapshot, account: str) -> Sequence[Session]:
    """Where the account is signed in, the one that was seen last first."""
    return [session for session in snapshot.sessions.of_account(account) if _is_alive(session, snapshot.now)]


def end_sign_in(tx: Transaction, account: str, session: str, by: Principal) -> None:
    """End one of an account. Raises `SignInNotFound`, also for one of another account; `ProofRequired` for another one of one's own."""
    found = tx.sessions.get(session)
    if found is None or found.account != account:
        raise SignInNotFound
    if session != by.session_id:
        check_proof_for(tx, by, account)
    tx.sessions.end(session)
    revoke_session(tx, session, by.id)
    audit(tx, by, Action.SESSION_ENDED, target=session, before={"account": account, "user_agent": found.user_agent})


def end_sign_ins(tx: Transaction, account: str, by: Principal, *, keep: str | None = None) -> int:
    """End all of an account but `keep`, its devices, and the links that would open another; how many they were."""
    ended = tx.sessions.end_of(account, keep=keep)
    tx.vouchers.forget(account)
    for session in ended:
        revoke_session(tx, session, by.id)
    devices = [device for device in tx.devices.of_account(account) if device.id != keep]
    for device in devices:
        end_device(tx, device, by=by.id)
    count = len(ended) + len(devices)
    if count:
        audit(tx, by, Action.SESSION_ENDED, target=account, after={"ended_count": count})
    return count
