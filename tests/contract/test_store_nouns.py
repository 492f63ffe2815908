"""Leases, slots, details, tasks, workers, meta."""

from __future__ import annotations

from dataclasses import replace

from headway.model.ids import new_id
from headway.model.run import Artifact, Attempt, Checkpoint, Options, Step, Task
from headway.model.states import Outcome
from headway.store.contract import Head, Transaction
from headway.store.places import Echoes, Worker
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import a_lease, a_run, after, insert


async def test_a_lease_is_renewed_by_its_fence_only(store: SqlStore) -> None:
    runs = [a_run() for _ in range(4)]
    await insert(store, *runs)
    await store.write(lambda tx: tx.leases.take([a_lease(run.id, fence=number) for number, run in enumerate(runs[:3])]))
    await store.write(lambda tx: tx.journal.append([Head(run=runs[1].id, wish="cancel")], []))
    held = {runs[0].id: 0, runs[1].id: 1, runs[2].id: 99, runs[3].id: 3, "no id": 1, new_id(): 1}
    assert await store.write(lambda tx: tx.leases.renew(held, after(20))) == {runs[0].id: None, runs[1].id: "cancel"}
    leases = await store.read(lambda s: [s.leases.get(run.id) for run in runs[:3]])
    assert [lease and lease.until for lease in leases] == [after(20), after(20), after(9)]
    assert await store.write(lambda tx: tx.leases.renew({}, after(20))) == {}


async def test_leases_expire_and_are_prolonged(store: SqlStore) -> None:
    runs = [a_run() for _ in range(3)]
    await insert(store, *runs)
    leases = [a_lease(run.id, until=after(10 + number)) for number, run in enumerate(runs)]
    await store.write(lambda tx: tx.leases.take(leases))
    assert await store.write(lambda tx: tx.leases.expired(after(10), 9)) == []
    assert await store.write(lambda tx: tx.leases.expired(after(12), 9)) == leases[:2]
    assert await store.write(lambda tx: tx.leases.expired(after(99), 1)) == leases[:1]
    assert await store.write(lambda tx: tx.leases.prolong_all(after(11.5))) == 2
    assert await store.read(lambda s: s.leases.expired(after(11.5), 9)) == []
    await store.write(lambda tx: tx.leases.set_silent(runs[0].id, after(1)))
    assert await store.read(lambda s: s.leases.get(runs[0].id)) == replace(leases[0], until=after(11.5), silent_since=after(1))
    await store.write(lambda tx: tx.leases.set_silent(runs[0].id, None))
    await store.write(lambda tx: tx.leases.release([runs[0].id, runs[1].id, "no id"]))
    assert await store.read(lambda s: [s.leases.get(run.id) for run in runs]) == [None, None, leases[2]]
    new = a_lease(runs[2].id, fence=7, worker="w2")
    await store.write(lambda tx: tx.leases.take([new]))
    assert await store.read(lambda s: s.leases.get(runs[2].id)) == new


async def test_slots(store: SqlStore) -> None:
    async def take(key: str, limit: int) -> bool:
        return await store.write(lambda tx: tx.slots.take(key, limit))

    assert [await take("gpu", 2) for _ in range(3)] == [True, True, False]
    assert await take("gpu", 3), "the limit asked for last counts"
    assert await take("other", 1)
    assert not await take("none", 0)
    await store.write(lambda tx: tx.slots.give_back(["gpu", "gpu", "other", "unknown"]))
    assert [await take("gpu", 2) for _ in range(2)] == [True, False]
    await store.write(lambda tx: tx.slots.give_back(["other", "other"]))
    assert [await take("other", 1) for _ in range(2)] == [True, False], "it never goes below zero"


