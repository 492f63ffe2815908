"""A worker: store, bus and the worker itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from headway.assembly.bus import worker_bus
from headway.assembly.doorbell import open_ringer
from headway.assembly.locks import hold_as_worker
from headway.assembly.parts import artifact_root, find_scan, process_name, retention, this_host, vault
from headway.live.bus.contract import BusNews, Watched
from headway.monitor.database import DatabaseProbe
from headway.monitor.host import HostProbe
from headway.monitor.processes import WorkerProbe
from headway.monitor.sampler import Sampler
from headway.settings import Settings
from headway.store.contract import News, Queued, Wished
from headway.store.news import WorkerWished
from headway.store.sql.readers import READER_COUNT
from headway.store.sql.store import SqlStore
from headway.work.doorbell.bells import Bells
from headway.work.limits import Limits
from headway.work.local import local_worker
from headway.work.worker import Worker


@asynccontextmanager
async def open_worker(settings: Settings, bells: Bells | None = None) -> AsyncGenerator[Worker]:
    """Everything of a worker process. The worker is open; `drain` it before the end, or its runs are tried again elsewhere.
    `bells`: where Celery rings; without them the worker looks for itself."""
    async with AsyncExitStack() as stack:
        stack.enter_context(hold_as_worker(settings))
        store = await SqlStore.open(settings.database_url, slow_seconds=settings.slow_statement_ms / 1000)
        stack.push_async_callback(store.close)
        bus = worker_bus(settings, store.epoch)
        ringer = await stack.enter_async_context(open_ringer(settings))
        if bells is not None:
            bells.ringer = ringer
        worker = local_worker(
            store,
            sources=settings.tasks,
            artifacts=artifact_root(settings),
            spool=settings.spool_path,
            limits=Limits(children=settings.children, artifact_bytes=settings.artifact_limit),
            retention=retention(settings),
            is_reloading=settings.is_reloading,
            bells=bells,
            vault=vault(settings),
            scan=find_scan(settings),
        )

        def hear(news: Sequence[BusNews]) -> None:
            for item in news:
                match item:
                    case Queued(queue=queue):
                        worker.wake(queue)
                    case Wished(run=run, worker=holder, wish=wish) if holder == worker.id:
                        worker.wish(run, wish)
                    case WorkerWished(worker=meant, wish=wish, is_now=is_now) if meant == worker.id:
                        worker.presence.hear(wish, is_now=is_now)
                    case Watched(run=run, count=count):
                        worker.watched(run, count)
                    case _:
                        pass

        def announce(news: Sequence[News]) -> None:
            hear(news)
            bus.publish(news)
            if ringer is not None:
                ringer.ring(news)

        store.set_announce(announce)
        stack.push_async_callback(bus.close)
        await bus.open(hear)
        stack.push_async_callback(worker.close)
        await worker.open()
        sampling = asyncio.create_task(_sampler(settings, store, worker).run(), name="headway-sampler")
        try:
            yield worker
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)


def _sampler(settings: Settings, store: SqlStore, worker: Worker) -> Sampler:
    probes = [
        HostProbe(this_host(), settings.home),
        WorkerProbe(worker.id, worker),
        DatabaseProbe(f"worker@{settings.node}", store, store.figures, waiting=lambda: store.waiting_count, readers=READER_COUNT),
    ]
    return Sampler(store, probes, holder=process_name("worker"), period_seconds=settings.sample_seconds)
