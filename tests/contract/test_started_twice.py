"""Two nodes are asked for the same run at the same moment: there is one, and both say which."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest

from headway.access.principal import SYSTEM
from headway.acts.outside import OpenOutside, open_outside
from headway.acts.start import StartRun, start
from headway.model.run import Task
from headway.store.contract import RunFilter, Transaction
from headway.store.sql.store import SqlStore
from tests.waiting import eventually


@pytest.fixture
async def stores(postgres_database: str) -> AsyncIterator[list[SqlStore]]:
    """Each as a process of its own would have it."""
    opened = [await SqlStore.open(postgres_database) for _ in range(2)]
    await opened[0].write(lambda tx: tx.tasks.put([Task(name="grade")]))
    yield opened
    for store in opened:
        await store.close()


def _start(tx: Transaction) -> str:
    return start(tx, [StartRun(task="grade", external_id="exam-1", idempotency_key="once")], SYSTEM)[0].id


def _open(tx: Transaction) -> str:
    return open_outside(tx, OpenOutside(name="import", external_id="night-1", idempotency_key="once"), SYSTEM).run.id


@pytest.mark.parametrize("ask", [_start, _open])
async def test_who_comes_second_is_given_the_run_of_the_first(
    stores: list[SqlStore], postgres_database: str, ask: Callable[[Transaction], str]
) -> None:
    has_inserted = threading.Event()
    with psycopg.connect(postgres_database, autocommit=True) as beside:

        def somebody_waits() -> bool:
            waiting = beside.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return waiting.fetchone() != (0,)

        def first(tx: Transaction) -> str:
            run = ask(tx)
            has_inserted.set()
            eventually(somebody_waits, 5, "the second has looked, found nothing, and waits to insert")
            return run

        going_first = asyncio.create_task(stores[0].write(first))
        assert await asyncio.to_thread(has_inserted.wait, 10)
        second = await stores[1].write(ask)

        assert await going_first == second
    assert await stores[1].read(lambda snapshot: snapshot.runs.count(RunFilter())) == 1