async def test_attempts_and_steps(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)
    first = Attempt(run=run.id, number=1, fence=3, worker="w1", started_at=after(1))
    second = Attempt(run=run.id, number=2, fence=4, worker=None, started_at=after(5))
    await store.write(lambda tx: tx.details.open_attempts([first, second]))
    await store.write(lambda tx: tx.details.end_attempts([(run.id, 1, after(4), Outcome.FAILED, {"code": "exception"})]))
    ended = replace(first, ended_at=after(4), outcome=Outcome.FAILED, error={"code": "exception"})
    assert await store.read(lambda s: s.details.attempts(run.id)) == [ended, second]

    load = Step(run=run.id, id="s1", attempt=1, name="load", parent=None, started_at=after(1))
    read = Step(run=run.id, id="s2", attempt=1, name="read", parent="s1", started_at=after(2))
    await store.write(lambda tx: tx.details.change_steps([read, load], []))
    end = replace(load, name="", started_at=after(3), ended_at=after(3), outcome="succeeded", duration_seconds=1.75)
    lone = Step(run=run.id, id="s9", attempt=2, name="", parent=None, started_at=after(9), ended_at=after(9), outcome="failed")
    await store.write(lambda tx: tx.details.change_steps([], [end, lone]))
    steps = await store.read(lambda s: s.details.steps(run.id))
    assert steps == [replace(load, ended_at=after(3), outcome="succeeded", duration_seconds=1.75), read, lone]
    ties = [Step(run=run.id, id=f"3.{number}", attempt=3, name="", parent=None, started_at=after(9)) for number in (1, 2, 9, 10, 11, 100)]
    await store.write(lambda tx: tx.details.change_steps(ties[::-1], []))
    assert (await store.read(lambda s: s.details.steps(run.id)))[3:] == ties
    again = replace(load, started_at=after(7))
    await store.write(lambda tx: tx.details.change_steps([again], []))
    assert again in await store.read(lambda s: s.details.steps(run.id))


async def test_results_checkpoints_and_artifacts(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)

    def fill(tx: Transaction) -> None:
        tx.details.store_results([(run.id, b'{"a":1}')])
        tx.details.store_results([(run.id, b'{"a":2}')])
        for number in (1, 2):
            value = {"sheet": number, "long": 2**70}
            tx.details.store_checkpoint(Checkpoint(run=run.id, number=number, attempt=1, value=value, created_at=after(number)))

    await store.write(fill)
    artifact = Artifact(
        id=new_id(),
        run=run.id,
        name="marks.csv",
        media_type="text/csv",
        size_bytes=2**40,
        sha256="ab",
        created_at=after(1),
        attempt=1,
        step="s1",
    )
    misnamed = replace(artifact, id=new_id(), media_type="application/octet-stream", stated_type="image/png", created_at=after(2))
    await store.write(lambda tx: (tx.details.add_artifact(artifact), tx.details.add_artifact(misnamed)))
    assert await store.read(lambda s: s.details.result(run.id)) == b'{"a":2}'
    newest = await store.read(lambda s: s.details.checkpoint(run.id))
    assert newest == Checkpoint(run=run.id, number=2, attempt=1, value={"sheet": 2, "long": 2**70}, created_at=after(2))
    assert await store.read(lambda s: s.details.artifacts(run.id)) == [artifact, misnamed]
    assert await store.read(lambda s: s.details.artifact(run.id, artifact.id)) == artifact
    assert await store.read(lambda s: s.details.artifact(new_id(), artifact.id)) is None
    assert await store.write(lambda tx: (tx.details.artifact_in_use("ab"), tx.details.artifact_in_use("cd"))) == (True, False)
    empty = await store.read(
        lambda s: [
            getattr(s.details, what)(other)
            for other in (new_id(), "no id")
            for what in ("attempts", "steps", "result", "checkpoint", "artifacts")
        ]
    )
    assert empty == [[], [], None, None, []] * 2


async def test_tasks_are_put_by_name(store: SqlStore, clock: FakeClock) -> None:
    count = Task(name="count", description="Counts", parameter_schema={"type": "object"}, options=Options(max_attempts=3), is_async=True)
    broken = Task(name="broken", import_error="no module", source="app:broken", source_hash="h")
    await store.write(lambda tx: tx.tasks.put([count, broken]))
    count, broken = replace(count, updated_at=clock.now()), replace(broken, updated_at=clock.now())
    assert await store.read(lambda s: s.tasks.list()) == [broken, count]
    await store.write(lambda tx: tx.tasks.put([replace(count, description="Counts more")]))
    assert await store.read(lambda s: s.tasks.get("count")) == replace(count, description="Counts more")
    assert await store.read(lambda s: s.tasks.get("unknown")) is None


