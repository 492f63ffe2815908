"""Samples are kept whole, found by kind, grain and time, and pruned from the oldest on; and what only the store can measure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from headway.model.canary import CANARY_KIND, CANARY_QUEUE
from headway.model.samples import Grain, Sample, SampleKind, Slow
from headway.model.states import RunState
from headway.store.contract import Page, RunFilter
from headway.store.samples import QueueOutline
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import a_run, after, insert


def a_sample(second: float, name: str = "lab-3", kind: SampleKind = SampleKind.HOST, **more: Any) -> Sample:
    given: dict[str, Any] = {"levels": {"cpu": 12.5, "memory_bytes": 2.5e10}, "counts": {"calls": 3}}
    return Sample(kind=kind, name=name, at=after(second), seconds=30.0, **(given | more))


async def test_a_sample_comes_back_as_it_was(store: SqlStore) -> None:
    whole = a_sample(
        30, name="server@七班", peaks={"cpu": 99.0}, spreads={"took": {-40: 2, 7: 1}}, worst=(Slow(what="act ‘x’", seconds=0.2, at="2026"),)
    )
    await store.write(lambda tx: tx.samples.put(Grain.TAKEN, [whole]))
    found = await store.read(lambda s: s.samples.between(SampleKind.HOST, Grain.TAKEN, START, after(30)))
    assert found == [whole]


async def test_they_are_found_by_kind_grain_name_and_time(store: SqlStore) -> None:
    taken = [a_sample(second, name) for second in (30, 60, 90) for name in ("a", "b")]
    await store.write(lambda tx: tx.samples.put(Grain.TAKEN, [*reversed(taken), a_sample(60, kind=SampleKind.WORKER)]))
    await store.write(lambda tx: tx.samples.put(Grain.HOUR, [a_sample(60, "of an hour")]))

    async def between(low: float, high: float, **more: Any) -> list[Sample]:
        return await store.read(lambda s: s.samples.between(SampleKind.HOST, Grain.TAKEN, after(low), after(high), **more))

    assert await between(0, 90) == taken
    assert await between(30, 60) == taken[2:4], "what ends at the first time is not asked for"
    assert await between(0, 90, name="b") == taken[1::2]
    assert await between(0, 90, limit=2) == taken[4:], "beyond the limit the newest"
    assert await store.read(lambda s: s.samples.next_at(SampleKind.HOST, Grain.TAKEN, after(30))) == after(60)
    assert await store.read(lambda s: s.samples.next_at(SampleKind.HOST, Grain.TAKEN, after(90))) is None


async def test_the_same_sample_again_takes_its_place(store: SqlStore) -> None:
    for cpu in (1.0, 2.0):
        await store.write(lambda tx, cpu=cpu: tx.samples.put(Grain.TAKEN, [a_sample(30, levels={"cpu": cpu})]))
    (found,) = await store.read(lambda s: s.samples.between(SampleKind.HOST, Grain.TAKEN, START, after(30)))
    assert found.levels == {"cpu": 2.0}


async def test_the_oldest_are_pruned_and_others_stay(store: SqlStore) -> None:
    await store.write(lambda tx: tx.samples.put(Grain.TAKEN, [a_sample(second) for second in range(1, 11)]))
    await store.write(lambda tx: tx.samples.put(Grain.FIVE_MINUTES, [a_sample(1)]))
    assert await store.write(lambda tx: tx.samples.prune(SampleKind.HOST, Grain.TAKEN, after(8), limit=5)) == 5
    assert await store.write(lambda tx: tx.samples.prune(SampleKind.HOST, Grain.TAKEN, after(8), limit=5)) == 2
    assert await store.write(lambda tx: tx.samples.prune(SampleKind.HOST, Grain.TAKEN, after(8), limit=5)) == 0
    left = await store.read(lambda s: s.samples.between(SampleKind.HOST, Grain.TAKEN, START, after(20)))
    assert [each.at for each in left] == [after(second) for second in (8, 9, 10)]
    assert await store.read(lambda s: s.samples.next_at(SampleKind.HOST, Grain.FIVE_MINUTES, START)) == after(1)


async def test_queues_are_counted_and_the_canary_s_is_none(store: SqlStore) -> None:
    queued = [a_run(queue="gpu", state=RunState.QUEUED, queued_at=after(second)) for second in (7, 3, 5)]
    others = [
        a_run(queue="gpu", state=RunState.RUNNING),
        a_run(queue="default", state=RunState.SUCCEEDED),
        a_run(queue=CANARY_QUEUE, kind=CANARY_KIND, state=RunState.QUEUED, queued_at=START),
    ]
    await insert(store, *queued, *others)
    assert await store.read(lambda s: s.samples.queues()) == [
        QueueOutline(queue="default", queued=0, running=0, oldest_at=None),
        QueueOutline(queue="gpu", queued=3, running=1, oldest_at=after(3)),
    ]
    assert await store.read(lambda s: s.samples.size_bytes()) > 50_000


async def test_canaries_are_in_no_list_but_their_own(store: SqlStore) -> None:
    canary, run = a_run(kind=CANARY_KIND), a_run()
    await insert(store, canary, replace(run, tags=()))
    assert [each.id for each in await store.read(lambda s: s.runs.list(RunFilter(), Page()))] == [run.id]
    assert await store.read(lambda s: s.runs.count(RunFilter())) == 1
    assert [each.id for each in await store.read(lambda s: s.runs.list(RunFilter(kind=CANARY_KIND), Page()))] == [canary.id]
