"""Samples are kept once, rolled up when their stretch is over, and let go of when they are old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from headway.acts.canary import CANARIES_KEPT, start_canary
from headway.acts.claim import claim
from headway.acts.finish import Finish, finish
from headway.acts.sample import LATE_SECONDS, prune_samples, roll_up, sample
from headway.model.canary import CANARY_KIND, CANARY_QUEUE, CANARY_TASK
from headway.model.samples import KEPT, Grain, Sample, SampleKind
from headway.model.states import Outcome, RunState
from headway.store.contract import Page, RunFilter
from headway.store.samples import Sampled
from tests.unit.acts.conftest import Stage


def of(stage: Stage, cpu: float = 1.0, *, kind: SampleKind = SampleKind.HOST, name: str = "lab-3", **more: Any) -> Sample:
    return Sample(kind=kind, name=name, at=stage.clock.now(), seconds=30, levels={"cpu": cpu}, **more)


async def keep(stage: Stage, *samples: Sample, holder: str = "server") -> list[Sample]:
    return await stage.do(lambda tx: sample(tx, samples, holder=holder, period_seconds=30))


async def kept(stage: Stage, grain: Grain, kind: SampleKind = SampleKind.HOST) -> list[Sample]:
    since = datetime.fromtimestamp(0, stage.clock.now().tzinfo)
    return await stage.ask(lambda s: s.samples.between(kind, grain, since, s.now + timedelta(days=1)))


async def test_of_one_host_one_process_samples_and_another_follows_when_it_is_gone(stage: Stage) -> None:
    assert len(await keep(stage, of(stage))) == 1
    stage.clock.advance(1)
    mine = of(stage, kind=SampleKind.WORKER, name="w1")
    assert await keep(stage, of(stage), mine, holder="worker") == [mine], "what only it can know is kept"
    stage.clock.advance(100)
    assert len(await keep(stage, of(stage), holder="worker")) == 1
    stage.clock.advance(30)
    assert await keep(stage, of(stage)) == []


async def test_what_is_kept_is_told_but_nothing_of_a_run(stage: Stage) -> None:
    await keep(stage, of(stage, 7.0), of(stage, kind=SampleKind.RUN, name="019336e1"))
    (told,) = [item for item in stage.news if isinstance(item, Sampled)]
    assert [(each["kind"], each["levels"]) for each in told.samples] == [("host", {"cpu": 7.0})]
    assert len(await kept(stage, Grain.TAKEN, SampleKind.RUN)) == 1


async def test_a_stretch_is_rolled_up_once_it_is_over_and_no_sample_counts_twice(stage: Stage) -> None:
    for cpu in range(20):
        stage.clock.advance(30)
        await keep(stage, of(stage, float(cpu)), of(stage, kind=SampleKind.ROUTE, name="GET /x", counts={"calls": cpu}))
    assert await stage.do(roll_up) == 2, "the first five minutes are over"
    assert await stage.do(roll_up) == 0, "the second are, but samples may be on their way"
    stage.clock.advance(LATE_SECONDS + 1)
    assert await stage.do(roll_up) == 2
    assert await stage.do(roll_up) == 0
    first, second = await kept(stage, Grain.FIVE_MINUTES)
    assert (first.levels, first.peaks, first.seconds) == ({"cpu": 4.5}, {"cpu": 9.0}, 300)
    assert (second.at - first.at).total_seconds() == 300
    assert second.levels == {"cpu": 14.5}
    assert [each.counts for each in await kept(stage, Grain.FIVE_MINUTES, SampleKind.ROUTE)] == [{"calls": 45}, {"calls": 145}]


async def roll(stage: Stage) -> None:
    while await stage.do(roll_up):
        pass


async def test_an_hour_is_made_of_its_five_minutes_and_a_silence_is_passed_over(stage: Stage) -> None:
    for _ in range(121):
        stage.clock.advance(30)
        await keep(stage, of(stage, 2.0))
    stage.clock.advance(40 * 86_400)
    await keep(stage, of(stage, 8.0))
    stage.clock.advance(7_200)
    await keep(stage, of(stage, 8.0))
    stage.clock.advance(3_700)
    await roll(stage)
    hours = await kept(stage, Grain.HOUR)
    assert [each.levels["cpu"] for each in hours][:1] == [2.0]
    assert hours[0].seconds == 3_600
    assert len(hours) <= 4, "forty silent days are no hours"


async def test_each_grain_is_kept_for_its_time(stage: Stage) -> None:
    await keep(stage, of(stage))
    for grain in (Grain.FIVE_MINUTES, Grain.HOUR):
        await stage.do(lambda tx, grain=grain: tx.samples.put(grain, [of(stage)]))
    for grain, time in KEPT.items():
        stage.clock.advance(time.total_seconds() - (stage.clock.now() - (await kept(stage, grain))[0].at).total_seconds())
        assert await stage.do(prune_samples) == 0
        stage.clock.advance(1)
        assert await stage.do(prune_samples) == 1
        assert await kept(stage, grain) == []


async def canaries(stage: Stage) -> list[RunState]:
    found = await stage.ask(lambda s: s.runs.list(RunFilter(kind=CANARY_KIND), Page()))
    return [run.state for run in found]


async def go_through(stage: Stage) -> None:
    await stage.do(start_canary)
    (held,) = await stage.do(lambda tx: claim(tx, worker="w1", queues=[CANARY_QUEUE], limit=1, tasks=[CANARY_TASK]))
    end = Finish(run=held.run.id, fence=held.fence, batch_no=0, events=(), outcome=Outcome.SUCCEEDED)
    assert await stage.do(lambda tx: finish(tx, [end])) == [RunState.SUCCEEDED]
    stage.clock.advance(15)


async def test_of_canaries_the_last_few_stay(stage: Stage) -> None:
    for _ in range(CANARIES_KEPT + 3):
        await go_through(stage)
    await stage.do(start_canary)
    assert await canaries(stage) == [RunState.QUEUED, *[RunState.SUCCEEDED] * CANARIES_KEPT]


async def test_a_canary_that_nobody_took_is_taken_back(stage: Stage) -> None:
    await stage.do(start_canary)
    stage.clock.advance(15)
    await stage.do(start_canary)
    assert await canaries(stage) == [RunState.QUEUED] * 2, "another server's may just be on its way"
    stage.clock.advance(31)
    await stage.do(start_canary)
    assert await canaries(stage) == [RunState.QUEUED]
