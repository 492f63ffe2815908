"""A new store is made at once; the migrations end at the very same tables."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from headway.model.errors import StoreUnavailable
from headway.store.sql import migrate
from headway.store.sql.engines import make_engine
from headway.store.sql.migrations.upgrade import config_for, upgrade
from headway.store.sql.schema import metadata
from headway.store.sql.store import SqlStore
from tests.contract.material import link_of


def shape(connection: sa.Connection) -> dict[str, Any]:
    """Everything the database knows of its tables."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {}
    for table in sorted(inspector.get_table_names()):
        found[table] = {
            "columns": [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table),
            "foreign": sorted(map(str, inspector.get_foreign_keys(table))),
            "indexes": sorted(_index(index) for index in inspector.get_indexes(table)),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "settings": _settings(connection, table),
        }
    return found


def _settings(connection: sa.Connection, table: str) -> list[str]:
    """What PostgreSQL is told of the table itself: room in its pages, when it is vacuumed."""
    if connection.dialect.name != "postgresql":
        return []
    told = connection.exec_driver_sql(f"SELECT reloptions FROM pg_class WHERE oid = '{table}'::regclass").scalar_one()
    return sorted(told or ())


def _index(index: Any) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str(index | {"dialect_options": options})


async def test_the_migrations_make_what_a_new_store_has(url: str) -> None:
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        upgrade(connection)
        migrated = shape(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        for table in reversed(metadata.sorted_tables):
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        connection.exec_driver_sql("DROP TABLE alembic_version")
    store = await SqlStore.open(url, synchronous="OFF")
    await store.close()
    with engine.connect() as connection:
        assert shape(connection) == migrated
    engine.dispose()


async def test_the_version_in_the_code_is_the_newest_migration(url: str) -> None:
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(config_for(connection))
        assert scripts.get_current_head() == migrate.VERSION
        assert {script.revision for script in scripts.walk_revisions()} == migrate.VERSIONS
    engine.dispose()


async def test_a_store_of_a_newer_version_is_refused(url: str) -> None:
    store = await SqlStore.open(url, synchronous="OFF")
    await store.write(lambda tx: link_of(tx).cursor.execute("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(StoreUnavailable, match=r"newer version of Headway.*9999"):
        await SqlStore.open(url, synchronous="OFF")


async def test_two_that_start_on_an_empty_database_agree(url: str) -> None:
    stores = await asyncio.gather(*(SqlStore.open(url, synchronous="OFF") for _ in range(4)))
    assert len({store.epoch for store in stores}) == 1
    for store in stores:
        await store.close()


def test_a_new_file_is_made_without_alembic(tmp_path: Path) -> None:
    """Whose import alone takes longer than all the rest: a first start has no time for it."""
    code = (
        "import asyncio, sys; from headway.store.sql.store import SqlStore; "
        "asyncio.run((lambda: SqlStore.open(sys.argv[1]))()); print([name for name in sys.modules if name.startswith('alembic')])"
    )
    out = subprocess.run([sys.executable, "-c", code, f"sqlite:///{tmp_path}/new.db"], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    assert (tmp_path / "new.db").stat().st_size > 0


def modes_in(directory: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in directory.iterdir()}


async def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        store = await SqlStore.open(f"sqlite:///{tmp_path}/new.db")
        await store.write(lambda tx: tx.tasks.put([]))
        modes = modes_in(tmp_path)
        await store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("new.db", "new.db-wal", "new.db-shm"), "0o600")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open"),
        ("sqlite://", "needs a file"),
        ("mysql://x/y", "mysql is not supported"),
        ("postgresql://nobody@/x?host=/nowhere", "nowhere"),
    ],
)
async def test_a_database_that_cannot_be_opened(bad: str, says: str) -> None:
    with pytest.raises(StoreUnavailable, match=re.escape(says)):
        await SqlStore.open(bad)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"this is not a database, it is a text " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await SqlStore.open(f"sqlite:///{tmp_path}/bad.db")
