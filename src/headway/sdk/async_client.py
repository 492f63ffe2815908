"""`headway.AsyncClient`: `Client` within an event loop. Requests run in threads; `follow` is native."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from headway.model.run import Run
from headway.sdk.client import WAIT_FIRST_SECONDS, WAIT_LONGEST_SECONDS, Client, Ref, start_of
from headway.sdk.news import News

P = ParamSpec("P")
R = TypeVar("R")


def _in_thread(method: Callable[Concatenate[Client, P], R]) -> Callable[Concatenate[AsyncClient, P], Awaitable[R]]:
    async def call(self: AsyncClient, *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(method, self.sync, *args, **kwargs)

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


def _stream(method: Callable[Concatenate[Client, P], Iterator[R]]) -> Callable[Concatenate[AsyncClient, P], AsyncGenerator[R]]:
    async def call(self: AsyncClient, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[R]:
        items = method(self.sync, *args, **kwargs)
        end = object()
        while (item := await asyncio.to_thread(next, items, end)) is not end:
            yield item  # pyright: ignore[reportReturnType]

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


class AsyncClient:
    """`Client` for `asyncio`: the same methods, to be awaited; what iterates there is ``async for`` here."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 30.0) -> None:
        self.sync = Client(url, token, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.sync.close()

    tasks = _in_thread(Client.tasks)
    task = _in_thread(Client.task)
    start = _in_thread(Client.start)
    start_many = _in_thread(Client.start_many)
    create = _in_thread(Client.create)
    update_progress = _in_thread(Client.update_progress)
    complete = _in_thread(Client.complete)
    fail = _in_thread(Client.fail)
    get = _in_thread(Client.get)
    view = _in_thread(Client.view)
    attempts = _in_thread(Client.attempts)
    steps = _in_thread(Client.steps)
    result = _in_thread(Client.result)
    artifacts = _in_thread(Client.artifacts)
    download = _in_thread(Client.download)
    cancel = _in_thread(Client.cancel)
    pause = _in_thread(Client.pause)
    resume = _in_thread(Client.resume)
    retry = _in_thread(Client.retry)
    dump_stack = _in_thread(Client.dump_stack)
    edit = _in_thread(Client.edit)
    delete = _in_thread(Client.delete)
    list = _stream(Client.list)
    entries = _stream(Client.entries)
    events = _stream(Client.events)
    points = _stream(Client.points)
    log = _stream(Client.log)
    logs = _stream(Client.logs)
    follow_logs = _stream(Client.follow_logs)
    count_logs = _in_thread(Client.count_logs)
    delete_log = _in_thread(Client.delete_log)

    async def follow(self, *runs: Ref, tail: int | None = None, from_line: int | None = None) -> AsyncGenerator[News]:
        """`Client.follow`, within the event loop."""
        from headway.sdk.follow_async import follow_async  # see `Client.follow`

        ids = [await asyncio.to_thread(self.sync.id_of, run) for run in runs]
        async with aclosing(follow_async(self.sync.find, ids, start=start_of(tail, from_line))) as following:
            async for news in following:
                yield news

    async def wait(self, run: Ref, timeout: float | None = None, *, external_id: str | None = None) -> Run:
        """Wait until the run has ended; the run as it is then. Raises `TimeoutError`."""
        run_id = await asyncio.to_thread(self.sync.id_of, run, external_id)
        pause = WAIT_FIRST_SECONDS
        async with asyncio.timeout(timeout):
            while not (now := await self.get(run_id)).state.is_final:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, WAIT_LONGEST_SECONDS)
        return now
