"""What remote workers wait for, each by one request that stays open: that something is queued, and what is wanted of it and its runs.

Nothing is kept for a worker that does not wait: how often each queue had news is counted, so that whoever comes back learns whether
it missed any, and wishes come with the next heartbeat at the latest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from headway.model.errors import Unavailable
from headway.model.ids import new_id
from headway.store.contract import Queued, Wished
from headway.store.news import WorkerWished

WAITING_LIMIT = 256
"""Remote workers that wait at one server. Others are told to look for themselves for a while."""
QUEUES_LIMIT = 10_000
"""Queues that are counted apart; the news of others are news for everybody."""
WISHES_LIMIT = 1_000


@dataclass(slots=True, eq=False)
class Waiting:
    """One worker that waits."""

    queues: frozenset[str]
    event: asyncio.Event = field(default_factory=asyncio.Event)
    wishes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(run, wish)"""
    asked: tuple[str, bool] | None = None
    """What somebody wants of the worker, and whether at once."""

    def hear(self, run: str, wish: str) -> None:
        if len(self.wishes) < WISHES_LIMIT:
            self.wishes.append((run, wish))
        self.event.set()


class WorkerNews:
    """Used in the event loop's thread only."""

    def __init__(self) -> None:
        self.node = new_id()
        """This process: numbers of others mean nothing here."""
        self._counts: dict[str, int] = {}
        self._other_count = 0
        self._waiting: dict[str, Waiting] = {}

    def number(self, queues: frozenset[str]) -> int:
        """How often there were news of these queues. It only grows."""
        return self._other_count + sum(self._counts.get(queue, 0) for queue in queues)

    def is_waiting(self, worker: str) -> bool:
        return worker in self._waiting

    def tell(self, news: Sequence[object]) -> None:
        for each in news:
            match each:
                case Queued(queue=queue):
                    self._note(queue)
                case Wished(run=run, worker=worker, wish=wish) if worker in self._waiting:
                    self._waiting[worker].hear(run, wish)
                case WorkerWished(worker=worker, wish=wish, is_now=is_now) if worker in self._waiting:
                    self._waiting[worker].asked = (wish, is_now)
                    self._waiting[worker].event.set()
                case _:
                    pass

    def _note(self, queue: str) -> None:
        is_counted = queue in self._counts or len(self._counts) < QUEUES_LIMIT
        if is_counted:
            self._counts[queue] = self._counts.get(queue, 0) + 1
        else:
            self._other_count += 1
        for waiting in self._waiting.values():
            if not is_counted or queue in waiting.queues:
                waiting.event.set()

    def wake_all(self) -> None:
        for waiting in self._waiting.values():
            waiting.event.set()

    @contextmanager
    def wait(self, worker: str, queues: frozenset[str]) -> Generator[Waiting]:
        """A second request of one worker takes the place of its first, which ends. Raises `Unavailable` beyond `WAITING_LIMIT`."""
        before = self._waiting.get(worker)
        if before is None and len(self._waiting) >= WAITING_LIMIT:
            raise Unavailable("Too many remote workers wait here at this moment; look again later.", retry_in_seconds=5)
        if before is not None:
            before.event.set()
        waiting = self._waiting[worker] = Waiting(queues)
        try:
            yield waiting
        finally:
            if self._waiting.get(worker) is waiting:
                del self._waiting[worker]
