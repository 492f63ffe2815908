"""Queues, quotas, rates, and runs that stand aside: the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from headway.model.ids import new_id
from headway.model.queue import Queue, Quota, RateLimit
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import a_lease, a_run, after, insert


async def test_queues_and_quotas(store: SqlStore) -> None:
    assert await store.read(lambda s: s.queues.get("ocr")) == Queue(name="ocr")
    queue = Queue(name="ocr", is_paused=True, paused_by="李", paused_at=after(1), running_limit=4)
    await store.write(lambda tx: tx.queues.put(queue))
    await store.write(lambda tx: tx.queues.put(Queue(name="a", queued_limit=0)))
    assert await store.read(lambda s: (s.queues.get("ocr"), s.queues.list())) == (queue, [Queue(name="a", queued_limit=0), queue])
    await store.write(lambda tx: tx.queues.put(replace(queue, is_paused=False, paused_by=None, paused_at=None)))
    assert await store.read(lambda s: s.queues.get("ocr").is_paused) is False
    assert await store.read(lambda s: s.queues.quota("p")) is None
    await store.write(lambda tx: tx.queues.put_quota(Quota(project="p", running_limit=3)))
    assert await store.read(lambda s: s.queues.quotas()) == [Quota(project="p", running_limit=3)]


async def test_a_rate_has_a_burst_and_recovers_evenly(store: SqlStore, clock: FakeClock) -> None:
    rate = RateLimit(key="rate:x", count=4, seconds=8.0)

    async def take(times: int) -> list[bool]:
        return [await store.write(lambda tx: tx.queues.take_rate(rate)) for _ in range(times)]

    assert await take(6) == [True] * 4 + [False] * 2
    assert await store.read(lambda s: (s.queues.rate_free("rate:x"), s.queues.rate_next("rate:x"))) == (0, after(2))
    clock.advance(1.9)
    assert await take(1) == [False]
    clock.advance(0.2)
    assert await store.read(lambda s: s.queues.rate_free("rate:x")) == 1
    assert await take(2) == [True, False]
    clock.advance(1_000)
    assert await store.read(lambda s: (s.queues.rate_free("rate:x"), s.queues.rate_next("rate:x"))) == (4, None)
    assert await take(5) == [True] * 4 + [False]
    assert await store.read(lambda s: s.queues.rate_free("never asked for")) == 1


async def test_how_many_stand_before_each_is_counted_for_all_at_once(store: SqlStore) -> None:
    """Ranks that are equal, priorities, several lines and queues that a run is not in: as counted by hand."""
    chance = Random(4)
    runs = [
        a_run(
            state=RunState.QUEUED, queue=chance.choice("ab"), queued_at=after(at := chance.randrange(200)), created_at=after(at),
            priority=chance.randrange(3),
        )
        for _ in range(80)
    ]  # fmt: skip
    await insert(store, *runs)
    await store.write(lambda tx: tx.runs.block([run.id for run in runs[::3]], "key:k"))
    runs = await store.read(lambda s: s.runs.get_many([run.id for run in runs]))

    def rank(run: Run) -> tuple[datetime, str]:
        return run.queued_at - timedelta(minutes=run.priority), run.id  # type: ignore[operator]

    def by_hand(run: Run, queue: str) -> int:
        return sum(each.queue == queue and each.blocked_on == run.blocked_on and rank(each) < rank(run) for each in runs)

    asked = [(run, queue) for run in runs for queue in "abc"]
    assert await store.read(lambda s: s.runs.ahead(asked, limit=999)) == [by_hand(*each) for each in asked]
    assert max(await store.read(lambda s: s.runs.ahead(asked, limit=5))) == 5
    assert await store.read(lambda s: s.runs.ahead([], limit=5)) == []


async def test_who_is_blocked_stands_aside(store: SqlStore) -> None:
    runs = [a_run(state=RunState.QUEUED, queued_at=after(number), created_at=after(number)) for number in range(5)]
    await insert(store, *runs)
    ids = [run.id for run in runs]
    await store.write(lambda tx: tx.runs.block(ids[:3], "key:ü"))

    assert [run.id for run in await store.write(lambda tx: tx.runs.claimable(["default"], 9))] == ids[3:]
    blocked = (await store.read(lambda s: s.runs.get_many(ids[:1])))[0]
    assert blocked.blocked_on == "key:ü"
    assert await store.write(lambda tx: tx.runs.blocks(9)) == ["key:ü"]
    found = await store.read(lambda s: s.runs.get_many(ids))
    assert await store.read(lambda s: s.runs.ahead([(run, run.queue) for run in found], limit=9)) == [0, 1, 2, 0, 1]
    assert await store.read(lambda s: s.runs.ahead([(found[2], found[2].queue)], limit=1)) == [1]

    assert await store.write(lambda tx: tx.runs.unblock("key:ü", 2)) == ["default", "default"]
    assert [run.id for run in await store.write(lambda tx: tx.runs.claimable(["default"], 9))] == [ids[0], ids[1], *ids[3:]]
    assert await store.write(lambda tx: tx.runs.unblock("nobody", 2)) == []
    assert await store.read(lambda s: (s.runs.queued(queue="default", limit=9), s.runs.queued(project=runs[0].project, limit=2))) == (5, 2)


async def test_families_are_counted_in_one_query(store: SqlStore) -> None:
    parent, other = a_run(), a_run()
    states = [RunState.SUCCEEDED, RunState.QUEUED, RunState.SUCCEEDED, RunState.FAILED]
    children = [a_run(parent=parent.id, state=state, created_at=after(number)) for number, state in enumerate(states)]
    await insert(store, parent, other, *children)

    counts = await store.read(lambda s: s.runs.family([parent.id, other.id, new_id(), "no id"]))

    assert counts == {parent.id: {RunState.SUCCEEDED: 2, RunState.QUEUED: 1, RunState.FAILED: 1}}
    assert await store.read(lambda s: s.runs.states_of_children(parent.id, limit=3)) == states[:3]
    assert await store.read(lambda s: s.runs.states_of_children("no id", limit=3)) == []
    ended = a_run(state=RunState.FAILED, finished_at=after(9))
    await insert(store, ended)
    assert await store.read(lambda s: s.runs.endings([ended.id, parent.id, new_id()])) == {ended.id: True, parent.id: False}
    assert await store.read(lambda s: s.runs.endings([])) == {}


async def test_queues_are_counted_by_state(store: SqlStore) -> None:
    runs = [a_run(queue=queue, state=state) for queue in ("a", "b") for state in (RunState.QUEUED, RunState.RUNNING, RunState.SUCCEEDED)]
    await insert(store, *runs, a_run(queue="b", state=RunState.QUEUED), a_run(queue="done", state=RunState.FAILED))

    assert await store.read(lambda s: s.runs.queue_counts()) == {
        "a": {RunState.QUEUED: 1, RunState.RUNNING: 1}, "b": {RunState.QUEUED: 2, RunState.RUNNING: 1}, "done": {},
    }  # fmt: skip


async def test_those_in_line_are_counted_by_queue(store: SqlStore) -> None:
    queued = [a_run(queue=queue, state=RunState.QUEUED) for queue in ("a", "a", "a", "b", "blocked")]
    await insert(store, *queued, a_run(queue="a", state=RunState.RUNNING), a_run(queue="done", state=RunState.SUCCEEDED))
    await store.write(lambda tx: tx.runs.block([queued[0].id, queued[-1].id], "key:x"))

    assert await store.read(lambda s: s.runs.in_line(limit=9)) == {"a": 2, "b": 1}
    assert await store.read(lambda s: s.runs.in_line(limit=1)) == {"a": 1, "b": 1}


async def test_a_lease_says_what_its_attempt_holds(store: SqlStore) -> None:
    runs = [a_run() for _ in range(3)]
    await insert(store, *runs)
    places = [("key:a", "queue:q"), ("key:a",), ()]
    await store.write(lambda tx: tx.leases.take([replace(a_lease(run.id), places=held) for run, held in zip(runs, places, strict=True)]))

    assert [(await store.read(lambda s, run=run: s.leases.get(run.id))).places for run in runs] == places  # type: ignore[union-attr]
    assert await store.read(lambda s: s.leases.holders("key:a", 9)) == sorted(run.id for run in runs[:2])
    assert await store.read(lambda s: s.leases.holders("key:", 9)) == []
    await store.write(lambda tx: tx.leases.set_places(runs[0].id, ()))
    assert await store.read(lambda s: s.leases.holders("key:a", 9)) == [runs[1].id]


async def test_places_are_counted_anew(store: SqlStore) -> None:
    await store.write(lambda tx: tx.slots.hold("queue:q", 2, 1))
    assert await store.write(lambda tx: tx.slots.take("queue:q", 2))
    assert not await store.write(lambda tx: tx.slots.take("queue:q", 2))
    assert await store.read(lambda s: (s.slots.usage("queue:q"), s.slots.usage("none"))) == ((2, 2), None)
    assert await store.read(lambda s: (s.slots.usages(["queue:q", "none"]), s.slots.usages([]))) == ({"queue:q": (2, 2)}, {})
