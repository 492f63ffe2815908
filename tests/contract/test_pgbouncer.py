"""PgBouncer as it is shipped: its limits are in force, the store waits in its queue and goes on, and leaves nothing in a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from cluster.bouncer import INI, Bouncer, replaced
from headway.store.sql.store import SqlStore
from tests.beside import database_of
from tests.contract.material import a_run, insert, link_of
from tests.waiting import eventually_async

POOL = 25
ASKED_FOR = {"pool_mode": "transaction", "max_client_conn": "200", "default_pool_size": str(POOL), "max_db_connections": "100"}


@contextmanager
def console(bouncer: Bouncer) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """PgBouncer's own."""
    with psycopg.connect(
        bouncer.url("pgbouncer"), autocommit=True, prepare_threshold=None, row_factory=psycopg.rows.dict_row
    ) as connection:
        yield connection


def pool_of(bouncer: Bouncer, database: str) -> dict[str, Any]:
    with console(bouncer) as asked:
        return next((row for row in asked.execute("SHOW POOLS").fetchall() if row["database"] == database), {})


@pytest_asyncio.fixture
async def bounced(bounced_database: str) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(bounced_database)
    yield store
    await store.close()


def test_the_shipped_limits_are_in_force(postgres_bouncer: Bouncer) -> None:
    with console(postgres_bouncer) as asked:
        said = {row["key"]: row["value"] for row in asked.execute("SHOW CONFIG").fetchall()}
    assert {name: said[name] for name in ASKED_FOR} == ASKED_FOR


async def test_who_finds_no_connection_waits_and_goes_on(bounced: SqlStore, bounced_database: str, postgres_bouncer: Bouncer) -> None:
    """All 25 connections are held in transactions of others; then the store's commit and query wait in PgBouncer's queue."""
    database = database_of(bounced_database)
    await insert(bounced, a_run())
    await bounced.read(lambda snapshot: snapshot.now)
    await vars(bounced)["_breaker"].close()  # its question waits as well, and this machine may stall for longer than it has patience
    bounced.figures.take()
    with ExitStack() as stack:
        holders = [stack.enter_context(psycopg.connect(bounced_database, prepare_threshold=None)) for _ in range(POOL)]
        for holder in holders:
            await asyncio.to_thread(holder.execute, "SELECT 1")
        asked = [
            asyncio.ensure_future(bounced.read(lambda snapshot: len(snapshot.runs.get_many([])))),
            asyncio.ensure_future(bounced.write(lambda tx: tx.meta.put("x", "1"))),
        ]
        await eventually_async(lambda: pool_of(postgres_bouncer, database).get("cl_waiting", 0) >= 2, what="both wait")
        assert pool_of(postgres_bouncer, database)["sv_active"] == POOL
        assert not any(each.done() for each in asked)
        for holder in holders:
            holder.rollback()
        assert await asyncio.gather(*asked) == [0, None]
    spreads, _ = bounced.figures.take()
    assert [sum(spreads[name].values()) for name in ("read_wait", "write_wait")] == [1, 1], "and their waiting is measured"


async def test_a_transaction_may_have_another_connection_than_the_one_before(bounced: SqlStore, bounced_database: str) -> None:
    """What makes session state worthless: one link of the store, served by two connections in turn."""

    def backend(tx: Any) -> int:
        return link_of(tx).prepare("SELECT pg_backend_pid()").one()[0]

    first = await bounced.write(backend)
    taken = []
    with ExitStack() as stack:
        while first not in taken:
            assert len(taken) < POOL
            holder = stack.enter_context(psycopg.connect(bounced_database, prepare_threshold=None))
            row = await asyncio.to_thread(lambda holder=holder: holder.execute("SELECT pg_backend_pid()").fetchone())
            taken.append(row[0])
        second = await bounced.write(backend)
        assert await bounced.read(lambda snapshot: snapshot.meta.get("epoch")) == bounced.epoch
    assert second != first


SESSION = """
    SELECT (SELECT count(*) FROM pg_prepared_statements),
           (SELECT count(*) FROM pg_class WHERE relpersistence = 't'),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
           (SELECT count(*) FROM pg_listening_channels()),
           (SELECT count(*) FROM pg_cursors WHERE is_holdable),
           array(SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding'))
"""


async def test_nothing_is_left_in_a_session(bounced: SqlStore, bounced_database: str, postgres_bouncer: Bouncer) -> None:
    """Of the connections that served the store, each is asked what it still holds: statements, tables, locks, channels, settings."""
    for number in range(8):
        await insert(bounced, *[a_run(name=f"{number}") for _ in range(3)])
        await asyncio.gather(*[bounced.read(lambda snapshot: snapshot.runs.get_many([])) for _ in range(6)])
    served = pool_of(postgres_bouncer, database_of(bounced_database))
    count = served["sv_idle"] + served["sv_used"] + served["sv_active"]
    assert count >= 2
    with ExitStack() as stack:
        for _ in range(count):  # each keeps the one it got, so that the next gets another
            asked = stack.enter_context(psycopg.connect(bounced_database, prepare_threshold=None))
            row = await asyncio.to_thread(lambda asked=asked: asked.execute(SESSION).fetchone())
            assert row == (0, 0, 0, 0, 0, [])


def test_the_tests_may_change_only_what_the_file_says() -> None:
    text = INI.read_text(encoding="utf-8")
    assert replaced(text, {"listen_port": "1"}).count("listen_port = 1\n") == 1
    with pytest.raises(ValueError, match="pool_modes 0 times"):
        replaced(text, {"pool_modes": "session"})
