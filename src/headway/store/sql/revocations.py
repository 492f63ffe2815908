"""Revocations: few at any time, and read by every server once in a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from headway.model.revocation import Revocation
from headway.store.sql.link import Link
from headway.store.sql.values import clean, micros, moment


class SqlRevocations:
    def __init__(self, link: Link) -> None:
        self._since = link.prepare(
            "SELECT id, revoked_at, ends_at, by_id FROM revocations WHERE revoked_at >= ? AND ends_at > ? "
            "ORDER BY revoked_at DESC, id DESC LIMIT ?"
        )
        self._put = link.prepare("INSERT INTO revocations (id, revoked_at, ends_at, by_id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")
        self._prune = link.prepare("DELETE FROM revocations WHERE ends_at <= ?")

    def since(self, at: datetime, now: datetime, *, limit: int) -> Sequence[Revocation]:
        rows = self._since.all(micros(at), micros(now), limit)
        return [Revocation(id=key, revoked_at=moment(at), ends_at=moment(ends), by=by) for key, at, ends, by in rows]

    def put(self, revocation: Revocation) -> None:
        self._put.later(clean(revocation.id), micros(revocation.revoked_at), micros(revocation.ends_at), clean(revocation.by))

    def prune(self, now: datetime) -> None:
        self._prune.later(micros(now))
