"""A day of a hundred queues: limits, quotas, keys, priorities and pauses are kept in all of them, and nobody starves in any."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.access.principal import SYSTEM
from headway.acts.catalogue import register
from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.acts.queues import change_queue, change_quota, queue_states
from headway.acts.reap import promote
from headway.acts.start import StartRun, start
from headway.acts.waiting import why_waiting
from headway.model.run import Options, Run, Task
from headway.model.states import Outcome, RunState
from headway.model.waiting import Cause
from headway.store.contract import Page, RunFilter, Store, Transaction
from headway.store.places import Worker
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

QUEUES = tuple(f"q{number:02}" for number in range(100))
LIMITED = {queue: 1 + number % 3 for number, queue in enumerate(QUEUES) if number % 4 == 1}
PAUSED = frozenset(queue for number, queue in enumerate(QUEUES) if number % 10 == 7)
"""From the third hour to the ninth."""
QUOTA = 6
KEY_LIMIT = 2
TASKS = [
    Task(name="free", source="app:free"),
    Task(name="urgent", options=Options(priority=5), source="app:urgent"),
    Task(name="keyed", options=Options(concurrency_key="exam-{exam}", concurrency_limit=KEY_LIMIT), source="app:keyed"),
    Task(name="background", options=Options(priority=-10), source="app:background"),
]
WORKERS = {"all": (QUEUES, 16), "half": (QUEUES[::2], 12)}
TICK_SECONDS = 600.0
HOUR = 6
"""Ticks of one."""
TICKS = 24 * HOUR
WAITS_MOST = 4 * 3600.0
"""Of what nothing but its rank holds up."""


@dataclass
class Day:
    store: Store
    clock: FakeClock
    chance: random.Random
    held: dict[str, tuple[Claim, str, int]] = field(default_factory=dict)
    """Runs that are executed, by which worker, and the tick at which they end."""
    waited: dict[str, float] = field(default_factory=dict)
    """By queue: the longest wait of a run that neither a limit, a key, a quota nor a pause could hold up."""
    paused: frozenset[str] = frozenset()
    asked: Counter[Cause] = field(default_factory=Counter)

    async def begin(self) -> None:
        def act(tx: Transaction) -> None:
            register(tx, TASKS)
            for queue, limit in LIMITED.items():
                change_queue(tx, queue, SYSTEM, running_limit=limit)
            change_quota(tx, "school", SYSTEM, running_limit=QUOTA)

        await self.store.write(act)

    async def pause(self, queues: frozenset[str]) -> None:
        def act(tx: Transaction) -> None:
            for queue in queues ^ self.paused:
                change_queue(tx, queue, SYSTEM, is_paused=queue in queues)

        await self.store.write(act)
        self.paused = queues

    async def tick(self, number: int, arrivals: int) -> None:
        self.clock.advance(TICK_SECONDS)
        wishes = [
            StartRun(
                task=self.chance.choice(TASKS).name, queue=self.chance.choice(QUEUES), parameters={"exam": self.chance.randrange(3)},
                project=self.chance.choice(["default", "default", "school"]),
            )
            for _ in range(arrivals)
        ]  # fmt: skip
        ends = [
            Finish(run=run, fence=held.fence, batch_no=0, events=(), outcome=Outcome.SUCCEEDED)
            for run, (held, _, until) in self.held.items()
            if until <= number
        ]

        def act(tx: Transaction) -> None:
            if wishes:
                start(tx, wishes, SYSTEM)
            finish(tx, ends)
            promote(tx)

        await self.store.write(act)
        for end in ends:
            del self.held[end.run]
        await self._claim(number)
        if number % (2 * HOUR) == 0:
            await self._check_reasons()

    async def _claim(self, number: int) -> None:
        now = self.clock.now()
        for worker, (queues, slots) in WORKERS.items():
            beat = Worker(
                id=worker, host="h", pid=1, version="1", started_at=now, heartbeat_at=now, slots=slots, queues=queues,
                tasks=frozenset(task.name for task in TASKS),
            )  # fmt: skip
            room = slots - sum(by == worker for _, by, _ in self.held.values())

            def act(tx: Transaction, beat: Worker = beat, room: int = room) -> list[Claim]:
                tx.workers.beat(beat)
                return claim(tx, worker=beat.id, queues=beat.queues, limit=room)

            for found in await self.store.write(act):
                assert found.run.queue in queues
                assert found.run.queue not in self.paused, "a paused queue keeps its runs"
                self.held[found.run.id] = (found, worker, number + self.chance.randint(1, 2))
                self._note_wait(found.run)
        self._check_limits()

    def _note_wait(self, run: Run) -> None:
        is_held_up = run.queue in LIMITED or run.queue in PAUSED or run.task == "keyed" or run.project == "school"
        if run.queued_at is not None and not is_held_up:
            waited = (self.clock.now() - run.queued_at).total_seconds()
            self.waited[run.queue] = max(waited, self.waited.get(run.queue, 0.0))

    def _check_limits(self) -> None:
        runs = [held.run for held, _, _ in self.held.values()]
        in_queue = Counter(run.queue for run in runs)
        assert all(in_queue[queue] <= limit for queue, limit in LIMITED.items()), in_queue
        assert sum(run.project == "school" for run in runs) <= QUOTA
        keys = Counter(run.options.concurrency_key for run in runs if run.options.concurrency_key)
        assert all(count <= KEY_LIMIT for count in keys.values()), keys

    async def _check_reasons(self) -> None:
        """Each that waits has the reason that this test knows of, by what it did."""
        queued = await self.queued()
        reasons = await self.store.read(lambda snapshot: why_waiting(snapshot, queued))
        assert len(reasons) == len(queued)
        in_queue = Counter(held.run.queue for held, _, _ in self.held.values())
        for run, why in zip(queued, reasons, strict=True):
            self.asked[why.cause] += 1
            assert "?" not in why.detail, why
            if run.queue in self.paused:
                assert (why.cause, why.queue) == (Cause.QUEUE_PAUSED, run.queue)
            elif run.blocked_on is not None:
                expected = Cause.PROJECT_QUOTA if run.blocked_on.startswith("project:") else Cause.CONCURRENCY_KEY
                assert why.cause is expected, (run.blocked_on, why)
                assert why.holders
            elif in_queue[run.queue] >= LIMITED.get(run.queue, 1_000):
                assert (why.cause, why.queue, why.limit) == (Cause.QUEUE_LIMIT, run.queue, LIMITED[run.queue])
                assert set(why.holders) <= {held.run.id for held, _, _ in self.held.values() if held.run.queue == run.queue}
            else:
                assert why.cause in {Cause.WORKERS_BUSY, Cause.NEXT}, why

    async def queued(self) -> list[Run]:
        where = RunFilter(states=frozenset({RunState.QUEUED}))
        return await self.store.read(lambda snapshot: snapshot.runs.list(where, Page(limit=5_000, is_descending=False)))


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), arrivals=st.sampled_from([14, 17]))
def test_a_day_of_a_hundred_queues(seed: int, arrivals: int) -> None:
    asyncio.run(_day(seed, arrivals))


async def _day(seed: int, arrivals: int) -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        day = Day(store, clock, random.Random(seed))
        await day.begin()
        for number in range(TICKS):
            if number == 3 * HOUR:
                await day.pause(PAUSED)
                listed = await store.read(queue_states)
                assert {state.name for state in listed if state.name in QUEUES} == set(QUEUES)
                assert {state.name for state in listed if state.is_paused} == PAUSED
            if number == 9 * HOUR:
                await day.pause(frozenset())
            await day.tick(number, arrivals if number < 12 * HOUR else 0)
        assert await day.queued() == []
        assert not day.held
        assert len(day.waited) > 40
        assert max(day.waited.values()) <= WAITS_MOST, day.waited
        assert set(day.asked) >= {Cause.QUEUE_PAUSED, Cause.QUEUE_LIMIT, Cause.CONCURRENCY_KEY}, day.asked


async def _full_queues(store: Store, clock: FakeClock, count: int, backlog: int) -> tuple[Any, ...]:
    """So many queues with one place, taken, and with a backlog that is older than the one run of a free queue."""
    names = tuple(f"full{number:03}" for number in range(count))

    def act(tx: Transaction) -> str:
        register(tx, TASKS)
        for name in names:
            change_queue(tx, name, SYSTEM, running_limit=1)
            start(tx, [StartRun(task="free", queue=name)] * (backlog + 1), SYSTEM)
        return ""

    await store.write(act)
    for name in names:
        assert len(await store.write(lambda tx, name=name: claim(tx, worker="w", queues=[name], limit=1))) == 1
    clock.advance(60)
    (late,) = await store.write(lambda tx: start(tx, [StartRun(task="free", queue="open")], SYSTEM))
    return (*names, "open"), late


async def test_full_queues_do_not_hide_one_that_has_room() -> None:
    """However many are full, and however much older what waits in them is."""
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        queues, late = await _full_queues(store, clock, 30, 20)

        (found,) = await store.write(lambda tx: claim(tx, worker="w", queues=queues, limit=1))

        assert found.run.id == late.id


async def test_a_claim_of_a_hundred_queues_looks_at_those_that_have_room() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        queues, _ = await _full_queues(store, clock, 99, 3)
        said: list[str] = []

        def act(tx: Any) -> list[Claim]:
            tx.link.cursor.connection.set_trace_callback(said.append)
            try:
                return claim(tx, worker="w", queues=queues, limit=2)
            finally:
                tx.link.cursor.connection.set_trace_callback(None)

        assert len(await store.write(act)) == 1
        assert len([text for text in said if "ix_runs_claim" in text or "FROM runs" in text]) <= 10, len(said)
        assert len(said) <= 40, len(said)
