"""Rotate the keys with which tokens are signed: a new one signs from now on, and those before it verify for as long as a token of
theirs may live, or no longer, if one is feared to be known to others."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.revoke import GRACE, revoke
from headway.model.audit import Action
from headway.model.permissions import Permission
from headway.model.session import LONGEST_TOKEN_LIFE
from headway.model.signing_key import FIRST_KEY, HEARD_WITHIN, SigningKey
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Changed

SIGNING_KEYS = "signing keys"
"""As `Changed` names them."""
KEYS_KEPT = 50
"""Who rotates more often than that within the life of a token ends the oldest before its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated:
    key: SigningKey
    ended: tuple[str, ...]
    """Names of the keys whose tokens are good no more."""


def rotate_keys(tx: Transaction, by: Principal, *, is_ending_old: bool) -> KeyRotated:
    """Raises `Forbidden`. `is_ending_old`: all tokens that were signed so far are good no more, on every server within 5 s."""
    authorise(by, Permission.TOKEN_REVOKE, None)
    known = list(tx.signing_keys.list())
    if not known:
        first = SigningKey(id=FIRST_KEY, created_at=tx.now, signs_from=datetime.fromtimestamp(0, tx.now.tzinfo), created_by="system")
        tx.signing_keys.add(first)
        known = [first]
    # Without the old ones nothing is signed until the new one signs: then at once, and servers that have not heard yet refuse it.
    signs_from = tx.now if is_ending_old else tx.now + HEARD_WITHIN
    fresh = SigningKey(id=secrets.token_hex(6), created_at=tx.now, signs_from=signs_from, created_by=by.id)
    tx.signing_keys.add(fresh)
    gone = known if is_ending_old else _outlived([*known, fresh], tx.now)
    for key in gone:
        tx.signing_keys.delete(key.id)
    ended = tuple(key.id for key in known) if is_ending_old else ()
    for name in ended:
        # So that what their tokens opened is closed, and that they stay ended when a backup of before is restored.
        revoke(tx, name, by.id, ends_at=tx.now + LONGEST_TOKEN_LIFE)
    tx.announce(Changed(what=SIGNING_KEYS))
    audit(tx, by, Action.SIGNING_KEYS_ROTATED, target=fresh.id, after={"signs_from": signs_from, "ended": ended})
    return KeyRotated(key=fresh, ended=ended)


def _outlived(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """Those whose last token has ended by itself, and the oldest of too many."""
    life = LONGEST_TOKEN_LIFE + GRACE + HEARD_WITHIN
    old = [key for key, after in pairwise(keys) if after.signs_from + life < now]
    return [*old, *[key for key in keys if key not in old][: max(0, len(keys) - len(old) - KEYS_KEPT)]]


def signing_keys(snapshot: Snapshot) -> Sequence[SigningKey]:
    """All, for a server that signs and verifies with them."""
    return snapshot.signing_keys.list()


def known_signing_keys(snapshot: Snapshot, by: Principal) -> Sequence[SigningKey]:
    """All, for a person: names and times. Raises `Forbidden`."""
    authorise(by, Permission.TOKEN_REVOKE, None)
    return snapshot.signing_keys.list()
