# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""What the nouns speak through: one connection, its dialect, and the time of the present act."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headway.store.sql.arrays import array_of

Row = tuple[Any, ...]
ROWS_AT_ONCE = 256
"""In one statement on PostgreSQL."""
UNSENT_LIMIT = 256
"""Statements that wait to be sent with the next; one more, and they are sent by themselves."""
NAMED_LIMIT = 500
"""Shapes of lists that a connection remembers; they are made anew when there were more."""


def _say_nothing(text: str, seconds: float) -> None:
    """For a connection that nobody watches."""


class Link:
    """A connection that one thread owns, with the clock's time for the act or query that it now serves.

    What a writer tells PostgreSQL without waiting for an answer (`later`) goes with what it asks next, or with the end of the act: several
    statements are one way there and back. Measured, four inserts and a COMMIT: 126 us of processor time instead of 300, and a quarter of
    the time (docs/decisions/0045). Their order is kept, whatever is asked sees them, and what one of them breaks is raised by whoever sends
    it, within the same act.
    """

    __slots__ = (
        "_connection", "_cursor", "_gathers", "_named", "_prepared", "_unsent", "_unsent_cursor", "dialect", "driver", "integrity_error",
        "is_postgres", "now", "slow_seconds", "tell_slow",
    )  # fmt: skip

    def __init__(self, connection: sa.Connection, *, is_writer: bool = False) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self.is_postgres = self.dialect.name == "postgresql"
        self.driver: Any = connection.connection.dbapi_connection
        self._cursor: Any = self.driver.cursor()
        self._gathers = is_writer and self.is_postgres
        self._unsent_cursor: Any = self.driver.cursor()
        self._unsent: list[tuple[str, Sequence[Any]]] = []
        driver: Any = self.dialect.dbapi
        self.integrity_error: type[Exception] = driver.IntegrityError
        self.now = datetime.fromtimestamp(0, UTC)
        self.slow_seconds = math.inf
        """Statements that take so long, or longer, are told to `tell_slow`, those that failed included."""
        self.tell_slow: Callable[[str, float], None] = _say_nothing
        self._prepared: dict[Any, Prepared] = {}
        self._named: dict[Any, Named] = {}

    @property
    def connection(self) -> sa.Connection:
        self.send()
        return self._connection

    @property
    def cursor(self) -> Any:
        """For what has no better way. All that was to be sent has been."""
        self.send()
        return self._cursor

    def later(self, text: str, values: Sequence[Any] = ()) -> None:
        """Execute before anything else is asked, at the latest when the act ends."""
        if not self._gathers:
            self.ask(text, values)
            return
        self._unsent.append((text, values))
        if len(self._unsent) > UNSENT_LIMIT:
            self.send()

    def ask(self, text: str, values: Sequence[Any] = ()) -> Any:
        """Execute what waits, and this. The cursor with its answer."""
        unsent = self._unsent
        began = monotonic()
        try:
            self._execute(text, values)
        finally:
            if (seconds := monotonic() - began) >= self.slow_seconds:
                self.tell_slow(_together(unsent, text), seconds)
        return self._cursor

    def send(self) -> None:
        """Execute what waits. Raises what one of them broke; those behind it were not executed."""
        if self._unsent:
            self.ask(*self._unsent.pop())

    def _execute(self, text: str, values: Sequence[Any] = ()) -> None:
        unsent = self._unsent
        if not unsent:
            self._cursor.execute(text, values)
            return
        self._unsent = []
        with self.driver.pipeline():
            for each in unsent:
                self._unsent_cursor.execute(*each)
            self._cursor.execute(text, values)

    def many(self, text: str, rows: Sequence[Row]) -> None:
        """SQLite's own way to execute one statement for many rows: half the cost of as many calls (measured)."""
        began = monotonic()
        try:
            self._cursor.executemany(text, rows)
        finally:
            if (seconds := monotonic() - began) >= self.slow_seconds:
                self.tell_slow(text, seconds)

    def commit(self) -> str:
        """With what waits. The text of all that was executed: how long it took is for whoever commits to tell."""
        unsent = self._unsent
        self._execute("COMMIT")
        return _together(unsent, "COMMIT")

    def rollback(self) -> None:
        self._unsent = []
        self._execute("ROLLBACK")

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that knows ``ON CONFLICT``, which both databases speak alike."""
        return postgresql.insert(table) if self.is_postgres else sqlite.insert(table)

    def upsert(self, table: sa.Table, *, keep: Sequence[str] = ()) -> Prepared:
        """Insert whole rows; where the key exists, replace all columns but the key's and those of `keep`."""
        statement = self.insert(table)
        key = [column.name for column in table.primary_key]
        new = {column.name: statement.excluded[column.name] for column in table.c if column.name not in (*key, *keep)}
        return Prepared(self, statement.on_conflict_do_update(index_elements=key, set_=new))

    def rows(self, table: sa.Table) -> Rows:
        return Rows(self, table)

    def upserted_rows(self, table: sa.Table) -> Rows:
        """As `upsert`, for rows of different keys."""
        key = [column.name for column in table.primary_key]
        quote = self.dialect.identifier_preparer.quote
        new = ", ".join(f"{quote(column.name)} = excluded.{quote(column.name)}" for column in table.c if column.name not in key)
        return Rows(self, table, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {new}")

    def prepare(self, statement: sa.ClauseElement | str) -> Prepared:
        return Prepared(self, statement)

    def rows_of(self, statement: sa.Select[Any]) -> list[Any]:
        """Execute a statement that is put together anew each time, and fetch all."""
        began = monotonic()
        try:
            return list(self.connection.execute(statement))
        finally:
            if (seconds := monotonic() - began) >= self.slow_seconds:
                self.tell_slow(str(statement.compile(dialect=self.dialect)), seconds)

    def savepoint(self, name: str) -> None:
        self.later(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        self.later(f"RELEASE SAVEPOINT {name}")

    def rollback_to(self, name: str) -> None:
        """Undo what came after the savepoint, and end it. On PostgreSQL this also revives an aborted transaction."""
        begin = (f"SAVEPOINT {name}", ())
        if begin in self._unsent:
            last = len(self._unsent) - 1 - self._unsent[::-1].index(begin)
            self._unsent = self._unsent[:last]
            return
        self._unsent = []
        self.ask(f"ROLLBACK TO SAVEPOINT {name}")
        self.later(f"RELEASE SAVEPOINT {name}")

    def named(self, statement: sa.Select[Any]) -> Named:
        return Named(self, statement)

    def cached_named(self, shape: Any) -> Named | None:
        return self._named.get(shape)

    def cache_named(self, shape: Any, statement: sa.Select[Any]) -> Named:
        """`shape`: of a bounded number, or values must stand under names."""
        if len(self._named) >= NAMED_LIMIT:
            self._named.clear()
        named = self._named[shape] = Named(self, statement)
        return named

    def cached(self, key: Any) -> Prepared | None:
        return self._prepared.get(key)

    def cache(self, key: Any, prepared: Prepared) -> Prepared:
        self._prepared[key] = prepared
        return prepared


def _together(unsent: Sequence[tuple[str, Any]], text: str) -> str:
    """Statements that were sent together, each once."""
    return "; ".join([*dict.fromkeys(each for each, _ in unsent), text])


class Rows:
    """An insert of many rows.

    SQLite: executemany (measured: half the cost of statements with many rows). PostgreSQL: one statement, whose values are columns, not
    rows: an array each, so that there is little to parse and to plan (measured, heads and segments of 50 runs: half the processor time on
    either side that statements of eight rows each took).
    """

    __slots__ = ("_arrays", "_one", "_together")

    def __init__(self, link: Link, table: sa.Table, tail: str = "") -> None:
        quote = link.dialect.identifier_preparer.quote
        names = ", ".join(quote(column.name) for column in table.c)
        head = f"INSERT INTO {table.name} ({names})"
        self._one = link.prepare(f"{head} VALUES ({', '.join('?' * len(table.c))}){tail}")
        self._together: Prepared | None = None
        if link.is_postgres:
            types = [str(column.type.compile(dialect=link.dialect)) for column in table.c]
            self._arrays = [array_of(type_) for type_ in types]
            columns = ", ".join(f"?::{type_}[]" for type_ in types)
            self._together = link.prepare(f"{head} SELECT * FROM unnest({columns}){tail}")

    def insert(self, rows: Sequence[Row]) -> None:
        if self._together is None or len(rows) == 1:
            self._one.many(rows)
            return
        for first in range(0, len(rows), ROWS_AT_ONCE):
            columns = zip(*rows[first : first + ROWS_AT_ONCE], strict=True)
            self._together.later(*[write(column) for write, column in zip(self._arrays, columns, strict=True)])


class Prepared:
    """A statement compiled once and given to the driver as text: 2 us a call where a Core execution costs 15-20 (measured).

    Values are positional, in the order of the compiled text, and already in the database's form.
    """

    __slots__ = ("_link", "names", "text")

    def __init__(self, link: Link, statement: sa.ClauseElement | str) -> None:
        self._link = link
        if isinstance(statement, str):
            self.text = statement.replace("?", "%s") if link.is_postgres else statement
            self.names: tuple[str, ...] = ()
        else:
            compiled: Any = statement.compile(dialect=link.dialect)
            self.text = str(compiled)
            self.names = tuple(compiled.positiontup or ())

    def all(self, *values: Any) -> list[Any]:
        return self._link.ask(self.text, values).fetchall()

    def one(self, *values: Any) -> Any:
        """The first row, or None."""
        return self._link.ask(self.text, values).fetchone()

    def run(self, *values: Any) -> int:
        """Execute; how many rows it touched. Where nobody asks for that, `later` is cheaper."""
        return self._link.ask(self.text, values).rowcount

    def later(self, *values: Any) -> None:
        """Execute before anything else is asked (`Link.later`)."""
        self._link.later(self.text, values)

    def many(self, rows: Sequence[Row]) -> None:
        """Execute once a row, as `later`."""
        if len(rows) > 1 and not self._link.is_postgres:
            self._link.many(self.text, rows)
            return
        for row in rows:
            self._link.later(self.text, row)


class Named:
    """A select whose parameters have names, put together and compiled once: 200 us less a call than a Core execution (measured, a page
    of 50 runs). Rows come as the driver gives them."""

    __slots__ = ("_constants", "_converted", "_names", "_prepared")

    def __init__(self, link: Link, statement: sa.Select[Any]) -> None:
        compiled: Any = statement.compile(dialect=link.dialect, compile_kwargs={"render_postcompile": True})
        self._names: list[str] = list(compiled.positiontup)
        self._constants: dict[str, Any] = dict(compiled.params)
        self._converted: dict[str, Callable[[Any], Any]] = {}
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(link.dialect).bind_processor(link.dialect)
            if convert is not None:
                self._converted[name] = convert
        for name, value in self._constants.items():
            if value is not None and name in self._converted:
                self._constants[name] = self._converted[name](value)
        self._prepared = link.prepare("")
        self._prepared.text = str(compiled)

    def all(self, values: Mapping[str, Any]) -> list[Any]:
        """`values`: of all that has a name and no value yet."""
        known = dict(self._constants)
        for name, value in values.items():
            known[name] = self._converted[name](value) if name in self._converted else value
        return self._prepared.all(*[known[name] for name in self._names])
