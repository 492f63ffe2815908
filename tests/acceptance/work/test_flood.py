"""A task that prints without end, in a worker of its own whose memory is measured."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from textwrap import dedent

import orjson
import pytest

from headway.access.principal import SYSTEM
from headway.acts.start import StartRun, start
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Snapshot
from headway.store.sql.store import SqlStore
from tests.unit.work.rig import HEADER
from tests.waiting import eventually_async

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

SIZE = int(os.environ.get("HEADWAY_TEST_FLOOD_BYTES", "150000000"))
"""HEADWAY_TEST_FLOOD_BYTES=1000000000 prints a whole gigabyte: nothing but the time grows."""
WIDTH = 1_000
SPOOL = 1_000_000
"""Less than is printed during one commit, so that the task is made to wait however fast the disk is."""
MEMORY = 80_000_000
QUOTA = 20_000_000

FLOOD = f"""
@headway.task
def flood(size: int):
    text = "x" * {WIDTH - 1}
    for _ in range(size // {WIDTH}):
        print(text)
    return "printed"
"""


async def test_a_task_that_prints_without_end_is_held_back_and_costs_its_worker_a_bounded_memory(
    tmp_path: Path, database: str | None
) -> None:
    (tmp_path / "jobs.py").write_text(HEADER + dedent(FLOOD), encoding="utf-8")
    url = database or f"sqlite:///{tmp_path / 'headway.db'}"
    store = await SqlStore.open(url, announce=lambda news: None)
    script = Path(__file__).with_name("worker_process.py")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, str(script), url, str(tmp_path), f"spool_bytes={SPOOL}", f"output_quota_bytes={QUOTA}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"open\n"
        await flood(store, WIDTH)  # what it costs to have run something at all
        before = peak_of(worker.pid)

        run = await flood(store, SIZE)

        assert peak_of(worker.pid) - before < MEMORY
        counts = {"log.written": 0}
        throttled: list[bool] = []
        dropped: list[dict[str, int]] = []
        async for event in events(store, run.id):
            if event["kind"] == "log.written" and event.get("stream") == "stdout":
                counts["log.written"] += 1
            elif event["kind"] == "run.throttled":
                throttled.append(event["is_throttled"])
            elif event["kind"] == "output.dropped":
                dropped.append(event)
        assert len(dropped) == 1
        assert counts["log.written"] + dropped[0]["line_count"] == SIZE // WIDTH, "each line is kept or counted"
        assert counts["log.written"] * WIDTH >= QUOTA // 2
        assert throttled[0] is True, "the task was made to wait"
    finally:
        worker.terminate()
        await worker.wait()
        await store.close()


async def flood(store: SqlStore, size: int) -> Run:
    async def registered() -> bool:
        return await store.read(lambda snapshot: snapshot.tasks.get("flood")) is not None

    await eventually_async(registered, 20, "the task")
    run = (await store.write(lambda tx: start(tx, [StartRun(task="flood", parameters={"size": size})], SYSTEM)))[0].id

    async def ended() -> Run | None:
        found = await store.read(lambda snapshot: snapshot.runs.get(run))
        return found if found is not None and found.state.is_final else None

    found = await eventually_async(ended, 90, "the end of the flood")
    assert found is not None
    assert found.state is RunState.SUCCEEDED
    return found


def peak_of(pid: int) -> int:
    """Bytes: the most that the process has ever held at once."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def events(store: SqlStore, run: str) -> AsyncIterator[dict[str, object]]:
    seq = 0
    while lines := await store.read(partial(_after, run=run, seq=seq)):
        for line in lines:
            seq += 1
            yield orjson.loads(line)


def _after(snapshot: Snapshot, *, run: str, seq: int) -> list[bytes]:
    return snapshot.journal.events(run, seq, limit=5_000)
