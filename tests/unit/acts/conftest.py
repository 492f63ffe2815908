"""A real store in memory, a clock that the test owns, and one task."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
import pytest_asyncio

from headway.access.principal import Principal
from headway.acts.catalogue import register
from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.acts.record import Batch, Recorded, record
from headway.acts.start import StartRun, start
from headway.model.errors import HeadwayError
from headway.model.events import Event
from headway.model.run import Options, Run, Task
from headway.model.states import Outcome, RunState
from headway.store.contract import News, Snapshot, Store, Transaction
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

T = TypeVar("T")
ANNA = Principal(id="anna", role="admin")
WORKER = "worker-1"
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}


def line(text: str = "hello", level: str = "info") -> bytes:
    return orjson.dumps({"kind": "log.written", "at": "2026-01-01T00:00:00.000Z", "level": level, "text": text})


@dataclass
class Stage:
    """The verbs of a story: start, claim, report, finish; each one commit."""

    store: Store
    clock: FakeClock
    news: list[News] = field(default_factory=list)

    async def do(self, act: Callable[[Transaction], T]) -> T:
        return await self.store.write(act)

    async def ask(self, query: Callable[[Snapshot], T]) -> T:
        return await self.store.read(query)

    async def task(self, name: str = "count", **options: Any) -> Task:
        task = Task(name=name, parameter_schema=SCHEMA, options=Options(**options), source="app:count")
        await self.do(lambda tx: register(tx, [task]))
        return task

    async def start(self, task: str = "count", **wish: Any) -> Run:
        return (await self.do(lambda tx: start(tx, [StartRun(task=task, **wish)], ANNA)))[0]

    async def claim(self, limit: int = 1, worker: str = WORKER) -> list[Claim]:
        return await self.do(lambda tx: claim(tx, worker=worker, queues=["default"], limit=limit))

    async def running(self, **options: Any) -> Claim:
        """A run of a new task that a worker has claimed."""
        await self.task(**options)
        await self.start()
        return (await self.claim())[0]

    async def report(self, held: Claim, batch_no: int, *events: bytes, **batch: Any) -> Recorded | HeadwayError:
        given = Batch(run=held.run.id, fence=batch.pop("fence", held.fence), batch_no=batch_no, events=events, **batch)
        return (await self.do(lambda tx: record(tx, [given])))[0]

    async def finish(
        self, held: Claim, outcome: Outcome, *, batch_no: int = 0, events: Sequence[bytes] = (), **end: Any
    ) -> RunState | HeadwayError:
        given = Finish(run=held.run.id, fence=held.fence, batch_no=batch_no, events=events, outcome=outcome, **end)
        return (await self.do(lambda tx: finish(tx, [given])))[0]

    async def run(self, run: str) -> Run:
        found = await self.ask(lambda snapshot: snapshot.runs.get(run))
        assert found is not None
        return found

    async def events(self, run: str) -> list[Event]:
        return [orjson.loads(raw) for raw in await self.ask(lambda snapshot: snapshot.journal.events(run, 0))]

    async def kinds(self, run: str) -> list[str]:
        return [event["kind"] for event in await self.events(run)]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    clock = FakeClock()
    news: list[News] = []
    async with memory_store(clock=clock, announce=news.extend) as store:
        yield Stage(store=store, clock=clock, news=news)
