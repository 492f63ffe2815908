"""What the store knows of itself, and who leads."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.values import micros

EPOCH = "epoch"
"""Key of the store's epoch."""

# The fence rises with each new holder and stays with one who renews; nobody is pushed out before `until`.
_LEAD = (
    "INSERT INTO duties (duty, holder, fence, until) VALUES (?, ?, 1, ?) ON CONFLICT (duty) DO UPDATE SET "
    "fence = CASE WHEN duties.holder = excluded.holder THEN duties.fence ELSE duties.fence + 1 END, "
    "holder = excluded.holder, until = excluded.until WHERE duties.holder = excluded.holder OR duties.until <= ? RETURNING fence"
)


class SqlMeta:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(sa.select(schema.meta.c.value).where(schema.meta.c.key == sa.bindparam("name")))
        self._put = link.upsert(schema.meta)
        self._lead = link.prepare(_LEAD)

    def get(self, key: str) -> str | None:
        row = self._get.one(key)
        return None if row is None else row[0]

    def put(self, key: str, value: str) -> None:
        self._put.later(key, value)

    def lead(self, duty: str, holder: str, until: datetime) -> int | None:
        """To step down, call with `until` of now."""
        row = self._lead.one(duty, holder, micros(until), micros(self._link.now))
        return None if row is None else row[0]
