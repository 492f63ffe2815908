"""How often does the expected start of a queued run hold?

The acts and the store of Headway on a clock that is skipped: runs come, are claimed and end, as they do in a day of a few kinds of
installations; now and then runs that wait are asked when they will start, and later it is looked when they did.

    python -m bench.insight.starts [--seeds 2 | --small]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from bench.figures import tell
from headway.access.principal import SYSTEM
from headway.acts.catalogue import register
from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.acts.queues import change_queue
from headway.acts.reap import promote
from headway.acts.start import StartRun, start
from headway.acts.waiting import why_waiting
from headway.model.run import Options, Task
from headway.model.states import Outcome, RunState
from headway.store.contract import Page, RunFilter, Store, Transaction
from headway.store.places import Worker
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

RUNS = 600
WARM_UP = 60
"""Runs before the first is asked."""
ASKED_EVERY = 12
ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Runs of one task: how long they take, and how they differ."""

    median_seconds: float
    spread: float
    """Of the logarithm."""
    options: Options = field(default_factory=Options)
    queue: str = "default"


WORLDS: dict[str, tuple[Sequence[Kind], int]] = {
    "one task, 4 places": ([Kind(median_seconds=60, spread=0.5)], 4),
    "one task, 1 place": ([Kind(median_seconds=60, spread=0.5)], 1),
    "steady task, 8 places": ([Kind(median_seconds=60, spread=0.1)], 8),
    "short and long, 4 places": ([Kind(median_seconds=10, spread=0.5), Kind(median_seconds=300, spread=0.7)], 4),
    "two queues, 4 places": ([Kind(median_seconds=60, spread=0.5), Kind(median_seconds=30, spread=0.5, queue="other")], 4),
    "a queue with 2 places of 6": ([Kind(median_seconds=60, spread=0.5, queue="limited"), Kind(median_seconds=40, spread=0.5)], 6),
    "a key with 2 places": ([Kind(median_seconds=60, spread=0.5, options=Options(concurrency_key="k", concurrency_limit=2))], 6),
    "some are urgent": ([Kind(median_seconds=60, spread=0.5), Kind(median_seconds=60, spread=0.5, options=Options(priority=5))], 4),
}
LIMITS = {"limited": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    at: datetime
    low: datetime
    middle: datetime
    high: datetime


class World:
    def __init__(self, store: Store, clock: FakeClock, kinds: Sequence[Kind], places: int, seed: int) -> None:
        self.store, self.clock, self.kinds, self.places = store, clock, kinds, places
        self.chance = random.Random(seed)
        self.tasks = [Task(name=f"t{number}", options=kind.options, source=f"a:{number}") for number, kind in enumerate(kinds)]
        self.queues = tuple(dict.fromkeys(kind.queue for kind in kinds))
        self.held: dict[str, tuple[Claim, float]] = {}
        self.said: dict[str, list[Said]] = defaultdict(list)
        self.silent = 0
        self.started: dict[str, datetime] = {}
        mean = sum(kind.median_seconds * math.exp(kind.spread**2 / 2) for kind in kinds) / len(kinds)
        self.gap = mean / self._capacity()

    def _capacity(self) -> float:
        keyed = [kind.options.concurrency_limit for kind in self.kinds if kind.options.concurrency_limit]
        return float(min([self.places, *keyed]))

    async def live(self) -> None:
        def prepare(tx: Transaction) -> None:
            register(tx, self.tasks)
            for queue in set(self.queues) & set(LIMITS):
                change_queue(tx, queue, SYSTEM, running_limit=LIMITS[queue])

        await self.store.write(prepare)
        arrivals = self._arrivals()
        while arrivals or self.held or await self._is_waited():
            ends = min((until for _, until in self.held.values()), default=math.inf)
            comes = arrivals[0] if arrivals else math.inf
            self.clock.advance(max(0.0, min(ends, comes) - self.clock.monotonic()))
            if comes <= ends:
                arrivals.pop(0)
                await self._arrive()
                if len(arrivals) < RUNS - WARM_UP and len(arrivals) % ASKED_EVERY == 0:
                    await self._ask()
            else:
                await self._end()
            await self._claim()

    def _arrivals(self) -> list[float]:
        """In bursts, as people start them: the line grows, and is worked off."""
        times: list[float] = []
        at = 0.0
        while len(times) < RUNS:
            burst = self.chance.choice([1, 1, 1, 10, 40])
            times += [at + number * 0.01 for number in range(burst)]
            at += burst * self.gap * self.chance.uniform(0.6, 1.8)
        return times

    async def _is_waited(self) -> bool:
        where = RunFilter(states=frozenset({RunState.QUEUED}))
        return await self.store.read(lambda snapshot: snapshot.runs.count(where, limit=1)) > 0

    async def _arrive(self) -> None:
        number = self.chance.randrange(len(self.kinds))
        wish = StartRun(task=f"t{number}", queue=self.kinds[number].queue)
        await self.store.write(lambda tx: start(tx, [wish], SYSTEM))

    async def _end(self) -> None:
        over = [held for held, until in self.held.values() if until <= self.clock.monotonic() + 1e-6]
        ends = [Finish(run=held.run.id, fence=held.fence, batch_no=0, events=(), outcome=Outcome.SUCCEEDED) for held in over]
        await self.store.write(lambda tx: finish(tx, ends))
        for held in over:
            del self.held[held.run.id]

    async def _claim(self) -> None:
        now = self.clock.now()
        worker = Worker(
            id="w", host="h", pid=1, version="1", started_at=now, heartbeat_at=now, slots=self.places, queues=self.queues,
            tasks=frozenset(task.name for task in self.tasks),
        )  # fmt: skip

        def act(tx: Transaction) -> list[Claim]:
            promote(tx)
            tx.workers.beat(worker)
            return claim(tx, worker="w", queues=self.queues, limit=self.places - len(self.held))

        for found in await self.store.write(act):
            kind = self.kinds[int((found.run.task or "t0")[1:])]
            took = kind.median_seconds * math.exp(self.chance.gauss(0, kind.spread))
            self.held[found.run.id] = (found, self.clock.monotonic() + took)
            self.started[found.run.id] = now

    async def _ask(self) -> None:
        where = RunFilter(states=frozenset({RunState.QUEUED}))
        queued = await self.store.read(lambda snapshot: snapshot.runs.list(where, Page(limit=500)))
        asked = self.chance.sample(queued, min(ASKED_AT_ONCE, len(queued)))
        for why in await self.store.read(lambda snapshot: why_waiting(snapshot, asked)):
            low, middle, high = why.expected_start_from, why.expected_start_at, why.expected_start_to
            if low is None or middle is None or high is None:
                self.silent += 1
            else:
                self.said[why.run].append(Said(at=self.clock.now(), low=low, middle=middle, high=high))


async def measure(kinds: Sequence[Kind], places: int, seeds: int) -> dict[str, float]:
    """How often the range held, the median error as a share of the wait, and how wide the range was against the wait: in %."""
    is_held: list[bool] = []
    errors: list[float] = []
    widths: list[float] = []
    silent = 0
    for seed in range(seeds):
        clock = FakeClock()
        async with memory_store(clock=clock) as store:
            world = World(store, clock, kinds, places, seed)
            await world.live()
        silent += world.silent
        for run, answers in world.said.items():
            for said in answers:
                began, waits = world.started[run], (world.started[run] - said.at).total_seconds()
                is_held.append(said.low <= began <= said.high)
                errors.append(abs((began - said.middle).total_seconds()) / max(waits, 1.0))
                widths.append((said.high - said.low).total_seconds() / max(waits, 1.0))
    return {
        "asked": float(len(is_held) + silent), "said_percent": 100 * len(is_held) / max(1, len(is_held) + silent),
        "held_percent": 100 * sum(is_held) / len(is_held), "error_percent": 100 * median(errors), "width_percent": 100 * median(widths),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="days of each kind")
    parser.add_argument("--small", action="store_true", help="one day")
    arguments = parser.parse_args()
    seeds = 1 if arguments.small else arguments.seeds
    for name, (kinds, places) in WORLDS.items():
        tell(name, **asyncio.run(measure(kinds, places, seeds)))


if __name__ == "__main__":
    main()
