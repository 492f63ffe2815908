"""What the hub does beside the loop: tasks that end with it, and questions to the store, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from headway.model.errors import HeadwayError
from headway.store.contract import Snapshot, Store

T = TypeVar("T")

READS_AT_ONCE = 4
"""Reads of the journal for viewers; the others wait, so that readers of the store are left for the rest."""
RETRY_SECONDS = 1.0
"""Between two tries to read a journal while the store does not answer."""

log = logging.getLogger("headway.hub")


class Errands:
    def __init__(self, store: Store) -> None:
        self.is_closed = False
        self._store = store
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def epoch(self) -> str:
        return self._store.epoch

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that ends with the hub."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A task of the hub failed", exc_info=task.exception())

    async def read(self, query: Callable[[Snapshot], T]) -> T:
        """Ask the store, a few questions at a time: a storm of viewers must not become a storm of queries."""
        async with self._reads:
            return await self._store.read(query)

    async def read_patiently(self, query: Callable[[Snapshot], T]) -> T:
        """The same, again and again while the store does not answer."""
        while True:
            try:
                return await self.read(query)
            except HeadwayError as error:
                if not error.is_temporary:
                    raise
                log.warning("The journal cannot be read (%s); viewers wait.", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        self.is_closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
