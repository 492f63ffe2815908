"""Workers that are killed, frozen or stopped, with real processes and a database on disk."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson
import pytest

from headway.access.principal import SYSTEM
from headway.acts.start import StartRun, start
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.sql.store import SqlStore
from tests.unit.work.rig import HEADER, is_alive
from tests.waiting import eventually_async

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(90)]

SHEETS = """
@headway.task
def sheets(count: int, gate: str):
    first = (headway.current_run().checkpoint or 0) + 1
    print("pid", os.getpid())
    for sheet in range(first, count + 1):
        print("sheet", sheet)
        headway.checkpoint(sheet)
        if sheet == count // 2:
            while not os.path.exists(gate):
                time.sleep(0.02)
    return "done"

@headway.task
def native():
    print("pid", os.getpid())
    import ctypes
    while True:
        ctypes.PyDLL(None).sleep(600)
"""


class Place:
    def __init__(self, store: SqlStore, url: str, directory: Path) -> None:
        self.store = store
        self.url = url
        self.directory = directory

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        script = Path(__file__).with_name("worker_process.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), self.url, str(self.directory), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"open\n"
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
            await process.wait()

    async def start(self, task: str, **parameters: Any) -> str:
        async def registered() -> bool:
            return await self.store.read(lambda snapshot: snapshot.tasks.get(task)) is not None

        await eventually_async(registered, 20, "the task")
        return (await self.store.write(lambda tx: start(tx, [StartRun(task=task, parameters=parameters)], SYSTEM)))[0].id

    async def run(self, run: str) -> Run:
        found = await self.store.read(lambda snapshot: snapshot.runs.get(run))
        assert found is not None
        return found

    async def texts(self, run: str) -> list[str]:
        events = [orjson.loads(line) for line in await self.store.read(lambda snapshot: snapshot.journal.events(run, 0, limit=10_000))]
        return [event["text"] for event in events if event["kind"] == "log.written"]

    async def said(self, run: str, text: str, count: int = 1) -> list[str]:
        async def found() -> list[str] | None:
            lines = [line for line in await self.texts(run) if line.startswith(text)]
            return lines if len(lines) >= count else None

        lines = await eventually_async(found, 30, f"{count} lines with {text!r}")
        assert lines is not None
        return lines

    async def ended(self, run: str) -> Run:
        async def is_final() -> Run | None:
            found = await self.run(run)
            return found if found.state.is_final else None

        found = await eventually_async(is_final, 40, "the end of the run")
        assert found is not None
        return found


@pytest.fixture
async def place(tmp_path: Path, database: str | None) -> AsyncIterator[Place]:
    (tmp_path / "jobs.py").write_text(HEADER + dedent(SHEETS))
    url = database or f"sqlite:///{tmp_path}/headway.db"
    store = await SqlStore.open(url, announce=lambda news: None)
    try:
        yield Place(store, url, tmp_path)
    finally:
        await store.close()


async def test_a_worker_killed_is_followed_by_the_next_from_the_last_checkpoint(place: Place) -> None:
    gate = place.directory / "gate"
    async with place.worker() as first:
        run = await place.start("sheets", count=10, gate=str(gate))
        await place.said(run, "sheet 5")
        pid = int((await place.said(run, "pid"))[0].split()[1])
        await eventually_async(lambda: _checkpointed(place, run, 5), what="checkpoint 5")
        first.kill()
        await first.wait()
        await eventually_async(lambda: not is_alive(pid), 5, "the end of the child")
    gate.touch()
    async with place.worker():
        ended = await place.ended(run)
        assert (ended.state, ended.attempt, ended.lost_count) == (RunState.SUCCEEDED, 2, 1)
        sheets = [line for line in await place.texts(run) if line.startswith("sheet")]
        assert sheets == [f"sheet {number}" for number in range(1, 11)], "no line lost or doubled"
        attempts = await place.store.read(lambda snapshot: snapshot.details.attempts(run))
        assert [attempt.outcome for attempt in attempts] == ["lost", "succeeded"]


async def _checkpointed(place: Place, run: str, value: int) -> bool:
    found = await place.store.read(lambda snapshot: snapshot.details.checkpoint(run))
    return found is not None and found.value == value


async def test_a_child_in_native_code_does_not_outlive_its_worker(place: Place) -> None:
    async with place.worker() as worker:
        run = await place.start("native")
        pid = int((await place.said(run, "pid"))[0].split()[1])
        worker.kill()
        await worker.wait()
        await eventually_async(lambda: not is_alive(pid), 5, "the end of the child")


async def test_a_frozen_worker_that_comes_back_ends_its_stale_child(place: Place) -> None:
    gate = place.directory / "gate"
    async with place.worker() as frozen:
        run = await place.start("sheets", count=4, gate=str(gate))
        await place.said(run, "sheet 2")
        stale = int((await place.said(run, "pid"))[0].split()[1])
        os.kill(frozen.pid, signal.SIGSTOP)
        async with place.worker():
            pids = await place.said(run, "pid", count=2)
            os.kill(frozen.pid, signal.SIGCONT)
            await eventually_async(lambda: not is_alive(stale), 15, "the end of the stale child")
            assert is_alive(int(pids[1].split()[1]))
            gate.touch()
            ended = await place.ended(run)
            assert (ended.state, ended.attempt) == (RunState.SUCCEEDED, 2)
            assert [line for line in await place.texts(run) if line.startswith("sheet")] == [f"sheet {number}" for number in range(1, 5)]


async def test_a_worker_that_is_stopped_gives_its_runs_back(place: Place) -> None:
    gate = place.directory / "gate"
    async with place.worker() as first:
        run = await place.start("sheets", count=4, gate=str(gate))
        await place.said(run, "sheet 2")
        first.terminate()
        await first.wait()
    given_back = await place.run(run)
    assert (given_back.state, given_back.lost_count, given_back.failed_count) == (RunState.QUEUED, 0, 0)
    gate.touch()
    async with place.worker():
        assert (await place.ended(run)).state is RunState.SUCCEEDED
