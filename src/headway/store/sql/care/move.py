# ruff: noqa: S608 - statements are put together from constants of this module only; values are always parameters
"""A store moved from SQLite to PostgreSQL: copied in batches, compared row by row, and a store there only when all is equal.

Where it stands is kept in the target, in the transaction of each batch: killed at any moment, a move goes on behind the last batch
that was committed. `meta` comes last, with the end of the move: it holds the epoch, and without an epoch nobody serves the tables.
The epoch stays the same, for the journals do: viewers go on at their positions.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from headway.model.errors import StoreDamaged, TargetNotEmpty
from headway.store.sql import schema
from headway.store.sql.care.postgres_backup import TABLES, tables_of
from headway.store.sql.care.reach import Advance, Tell
from headway.store.sql.care.rows import Source, Target, key_of, nul_in
from headway.store.sql.engines import reason_of
from headway.store.sql.link import Link, Row
from headway.store.sql.meta import EPOCH
from headway.store.sql.migrate import VERSION, begin_alone, check_version, make_tables, version_of
from headway.store.sql.tables import metadata

PLACE = "headway_move"
"""Table of the target that says whose move it is and how far it has come; gone when the move has ended."""
BATCH_BYTES = 4 << 20
BATCH_ROWS = 2_000
_LIVELY = ("meta", "workers", "duties")
"""Tables that any server or worker changes as soon as it runs: equal, they say that none has run in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    row_count: int
    table_count: int
    resumed_rows: int
    """Of these, how many an earlier call had copied."""
    seconds: float


