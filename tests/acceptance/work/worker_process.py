"""A worker as a process of its own, to be killed: `python worker_process.py DATABASE_URL DIRECTORY [LIMIT=NUMBER …]`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from headway.store.sql.store import SqlStore
from headway.work.limits import Limits
from headway.work.local import local_worker


async def main(url: str, directory: Path, limits: dict[str, int]) -> None:
    store = await SqlStore.open(url, announce=lambda news: None)
    worker = local_worker(store, sources=["jobs"], artifacts=directory / "artifacts", cwd=directory, limits=Limits(children=2, **limits))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await worker.open()
    print("open", flush=True)
    await stopped.wait()
    await worker.drain(0.5)
    await worker.close()
    await store.close()


asyncio.run(main(sys.argv[1], Path(sys.argv[2]), {name: int(value) for name, value in (pair.split("=") for pair in sys.argv[3:])}))
