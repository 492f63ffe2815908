"""The store goes away and comes back, or commits and cannot say so: nothing is lost, nothing doubled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

from headway.model.errors import StoreUnavailable
from headway.model.states import RunState
from headway.store.contract import Pace, Snapshot, Transaction
from headway.testing.store import memory_store
from tests.unit.work.rig import HEADER, LIMITS, Rig, worker_on

T = TypeVar("T")

LINES = """
@headway.task
def lines(count: int):
    for number in range(count):
        headway.log(f"line {number}")
        if number % 100 == 0:
            headway.checkpoint(number)
    return count
"""


class Failing:
    """A store of which every third write fails: by turns before the commit, and after it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self.failed = 0

    @property
    def epoch(self) -> str:
        return self._store.epoch

    async def write(self, act: Callable[[Transaction], T], *, pace: Pace = Pace.NOW) -> T:
        number = next(self._numbers)
        if pace is not Pace.REPORT or number % 3:
            return await self._store.write(act, pace=pace)
        self.failed += 1
        if number % 2:
            await self._store.write(act, pace=pace)
        raise StoreUnavailable(reason="the test says so")

    async def read(self, query: Callable[[Snapshot], T]) -> T:
        return await self._store.read(query)

    async def close(self) -> None:
        """The inner store is closed by its owner."""


async def test_reports_are_repeated_with_the_same_number_and_recorded_once(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(HEADER + dedent(LINES))
    limits = replace(LIMITS, batch_bytes=2_000, gather_seconds=0.001)
    async with memory_store() as inner:
        store = Failing(inner)
        async with worker_on(store, tmp_path, ["jobs"], limits=limits) as worker:
            at = Rig(inner, worker, tmp_path)
            await at.task("lines")
            run = await at.ended(await at.start("lines", count=500), 50)
            assert run.state is RunState.SUCCEEDED
            assert await at.texts(run.id) == [f"line {number}" for number in range(500)]
            assert store.failed > 3
