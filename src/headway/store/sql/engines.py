"""Connections to SQLite and PostgreSQL, and the few words in which their transactions differ.

Every connection is in autocommit and every transaction begins and ends with a statement of ours: SQLite then has
``BEGIN IMMEDIATE`` (its driver would begin deferred, and two writers would fail half-way), and the text is the same for both.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from headway.model.clock import Clock
from headway.model.errors import StoreUnavailable
from headway.store.sql.link import Link
from headway.store.sql.turns import STEP_SECONDS, Turns

if TYPE_CHECKING:
    from headway.store.sql.breaker import Breaker

BUSY_SECONDS = 10.0
"""How long a write transaction waits for another process's turn to end."""
READ_SECONDS = 5.0
"""A query that takes longer is ended: on PostgreSQL by the server, on SQLite by its progress handler."""
_KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A connection whose other end has vanished is given up after about 11 s: not in two hours, as the kernel would."""
WRITE_SECONDS = 15.0
"""A statement that takes longer is ended by the database."""
STANDSTILL_SECONDS = 5.0
"""A write transaction of which nothing more is heard is undone by PostgreSQL: its process was stopped or cut off, and what it has locked
(a run, a queue, the lead) would stand still with it. Leases last longer, so nobody waits for this alone."""
READ_STANDSTILL_SECONDS = 60.0
"""One that reads locks nothing; it only keeps PostgreSQL from tidying up."""
_RANDOM_PAGE_COST = 1.1
"""What PostgreSQL is to think that a page out of order costs, against one in order. Its default of 4 is that of spinning disks: it
then reads a million runs from one end to the other where an index has the 40,000 that matter (tests/contract/test_store_million.py)."""
_READER_CACHE_KB = 2048
_WRITER_CACHE_KB = 16_384
"""One commit of 100 runs changes up to 1 MB of pages; they are to stay in memory until the next."""
_PAGE_BYTES = 2048
"""Of a new SQLite file. A commit writes each page that it touched whole, and a run that starts touches 24, most of them of indexes.
Measured against SQLite's 4096: 23 % less time to start a run, half the write-ahead log, and a fifth more to read 100 MB of log."""
_WAL_SAFETY_BYTES = 128 * 1024 * 1024
"""The writer checkpoints by itself beyond this write-ahead log, should the checkpointer be stuck."""
_PROGRESS_STEPS = 50_000
_LOCK_MS = 5
"""How long a further act of a transaction waits for rows that another process holds."""
_HELD_ELSEWHERE = frozenset({"55P03", "40P01"})
"""lock_not_available, deadlock_detected."""
_NOW = "clock_timestamp() AT TIME ZONE 'UTC'"
_IN_TRANSACTION = 2
"""libpq's PQTRANS_INTRANS."""


def make_engine(url: str | sa.URL, *, synchronous: str) -> sa.Engine:
    """An engine whose connections are held by threads, not pooled; `synchronous` is for SQLite: FULL, or OFF in tests."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            raise StoreUnavailable(reason="SQLite needs a file here, for several connections share it: sqlite:////path/to/headway.db")
        _make_private(address.database)
        arguments: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": 512}
        engine = sa.create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
        event.listen(engine, "connect", _pragmas(synchronous))
        return engine
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername != "postgresql+psycopg":
        raise StoreUnavailable(reason=f"{address.drivername} is not supported; DATABASE_URL begins with sqlite:// or postgresql://")
    # Without server-side prepared statements a pooler between us and the server (PgBouncer) may hand each transaction another one.
    arguments = {"prepare_threshold": None, "connect_timeout": 5, "application_name": "headway", **_KEEPALIVES}
    return sa.create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT", paramstyle="format", connect_args=arguments)


def breaker_for(engine: sa.Engine, heard: Callable[[datetime], object]) -> Breaker | None:
    """Before PostgreSQL only: a file answers, or says why not. `heard` is told the database's time. psycopg is an extra."""
    if engine.dialect.name != "postgresql":
        return None
    from headway.store.sql.breaker import Breaker

    return Breaker(engine.url, heard)


def _make_private(path: str) -> None:
    """Make a database that does not exist yet as a file that only its owner reads; SQLite gives the log beside it the same permissions.

    Under another name first: to close the database's own file would let go of locks that SQLite holds on it in this process, were
    another thread as quick. Whatever keeps it from being made, SQLite says when it tries.
    """
    if Path(path).exists():
        return
    fresh = Path(f"{path}.{secrets.token_hex(4)}")
    with suppress(OSError):
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            os.link(fresh, path)
        finally:
            fresh.unlink()


def _pragmas(synchronous: str) -> Any:
    def connected(driver: Any, _record: Any) -> None:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        # Of several that open a new file at once one changes it, and SQLite turns the others away without waiting.
        _until_free(cursor, "PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        page_bytes = cursor.execute("PRAGMA page_size").fetchone()[0]
        cursor.execute(f"PRAGMA wal_autocheckpoint = {_WAL_SAFETY_BYTES // page_bytes}")
        cursor.close()

    return connected


def open_writer(engine: sa.Engine) -> Link:
    link = Link(engine.connect(), is_writer=True)
    if not link.is_postgres:
        # `begin_write` waits by itself: SQLite's own waiting grows to 100 ms a step, and a busy process would take every turn.
        link.cursor.execute("PRAGMA busy_timeout = 0")
        link.cursor.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KB}")
    return link


