"""A remote worker: no store and no bus, but a server that is asked over HTTP."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from headway.model.errors import BadSetting, Unavailable
from headway.model.ids import new_id
from headway.model.samples import Sample, SampleKind
from headway.monitor.processes import WorkerProbe
from headway.monitor.sampler import FIRST_SECONDS, LOOK_SECONDS, Span
from headway.sdk.connection import Connection, FindConnection, find_connection
from headway.sdk.http import NO_RETRY, Http
from headway.settings import Settings
from headway.work.depot.http import HttpDepot
from headway.work.depot.news import RemoteNews
from headway.work.limits import Limits
from headway.work.worker import Worker

_log = logging.getLogger("headway.work")

WORK_LOOK_SECONDS = 10.0
"""Between two looks for work that no news spoke of: each is a request."""
BATCH_BYTES = 524_288
"""Of one run in one request."""
CONTACT_SECONDS = 5.0
"""The first question of a remote worker to its server may take so long."""
_LEVELS = frozenset({"cpu", "memory_bytes", "children", "slots", "busy", "runs", "processes", "sharing"})


@asynccontextmanager
async def open_remote_worker(settings: Settings) -> AsyncGenerator[Worker]:
    """As `open_worker`. Waits for the server, but not for a token that it does not take. Raises `BadSetting`, `Refused`."""
    connection = _connection(settings)

    def find() -> Connection:
        return connection if connection.kept_in is None else _connection(settings)  # one of `headway login` is renewed

    said = await _first_contact(find)
    async with AsyncExitStack() as stack:
        depot = HttpDepot(find, worker=said["worker"], lease_seconds=float(said["lease_seconds"]))
        stack.callback(depot.close)
        worker = Worker(
            depot,
            name=said["worker"],
            sources=settings.tasks,
            spool=settings.spool_path,
            limits=Limits(children=settings.children, artifact_bytes=settings.artifact_limit, batch_bytes=BATCH_BYTES),
            is_reloading=settings.is_reloading,
            look_seconds=WORK_LOOK_SECONDS,
        )
        news = RemoteNews(
            find,
            worker=worker.id,
            queues=worker.served_queues,
            queued=worker.wake,
            wished=worker.wish,
            asked=lambda wish, is_now: worker.presence.hear(wish, is_now=is_now),
        )
        stack.push_async_callback(worker.close)
        stack.callback(news.close)
        await worker.open()
        news.open()
        sampling = asyncio.create_task(_sample(depot, worker, settings.sample_seconds), name="headway-sampler")
        try:
            yield worker
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)


def _connection(settings: Settings) -> Connection:
    connection = find_connection(settings.server_url, home=settings.home)
    if connection.token is None:
        raise BadSetting(
            name="HEADWAY_TOKEN", reason="a remote worker needs a token: `headway token --scope project:<project>:worker:serve`"
        )
    return connection


async def _first_contact(find: FindConnection) -> Any:
    http = Http(find, timeout=CONTACT_SECONDS, connections=1, retry=NO_RETRY)
    instance, is_told = new_id(), False
    try:
        while True:
            try:
                return (await asyncio.to_thread(http.request, "POST", "/workers", content={"instance": instance})).json()
            except Unavailable as error:
                if not is_told:
                    is_told = True
                    _log.warning("%s The worker waits for it.", error)
            await asyncio.sleep(random.uniform(0.5, 2.0))
    finally:
        http.close()


async def _sample(depot: HttpDepot, worker: Worker, period_seconds: float) -> None:
    """What the worker and its runs take, sent along with the heartbeat."""
    probe = WorkerProbe(worker.id, worker)
    loop = asyncio.get_running_loop()
    last = loop.time()
    due = last + min(FIRST_SECONDS, period_seconds)
    while True:
        planned = loop.time() + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
        now = loop.time()
        probe.look(max(0.0, now - planned))
        if now >= due:
            due = now + period_seconds
            span, last = Span(at=datetime.now(UTC), seconds=max(now - last, 1e-3)), now
            depot.samples = [_said(each) for each in await probe.sample(span)]


def _said(sample: Sample) -> dict[str, Any]:
    levels = {name: level for name, level in sample.levels.items() if name in _LEVELS}
    run = sample.name if sample.kind is SampleKind.RUN else None
    return {"run": run, "seconds": min(3_600.0, max(0.001, sample.seconds)), "levels": levels}
