"""Where Celery's threads meet the worker, whose loop is another thread's."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from headway.work.doorbell.bells import Bell, Bells

_log = logging.getLogger("headway.work")

EXIT_DEAF = 75
"""Of a process whose worker heard nothing: another one may (sysexits.h: try again)."""
TURN_SECONDS = 1.0
"""Between two looks at the echoes, at most."""
COUNT_LIMIT = 1_000
"""Runs that one message may stand for."""
LAST_SECONDS = 10.0
"""So long Celery may take to end when it is told to; then the process is ended without it."""


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
        self.is_deaf = False
        """The process ends because nothing is heard of the broker."""
        self.listening: Callable[[], Collection[str]] = tuple
        """Queues that Celery asks the broker for at this moment."""
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

    async def listen(self, slots: int) -> None:
        """See again and again that what is sent to the worker comes to it; end the process when that is so no more. Until cancelled.
        `slots`: messages that Celery takes at once."""
        echo, ringer = self.bells.echo, self.bells.ringer
        if echo is None or ringer is None:
            return
        said: tuple[str, ...] = ()
        while not self.is_leaving:
            now = time.monotonic()
            number = echo.turn(
                now, served=self.queues, listening=self.listening(), has_room=self.bells.count < slots, is_away=ringer.is_away
            )  # fmt: skip
            if number is not None:
                ringer.echo(number, partial(self._soon, lambda _, number=number: echo.taken(number, time.monotonic())))
            if echo.is_lost(now):
                await self._leave_deaf(echo.deaf(now))
                return
            deaf = echo.deaf(now)
            if deaf != said:
                _log.warning("%s", f"Celery hears nothing of {', '.join(deaf)}; the worker looks for itself." if deaf else "Celery hears.")
                said = deaf
            await asyncio.sleep(min(TURN_SECONDS, echo.period_seconds / 4))

    async def _leave_deaf(self, queues: Collection[str]) -> None:
        _log.error("Celery hears nothing of %s, though the broker answers. This process ends; another may hear.", ", ".join(queues))
        self.is_deaf = True
        self.leave()
        # If Celery does not end, because its thread hangs, the runs are given back all the same, and the process is ended.
        await asyncio.to_thread(self.drain)
        await asyncio.sleep(LAST_SECONDS)
        _log.error("Celery does not end; the process is ended without it.")
        os._exit(EXIT_DEAF)

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

    def run(self, queue: str, count: int = 1) -> str | None:
        """Have up to `count` runs of this queue executed, and return when none takes a place any more. The id of the last, or None where
        there is nothing to do."""
        answer: Future[str | None] = Future()
        self._soon(lambda worker: worker.ring(Bell(queue=queue, count=max(1, min(count, COUNT_LIMIT)), answer=answer.set_result)))
        return answer.result()

    def echo(self, number: int) -> None:
        """An echo came back."""

        def note(_worker: Worker) -> None:
            if self.bells.echo is not None:
                self.bells.echo.heard(number, time.monotonic())

        self._soon(note)

    def hear(self, is_heard: bool) -> None:
        """Whether messages can come."""

        def note(worker: Worker) -> None:
            self.bells.is_connected = is_heard
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