def open_reader(engine: sa.Engine) -> Link:
    link = Link(engine.connect())
    if not link.is_postgres:
        link.cursor.execute("PRAGMA query_only = ON")
        link.cursor.execute(f"PRAGMA cache_size = -{_READER_CACHE_KB}")
    return link


def close(link: Link) -> None:
    """Close for good; a broken connection included."""
    link.connection.invalidate()
    link.connection.close()


def begin_write(link: Link, clock: Clock | None, turns: Turns | None = None) -> None:
    """Begin, and set the link's time. Without a clock the store's own is the database's. `turns`: how to wait for other processes."""
    if link.is_postgres:
        _begin_postgres(
            link,
            clock,
            "BEGIN",
            {"statement_timeout": WRITE_SECONDS * 1000, "idle_in_transaction_session_timeout": STANDSTILL_SECONDS * 1000},
        )
    else:
        _until_free(link.cursor, "BEGIN IMMEDIATE", turns)
        set_now(link, clock)


def _until_free(cursor: Any, statement: str, turns: Turns | None = None) -> None:
    """Execute on SQLite as soon as no other connection is in the way, within `BUSY_SECONDS`."""
    deadline = time.monotonic() + BUSY_SECONDS
    try:
        while True:
            try:
                if turns is None or turns.may_try():
                    cursor.execute(statement)
                    return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            if turns is not None:
                turns.wait()
            else:
                time.sleep(STEP_SECONDS)
    finally:
        if turns is not None:
            turns.begun()


def begin_read(link: Link, clock: Clock | None) -> None:
    if link.is_postgres:
        _begin_postgres(
            link, clock, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            {
                "statement_timeout": READ_SECONDS * 1000, "idle_in_transaction_session_timeout": READ_STANDSTILL_SECONDS * 1000,
                "random_page_cost": _RANDOM_PAGE_COST,
            },
        )  # fmt: skip
    else:
        deadline = time.monotonic() + READ_SECONDS
        link.driver.set_progress_handler(lambda: time.monotonic() > deadline, _PROGRESS_STEPS)
        link.cursor.execute("BEGIN")
        set_now(link, clock)


def _begin_postgres(link: Link, clock: Clock | None, begin: str, settings: Mapping[str, float]) -> None:
    """Begin, bound the transaction, and set the link's time: all in one message, for each costs a way there and back."""
    limits = ", ".join(f"set_config('{name}', '{value:g}', true)" for name, value in settings.items())
    link.cursor.execute(f"{begin}; SELECT {_NOW}, {limits}")
    link.cursor.nextset()
    moment: datetime = link.cursor.fetchone()[0]
    link.now = clock.now() if clock is not None else moment.replace(tzinfo=UTC)


def set_now(link: Link, clock: Clock | None) -> None:
    if clock is not None:
        link.now = clock.now()
    elif link.is_postgres:
        link.cursor.execute(f"SELECT {_NOW}")
        moment: datetime = link.cursor.fetchone()[0]
        link.now = moment.replace(tzinfo=UTC)
    else:
        link.now = datetime.now(UTC)


def impatient(link: Link) -> None:
    """From now on this transaction waits for another's rows only a moment: whoever holds some must not wait for more, in no order."""
    if link.is_postgres:
        link.later(f"SET LOCAL lock_timeout = {_LOCK_MS}")


def is_held_elsewhere(error: BaseException | None) -> bool:
    """Whether an act failed (as `StoreUnavailable`) only because another process held rows that it needs."""
    cause = error.__cause__ if error is not None else None
    original = cause.orig if isinstance(cause, DBAPIError) else cause
    return getattr(original, "sqlstate", None) in _HELD_ELSEWHERE


def is_in_transaction(link: Link) -> bool:
    """Whether there is a transaction that a COMMIT would keep.

    SQLite ends it by itself after some errors, a full disk among them; PostgreSQL answers the COMMIT of an aborted one with a
    rollback and no error.
    """
    if link.is_postgres:
        return link.driver.info.transaction_status == _IN_TRANSACTION
    return bool(link.driver.in_transaction)


def reason_of(error: BaseException) -> str | None:
    """Why the store cannot work, if that is what the error says; None when the statement or its values were at fault."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.DatabaseError):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return _one_line(cause) if code in _SQLITE_TROUBLE else None
    kinds = {kind.__name__ for kind in type(cause or error).__mro__ if kind.__module__.startswith("psycopg")}
    return _one_line(cause or error) if kinds & _POSTGRES_TROUBLE else None


def _one_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


_POSTGRES_TROUBLE = frozenset({"OperationalError", "InterfaceError", "IdleInTransactionSessionTimeout"})
_SQLITE_TROUBLE = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM,
})  # fmt: skip
