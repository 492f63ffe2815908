"""What do kept connections and warm children save, of a query and of a run?

    python -m bench.store.pools [--small]

A query: one run is read from a PostgreSQL of its own, by the store with its kept connections, and by a connection that is opened for it
and closed behind it. A run: a task of nothing is started and its result waited for, one after the other, in a child that waits for work;
and what it would take if a child had to be born for each, as where a process is started for every job: the same, and the time from the
birth of a child until it has imported the user's code. Means.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psycopg
from bench.figures import tell
from bench.work import no_op

from cluster.servers import postgres
from headway.access.principal import SYSTEM
from headway.acts.start import StartRun, start
from headway.store.contract import News, Queued
from headway.store.sql.store import SqlStore
from headway.work.limits import Limits
from headway.work.local import local_worker
from headway.work.worker import Worker

BIRTHS = 5
_READ = "SELECT * FROM runs WHERE id = %s"


async def one_run(store: SqlStore) -> str:
    (run,) = await store.write(lambda tx: start(tx, [StartRun(task="no_op", parameters={"offered_at": time.time()})], SYSTEM))
    return run.id


async def timed(each: Callable[[], Awaitable[object]], count: int) -> float:
    """Mean seconds."""
    began = time.perf_counter()
    for _ in range(count):
        await each()
    return (time.perf_counter() - began) / count


def report(name: str, *, kept: float, fresh: float) -> None:
    tell(name, kept_ms=kept * 1000, fresh_ms=fresh * 1000, saved_percent=100 * (1 - kept / fresh))


async def measure_queries(directory: Path, count: int) -> None:
    with postgres(directory / "postgres") as server:
        store = await SqlStore.open(server.url)
        async with Tasks(store, directory, Limits(children=2)):
            run = await one_run(store)

        async def fresh() -> None:
            async with await psycopg.AsyncConnection.connect(server.url) as connection:
                await connection.execute(_READ, (run,))

        async def kept() -> None:
            await store.read(lambda snapshot: snapshot.runs.get(run))

        await kept()
        await fresh()
        report("query", kept=await timed(kept, count), fresh=await timed(fresh, count))
        await store.close()


class Tasks:
    """A worker in this process that knows the tasks of the bench. An asynchronous context manager."""

    def __init__(self, store: SqlStore, directory: Path, limits: Limits) -> None:
        (directory / "bench_tasks.py").write_text(no_op.TASKS)
        self._store = store
        self._worker = local_worker(store, sources=["bench_tasks"], artifacts=directory / "artifacts", cwd=directory, limits=limits)

    async def __aenter__(self) -> Worker:
        await self._worker.open()
        while await self._store.read(lambda snapshot: snapshot.tasks.get("no_op")) is None:
            await asyncio.sleep(0.02)
        return self._worker

    async def __aexit__(self, *_: object) -> None:
        await self._worker.close()


async def measure_runs(directory: Path, count: int) -> None:
    loop = asyncio.get_running_loop()
    workers: list[Worker] = []

    def announce(news: Sequence[News]) -> None:
        for each in news:
            if isinstance(each, Queued):
                for worker in workers:
                    loop.call_soon_threadsafe(worker.wake, each.queue)

    store = await SqlStore.open(no_op.sqlite(directory), announce=announce)
    births: list[float] = []
    for _ in range(BIRTHS):
        began = time.perf_counter()
        async with Tasks(store, directory, Limits(children=1)) as worker:
            while worker.pool is None or worker.pool.catalogue is None:
                await asyncio.sleep(0.001)
            births.append(time.perf_counter() - began)

    async def one() -> None:
        run = await one_run(store)
        while await store.read(lambda snapshot: snapshot.details.result(run)) is None:
            await asyncio.sleep(0.0005)

    async with Tasks(store, directory, Limits(children=1)) as worker:
        workers.append(worker)
        await timed(one, 20)
        kept = await timed(one, count)
    await store.close()
    report("run", kept=kept, fresh=kept + sum(births) / len(births))


async def measure(directory: Path, count: int) -> None:
    await measure_queries(directory, count)
    await measure_runs(directory, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="100 queries and runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as name:
        asyncio.run(measure(Path(name), 100 if arguments.small else 500))


if __name__ == "__main__":
    main()
