"""What happens in a short trial: runs are started by keys, cancelled and paused; workers die, stand still and come back; commits fail.
All of it comes from the seed, and takes no time but the store's."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from chaos.faults.gather import read_history
from chaos.faults.history import Answered, Asked, Felt, History, Left, Paused
from chaos.faults.invariants import judge
from chaos.faults.plan import Fault
from chaos.short.commits import Commits
from chaos.short.hand import POISON, QUEUE, Hand
from chaos.short.notes import Notes
from headway.access.principal import SYSTEM, Principal
from headway.acts.cancel import cancel
from headway.acts.catalogue import register
from headway.acts.queues import change_queue
from headway.acts.start import StartRun, start
from headway.model.errors import RunFinal, RunNotFound, StoreUnavailable
from headway.model.run import DEFAULT_PROJECT, Options, Run, Task
from headway.model.states import Outcome
from headway.store.contract import Snapshot, Transaction
from headway.store.sql.store import SqlStore
from headway.store.sql.values import to_id
from headway.testing.clock import FakeClock
from headway.work.depot.store import StoreDepot
from headway.work.duties import Duties

T = TypeVar("T")
ANNA = Principal(id="anna", role="admin")
KEYED_LIMIT = 2
TASKS = (
    Task(name="count", options=Options(max_attempts=3), source="short:count"),
    Task(name="keyed", options=Options(max_attempts=3, concurrency_key="one", concurrency_limit=KEYED_LIMIT), source="short:keyed"),
    Task(name=POISON, options=Options(max_attempts=3), source="short:poison"),
)
HANDS = 3
SECONDS = 150
"""In which faults befall them."""
CALM_SECONDS = 240
"""In which all runs must come to their end afterwards."""
INSISTENCE = 50
RUNS_LIMIT = 10_000
GONE_SECONDS = (2, 5)
STILL_SECONDS = (12, 16)
"""Longer than a lease, and the reaper's next look."""


class Day:
    def __init__(self, store: SqlStore, clock: FakeClock, seed: int, directory: Path) -> None:
        self._store = store
        self._clock = clock
        self._dice = random.Random(seed)
        self._directory = directory
        self.commits = Commits(random.Random(seed + 1))
        self.notes = Notes()
        self._duties = Duties(store, holder="leader", artifacts=directory)
        self._hands: list[Hand] = []
        self._due: list[tuple[float, Callable[[], object]]] = []
        """What is to be done, and when."""
        self._numbers = iter(range(1, RUNS_LIMIT))
        self._runs: list[str] = []
        self._paused_at: float | None = None

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def run(self) -> None:
        await self._write(lambda tx: register(tx, TASKS))
        for _ in range(HANDS):
            self._join()
        with self.commits.failing():
            self.commits.is_calm = False
            for second in range(SECONDS):
                await self._second(second)
            self.commits.is_calm = True
        if self._paused_at is not None:
            await self._pause(False)
        for _ in range(CALM_SECONDS):
            await self._pass()
            if not any(hand.is_busy for hand in self._hands) and not await self._store.read(_unfinished):
                return

    async def _second(self, second: int) -> None:
        await self._start_some(second)
        if self._dice.random() < 0.15 and self._runs:
            await self._cancel(self._dice.choice(self._runs[-40:]))
        if second in {40, 100}:
            await self._pause(True)
        if second in {60, 115}:
            await self._pause(False)
        busy = [hand for hand in self._hands if hand.is_busy and hand.stands_until <= self._now()]
        if busy and self._dice.random() < 0.08:
            self._kill(self._dice.choice(busy), Fault.WORKER_KILLED)
        elif busy and self._dice.random() < 0.08:
            self._stand_still(self._dice.choice(busy))
        await self._pass()

    async def _pass(self) -> None:
        """A second, in which all do what they do."""
        self._clock.advance(1.0)
        for at, act in list(self._due):
            if at <= self._now():
                self._due.remove((at, act))
                act()
        for hand in list(self._hands):
            if hand.stands_until <= self._now():
                await hand.step()
            if hand.is_dead:
                self._leave(hand)
        try:
            await self._duties._reap()
        except StoreUnavailable:
            return  # in a second again

    # --- workers ----------------------------------------------------------------------------------------------------

    def _join(self) -> None:
        name = f"hand-{next(self._numbers)}"
        depot = StoreDepot(self._store, worker=name, artifacts=self._directory)
        self._hands.append(Hand(name, depot, [task.name for task in TASKS], self.notes, self._dice, self._now))

    def _leave(self, hand: Hand) -> None:
        self._hands.remove(hand)
        self._due.append((self._now() + self._dice.randint(*GONE_SECONDS), self._join))

    def _kill(self, hand: Hand, fault: Fault) -> None:
        at = self._now()
        self.notes.felt.append(Felt(fault=fault, began_at=at, healed_at=at, well_at=at, dead_workers=(hand.id,)))
        self._leave(hand)

    def _stand_still(self, hand: Hand) -> None:
        hand.stands_until = self._now() + self._dice.randint(*STILL_SECONDS)
        until = hand.stands_until
        self.notes.felt.append(
            Felt(fault=Fault.WORKER_STOPPED, began_at=self._now(), healed_at=until, well_at=until, dead_workers=(hand.id,))
        )

    # --- those who ask ----------------------------------------------------------------------------------------------

    async def _start_some(self, second: int) -> None:
        if second in {15, 80}:
            await self._start(POISON, 1)
        if self._dice.random() < 0.7:
            await self._start(self._dice.choice(["count", "count", "keyed"]), self._dice.choice([3, 10, 30]))

    async def _start(self, task: str, to: int) -> None:
        key = f"key-{next(self._numbers)}"
        self.notes.asked.append(Asked(do="start", key=key))
        wish = StartRun(task=task, parameters={"to": to}, idempotency_key=key)
        for _ in range(2 if self._dice.random() < 0.3 else 1):
            (run,) = await self._write(lambda tx: start(tx, [wish], ANNA))
            self.notes.answered.append(Answered(do="start", key=key, run=run.id, state=run.state.value))
            if task != POISON:
                self._runs.append(run.id)

    async def _cancel(self, run: str) -> None:
        """Also of one that has ended: it stays what it is."""
        self.notes.asked.append(Asked(do="cancel", key=run))
        try:
            found: Run = await self._write(lambda tx: cancel(tx, run, ANNA))
        except (RunFinal, RunNotFound):
            return  # of one that was acknowledged and is gone the invariants tell
        self.notes.answered.append(Answered(do="cancel", key=run, run=run, state=found.state.value))

    async def _pause(self, is_paused: bool) -> None:
        if not is_paused and self._paused_at is not None:
            self.notes.paused.append(Paused(queue=QUEUE, run=None, since=self._paused_at, until=self._now()))
        await self._write(lambda tx: change_queue(tx, QUEUE, SYSTEM, is_paused=is_paused))
        self._paused_at = self._now() if is_paused else None

    async def _write(self, act: Callable[[Transaction], T]) -> T:
        for _ in range(INSISTENCE):
            try:
                return await self._store.write(act)
            except StoreUnavailable:
                continue
        raise AssertionError("the store does not answer any more")


