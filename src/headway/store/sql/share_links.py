"""Share links of runs: they go with their run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from headway.model.share_link import ShareLink
from headway.store.sql.credential_tables import share_links
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.values import checked_key, clean, is_key, micros, moment, optional_micros, optional_moment, to_id, to_key

_NAMES = ", ".join(column.name for column in share_links.c)
_SELECT = f"SELECT {_NAMES} FROM share_links"  # noqa: S608 - constants of this file


class SqlShareLinks:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(f"{_SELECT} WHERE id = ?")
        self._find = link.prepare(f"{_SELECT} WHERE code_hash = ?")
        self._list = link.prepare(f"{_SELECT} WHERE run_id = ? ORDER BY id DESC")
        self._alive = link.prepare(
            f"SELECT id FROM share_links WHERE id {keys_in(link)} AND expires_at > ? AND revoked_at IS NULL"  # noqa: S608 - constants
        )
        self._add = link.rows(share_links)
        self._open = link.prepare("UPDATE share_links SET opened_count = opened_count + ?, opened_at = ? WHERE id = ?")
        self._end = link.prepare("UPDATE share_links SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        self._prune = link.prepare("DELETE FROM share_links WHERE expires_at < ? OR revoked_at < ?")

    def get(self, link: str) -> ShareLink | None:
        return _link_of(self._get.one(to_key(link))) if is_key(link) else None

    def find(self, code_hash: str) -> ShareLink | None:
        return _link_of(self._find.one(code_hash))

    def list(self, run: str) -> Sequence[ShareLink]:
        rows = self._list.all(to_key(run)) if is_key(run) else []
        return [found for row in rows if (found := _link_of(row)) is not None]

    def alive(self, links: Collection[str], now: datetime) -> set[str]:
        return {to_id(key) for (key,) in self._alive.all(key_list(self._link, links), micros(now))} if links else set()

    def add(self, link: ShareLink) -> None:
        self._add.insert([_row_of(link)])

    def open(self, link: str, at: datetime, *, count: int) -> None:
        self._open.later(count, micros(at), checked_key(link))

    def end(self, link: str, at: datetime) -> None:
        self._end.later(micros(at), checked_key(link))

    def prune(self, ended_before: datetime) -> None:
        self._prune.later(micros(ended_before), micros(ended_before))


def _link_of(row: Sequence[Any] | None) -> ShareLink | None:
    if row is None:
        return None
    id_, code_hash, run, label, created_at, created_by, expires_at, opened_count, opened_at, revoked_at = row
    return ShareLink(
        id=to_id(id_),
        code_hash=code_hash,
        run=to_id(run),
        label=label,
        created_at=moment(created_at),
        created_by=created_by,
        expires_at=moment(expires_at),
        opened_count=opened_count,
        opened_at=optional_moment(opened_at),
        revoked_at=optional_moment(revoked_at),
    )


def _row_of(link: ShareLink) -> tuple[Any, ...]:
    return (
        checked_key(link.id), link.code_hash, checked_key(link.run), clean(link.label), micros(link.created_at), clean(link.created_by),
        micros(link.expires_at), link.opened_count, optional_micros(link.opened_at), optional_micros(link.revoked_at),
    )  # fmt: skip
