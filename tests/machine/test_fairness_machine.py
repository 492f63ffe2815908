"""A simulated day of a queue: whatever is started, paused, limited and lost, limits are kept, ranks are kept, and nobody starves."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.access.principal import SYSTEM
from headway.acts.catalogue import register
from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.acts.queues import change_queue
from headway.acts.reap import promote
from headway.acts.start import StartRun, start
from headway.acts.waiting import why_waiting
from headway.model.run import Options, Run, Task
from headway.model.states import Outcome, RunState
from headway.model.waiting import Cause
from headway.store.contract import Page, RunFilter, Store
from headway.store.places import Worker
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

TASKS = [
    Task(name="free", options=Options(priority=0), source="app:free"),
    Task(name="urgent", options=Options(priority=5), source="app:urgent"),
    Task(name="keyed", options=Options(concurrency_key="exam-{exam}", concurrency_limit=2), source="app:keyed"),
    Task(name="rated", options=Options(rate_limit_count=5, rate_limit_seconds=600.0), source="app:rated"),
    Task(name="background", options=Options(priority=-10), source="app:background"),
]
PLACES = 4
TICK_SECONDS = 60.0
TICKS = 24 * 60
WAITS_MOST = 3 * 3600.0
"""Of what nothing holds up but its rank: 5 + 10 steps of priority are a quarter of an hour, the rest is the load of the day."""


@dataclass
class Day:
    store: Store
    clock: FakeClock
    chance: random.Random
    held: dict[str, tuple[Claim, int]] = field(default_factory=dict)
    """Runs that are executed, and the tick at which they end."""
    waited: dict[str, float] = field(default_factory=dict)
    started_in: Counter[int] = field(default_factory=Counter)
    """Starts of the rated task by tick."""

    async def begin(self) -> None:
        await self.store.write(lambda tx: register(tx, TASKS))

    async def tick(self, number: int, arrivals: float) -> None:
        self.clock.advance(TICK_SECONDS)
        await self._arrive(arrivals)
        await self._end(number)
        await self.store.write(promote)
        for found in await self._claim():
            self._check_claim(found, number)
        if number % 60 == 0:
            await self._check_reasons()

    async def _arrive(self, arrivals: float) -> None:
        count = sum(self.chance.random() < arrivals / 6 for _ in range(6))
        wishes = [
            StartRun(
                task=self.chance.choice(TASKS).name,
                parameters={"exam": self.chance.randrange(2)},
                priority=self.chance.choice([None, None, 3]),
            )
            for _ in range(count)
        ]
        if wishes:
            await self.store.write(lambda tx: start(tx, wishes, SYSTEM))

    async def _end(self, number: int) -> None:
        over = [held for held, until in self.held.values() if until <= number]
        if over:
            outcomes = [self.chance.choices([Outcome.SUCCEEDED, Outcome.FAILED, Outcome.LOST], [90, 8, 2])[0] for _ in over]
            ends = [
                Finish(run=held.run.id, fence=held.fence, batch_no=0, events=(), outcome=outcome)
                for held, outcome in zip(over, outcomes, strict=True)
            ]
            await self.store.write(lambda tx: finish(tx, ends))
            for held in over:
                del self.held[held.run.id]

    async def _claim(self) -> list[Claim]:
        room = PLACES - len(self.held)
        now = self.clock.now()
        worker = Worker(
            id="w", host="h", pid=1, version="1", started_at=now, heartbeat_at=now, slots=PLACES, queues=("default",),
            tasks=frozenset(task.name for task in TASKS),
        )  # fmt: skip
        await self.store.write(lambda tx: tx.workers.beat(worker))
        return await self.store.write(lambda tx: claim(tx, worker="w", queues=["default"], limit=room))

    def _check_claim(self, found: Claim, number: int) -> None:
        run = found.run
        self.held[run.id] = (found, number + self.chance.randint(1, 6))
        if run.attempt == 1 and run.queued_at is not None:
            self.waited[run.id] = (self.clock.now() - run.queued_at).total_seconds()
        keys = Counter(held.run.options.concurrency_key for held, _ in self.held.values() if held.run.options.concurrency_key)
        assert all(count <= 2 for count in keys.values()), keys
        if run.task == "rated":
            self.started_in[number] += 1
            # A burst of five, and one every two minutes: in any ten minutes at most ten.
            assert sum(self.started_in[tick] for tick in range(number - 9, number + 1)) <= 10

    async def _check_reasons(self) -> None:
        """Everything that waits has a reason, and whoever is next is not held up by anything."""
        queued = await self.queued()
        reasons = await self.store.read(lambda snapshot: why_waiting(snapshot, queued))
        assert len(reasons) == len(queued)
        for run, why in zip(queued, reasons, strict=True):
            assert why.cause is not Cause.NOTHING
            assert "?" not in why.detail, why
            if run.blocked_on is not None:
                assert why.cause in {Cause.CONCURRENCY_KEY, Cause.RATE_LIMIT}, why
                assert run.task in {"keyed", "rated"}

    async def queued(self) -> list[Run]:
        where = RunFilter(states=frozenset({RunState.QUEUED}))
        return await self.store.read(lambda snapshot: snapshot.runs.list(where, Page(limit=200, is_descending=False)))


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), arrivals=st.sampled_from([0.6, 0.9]))
def test_limits_hold_and_nobody_starves_in_a_day(seed: int, arrivals: float) -> None:
    asyncio.run(_day(seed, arrivals))


async def _day(seed: int, arrivals: float) -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        day = Day(store, clock, random.Random(seed))
        await day.begin()
        for number in range(TICKS // 2):
            await day.tick(number, arrivals if number < TICKS // 4 else 0.3)
            if number == 200:
                await store.write(lambda tx: change_queue(tx, "default", SYSTEM, is_paused=True))
            if number == 215:
                await store.write(lambda tx: change_queue(tx, "default", SYSTEM, is_paused=False, running_limit=3))
            if number == 300:
                await store.write(lambda tx: change_queue(tx, "default", SYSTEM, running_limit=None))
            if 217 < number < 300:
                assert len(day.held) <= PLACES
        assert day.waited, "nothing ran all day"
        # The line of the day moves on: in the evening nobody is left who came long ago.
        for number in range(TICKS // 2, TICKS):
            await day.tick(number, 0.0)
        assert await day.queued() == []
        assert day.held == {}


@pytest.mark.parametrize("priority", [5, 10])
async def test_a_stream_of_urgent_runs_does_not_keep_an_old_one_waiting_for_ever(priority: int) -> None:
    """Static ageing: a step of priority is a minute, and no more."""
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        await store.write(lambda tx: register(tx, [Task(name="any", source="app:any")]))
        old = (await store.write(lambda tx: start(tx, [StartRun(task="any", priority=0)], SYSTEM)))[0]
        for minute in range(1, 30):
            clock.advance(60)
            await store.write(lambda tx: start(tx, [StartRun(task="any", priority=priority)] * 2, SYSTEM))
            claims = await store.write(lambda tx: claim(tx, worker="w", queues=["default"], limit=1))
            await store.write(
                lambda tx, held=claims[0]: finish(
                    tx, [Finish(run=held.run.id, fence=held.fence, batch_no=0, events=(), outcome=Outcome.SUCCEEDED)]
                )
            )
            if claims[0].run.id == old.id:
                assert minute <= 2 * priority + 2
                return
        raise AssertionError("the old run starved")