def _unfinished(snapshot: Snapshot) -> bool:
    return any(snapshot.runs.count_unfinished(DEFAULT_PROJECT).values())


async def gather(day: Day, store: SqlStore, path: Path) -> History:
    with sqlite3.connect(path) as sql:
        keys = {to_id(run): key for run, key in sql.execute("SELECT id, idempotency_key FROM runs")}
        left = Left(
            leases=sql.execute("SELECT count(*) FROM leases").fetchone()[0],
            used_places=sql.execute('SELECT coalesce(sum("used"), 0) FROM slots').fetchone()[0],
            blocked=sql.execute("SELECT count(*) FROM runs WHERE blocked_on <> '' AND finished_at = 0").fetchone()[0],
        )
    notes = day.notes
    return History(
        runs={run: await read_history(store, run, key) for run, key in keys.items()}, begun=notes.begun, recorded=notes.recorded,
        asked=notes.asked, answered=notes.answered, killed=notes.killed, paused=notes.paused, felt=notes.felt, left=left,
    )  # fmt: skip


async def hold(seed: int, directory: Path) -> tuple[Day, History, dict[str, list[str]]]:
    """One trial on a database of its own: what happened, and what is wrong."""
    path, clock = directory / "short.db", FakeClock()
    store = await SqlStore.open(f"sqlite:///{path}", clock=clock, synchronous="OFF")
    try:
        day = Day(store, clock, seed, directory)
        await day.run()
        history = await gather(day, store, path)
    finally:
        await store.close()
    found = judge(history)
    own = {"only_the_dead_lose": list(only_the_dead_lose(history)), "places_are_kept": list(places_are_kept(history))}
    return day, history, found | {name: wrong for name, wrong in own.items() if wrong}


def only_the_dead_lose(history: History) -> Iterator[str]:
    """What a worker executes that lives, and says so, is not taken from it. (What it was given and never told of is.)"""
    begun = {(each.run, each.attempt) for each in history.begun}
    gone = {worker for felt in history.felt for worker in felt.dead_workers}
    for killed in history.killed:
        gone |= {attempt.worker for attempt in history.runs[killed.run].attempts if attempt.number == killed.attempt}
    for run, one in history.runs.items():
        for attempt in one.attempts:
            if attempt.outcome is Outcome.LOST and (run, attempt.number) in begun and attempt.worker not in gone:
                yield f"{run}: attempt {attempt.number} was lost, though {attempt.worker} lives"


def places_are_kept(history: History) -> Iterator[str]:
    """Never more at once than a key has places."""
    times: list[tuple[float, int]] = []
    for one in history.runs.values():
        if one.run.options.concurrency_key is not None:
            for attempt in one.attempts:
                times += [(attempt.started_at.timestamp(), 1), ((attempt.ended_at or attempt.started_at).timestamp(), -1)]
    count = 0
    for at, change in sorted(times):  # at one moment ends come first
        count += change
        if count > KEYED_LIMIT:
            yield f"{count} runs had one of {KEYED_LIMIT} places at {at:.0f}"
            return
