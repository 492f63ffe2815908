# ruff: noqa: S608 - statements are put together from the schema alone; values are always parameters
"""Rows of both databases in one form, so that they can be written to the other and compared.

SQLite keeps an id as 32 hexadecimal digits, a truth as 0 or 1; PostgreSQL has types for them, and its driver gives Python's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa

from headway.store.sql.link import Link, Row


def canonical(row: Sequence[Any]) -> Row:
    """Text, whole numbers, floats, bytes and None: equal if and only if the rows are."""
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case uuid.UUID():
            return value.hex
        case memoryview() | bytearray():
            return bytes(cast("bytes", value))
        case _:
            return value


def key_of(table: sa.Table, row: Row) -> Row:
    names = [column.name for column in table.c]
    return tuple(row[names.index(column.name)] for column in table.primary_key)


def nul_in(table: sa.Table, row: Row) -> str | None:
    """The column whose text has a NUL, which PostgreSQL cannot keep."""
    return next((column.name for column, value in zip(table.c, row, strict=True) if isinstance(value, str) and "\0" in value), None)


class Source:
    """Reads a table of SQLite in the order of its key, a batch at a time, from any place on."""

    def __init__(self, link: Link, table: sa.Table) -> None:
        self._link = link
        quote = link.dialect.identifier_preparer.quote
        self._columns = ", ".join(quote(column.name) for column in table.c)
        self._key = ", ".join(quote(column.name) for column in table.primary_key)
        self._marks = ", ".join("?" * len(table.primary_key.columns))
        self._table = table

    def count(self) -> int:
        return int(self._link.prepare(f"SELECT count(*) FROM {self._table.name}").one()[0])

    def batches(self, after: Row | None, batch_bytes: int, batch_rows: int) -> Iterator[list[Row]]:
        """From behind the key `after` on. A batch ends with `batch_rows` rows, or sooner with `batch_bytes` of text and bytes."""
        while True:
            batch = self._next(after, batch_bytes, batch_rows)
            if not batch:
                return
            yield batch
            after = key_of(self._table, batch[-1])

    def _next(self, after: Row | None, batch_bytes: int, batch_rows: int) -> list[Row]:
        where = f" WHERE ({self._key}) > ({self._marks})" if after is not None else ""
        cursor = self._link.driver.cursor()
        cursor.execute(f"SELECT {self._columns} FROM {self._table.name}{where} ORDER BY {self._key} LIMIT {batch_rows}", after or ())
        batch: list[Row] = []
        size = 0
        for found in cursor:
            row = canonical(found)
            batch.append(row)
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if size >= batch_bytes:
                break
        cursor.close()
        return batch


class Target:
    """Writes to a table of PostgreSQL, and reads rows again by their keys."""

    def __init__(self, link: Link, table: sa.Table) -> None:
        self._link = link
        self._table = table
        quote = link.dialect.identifier_preparer.quote
        columns = ", ".join(quote(column.name) for column in table.c)
        self._copy = f"COPY {table.name} ({columns}) FROM STDIN"
        keys = list(table.primary_key.columns)
        # By the keys themselves, not by a range of them: the two databases order texts differently.
        lists = ", ".join(f"%s::{column.type.compile(dialect=link.dialect)}[]" for column in keys)
        names = ", ".join(f"k{number}" for number in range(len(keys)))
        same = " AND ".join(f"t.{quote(column.name)} = k.k{number}" for number, column in enumerate(keys))
        columns_of = ", ".join(f"t.{quote(column.name)}" for column in table.c)
        self._find = f"SELECT {columns_of} FROM unnest({lists}) AS k({names}) JOIN {table.name} AS t ON {same}"

    def count(self) -> int:
        return int(self._link.prepare(f"SELECT count(*) FROM {self._table.name}").one()[0])

    def write(self, rows: Sequence[Row]) -> None:
        with self._link.cursor.copy(self._copy) as copy:
            for row in rows:
                copy.write_row(row)

    def find(self, keys: Sequence[Row]) -> dict[Row, Row]:
        """Rows by key."""
        self._link.cursor.execute(self._find, [list(column) for column in zip(*keys, strict=True)])
        found = (canonical(row) for row in self._link.cursor.fetchall())
        return {key_of(self._table, row): row for row in found}
