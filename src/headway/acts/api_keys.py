"""Make, list, rotate and revoke API keys. Secrets are made and sealed by the caller (`access/seal.py`); only seals come here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headway.access.authorise import authorise, holds_anywhere, may
from headway.access.key_rights import cut, read_scope, rights_of_role
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.bounds import end_of
from headway.acts.revoke import revoke
from headway.model.api_key import API_KEY_REMEMBERED, API_KEYS_EACH, LONGEST_API_KEY_LIFE, ApiKey
from headway.model.audit import Action
from headway.model.errors import ApiKeyNotFound, Forbidden, Invalid, TooManyApiKeys
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Changed

API_KEYS = "api keys"
"""As `Changed` names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeApiKey:
    name: str
    scopes: tuple[str, ...]
    lifetime: timedelta
    prefix: str
    secret_hash: str


def make_api_key(tx: Transaction, wish: MakeApiKey, by: Principal) -> ApiKey:
    """A key of `by`, with no more than they may, for no longer than they may. Raises `Forbidden`, `Invalid`, `TooManyApiKeys`."""
    _check_maker(by)
    for index, text in enumerate(wish.scopes):
        _check_scope(text, by, f"scopes.{index}")
    tx.api_keys.prune(tx.now - API_KEY_REMEMBERED)
    if tx.api_keys.count(by.id, tx.now) >= API_KEYS_EACH:
        raise TooManyApiKeys(owner=by.id, limit=API_KEYS_EACH)
    key = ApiKey(
        id=new_id(),
        prefix=wish.prefix,
        secret_hash=wish.secret_hash,
        name=wish.name,
        scopes=wish.scopes,
        owner=by.id,
        account=by.account,
        role=None if by.account is not None else by.role,
        created_at=tx.now,
        expires_at=_end(tx, wish.lifetime, by),
        changed_at=tx.now,
    )
    tx.api_keys.add(key)
    audit(tx, by, Action.TOKEN_MADE, target=key.id, after=_told(key))
    return key


def _check_maker(by: Principal) -> None:
    """Keys are made by people and by their tokens: a key that made keys would outlive its own revocation. And what holds single scopes has
    nothing to hand on."""
    if not holds_anywhere(by, Permission.TOKEN_CREATE) or by.api_key is not None or (by.role is None and by.account is None):
        raise Forbidden(permission=str(Permission.TOKEN_CREATE))


def _check_scope(text: str, by: Principal, field: str) -> None:
    """A scope that grants nothing, or nothing to its maker, is a riddle for whoever gets the key."""
    scope = read_scope(text)
    if scope is None:
        raise Invalid(f"{field}: {text} names no permission. Write NOUN:VERB or project:NAME:NOUN:VERB; the verb may be *.", field=field)
    places = [scope.project] if scope.project is not None or by.rights is None else [None, *by.rights.in_projects]
    if not any(may(by, permission, project) for permission in scope.permissions for project in places):
        raise Forbidden(f"{field}: you do not have {text} yourself, and cannot give it to a key.", permission=text)


def _end(tx: Transaction, lifetime: timedelta, by: Principal) -> datetime:
    wanted, last = tx.now + min(lifetime, LONGEST_API_KEY_LIFE), end_of(tx, by)
    return wanted if last is None else min(wanted, last)


def rotate_api_key(
    tx: Transaction, key: str, by: Principal, *, secret_hash: str, grace: timedelta, lifetime: timedelta | None = None
) -> ApiKey:
    """The key with a new secret; that of before stays good for `grace`, the one before that no more. `lifetime`: how long it is good from
    now on; None: its end stays. A key may rotate itself, and not prolong itself. Raises `ApiKeyNotFound`, `Forbidden`."""
    found = _own(tx, key, by)
    if lifetime is not None and by.api_key is not None:
        raise Forbidden("A key cannot prolong itself: its owner can.", permission=str(Permission.TOKEN_CREATE))
    expires_at = found.expires_at if lifetime is None else _end(tx, lifetime, by)
    rotated = replace(
        found, secret_hash=secret_hash, old_secret_hash=found.secret_hash, old_until=min(tx.now + grace, expires_at), rotated_at=tx.now,
        changed_at=tx.now, expires_at=expires_at,
    )  # fmt: skip
    tx.api_keys.change(rotated)
    tx.announce(Changed(what=API_KEYS))
    audit(tx, by, Action.TOKEN_ROTATED, target=found.id, before=_told(found), after=_told(rotated))
    return rotated


def _told(key: ApiKey) -> dict[str, object]:
    """For the audit log."""
    said = ("prefix", "name", "owner", "scopes", "expires_at", "old_until")
    return {name: getattr(key, name) for name in said}


def revoke_api_key(tx: Transaction, key: str, by: Principal) -> ApiKey:
    """It is good no more, on every server within 5 s, and what it opened is closed. Raises `ApiKeyNotFound`."""
    found = _own(tx, key, by)
    revoked = replace(found, revoked_at=tx.now, changed_at=tx.now)
    tx.api_keys.change(revoked)
    revoke(tx, found.id, by.id, ends_at=found.expires_at)
    audit(tx, by, Action.TOKEN_REVOKED, target=found.id, before=_told(found))
    tx.announce(Changed(what=API_KEYS))
    return revoked


def _own(tx: Transaction, key: str, by: Principal) -> ApiKey:
    """A key that has not ended, and of which `by` may decide: their own (of a key: itself), or any with the right to revoke."""
    found = tx.api_keys.get(key)
    is_own = found is not None and (
        found.id == by.api_key if by.api_key is not None else found.owner == by.id and found.account == by.account
    )
    if found is None or found.revoked_at is not None or found.expires_at <= tx.now:
        raise ApiKeyNotFound
    if not is_own and not may(by, Permission.TOKEN_REVOKE, None):
        raise ApiKeyNotFound
    return found


def list_api_keys(snapshot: Snapshot, by: Principal, *, is_all: bool, after: str | None, limit: int) -> Sequence[ApiKey]:
    """One's own, the newest first; all that there are with `is_all`, which needs the right to revoke. Raises `Forbidden`."""
    if is_all:
        authorise(by, Permission.TOKEN_REVOKE, None)
    return snapshot.api_keys.list(owner=None if is_all else by.id, after=after, limit=limit)


def find_api_key(snapshot: Snapshot, prefix: str) -> ApiKey | None:
    return snapshot.api_keys.find(prefix)


def api_keys_changed_since(snapshot: Snapshot, at: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
    """Prefixes of keys that were made, rotated or revoked since then."""
    return snapshot.api_keys.changed_since(at, limit=limit)


def note_use(tx: Transaction, used: Mapping[str, datetime], resealed: Sequence[tuple[ApiKey, str]] = ()) -> None:
    """By id: when each key was last used. `resealed`: keys as they were read, and a seal of the same secret by another algorithm; one that
    was rotated since stays as it is."""
    tx.api_keys.use(used)
    for key, seal in sorted(resealed, key=lambda each: each[0].id):
        tx.api_keys.reseal(key.id, key.secret_hash, seal)


def principal_of(key: ApiKey) -> Principal:
    """Who shows the key. What the key of an account may is looked up in the directory."""
    return Principal(
        id=key.owner,
        rights=cut(rights_of_role(key.role), key.scopes) if key.account is None else None,
        expires_at=key.expires_at,
        token_id=key.id,
        api_key=key.id,
        key_account=key.account,
        key_scopes=key.scopes,
    )
