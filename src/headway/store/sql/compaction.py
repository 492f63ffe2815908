# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Small segments become blocks, and old blocks go: positions never change by either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from headway.model.events import Facet
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.segments import COMPRESS_ABOVE, FACET_BITS, decode, encode_block
from headway.store.sql.values import dumps, micros, to_id

CALL_LIMIT = 500
"""Segments replaced or dropped by one call, so that no write transaction lasts long."""
_SMALLEST, _LARGEST = 1024, 262_144
"""Bounds of a block's size before compression."""
_COLUMNS = "first, last, size, format, recorded_at"


class Compaction:
    def __init__(self, link: Link) -> None:
        self._list = link.prepare(
            f"SELECT {_COLUMNS} FROM segments WHERE run_id = ? AND facet = ? AND first > ? AND recorded_at < ? ORDER BY first LIMIT ?"
        )
        self._whole = link.prepare(sa.select(schema.segments).where(
            schema.segments.c.run_id == sa.bindparam("run"),
            schema.segments.c.facet == sa.bindparam("facet"),
            schema.segments.c.first.between(sa.bindparam("low"), sa.bindparam("high")),
        ).order_by(schema.segments.c.first))  # fmt: skip
        self._delete = link.prepare("DELETE FROM segments WHERE run_id = ? AND facet = ? AND first BETWEEN ? AND ?")
        self._insert = link.prepare(sa.insert(schema.segments))
        self._done = link.prepare(
            "UPDATE runs SET compacted_facets = compacted_facets | ? WHERE id = ? AND finished_at > 0 AND compacted_facets & ? = 0"
        )
        self._uncompacted = link.prepare(
            "SELECT id FROM runs WHERE compacted_facets < 7 AND finished_at > 0 AND finished_at < ? ORDER BY finished_at LIMIT ?"
        )
        self._front = link.prepare("SELECT first, last FROM segments WHERE run_id = ? AND facet = ? ORDER BY first LIMIT ?")

    def compact(self, key: str, facet: Facet, *, before: datetime | None, target_bytes: int) -> int:
        target = min(max(target_bytes, _SMALLEST), _LARGEST)
        rows = self._rows(key, facet, 2**62 if before is None else micros(before))
        replaced = 0
        for group in _groups(rows, target):
            if replaced >= CALL_LIMIT:
                return replaced
            self._merge(key, facet, group[0][0], group[-1][0])
            replaced += len(group)
        if before is None:
            bit = FACET_BITS[facet]
            self._done.later(bit, key, bit)
        return replaced

    def _rows(self, key: str, facet: Facet, before: int) -> Iterator[Any]:
        first = -1
        while rows := self._list.all(key, facet.value, first, before, CALL_LIMIT):
            yield from rows
            first = rows[-1][0]

    def _merge(self, key: str, facet: Facet, low: int, high: int) -> None:
        rows = self._whole.all(key, facet.value, low, high)
        raw = b"\n".join(decode(row[-2], row[-1]) for row in rows)
        format_, body = encode_block(raw)
        levels: dict[str, int] = {}
        for row in rows:
            for level, count in orjson.loads(row[11]).items():
                levels[level] = levels.get(level, 0) + count
        first, last = rows[0], rows[-1]
        merged = (
            *first[:3], last[3], first[4], last[5], min(row[6] for row in rows), max(row[7] for row in rows), max(row[8] for row in rows),
            sum(row[9] for row in rows), len(raw), dumps(levels).decode(), format_, body,
        )  # fmt: skip
        self._delete.later(key, facet.value, low, high)
        self._insert.later(*merged)

    def uncompacted(self, finished_before: datetime, limit: int) -> list[str]:
        return [to_id(row[0]) for row in self._uncompacted.all(micros(finished_before), limit)]

    def drop_front(self, key: str, facet: Facet, keep_from: int) -> int | None:
        """The first position that is kept now, if anything was dropped."""
        rows = self._front.all(key, facet.value, CALL_LIMIT + 1)
        gone = [row for row in rows[:CALL_LIMIT] if row[1] < keep_from]
        if not gone:
            return rows[0][0] if rows else None
        self._delete.later(key, facet.value, gone[0][0], gone[-1][0])
        return rows[len(gone)][0] if len(gone) < len(rows) else gone[-1][1] + 1


def _groups(rows: Iterable[Any], target: int) -> Iterator[list[Any]]:
    """Neighbours that make one block of about `target` bytes. A block that is large enough stands as it is."""
    group: list[Any] = []
    size = 0
    for row in rows:
        is_block = row[3] == "zstd" and row[2] >= target // 2
        if group and (is_block or size + row[2] > target):
            yield from _worth_it(group)
            group, size = [], 0
        if not is_block:
            group.append(row)
            size += row[2]
    yield from _worth_it(group)


def _worth_it(group: list[Any]) -> Iterator[list[Any]]:
    if len(group) > 1 or (group and group[0][3] != "zstd" and group[0][2] > COMPRESS_ABOVE):
        yield group
