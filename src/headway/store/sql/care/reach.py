"""A connection for a command, and what its errors mean to whoever called it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from headway.model.errors import NoStore, StoreUnavailable
from headway.store.sql.engines import close, make_engine, open_reader, open_writer, reason_of
from headway.store.sql.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """How far a command has come: `done` of `total` `unit`, of what is named by `part` (a table; empty for the whole)."""

    stage: str
    done: int
    total: int
    unit: str
    part: str = ""


Tell = Callable[[Advance], None]


def say_nothing(_advance: Advance) -> None:
    """For whoever does not want to know."""


def file_of(url: str) -> Path | None:
    """The file of an SQLite store; None for PostgreSQL."""
    address = sa.make_url(url)
    return Path(address.database).absolute() if address.get_backend_name() == "sqlite" and address.database else None


def url_of(path: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(path))


def must_be_there(url: str) -> None:
    """Raises `NoStore`: to look after a store is not to make one."""
    path = file_of(url)
    if path is not None and not path.is_file():
        raise NoStore(place=str(path))


@contextmanager
def answering() -> Generator[None]:
    """What keeps a database from answering becomes `StoreUnavailable`."""
    try:
        yield
    except Exception as error:
        reason = reason_of(error)
        if reason is None:
            raise
        raise StoreUnavailable(reason=reason) from error


@contextmanager
def linked(url: str | sa.URL, *, is_reading: bool = False, busy_ms: int = 10_000) -> Generator[Link]:
    """A connection in autocommit, closed at the end: whatever is open then is rolled back."""
    with answering():
        engine = make_engine(url, synchronous="FULL")
        try:
            link = open_reader(engine) if is_reading else open_writer(engine)
            try:
                if not link.is_postgres:
                    link.cursor.execute(f"PRAGMA busy_timeout = {busy_ms}")
                yield link
            finally:
                close(link)
        finally:
            engine.dispose()