class Move:
    """From `source` (SQLite, held by nobody else) to `target` (PostgreSQL). `run` to the end, as often as it takes."""

    def __init__(self, source: Link, target: Link, *, tell: Tell, batch_rows: int = BATCH_ROWS) -> None:
        self._source = source
        self._target = target
        self._tell = tell
        self._batch_rows = batch_rows
        self._tables = [table for table in metadata.sorted_tables if table is not schema.meta]

    def run(self) -> Moved:
        """Raises `StoreOutdated`, `TargetNotEmpty`, `StoreDamaged` (a row is not the same there, or cannot be kept there)."""
        began = time.monotonic()
        check_version(version_of(self._source))
        # Nobody writes to the source until the end, whoever it is.
        self._source.cursor.execute("BEGIN IMMEDIATE")
        self._begin()
        counts = {table.name: Source(self._source, table).count() for table in self._tables}
        resumed = self._copy_all(counts)
        self._compare_all(counts)
        self._finish()
        return Moved(
            row_count=sum(counts.values()) + Source(self._source, schema.meta).count(),
            table_count=len(counts) + 1,
            resumed_rows=resumed,
            seconds=time.monotonic() - began,
        )

    def _begin(self) -> None:
        """Make the tables, or find that an earlier call of this move has."""
        state = self._state()
        begin_alone(self._target)
        there = tables_of(self._target)
        if PLACE in there:
            row = self._target.prepare(f"SELECT last_key FROM {PLACE} WHERE table_name = ''").one()
            self._check_same(json.loads(row[0]), state)
        else:
            self._check_empty(there)
            make_tables(self._target)
            self._target.cursor.execute(
                f"CREATE TABLE {PLACE} (table_name TEXT PRIMARY KEY, last_key TEXT NOT NULL, row_count BIGINT NOT NULL)"
            )
            self._note("", json.dumps(state), 0)
        self._target.cursor.execute("COMMIT")

    def _state(self) -> dict[str, str]:
        """Whose move it is, and that nothing has changed in the source since it began."""
        digest = hashlib.sha256()
        for table in metadata.sorted_tables:
            if table.name in _LIVELY:
                for batch in Source(self._source, table).batches(None, BATCH_BYTES, BATCH_ROWS):
                    digest.update(repr(batch).encode())
        return {"epoch": self._epoch(self._source), "version": VERSION, "lively": digest.hexdigest()}

    def _check_same(self, begun: dict[str, str], state: dict[str, str]) -> None:
        if begun["epoch"] != state["epoch"] or begun["version"] != state["version"]:
            raise TargetNotEmpty(reason="a move of another store, or by another version of Headway, has begun there; --restart empties it")
        if begun != state:
            raise TargetNotEmpty(reason="a server or worker has used the store since the move began; --restart begins it anew")

    def _check_empty(self, there: set[str]) -> None:
        ours = sorted(there & set(TABLES))
        if not ours:
            return
        if "meta" in ours and self._epoch(self._target) == self._epoch(self._source):
            raise TargetNotEmpty(reason="this very store has been moved there already, and compared; set DATABASE_URL to it")
        raise TargetNotEmpty(reason=f"it holds tables of Headway ({', '.join(ours[:3])} …)")

    def _epoch(self, link: Link) -> str:
        row = link.prepare("SELECT value FROM meta WHERE key = ?").one(EPOCH)
        return "" if row is None else str(row[0])

    def _copy_all(self, counts: dict[str, int]) -> int:
        places = {
            row[0]: (json.loads(row[1]), int(row[2]))
            for row in self._target.prepare(f"SELECT table_name, last_key, row_count FROM {PLACE}").all()
        }
        done = resumed = sum(count for name, (_, count) in places.items() if name)
        total = sum(counts.values())
        for table in self._tables:
            last, count = places.get(table.name, (None, 0))
            self._tell(Advance(stage="copying", done=done, total=total, unit="rows", part=table.name))
            target = Target(self._target, table)
            for batch in Source(self._source, table).batches(None if last is None else tuple(last), BATCH_BYTES, self._batch_rows):
                count += len(batch)
                self._write(table, target, batch, count)
                done += len(batch)
                self._tell(Advance(stage="copying", done=done, total=total, unit="rows", part=table.name))
        return resumed

    def _write(self, table: sa.Table, target: Target, batch: list[Row], count: int) -> None:
        """A batch and its place, in one transaction."""
        for row in batch:
            column = nul_in(table, row)
            if column is not None:
                raise StoreDamaged(
                    reason=f"{column} of the row {key_of(table, row)} in {table.name} has a NUL character, which PostgreSQL cannot keep"
                )
        self._target.cursor.execute("BEGIN")
        try:
            target.write(batch)
        except (DBAPIError, self._error) as error:
            if reason_of(error) is not None:
                raise
            raise StoreDamaged(reason=f"rows of {table.name} cannot be kept in PostgreSQL: {str(error).strip().splitlines()[0]}") from error
        self._note(table.name, json.dumps(key_of(table, batch[-1])), count)
        self._target.cursor.execute("COMMIT")

    @property
    def _error(self) -> type[Exception]:
        driver: Any = self._target.dialect.dbapi
        return driver.Error

    def _note(self, table: str, last_key: str, count: int) -> None:
        self._target.prepare(
            f"INSERT INTO {PLACE} (table_name, last_key, row_count) VALUES (?, ?, ?) "
            "ON CONFLICT (table_name) DO UPDATE SET last_key = excluded.last_key, row_count = excluded.row_count"
        ).run(table, last_key, count)

    def _compare_all(self, counts: dict[str, int]) -> None:
        """Every row of the source is read again, and so is the row of the same key there; then as many rows there are all of them."""
        total, done = sum(counts.values()), 0
        for table in self._tables:
            self._tell(Advance(stage="comparing", done=done, total=total, unit="rows", part=table.name))
            target = Target(self._target, table)
            for batch in Source(self._source, table).batches(None, BATCH_BYTES, self._batch_rows):
                self._compare(table, target, batch)
                done += len(batch)
                self._tell(Advance(stage="comparing", done=done, total=total, unit="rows", part=table.name))
            found = target.count()
            if found != counts[table.name]:
                raise StoreDamaged(
                    reason=f"{table.name} has {found} rows there, and {counts[table.name]} here; --restart begins the move anew"
                )

    def _compare(self, table: sa.Table, target: Target, batch: list[Row]) -> None:
        there = target.find([key_of(table, row) for row in batch])
        for row in batch:
            key = key_of(table, row)
            if there.get(key) != row:
                what = "differs there" if key in there else "is not there"
                raise StoreDamaged(reason=f"the row {key} of {table.name} {what}; --restart begins the move anew")

    def _finish(self) -> None:
        """The last table, compared before it counts, and the end of the move: in one transaction."""
        rows = [row for batch in Source(self._source, schema.meta).batches(None, BATCH_BYTES, BATCH_ROWS) for row in batch]
        begin_alone(self._target)
        target = Target(self._target, schema.meta)
        target.write(rows)
        self._compare(schema.meta, target, rows)
        self._target.cursor.execute(f"DROP TABLE {PLACE}")
        self._target.cursor.execute("COMMIT")
        self._target.cursor.execute("ANALYZE")


def empty(target: Link) -> bool:
    """Undo a move that has not ended, whosever it was; whether there was one. Anything else is left alone."""
    begin_alone(target)
    is_begun = PLACE in tables_of(target)
    if is_begun:
        names = ", ".join(f'"{name}"' for name in (*TABLES, PLACE))
        target.cursor.execute(f"DROP TABLE IF EXISTS {names} CASCADE")
    target.cursor.execute("COMMIT")
    return is_begun
