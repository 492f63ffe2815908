"""From a one-time code to a session, and to its end.

A link is good for ten minutes and for one person; a session for thirty days and for one browser. Both are bounded in
number: the oldest falls out. The secrets are made and sealed by the caller (`access/seal.py`); only seals come here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from headway.access.authorise import authorise, holds_anywhere
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.revoke import revoke_session
from headway.model.audit import NO_OCCASION, Action, Occasion
from headway.model.errors import SessionEnded, SignInCodeInvalid
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.session import Session, SignInCode
from headway.store.contract import Snapshot, Transaction

CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=30)
CODES_ALIVE = 20
SESSIONS_ALIVE = 200
"""Of one subject. Who signs in once more ends the session that was not seen for the longest time."""
USER_AGENT_LIMIT = 200
SEEN_EVERY = timedelta(minutes=1)


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


def open_session(tx: Transaction, *, code_hash: str, secret_hash: str, user_agent: str, occasion: Occasion = NO_OCCASION) -> Session:
    """Take the code, which is then gone, and open a session. Raises `SignInCodeInvalid` for one that is unknown, used or too old."""
    code = tx.sessions.redeem(code_hash)
    if code is None or code.expires_at <= tx.now:
        raise SignInCodeInvalid
    expires_at = tx.now + SESSION_LIFE
    if code.session_expires_at is not None:
        expires_at = min(expires_at, code.session_expires_at)
    if expires_at <= tx.now:
        raise SignInCodeInvalid
    session = Session(
        id=new_id(),
        secret_hash=secret_hash,
        subject=code.subject,
        role=code.role,
        scopes=code.scopes,
        created_at=tx.now,
        seen_at=tx.now,
        expires_at=expires_at,
        user_agent=user_agent[:USER_AGENT_LIMIT],
        account=code.account,
    )
    tx.sessions.prune(tx.now, subject=code.subject, sessions_kept=SESSIONS_ALIVE - 1)
    tx.sessions.open(session)
    who = Principal(id=session.subject, session_id=session.id, occasion=occasion)
    audit(tx, who, Action.SIGNED_IN, target=session.id, after={"by": "link", "role": session.role, "user_agent": session.user_agent})
    return session


def find_session(snapshot: Snapshot | Transaction, secret_hash: str) -> Session:
    """The session with this secret. Raises `SessionEnded`."""
    session = snapshot.sessions.find(secret_hash)
    if session is None or session.expires_at <= snapshot.now:
        raise SessionEnded
    return session


def see_session(tx: Transaction, secret_hash: str) -> Session:
    """Note that the session is in use. Raises `SessionEnded`."""
    session = find_session(tx, secret_hash)
    tx.sessions.see(session.id, tx.now)
    return replace(session, seen_at=tx.now)


def end_session(tx: Transaction, session: str, *, by: str, occasion: Occasion = NO_OCCASION) -> None:
    """End it, and with it the tokens that it was given and the connections that they opened."""
    tx.sessions.end(session)
    revoke_session(tx, session, by)
    audit(tx, Principal(id=by, session_id=session, occasion=occasion), Action.SESSION_ENDED, target=session)
