"""Where Celery's threads meet the worker, whose loop is another thread's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol

from headway.work.doorbell.bells import Bell, Bells


class Worker(Protocol):
    """What a door needs of a worker."""

    def ring(self, bell: Bell) -> None: ...
    def wake(self, queue: str | None = None) -> None: ...
    async def drain(self, grace_seconds: float | None = 30.0) -> None: ...


class Door:
    """`open` and `end` are the worker's, in its loop; all else may be called by any thread."""

    def __init__(self, grace_seconds: float) -> None:
        """`grace_seconds`: how long runs may go on after somebody asked the worker to stop."""
        self.bells = Bells(served=self._serve)
        self.queues: list[str] = []
        """What the worker serves; none before its tasks are known."""
        self.has_news = threading.Event()
        """It is known which queues are served, or there is nothing to wait for any more: see `is_leaving`."""
        self.is_opened = threading.Event()
        """The worker is there, or could not be."""
        self.is_leaving = False
        self.is_unhurried = False
        """Whoever started the process is gone, or somebody asked the worker to leave: it finishes what runs, and ends."""
        self._grace_seconds = grace_seconds
        self._worker: Worker | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._draining: Future[None] | None = None
        self._giving_back: asyncio.Future[None] | None = None
        self.on_queues: list[Callable[[list[str]], object]] = []
        """Called with the queues, in the worker's loop, whenever they have changed."""
        self.on_leaving: list[Callable[[], object]] = []

    # the worker's side

    def open(self, worker: Worker) -> None:
        self._worker, self._loop = worker, asyncio.get_running_loop()
        self.is_opened.set()

    async def until_end(self) -> None:
        await self._ended.wait()

    def orphaned(self) -> None:
        self.is_unhurried = True
        self.leave()

    def asked(self, *, is_now: bool) -> None:
        """Somebody wants the worker to leave; `is_now`: without finishing what runs."""
        self.is_unhurried = not is_now
        if is_now:
            self._grace_seconds = 0.0
            if self._draining is not None:
                self._giving_back = asyncio.ensure_future(self._drain(0.0))
        self.leave()

    def _serve(self, queues: list[str]) -> None:
        self.queues = queues
        self.has_news.set()
        for tell in self.on_queues:
            tell(queues)

    # Celery's side

    def leave(self) -> None:
        """The process is to end."""
        self.is_leaving = True
        self.has_news.set()
        for tell in self.on_leaving:
            tell()

    def run(self, queue: str) -> str | None:
        """Have one run of this queue executed, and return when it no longer takes a place. Its id, or None where there is nothing to do."""
        answer: Future[str | None] = Future()
        self._soon(lambda worker: worker.ring(Bell(queue=queue, answer=answer.set_result)))
        return answer.result()

    def hear(self, is_heard: bool) -> None:
        """Whether messages can come."""

        def note(worker: Worker) -> None:
            self.bells.is_heard = is_heard
            worker.wake()

        self._soon(note)

    def drain(self, *, is_at_once: bool = False) -> None:
        """Claim nothing more; return when the present runs have ended or were given back. Asked again: `is_at_once` counts."""
        if self._loop is None or self._worker is None:
            return
        grace = 0.0 if is_at_once else None if self.is_unhurried else self._grace_seconds
        if self._draining is None or is_at_once:
            self._draining = asyncio.run_coroutine_threadsafe(self._drain(grace), self._loop)
        self._draining.result()

    def _drain(self, grace: float | None) -> Coroutine[Any, Any, None]:
        assert self._worker is not None
        return self._worker.drain(grace)

    def end(self) -> None:
        """Close the worker."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)

    def _soon(self, do: Callable[[Worker], object]) -> None:
        worker, loop = self._worker, self._loop
        assert worker is not None
        assert loop is not None
        loop.call_soon_threadsafe(do, worker)