async def test_workers(store: SqlStore) -> None:
    first = Worker(id="w1", host="h", pid=1, version="0.1", started_at=after(0), heartbeat_at=after(1), slots=4)
    second = replace(first, id="w2", heartbeat_at=after(5))
    for worker in (first, second):
        await store.write(lambda tx, worker=worker: tx.workers.beat(worker))
    assert await store.read(lambda s: s.workers.list()) == [first, second]
    assert await store.read(lambda s: s.workers.list(limit=1)) == [second]
    assert await store.read(lambda s: s.workers.list(alive_since=after(2))) == [second]
    await store.write(lambda tx: tx.workers.beat(replace(first, heartbeat_at=after(9))))
    assert await store.read(lambda s: s.workers.list(alive_since=after(6))) == [replace(first, heartbeat_at=after(9))]
    assert await store.read(lambda s: s.workers.get("w2")) == second
    assert await store.read(lambda s: s.workers.get("w3")) is None
    for echoes in (Echoes(heard_at={}), Echoes(heard_at={"default": after(4)}, deaf=("nacht 🌙",)), None):
        await store.write(lambda tx, echoes=echoes: tx.workers.beat(replace(second, echoes=echoes)))
        assert await store.read(lambda s: s.workers.get("w2")) == replace(second, echoes=echoes)


async def test_what_is_asked_of_a_worker_stays_while_it_beats_and_is_over_when_it_joins(store: SqlStore) -> None:
    worker = Worker(id="w1", host="h", pid=1, version="0.1", started_at=after(0), heartbeat_at=after(1), slots=4)
    await store.write(lambda tx: tx.workers.join(worker))
    await store.write(lambda tx: tx.workers.wish("w1", "drain", is_now=True, by="li", at=after(2)))
    await store.write(lambda tx: tx.workers.beat(replace(worker, heartbeat_at=after(3), is_draining=True)))
    asked = replace(worker, heartbeat_at=after(3), is_draining=True, wish="drain", is_now=True, wished_by="li", wished_at=after(2))
    assert await store.read(lambda s: s.workers.list()) == [asked]
    assert (worker.is_leaving, asked.is_leaving) == (False, True)
    await store.write(lambda tx: tx.workers.end("w1", after(4)))
    assert await store.read(lambda s: s.workers.list(alive_since=after(0))) == []
    assert await store.read(lambda s: s.workers.get("w1")) == replace(asked, ended_at=after(4))
    await store.write(lambda tx: tx.workers.join(replace(worker, pid=2)))
    assert await store.read(lambda s: s.workers.list(alive_since=after(0))) == [replace(worker, pid=2)]
    assert await store.write(lambda tx: tx.workers.forget(after(1))) == 0
    assert await store.write(lambda tx: tx.workers.forget(after(2))) == 1
    assert await store.read(lambda s: s.workers.list()) == []


async def test_who_executes_what(store: SqlStore) -> None:
    made = [a_run() for _ in range(3)]
    await insert(store, *made)
    runs = sorted(run.id for run in made)
    held = [replace(a_lease(run), worker=worker) for run, worker in zip(runs, ("w1", "w2", "w1"), strict=True)]
    await store.write(lambda tx: tx.leases.take(held))
    assert await store.read(lambda s: s.workers.run_counts()) == {"w1": 2, "w2": 1}
    assert await store.read(lambda s: s.workers.runs("w1", 9)) == [runs[0], runs[2]]
    assert await store.read(lambda s: s.workers.runs("w1", 1)) == [runs[0]]
    assert await store.read(lambda s: s.workers.runs("w3", 9)) == []


async def test_one_leads_until_its_lease_has_run_out(store: SqlStore, clock: FakeClock) -> None:
    async def lead(holder: str, until: float) -> int | None:
        return await store.write(lambda tx: tx.meta.lead("reaper", holder, after(until)))

    assert await lead("a", 9) == 1
    assert await lead("b", 9) is None
    clock.advance(5)
    assert await lead("a", 14) == 1, "who renews keeps the fence"
    clock.advance(8)
    assert await lead("b", 22) is None
    clock.advance(1)
    assert await lead("b", 23) == 2
    assert await lead("a", 23) is None
    assert await lead("b", 14) == 2, "stepping down"
    assert await lead("a", 23) == 3
