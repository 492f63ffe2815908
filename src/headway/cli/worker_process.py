"""The worker process: claims runs and has them executed. It outlives its server, and, to finish what it has begun, its launcher."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from types import FrameType

from headway.assembly.doorbell import work_for_celery
from headway.assembly.worker import open_worker
from headway.cli.process_status import log_to_stderr, say_failed, say_ready, stop_on_signals, watch_launcher
from headway.model.errors import HeadwayError
from headway.settings import Settings, read_settings
from headway.work.doorbell.door import EXIT_DEAF, Door
from headway.work.doorbell.echo import Echo


def main() -> int:
    """Work until a signal. 0: stopped; 1: could not start; 75: heard nothing of Celery's broker, as another process may."""
    try:
        settings = read_settings(is_reloading=os.environ.get("HEADWAY_RELOAD") == "1")
        log_to_stderr(settings.log_level)
        if settings.broker_url is not None:
            return work_at_the_door(settings)
        asyncio.run(work(settings, settings.grace_seconds))
    except HeadwayError as error:
        say_failed(error)
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


async def work(settings: Settings, grace_seconds: float) -> None:
    """Until a signal: then give what runs `grace_seconds`. Until the launcher is gone: then finish what runs, however long it takes."""
    async with open_worker(settings) as worker:
        stopped, orphaned = asyncio.Event(), asyncio.Event()
        stop_on_signals(stopped.set)
        watch_launcher(orphaned.set)
        say_ready(pid=os.getpid())
        waits: list[asyncio.Task[object]] = [asyncio.create_task(event.wait()) for event in (stopped, orphaned)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.is_set():
            waits.append(asyncio.create_task(worker.drain(None)))
            await asyncio.wait([waits[0], waits[2]], return_when=asyncio.FIRST_COMPLETED)
        if stopped.is_set():
            await worker.drain(grace_seconds)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def work_at_the_door(settings: Settings) -> int:
    """The same as a worker of Celery, which has the main thread: signals come there. The worker's loop has a thread of its own."""
    door = Door(settings.grace_seconds)
    if settings.echo_seconds:
        door.bells.echo = Echo(settings.echo_seconds)
    failures: list[BaseException] = []

    def live() -> None:
        try:
            asyncio.run(_work_behind(settings, door))
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
    return EXIT_DEAF if door.is_deaf else code


async def _work_behind(settings: Settings, door: Door) -> None:
    async with open_worker(settings, door.bells) as worker:
        door.open(worker)
        watch_launcher(door.orphaned)
        say_ready(pid=os.getpid())
        listening = asyncio.create_task(door.listen(settings.children), name="headway-echo")
        await door.until_end()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
