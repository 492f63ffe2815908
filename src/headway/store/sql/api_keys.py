"""API keys: found by their prefix, listed by their owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from headway.model.api_key import ApiKey
from headway.store.sql.credential_tables import api_keys
from headway.store.sql.link import Link
from headway.store.sql.values import (
    checked_key,
    clean,
    dumps,
    is_key,
    loads,
    micros,
    moment,
    optional_clean,
    optional_micros,
    optional_moment,
    to_id,
    to_key,
)

_NAMES = ", ".join(column.name for column in api_keys.c)
_SELECT = f"SELECT {_NAMES} FROM api_keys"  # noqa: S608 - constants of this file
_NEWEST = "ORDER BY id DESC LIMIT ?"
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class SqlApiKeys:
    """Ids are made in the order of time (UUID version 7): the newest first is the last id first."""

    def __init__(self, link: Link) -> None:
        self._get = link.prepare(f"{_SELECT} WHERE id = ?")
        self._find = link.prepare(f"{_SELECT} WHERE prefix = ?")
        self._list = link.prepare(f"{_SELECT} WHERE id < ? {_NEWEST}")
        self._list_of = link.prepare(f"{_SELECT} WHERE owner = ? AND id < ? {_NEWEST}")
        self._count = link.prepare("SELECT count(*) FROM api_keys WHERE owner = ? AND expires_at > ? AND revoked_at IS NULL")
        self._changed = link.prepare("SELECT prefix, changed_at FROM api_keys WHERE changed_at >= ? ORDER BY changed_at DESC LIMIT ?")
        self._add = link.rows(api_keys)
        self._change = link.prepare(
            "UPDATE api_keys SET secret_hash = ?, expires_at = ?, changed_at = ?, old_secret_hash = ?, old_until = ?, rotated_at = ?, "
            "revoked_at = ? WHERE id = ?"
        )
        self._use = link.prepare("UPDATE api_keys SET used_at = ? WHERE id = ? AND (used_at IS NULL OR used_at < ?)")
        self._reseal = link.prepare("UPDATE api_keys SET secret_hash = ? WHERE id = ? AND secret_hash = ?")
        self._prune = link.prepare("DELETE FROM api_keys WHERE expires_at < ? OR revoked_at < ?")

    def get(self, key: str) -> ApiKey | None:
        return _key_of(self._get.one(to_key(key))) if is_key(key) else None

    def find(self, prefix: str) -> ApiKey | None:
        return _key_of(self._find.one(clean(prefix)))

    def list(self, *, owner: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[ApiKey]:
        last = _LAST_ID if after is None or not is_key(after) else after
        rows = self._list.all(to_key(last), limit) if owner is None else self._list_of.all(clean(owner), to_key(last), limit)
        return [key for row in rows if (key := _key_of(row)) is not None]

    def count(self, owner: str, now: datetime) -> int:
        return self._count.one(clean(owner), micros(now))[0]

    def changed_since(self, at: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        return [(prefix, moment(changed_at)) for prefix, changed_at in self._changed.all(micros(at), limit)]

    def add(self, key: ApiKey) -> None:
        self._add.insert([_row_of(key)])

    def change(self, key: ApiKey) -> None:
        self._change.later(
            key.secret_hash, micros(key.expires_at), micros(key.changed_at), key.old_secret_hash, optional_micros(key.old_until),
            optional_micros(key.rotated_at), optional_micros(key.revoked_at), checked_key(key.id),
        )  # fmt: skip

    def use(self, used: Mapping[str, datetime]) -> None:
        # In the order of ids: two servers that note the same keys never wait for each other crosswise.
        for key in sorted(used):
            self._use.later(micros(used[key]), checked_key(key), micros(used[key]))

    def reseal(self, key: str, kept: str, seal: str) -> None:
        self._reseal.later(seal, checked_key(key), kept)

    def prune(self, ended_before: datetime) -> None:
        self._prune.later(micros(ended_before), micros(ended_before))


def _key_of(row: Sequence[Any] | None) -> ApiKey | None:
    if row is None:
        return None
    (
        id_, prefix, secret_hash, name, scopes, owner, account, role, created_at, expires_at, changed_at, used_at, old_secret_hash,
        old_until, rotated_at, revoked_at,
    ) = row  # fmt: skip
    return ApiKey(
        id=to_id(id_),
        prefix=prefix,
        secret_hash=secret_hash,
        name=name,
        scopes=tuple(loads(scopes)),
        owner=owner,
        account=account,
        role=role,
        created_at=moment(created_at),
        expires_at=moment(expires_at),
        changed_at=moment(changed_at),
        used_at=optional_moment(used_at),
        old_secret_hash=old_secret_hash,
        old_until=optional_moment(old_until),
        rotated_at=optional_moment(rotated_at),
        revoked_at=optional_moment(revoked_at),
    )


def _row_of(key: ApiKey) -> tuple[Any, ...]:
    return (
        checked_key(key.id), clean(key.prefix), key.secret_hash, clean(key.name), clean(dumps(list(key.scopes)).decode()), clean(key.owner),
        optional_clean(key.account), optional_clean(key.role), micros(key.created_at), micros(key.expires_at), micros(key.changed_at),
        optional_micros(key.used_at), key.old_secret_hash, optional_micros(key.old_until), optional_micros(key.rotated_at),
        optional_micros(key.revoked_at),
    )  # fmt: skip
