"""Names and times of signing keys: a handful of rows."""

from __future__ import annotations

from collections.abc import Sequence

from headway.model.signing_key import SigningKey
from headway.store.sql.link import Link
from headway.store.sql.values import clean, micros, moment


class SqlSigningKeys:
    def __init__(self, link: Link) -> None:
        self._list = link.prepare("SELECT id, created_at, signs_from, created_by FROM signing_keys ORDER BY signs_from, created_at, id")
        self._add = link.prepare("INSERT INTO signing_keys (id, created_at, signs_from, created_by) VALUES (?, ?, ?, ?)")
        self._delete = link.prepare("DELETE FROM signing_keys WHERE id = ?")

    def list(self) -> Sequence[SigningKey]:
        return [
            SigningKey(id=id_, created_at=moment(at), signs_from=moment(begins), created_by=by) for id_, at, begins, by in self._list.all()
        ]

    def add(self, key: SigningKey) -> None:
        self._add.later(clean(key.id), micros(key.created_at), micros(key.signs_from), clean(key.created_by))

    def delete(self, key: str) -> None:
        self._delete.later(clean(key))
