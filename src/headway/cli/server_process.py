"""The server process: API and live gateway. `headway serve` starts it; it ends at once when its launcher is gone."""

from __future__ import annotations

import asyncio
import gc
import os
import sys

from headway.access.principal import Principal
from headway.assembly.server import OWNER, open_server
from headway.cli.process_status import log_to_stderr, say_failed, say_ready, stop_on_signals, watch_launcher
from headway.model.errors import HeadwayError
from headway.settings import Settings, read_settings
from headway.web.links import make_link
from headway.web.listening import loop_factory

ORPHANED = 70
"""Exit code of a server whose launcher is gone."""


def main() -> int:
    """Serve until a signal. 0: stopped; 1: could not start."""
    try:
        settings = read_settings()
        log_to_stderr(settings.log_level)
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(serve(settings))
    except HeadwayError as error:
        say_failed(error)
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


async def serve(settings: Settings) -> None:
    """Open everything, say that we are ready, and answer until a signal comes."""
    async with open_server(settings) as server:
        stop_on_signals(server.listener.stop)
        # A server without its launcher would keep the lock, and the next `headway serve` out. Nothing is lost: what was
        # acknowledged is committed, and the worker goes on by itself.
        watch_launcher(lambda: os._exit(ORPHANED))
        listening = asyncio.create_task(server.listener.listen())
        await server.listener.started_event.wait()
        link = await make_link(server.desk, Principal(id=OWNER, role="admin"))
        # What is there now stays: 170,000 objects, which each full collection would look at again while the loop stands still
        # (measured: 120 ms).
        gc.freeze()
        say_ready(url=server.url, pid=os.getpid(), sign_in_url=link.url)
        await listening


if __name__ == "__main__":
    sys.exit(main())
