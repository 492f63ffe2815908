"""End tokens before their time: one, or all that a session was given.

A token is signed and stands for itself: no server asks the store about it. So each keeps in memory which are good no more, hears of
new ones by the news, and looks them up every few seconds (`assembly/revocations.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.model.audit import Action
from headway.model.permissions import Permission
from headway.model.revocation import REVOCATIONS_KEPT, Revocation
from headway.model.session import LONGEST_TOKEN_LIFE, TOKEN_LIFE
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Revoked

GRACE = timedelta(minutes=1)
"""Servers' clocks differ; a token is taken for half a minute longer than it says."""


def revoke_token(tx: Transaction, token: str, by: Principal, *, ends_at: datetime | None = None) -> Revocation:
    """The token, or API key, with this id is good no more, on every server within 5 s, and what it opened is closed.
    `ends_at`: when it would have ended by itself; where that is not known it is remembered for as long as any token lives.
    Raises `Forbidden`."""
    authorise(by, Permission.TOKEN_REVOKE, None)
    key = tx.api_keys.get(token)
    if key is not None:
        tx.api_keys.change(replace(key, revoked_at=key.revoked_at or tx.now, changed_at=tx.now))
    audit(tx, by, Action.TOKEN_REVOKED, target=token)
    return revoke(tx, token, by.id, ends_at=ends_at or tx.now + LONGEST_TOKEN_LIFE)


def revoke_session(tx: Transaction, session: str, by: str) -> None:
    """The tokens that a session was given are good no more."""
    revoke(tx, session, by, ends_at=tx.now + TOKEN_LIFE)


def revoke(tx: Transaction, id: str, by: str, *, ends_at: datetime) -> Revocation:
    revocation = Revocation(id=id, revoked_at=tx.now, ends_at=ends_at + GRACE, by=by)
    tx.revocations.prune(tx.now)
    tx.revocations.put(revocation)
    tx.announce(Revoked(id=id))
    return revocation


def revocations_since(snapshot: Snapshot, at: datetime) -> Sequence[Revocation]:
    """Those made since `at` that have still to be remembered, the newest first: 100,000 at most."""
    return snapshot.revocations.since(at, snapshot.now, limit=REVOCATIONS_KEPT)


def newest_revocations(snapshot: Snapshot, by: Principal, *, limit: int) -> Sequence[Revocation]:
    """The newest that are in force. Raises `Forbidden`."""
    authorise(by, Permission.TOKEN_REVOKE, None)
    return snapshot.revocations.since(snapshot.now - LONGEST_TOKEN_LIFE - GRACE, snapshot.now, limit=limit)
