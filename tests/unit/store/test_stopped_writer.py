"""A process that is stopped within a write transaction on SQLite: what becomes of the others, until it is ended."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from headway.model.errors import StoreUnavailable
from headway.store.sql import engines
from headway.store.sql.store import SqlStore
from tests.waiting import eventually_async

STOPS = """
import asyncio, os, signal, sys, threading
from headway.store.sql.store import SqlStore

def stand_still(tx):
    os.kill(os.getpid(), signal.SIGSTOP)
    threading.Event().wait()  # the signal stops another thread first: this one must not commit meanwhile

async def main():
    store = await SqlStore.open(sys.argv[1])
    await store.write(stand_still)

asyncio.run(main())
"""


async def test_others_are_told_read_on_and_write_again_as_soon_as_it_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.3)
    url = f"sqlite:///{tmp_path}/headway.db"
    store = await SqlStore.open(url)
    stopped = await asyncio.create_subprocess_exec(sys.executable, "-c", STOPS, url)
    try:
        process = psutil.Process(stopped.pid)
        await eventually_async(lambda: process.status() == psutil.STATUS_STOPPED, 30, "it stands still within its transaction")
        with pytest.raises(StoreUnavailable) as told:
            await store.write(lambda tx: tx.now)
        assert "locked" in told.value.message
        assert await store.read(lambda snapshot: snapshot.workers.list()) == []

        stopped.send_signal(signal.SIGKILL)
        await stopped.wait()
        assert await store.write(lambda tx: tx.now) is not None
    finally:
        if stopped.returncode is None:
            stopped.kill()
            await stopped.wait()
        await store.close()
