"""Runs: lists, filters, paging, the order of the queue, and what goes with a run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest

from headway.model.ids import new_id
from headway.model.run import Artifact, Attempt, Checkpoint, Options, Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Head, Page, RunFilter, RunSort, Snapshot, Transaction
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import a_lease, a_run, after, append_mixed, insert, link_of

STATES = list(RunState)


async def test_of_no_queue_nothing_is_claimable_and_of_one_named_twice_each_run_once(store: SqlStore) -> None:
    runs = [a_run(task="t") for _ in range(3)]
    await insert(store, *runs)

    def claimable(*queues: str) -> Awaitable[list[str]]:
        return store.write(lambda tx: [run.id for run in tx.runs.claimable(queues, 9, ["t"])])

    assert await claimable() == []
    assert sorted(await claimable("default", "default")) == sorted(run.id for run in runs)


async def listed(store: SqlStore, where: RunFilter, **page: Any) -> list[Run]:
    return await store.read(lambda s: s.runs.list(where, Page(**page)))


@pytest.fixture
def many() -> list[Run]:
    """Sixty runs that differ in everything that can be filtered; some share a time."""
    parent = new_id()
    return [
        a_run(
            project=f"p{n % 3}", state=STATES[n % len(STATES)], task=f"t{n % 4}" if n % 5 else None, kind="task" if n % 5 else "outside",
            tags=(f"g{n % 6}", "all"), created_by=f"u{n % 2}", parent=parent if n % 7 == 0 else None, name=f"Run {n % 10} 50% Ünder_score",
            created_at=after(n // 2), started_at=after(n % 9) if n % 4 else None, finished_at=after(n % 8) if n % 3 else None,
        )
        for n in range(60)
    ]  # fmt: skip


def as_expected(runs: list[Run], sort: RunSort, is_descending: bool) -> list[str]:
    def key(run: Run) -> tuple[Any, str]:
        value = getattr(run, sort.value)
        return (value.timestamp() if isinstance(value, datetime) else value or 0), run.id

    return [run.id for run in sorted(runs, key=key, reverse=is_descending)]


def _filters(many: list[Run]) -> list[tuple[RunFilter, Callable[[Run], bool]]]:
    parent = many[0].parent
    return [
        (RunFilter(), lambda r: True),
        (RunFilter(project="p1"), lambda r: r.project == "p1"),
        (RunFilter(projects=frozenset({"p0", "p2"})), lambda r: r.project != "p1"),
        (RunFilter(projects=frozenset()), lambda r: False),
        (RunFilter(project="p1", projects=frozenset({"p0"})), lambda r: False),
        (RunFilter(states=frozenset({RunState.FAILED})), lambda r: r.state is RunState.FAILED),
        (RunFilter(states=FINAL, projects=frozenset({"p0", "p1"})), lambda r: r.state in FINAL and r.project != "p2"),
        (RunFilter(states=frozenset(STATES[:9]), projects=frozenset({"p0", "p1"})), lambda r: r.state in STATES[:9] and r.project != "p2"),
        (RunFilter(task="t1"), lambda r: r.task == "t1"),
        (RunFilter(kind="outside"), lambda r: r.kind == "outside"),
        (RunFilter(tag="g4"), lambda r: "g4" in r.tags),
        (RunFilter(tag="g4", project="p1", created_by="u0"), lambda r: "g4" in r.tags and r.project == "p1" and r.created_by == "u0"),
        (RunFilter(created_by="u1"), lambda r: r.created_by == "u1"),
        (RunFilter(parent=parent), lambda r: r.parent == parent),
        (RunFilter(parent="no id"), lambda r: False),
        (RunFilter(text="rUN 3"), lambda r: r.name.startswith("Run 3")),
        (RunFilter(text="50% ünder_s"), lambda r: True),
        (RunFilter(text="50_"), lambda r: False),
        (RunFilter(created_from=after(5), created_to=after(9)), lambda r: after(5) <= r.created_at < after(9)),
    ]


async def test_filters_sorts_and_pages(store: SqlStore, many: list[Run]) -> None:
    await insert(store, *many)
    for where, matches in _filters(many):
        wanted = [run for run in many if matches(run)]
        assert await store.read(lambda s, where=where: s.runs.count(where)) == len(wanted)
        for sort in RunSort:
            for is_descending in (True, False):
                found: list[str] = []
                place: tuple[Any, str] | None = None
                while page := await listed(store, where, sort=sort, is_descending=is_descending, limit=7, after=place):
                    found += [run.id for run in page]
                    place = (getattr(page[-1], sort.value), page[-1].id)
                assert found == as_expected(wanted, sort, is_descending), (where, sort, is_descending)


async def test_a_count_stops_at_its_limit(store: SqlStore, many: list[Run]) -> None:
    await insert(store, *many)
    assert await store.read(lambda s: s.runs.count(RunFilter(), limit=10)) == 10


async def test_a_run_is_kept_whole(store: SqlStore) -> None:
    run = a_run(
        external_id="e", parameters={"a": [1, {"b": None}]}, tags=("x", "y"), metadata={"m": 1.5}, parent=new_id(), run_after=after(5),
        options=Options(timeout_seconds=1.5, retry_on=("ValueError",), tags=("t",), concurrency_key="k", concurrency_limit=2),
        attempt=2, lost_count=1, failed_count=1, started_at=after(1), finished_at=after(2), error_code="exception", priority=-3,
        state=RunState.FAILED,
    )  # fmt: skip
    other = a_run(task=None, queued_at=None)
    await insert(store, run, other)
    assert await store.read(lambda s: s.runs.get(run.id)) == run
    assert await store.read(lambda s: s.runs.get_many([other.id, new_id(), "no id", run.id])) == [other, run]
    assert await store.read(lambda s: s.runs.get("no id")) is None
    assert await store.read(lambda s: s.runs.get(new_id())) is None


async def test_a_run_without_an_id_is_a_mistake(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="is not an id"):
        await insert(store, a_run(id="r1"))


async def test_change(store: SqlStore) -> None:
    run, other = a_run(tags=("a",)), a_run()
    await insert(store, run, other)
    await store.write(
        lambda tx: tx.runs.change_many([
            (run.id, {"name": "New", "tags": ["b", "c"], "metadata": {"x": 1}}),
            (run.id, {"state": RunState.RUNNING, "started_at": after(3), "attempt": 1}),
            (other.id, {"state": RunState.RUNNING, "started_at": after(4), "attempt": 1}),
            (other.id, {}),
        ])
    )  # fmt: skip
    changed = replace(run, name="New", tags=("b", "c"), metadata={"x": 1}, state=RunState.RUNNING, started_at=after(3), attempt=1)
    assert await store.read(lambda s: s.runs.get(run.id)) == changed
    assert await listed(store, RunFilter(tag="a")) == []
    assert await listed(store, RunFilter(tag="c")) == [changed]
    assert await listed(store, RunFilter(text="new")) == [changed]
    for bad in ("id", "created_at", "rank_at", "nonsense"):
        with pytest.raises(ValueError, match="cannot be changed"):
            await store.write(lambda tx, bad=bad: tx.runs.change(run.id, **{bad: "x"}))


async def test_the_queue_is_ordered_by_priority_and_waiting(store: SqlStore) -> None:
    old = a_run(queued_at=after(0))
    urgent = a_run(queued_at=after(100), priority=2)
    young = a_run(queued_at=after(110), priority=0)
    late_urgent = a_run(queued_at=after(130), priority=2)
    elsewhere = a_run(queue="gpu", queued_at=after(5))
    other_task = a_run(task="other", queued_at=after(1))
    running = a_run(state=RunState.RUNNING)
    await insert(store, young, late_urgent, urgent, old, elsewhere, other_task, running)

    def order(queues: list[str], limit: int = 10, tasks: list[str] | None = None) -> Any:
        return store.write(lambda tx: [run.id for run in tx.runs.claimable(queues, limit, tasks)])

    assert await order(["default"], tasks=["count"]) == [urgent.id, old.id, late_urgent.id, young.id]
    assert await order(["default", "gpu"], limit=4) == [urgent.id, old.id, other_task.id, elsewhere.id]
    assert await order(["nowhere"]) == []
    assert await order(["default"], tasks=[]) == []
    await store.write(lambda tx: tx.runs.change(young.id, priority=10))
    await store.write(lambda tx: tx.runs.change(old.id, state=RunState.QUEUED, queued_at=after(500)))
    assert await order(["default"], tasks=["count"]) == [young.id, urgent.id, late_urgent.id, old.id]


async def test_the_best_of_some_tasks_are_those_of_the_whole_line(store: SqlStore) -> None:
    chance = Random(7)
    for _ in range(30):
        runs = [
            a_run(task=chance.choice("abcd"), queued_at=after(chance.randrange(7)), queue=chance.choice(["default", "gpu"]))
            for _ in range(chance.randrange(25))
        ]
        tasks = chance.sample("abcde", chance.randrange(6))
        limit = chance.randrange(1, 9)

        def act(tx: Transaction, runs: list[Run] = runs, tasks: list[str] = tasks, limit: int = limit) -> list[str]:
            tx.runs.insert(runs)
            found = [run.id for run in tx.runs.claimable(["default", "gpu"], limit, tasks)]
            for run in runs:
                tx.runs.delete(run.id)
            return found

        wanted = sorted((run.queued_at or run.created_at, run.id) for run in runs if run.task in tasks)
        assert await store.write(act) == [run for _, run in wanted[:limit]]


async def test_runs_that_are_due(store: SqlStore, clock: FakeClock) -> None:
    soon = a_run(state=RunState.SCHEDULED, run_after=after(5), queued_at=None)
    sooner = a_run(state=RunState.RETRYING, run_after=after(3))
    later = a_run(state=RunState.SCHEDULED, run_after=after(50), queued_at=None)
    queued = a_run(run_after=after(1))
    await insert(store, soon, sooner, later, queued)
    assert await store.write(lambda tx: tx.runs.due(10)) == []
    clock.advance(5)
    assert await store.write(lambda tx: [run.id for run in tx.runs.due(10)]) == [sooner.id, soon.id]
    assert await store.write(lambda tx: [run.id for run in tx.runs.due(1)]) == [sooner.id]


async def test_a_run_comes_with_where_its_journal_is(store: SqlStore) -> None:
    with_journal, without = a_run(task="t"), a_run()
    await insert(store, with_journal)
    await store.write(lambda tx: tx.runs.insert([without]))
    await store.write(lambda tx: append_mixed(tx, with_journal.id, 3, 1))

    def compare(snapshot: Snapshot) -> None:
        found = snapshot.runs.with_head(with_journal.id)
        assert found == (snapshot.runs.get(with_journal.id), snapshot.journal.head(with_journal.id))
        assert found is not None
        assert found[1].last_seq > 0
        assert snapshot.runs.with_head(without.id) == (snapshot.runs.get(without.id), Head(run=without.id))
        assert snapshot.runs.with_head(new_id()) is None
        assert snapshot.runs.with_head("no id") is None

    await store.read(compare)


async def test_two_workers_never_get_the_same_run(url: str) -> None:
    stores = [await SqlStore.open(url, synchronous="OFF") for _ in range(2)]
    await insert(stores[0], *[a_run() for _ in range(60)])

    def claim(tx: Transaction) -> list[str]:
        runs = tx.runs.claimable(["default"], 4)
        tx.runs.change_many([(run.id, {"state": RunState.RUNNING}) for run in runs])
        return [run.id for run in runs]

    answers = await asyncio.gather(*(store.write(claim) for _ in range(10) for store in stores))
    claimed = [run for answer in answers for run in answer]
    assert len(claimed) == len(set(claimed)) == 60
    for store in stores:
        await store.close()


async def test_postgres_skips_what_another_is_claiming(postgres_database: str) -> None:
    stores = [await SqlStore.open(postgres_database) for _ in range(2)]
    await insert(stores[0], *[a_run() for _ in range(4)])
    entered, release = threading.Event(), threading.Event()

    def claim_slowly(tx: Transaction) -> list[str]:
        runs = [run.id for run in tx.runs.claimable(["default"], 3)]
        entered.set()
        assert release.wait(10)
        return runs

    slow = asyncio.create_task(stores[0].write(claim_slowly))
    await asyncio.to_thread(entered.wait, 10)
    quick = await stores[1].write(lambda tx: [run.id for run in tx.runs.claimable(["default"], 3)])
    release.set()
    assert len(quick) == 1
    assert not set(quick) & set(await slow)
    for store in stores:
        await store.close()


async def test_delete_takes_everything_along(store: SqlStore) -> None:
    run, child = a_run(tags=("a",)), a_run()
    child = replace(child, parent=run.id)
    await insert(store, run, child)

    def fill(tx: Transaction) -> None:
        append_mixed(tx, run.id, 3, 3)
        tx.leases.take([a_lease(run.id)])
        tx.details.open_attempts([Attempt(run=run.id, number=1, fence=1, worker="w", started_at=after(0))])
        tx.details.store_results([(run.id, b"1")])
        tx.details.store_checkpoint(Checkpoint(run=run.id, number=1, attempt=1, value=1, created_at=after(0)))
        tx.details.add_artifact(
            Artifact(id=new_id(), run=run.id, name="a", media_type="b", size_bytes=1, sha256="c", created_at=after(0), attempt=1)
        )

    await store.write(fill)
    await store.write(lambda tx: tx.runs.delete("no id"))
    await store.write(lambda tx: tx.runs.delete(run.id))

    def count(tx: Transaction) -> dict[str, int]:
        cursor = link_of(tx).cursor
        counts: dict[str, int] = {}
        for table in ("heads", "segments", "steps", "attempts", "leases", "results", "checkpoints", "artifacts", "run_tags"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
        return counts

    left = await store.write(count)
    assert left.pop("heads") == 1, "the child's"
    assert set(left.values()) == {0}, left
    kept = await store.read(lambda s: s.runs.get(child.id))
    assert kept is not None
    assert kept.parent is None


@pytest.mark.parametrize("sort", RunSort)
@pytest.mark.parametrize("is_descending", [True, False])
async def test_places_are_where_the_list_goes_on(store: SqlStore, many: list[Run], sort: RunSort, is_descending: bool) -> None:
    await insert(store, *many)
    where = RunFilter(states=frozenset(STATES[:9]), tag="all")
    page = Page(sort=sort, is_descending=is_descending, limit=7)
    found: list[str] = []
    while places := await store.read(lambda s, page=page: s.runs.places(where, page)):
        assert [run for _, run in places] == [run.id for run in await store.read(lambda s, page=page: s.runs.list(where, page))]
        found += [run for _, run in places]
        page = replace(page, after=places[-1])
    assert found == as_expected([run for run in many if run.state in STATES[:9]], sort, is_descending)


async def test_children_of_several_come_oldest_first_and_no_further_than_the_limit(store: SqlStore) -> None:
    parents = [a_run(), a_run(), a_run()]
    children = [a_run(parent=parents[n % 2].id, created_at=after(9 - n)) for n in range(6)]
    await insert(store, *parents, *children, a_run(parent=parents[2].id))
    named = [parents[0].id, parents[1].id, new_id(), "no id"]

    found = await store.read(lambda s: s.runs.children(named, limit=10))

    assert [run.id for run in found] == [run.id for run in reversed(children)]
    assert await store.read(lambda s: s.runs.children(named, limit=4)) == found[:4]
    assert await store.read(lambda s: s.runs.children(named, limit=2, first=3)) == found[3:5]
    assert await store.read(lambda s: s.runs.children([], limit=4)) == []
