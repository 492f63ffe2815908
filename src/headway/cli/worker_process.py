"""The worker process: claims runs and has them executed. It outlives its server, and, to finish what it has begun, its launcher."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import threading
from functools import partial
from types import FrameType

from headway.acts.workers import RESTART
from headway.assembly.doorbell import work_for_celery
from headway.assembly.remote_worker import open_remote_worker
from headway.assembly.worker import open_worker
from headway.cli.process_status import ANEW, DRAINED, log_to_stderr, say_failed, say_ready, stop_on_signals, watch_launcher
from headway.model.errors import HeadwayError
from headway.settings import Settings, read_settings
from headway.work.doorbell.door import EXIT_DEAF, Door
from headway.work.doorbell.echo import Echo
from headway.work.worker import Worker


def main() -> int:
    """Work until a signal, or until somebody asks the worker to leave. 0: stopped; 1: could not start; `DRAINED`, `ANEW`: asked to;
    75: heard nothing of Celery's broker, as another process may."""
    try:
        settings = read_settings(is_reloading=os.environ.get("HEADWAY_RELOAD") == "1")
        log_to_stderr(settings.log_level)
        if settings.broker_url is not None and settings.server_url is None:
            return work_at_the_door(settings)
        return asyncio.run(work(settings, settings.grace_seconds))
    except HeadwayError as error:
        say_failed(error)
        sys.stderr.write(f"{error.message}\n")
        return 1


async def work(settings: Settings, grace_seconds: float) -> int:
    """Until a signal: then give what runs `grace_seconds`. Until the launcher is gone, or somebody asks the worker to leave: then
    finish what runs, however long it takes. The code to end with."""
    opened = open_worker(settings) if settings.server_url is None else open_remote_worker(settings)
    async with opened as worker:
        calls: asyncio.Queue[float] = asyncio.Queue()
        stopped = asyncio.Event()

        def stop() -> None:
            stopped.set()
            calls.put_nowait(grace_seconds)

        stop_on_signals(stop)
        watch_launcher(partial(calls.put_nowait, math.inf))
        worker.presence.on_asked = lambda asked: calls.put_nowait(0.0 if asked.is_now else math.inf)
        say_ready(pid=os.getpid())
        await _leave(worker, calls)
        return 0 if stopped.is_set() else code_of(worker)


async def _leave(worker: Worker, calls: asyncio.Queue[float]) -> None:
    """Drain as the first call says; one that gives less time takes its place."""
    grace = await calls.get()
    while True:
        draining = asyncio.create_task(worker.drain(None if grace == math.inf else grace))
        calling = asyncio.create_task(_less(calls, grace))
        await asyncio.wait((draining, calling), return_when=asyncio.FIRST_COMPLETED)
        is_done = draining.done()
        for task in (draining, calling):
            task.cancel()
        await asyncio.gather(draining, calling, return_exceptions=True)
        if is_done:
            return
        grace = calling.result()


async def _less(calls: asyncio.Queue[float], than: float) -> float:
    while (grace := await calls.get()) >= than:
        pass
    return grace


def code_of(worker: Worker) -> int:
    asked = worker.presence.asked
    return 0 if asked is None else ANEW if asked.wish == RESTART else DRAINED


def work_at_the_door(settings: Settings) -> int:
    """The same as a worker of Celery, which has the main thread: signals come there. The worker's loop has a thread of its own."""
    door = Door(settings.grace_seconds)
    if settings.echo_seconds:
        door.bells.echo = Echo(settings.echo_seconds)
    failures: list[BaseException] = []
    left: list[int] = []

    def live() -> None:
        try:
            left.append(asyncio.run(_work_behind(settings, door)))
        except BaseException as error:  # noqa: BLE001  (raised again in the main thread)
            failures.append(error)
            door.leave()
        finally:
            door.is_opened.set()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # By another thread: this one may be holding what `leave` takes.
        threading.Thread(target=door.leave).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    thread = threading.Thread(target=live, name="headway-worker")
    thread.start()
    code = 0
    try:
        door.is_opened.wait()
        # A worker that knows no tasks must not take what others could do.
        door.has_news.wait()
        if not door.is_leaving:
            code = work_for_celery(settings, door)
        if not failures:
            door.drain()
    finally:
        door.end()
        thread.join()
    if failures:
        raise failures[0]
    if door.is_deaf:
        return EXIT_DEAF
    return code or (left[0] if left else 0)


async def _work_behind(settings: Settings, door: Door) -> int:
    async with open_worker(settings, door.bells) as worker:
        door.open(worker)
        watch_launcher(door.orphaned)
        worker.presence.on_asked = lambda asked: door.asked(is_now=asked.is_now)
        say_ready(pid=os.getpid())
        listening = asyncio.create_task(door.listen(settings.children), name="headway-echo")
        await door.until_end()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return code_of(worker)


if __name__ == "__main__":
    sys.exit(main())
