"""The worker process: claims runs and has them executed. It outlives its server, and, to finish what it has begun, its launcher."""

from __future__ import annotations

import asyncio
import os
import sys

from headway.assembly.worker import open_worker
from headway.cli.process_status import log_to_stderr, say_failed, say_ready, stop_on_signals, watch_launcher
from headway.model.errors import HeadwayError
from headway.settings import Settings, read_settings

GRACE_SECONDS = 3.0
"""How long running work may go on after a signal, before it is given back to be tried again."""


def main() -> int:
    """Work until a signal. 0: stopped; 1: could not start."""
    try:
        settings = read_settings(is_reloading=os.environ.get("HEADWAY_RELOAD") == "1")
        log_to_stderr(settings.log_level)
        asyncio.run(work(settings))
    except HeadwayError as error:
        say_failed(error)
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


async def work(settings: Settings, grace_seconds: float = GRACE_SECONDS) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
