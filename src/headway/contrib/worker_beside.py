"""A worker process beside an app: started, started again when it dies, and ended with the app."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from headway.cli.process_status import LIFE
from headway.settings import Settings, to_environment

WORKER = "headway.cli.worker_process"
FIRST_DELAY, LONGEST_DELAY = 0.2, 10.0
HEALTHY_SECONDS = 30.0
"""A worker that lived so long has its back-off forgotten."""
STOP_SECONDS = 7.0
"""From SIGTERM to SIGKILL, besides the time that running work is given."""

log = logging.getLogger("headway.contrib")


@asynccontextmanager
async def worker_beside(settings: Settings) -> AsyncGenerator[None]:
    """While in the block there is a worker. It outlives an app that is killed until its runs have ended, and then ends by itself."""
    life_read, life_write = os.pipe()
    try:
        keeping = asyncio.create_task(_keep(settings, life_read, await _start(settings, life_read)))
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
    finally:
        os.close(life_read)
        os.close(life_write)


async def _keep(settings: Settings, life_read: int, process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    delay = FIRST_DELAY
    while True:
        began = loop.time()
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _end(process, settings.grace_seconds + STOP_SECONDS)
            raise
        delay = FIRST_DELAY if loop.time() - began > HEALTHY_SECONDS else min(LONGEST_DELAY, delay * 2)
        log.warning("The worker process ended (code %s); it is started again in %.1f s.", code, delay)
        await asyncio.sleep(delay)
        process = await _start(settings, life_read)


async def _start(settings: Settings, life_read: int) -> asyncio.subprocess.Process:
    environment = {**os.environ, **to_environment(settings), LIFE: str(life_read)}
    environment["HEADWAY_RELOAD"] = "1" if settings.is_reloading else "0"
    # A session of its own (uvloop knows no `process_group`): Ctrl-C in a terminal is the app's, which then ends its worker in order.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", WORKER, env=environment, stdin=asyncio.subprocess.DEVNULL, pass_fds=(life_read,), start_new_session=True
    )


async def _end(process: asyncio.subprocess.Process, seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
