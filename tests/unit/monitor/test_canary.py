"""A canary is well when the news of its end come, late when none came for a minute, and says why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest_asyncio

from headway.acts.claim import Claim, claim
from headway.acts.finish import Finish, finish
from headway.model.canary import CANARY_KIND, CANARY_QUEUE, CANARY_TASK
from headway.model.histogram import quantile
from headway.model.states import Outcome
from headway.monitor.canary import Canary
from headway.monitor.sampler import Span
from headway.store.contract import News, Page, RunFilter
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store


class Cage:
    """A canary, and by hand what a worker would do for it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.canary = Canary(store, name="server@lab-3", period_seconds=15, clock=clock)
        self.is_deaf = False

    def hear(self, news: Sequence[News]) -> None:
        if not self.is_deaf:
            self.canary.hear(news)

    async def take(self) -> Claim:
        (held,) = await self.store.write(lambda tx: claim(tx, worker="w1", queues=[CANARY_QUEUE], limit=1, tasks=[CANARY_TASK]))
        return held

    async def end(self, held: Claim, outcome: Outcome = Outcome.SUCCEEDED, **more: Any) -> None:
        given = Finish(run=held.run.id, fence=held.fence, batch_no=0, events=(), outcome=outcome, **more)
        await self.store.write(lambda tx: finish(tx, [given]))

    async def count(self) -> int:
        return len(await self.store.read(lambda s: s.runs.list(RunFilter(kind=CANARY_KIND), Page())))


@pytest_asyncio.fixture
async def cage() -> AsyncIterator[Cage]:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        opened = Cage(store, clock)
        store.set_announce(opened.hear)
        yield opened


async def test_it_is_well_when_the_news_of_its_end_come(cage: Cage) -> None:
    await cage.canary.send()
    assert (cage.canary.state.age_seconds, cage.canary.state.is_late) == (None, False)
    held = await cage.take()
    cage.clock.advance(0.25)
    await cage.end(held)
    cage.clock.advance(9)
    state = cage.canary.state
    assert (state.age_seconds, state.took_seconds, state.is_late, state.failed_count, state.reason) == (9, 0.25, False, 0, None)


async def test_it_is_late_when_nobody_takes_it_and_one_waits_at_most(cage: Cage) -> None:
    for _ in range(5):
        await cage.canary.send()
        cage.clock.advance(15)
    state = cage.canary.state
    assert state.is_late
    assert state.reason == "No worker takes runs."
    assert await cage.count() <= 2
    await cage.canary.send()
    await cage.end(await cage.take())
    assert not cage.canary.state.is_late
    assert cage.canary.state.reason is None


async def test_a_worker_that_never_ends_it_is_named(cage: Cage) -> None:
    await cage.canary.send()
    await cage.take()
    for _ in range(5):
        cage.clock.advance(15)
        await cage.canary.send()
    assert cage.canary.state.is_late
    assert cage.canary.state.failed_count >= 1


async def test_an_end_of_which_no_news_came_counts_as_none(cage: Cage) -> None:
    await cage.canary.send()
    cage.is_deaf = True
    await cage.end(await cage.take())
    cage.clock.advance(61)
    await cage.canary.send()
    assert cage.canary.state.reason == "A run has ended, and the news of it did not come."
    assert cage.canary.state.age_seconds is None


async def test_a_failure_is_told_as_what_it_was(cage: Cage) -> None:
    await cage.canary.send()
    await cage.end(await cage.take(), Outcome.FAILED, error={"code": "exception", "message": "no"})
    assert cage.canary.state.failed_count == 1
    cage.clock.advance(61)
    assert cage.canary.state.reason == "The last one ended as failed."


async def test_a_store_that_is_away_is_said(cage: Cage) -> None:
    await cage.store.close()
    await cage.canary.send()
    cage.clock.advance(61)
    state = cage.canary.state
    assert state.is_late
    assert state.reason is not None
    assert state.reason.startswith("No run could be started: ")


async def test_it_is_sampled(cage: Cage) -> None:
    for took in (0.1, 0.1, 0.4):
        await cage.canary.send()
        held = await cage.take()
        cage.clock.advance(took)
        await cage.end(held)
    (sample,) = await cage.canary.sample(Span(at=cage.clock.now(), seconds=30))
    assert sample.counts == {"succeeded": 3, "failed": 0}
    assert abs((quantile(sample.spreads["took"], 1.0) or 0) - 0.4) < 0.03
    (again,) = await cage.canary.sample(Span(at=cage.clock.now(), seconds=30))
    assert again.counts == {"succeeded": 0, "failed": 0}
