"""Bring the tables to the version of this code.

A new store is made from `tables.metadata` and stamped: Alembic is not even imported, which saves a second of every first start.
A test proves that this and the migrations end at the same tables.
"""

from __future__ import annotations

import importlib
from typing import Any

import sqlalchemy as sa

from headway.model.errors import StoreOutdated, StoreUnavailable
from headway.model.ids import new_id
from headway.store.sql.engines import close, open_writer
from headway.store.sql.link import Link
from headway.store.sql.meta import EPOCH
from headway.store.sql.tables import metadata

VERSION = "0019"
"""The newest migration."""
VERSIONS = frozenset(f"{number:04}" for number in range(1, 20))
"""All of them: a store of another one was written by a newer Headway."""
_LOCK = 0x48454144_57415931
"""PostgreSQL's advisory lock for the length of the transaction: two processes may start on an empty database at once."""
_VERSION_TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"


def bring_up(engine: sa.Engine) -> str:
    """Create or upgrade the tables; returns the store's epoch. Blocks. Raises `StoreUnavailable` for a store of the future."""
    link = open_writer(engine)
    try:
        if not link.is_postgres:
            # Reading waits too: another process may be making the tables at this moment.
            link.cursor.execute("PRAGMA busy_timeout = 10000")
        if version_of(link) != VERSION:
            begin_alone(link)
            _upgrade(link, version_of(link))
            link.cursor.execute("COMMIT")
        epoch = link.prepare("SELECT value FROM meta WHERE key = ?").one(EPOCH)
        if epoch is None:
            raise StoreUnavailable(reason="a move into it has begun and not ended; call `headway db move` again")
        return epoch[0]
    finally:
        close(link)


def check_version(version: str | None) -> None:
    """Raises `StoreUnavailable` for a version of the future, `StoreOutdated` for one that is not this code's."""
    if version is not None and version not in VERSIONS:
        raise _from_the_future(version)
    if version != VERSION:
        raise StoreOutdated(version=version or "none", wanted=VERSION)


def make_tables(link: Link) -> None:
    """All tables, empty, within the caller's transaction. Without an epoch nobody takes them for a store."""
    metadata.create_all(link.connection, checkfirst=False)
    link.cursor.execute(_VERSION_TABLE)
    link.prepare("INSERT INTO alembic_version (version_num) VALUES (?)").run(VERSION)


def _from_the_future(version: str) -> StoreUnavailable:
    return StoreUnavailable(reason=f"it was written by a newer version of Headway (its tables are of version {version})")


def begin_alone(link: Link) -> None:
    """A transaction in which nobody else makes or changes tables."""
    if link.is_postgres:
        link.cursor.execute(f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK})")
    else:
        link.cursor.execute("BEGIN IMMEDIATE")


def version_of(link: Link) -> str | None:
    """The version of the tables; None: there are none."""
    if link.is_postgres:
        # Not to_regclass: having said no once, it goes on saying so out of its cache while another process makes the table.
        found = link.prepare(
            "SELECT 1 FROM pg_catalog.pg_tables WHERE tablename = 'alembic_version' AND schemaname = ANY (current_schemas(false))"
        ).one()
    else:
        found = link.prepare("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").one()
    if found is None:
        return None
    row = link.prepare("SELECT version_num FROM alembic_version").one()
    return None if row is None else row[0]


def _upgrade(link: Link, version: str | None) -> None:
    if version == VERSION:
        return  # another process was quicker
    if version is None:
        make_tables(link)
        link.prepare("INSERT INTO meta (key, value) VALUES (?, ?)").run(EPOCH, new_id())
    elif version in VERSIONS:
        migrations: Any = importlib.import_module("headway.store.sql.migrations.upgrade")
        migrations.upgrade(link.connection)
    else:
        raise _from_the_future(version)
