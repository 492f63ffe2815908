"""A real worker with real children on a real store, for one test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson

from headway.access.principal import SYSTEM
from headway.acts.cancel import cancel
from headway.acts.inspect import ask_for_stack
from headway.acts.pause import pause, resume
from headway.acts.start import StartRun, start
from headway.model.run import Run, Task
from headway.model.states import RunState
from headway.store.contract import News, Queued, Snapshot, Store, Wished
from headway.testing.store import memory_store
from headway.work.limits import Limits
from headway.work.local import local_worker
from headway.work.process import ChildProcess
from headway.work.worker import Worker
from tests.waiting import SCALE, eventually_async

LIMITS = Limits(children=2, cancel_grace_seconds=2.0 * SCALE, terminate_grace_seconds=1.0 * SCALE, stack_seconds=1.0 * SCALE)
HEADER = """
import asyncio, os, signal, subprocess, sys, threading, time
import headway
"""


class Rig:
    def __init__(self, store: Store, worker: Worker, directory: Path) -> None:
        self.store = store
        self.worker = worker
        self.directory = directory

    async def start(self, task: str, **parameters: Any) -> str:
        return (await self.start_many([StartRun(task=task, parameters=parameters)]))[0]

    async def start_many(self, wishes: Sequence[StartRun]) -> list[str]:
        return [run.id for run in await self.store.write(lambda tx: start(tx, wishes, SYSTEM))]

    async def run(self, run: str) -> Run:
        found = await self.store.read(lambda snapshot: snapshot.runs.get(run))
        assert found is not None
        return found

    async def ended(self, run: str, timeout: float = 20.0) -> Run:
        """The run, once it is final."""

        async def is_final() -> Run | None:
            found = await self.run(run)
            return found if found.state.is_final else None

        found = await eventually_async(is_final, timeout, f"the end of {run}")
        assert found is not None
        return found

    async def becomes(self, run: str, state: RunState, timeout: float = 20.0) -> Run:
        """The run, once it is in that state."""

        async def is_there() -> Run | None:
            found = await self.run(run)
            return found if found.state is state else None

        found = await eventually_async(is_there, timeout, f"{run} is {state}")
        assert found is not None
        return found

    async def do(self, task: str, **parameters: Any) -> Run:
        return await self.ended(await self.start(task, **parameters))

    async def events(self, run: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while lines := await self.store.read(partial(_events_after, run=run, seq=len(found))):
            found += map(orjson.loads, lines)
        assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
        return found

    async def texts(self, run: str) -> list[str]:
        return [event["text"] for event in await self.events(run) if event["kind"] == "log.written"]

    async def said(self, run: str, text: str, timeout: float = 10.0) -> str:
        """The first line of the run's log that holds `text`, once there is one."""

        async def found() -> str | None:
            return next((line for line in await self.texts(run) if text in line), None)

        line = await eventually_async(found, timeout, f"a line with {text!r}")
        assert line is not None
        return line

    async def result(self, run: str) -> Any:
        stored = await self.store.read(lambda snapshot: snapshot.details.result(run))
        return None if stored is None else orjson.loads(stored)

    async def error(self, run: str) -> dict[str, Any]:
        """Of the last attempt."""
        attempts = await self.store.read(lambda snapshot: snapshot.details.attempts(run))
        return dict(attempts[-1].error or {})

    async def task(self, name: str) -> Task:
        """Once it is registered."""

        async def registered() -> Task | None:
            return await self.store.read(lambda snapshot: snapshot.tasks.get(name))

        found = await eventually_async(registered, 20, f"the task {name}")
        assert found is not None
        return found

    async def cancel(self, run: str) -> None:
        await self.store.write(lambda tx: cancel(tx, run, SYSTEM))

    async def pause(self, run: str) -> None:
        await self.store.write(lambda tx: pause(tx, run, SYSTEM))

    async def resume(self, run: str) -> None:
        await self.store.write(lambda tx: resume(tx, run, SYSTEM))

    async def ask_for_stack(self, run: str) -> None:
        await self.store.write(lambda tx: ask_for_stack(tx, run, SYSTEM))

    @property
    def children(self) -> list[ChildProcess]:
        assert self.worker.pool is not None
        return self.worker.pool.processes


def _events_after(snapshot: Snapshot, *, run: str, seq: int) -> list[bytes]:
    return snapshot.journal.events(run, seq, limit=10_000)


@asynccontextmanager
async def worker_on(store: Store, directory: Path, sources: Sequence[str], **options: Any) -> AsyncIterator[Worker]:
    limits: Limits = options.pop("limits", LIMITS)
    worker = local_worker(
        store, sources=sources, artifacts=directory / "artifacts", spool=directory / "spool", cwd=directory, limits=limits, **options
    )
    await worker.open()
    try:
        yield worker
    finally:
        await worker.close()


@asynccontextmanager
async def rig(directory: Path, source: str, **options: Any) -> AsyncIterator[Rig]:
    """A worker that has imported `source` as the module ``jobs``. `options`: of `Worker`, and of `Limits` as a dict ``limits``."""
    (directory / "jobs.py").write_text(HEADER + dedent(source), encoding="utf-8")
    loop = asyncio.get_running_loop()
    tell: list[Callable[[News], None]] = []

    def announce(news: Sequence[News]) -> None:
        for each in news:
            for listener in tell:
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(listener, each)

    options["limits"] = replace(LIMITS, **options.pop("limits", {}))
    sources = options.pop("sources", ["jobs"])
    async with memory_store(announce=announce) as store, worker_on(store, directory, sources, **options) as worker:

        def hear(news: News) -> None:
            if isinstance(news, Queued):
                worker.wake(news.queue)
            elif isinstance(news, Wished) and news.worker == worker.id:
                worker.wish(news.run, news.wish)

        tell.append(hear)
        made = Rig(store, worker, directory)
        await eventually_async(lambda: made.worker.pool is not None and made.worker.pool.catalogue is not None, 20, "the first child")
        yield made


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != b"Z"
