"""What finished runs add up to: tallies and the runs that are in none yet are together all runs, at every moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from headway.acts.count import count, draw, thin_tallies
from headway.acts.tidy import Retention, prune_runs
from headway.insight.statistics import Question, statistics
from headway.model.course import Course
from headway.model.errors import Invalid
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.model.tally import GRAINS, FinishedRun, Stretch, Sums, ceiling_of, cover, cover_kept, floor_of, widened
from headway.store.contract import Snapshot, Transaction
from headway.store.rollups import TallyFilter
from headway.store.sql.store import SqlStore
from headway.testing.clock import START, FakeClock
from tests.contract.material import a_run, after, insert, link_of, write_together
from tests.contract.test_store_indexes import has_scan, plan, prepared_statements

EVERYTHING = TallyFilter()
DAYS = 3


def past_run(chance: Random) -> Run:
    started = after(chance.randrange(DAYS * 86_400))
    return a_run(
        project=chance.choice("ab"),
        task=chance.choice(["grade", "count", None]),
        created_by=chance.choice(["anna", "bert"]),
        state=chance.choice(sorted(FINAL)),
        attempt=1,
        failed_count=chance.randrange(3),
        lost_count=chance.randrange(2),
        queued_at=started - timedelta(seconds=chance.uniform(0, 50)),
        started_at=started,
        finished_at=started + timedelta(seconds=chance.expovariate(1 / 300)),
    )


def finished(run: Run) -> FinishedRun:
    assert run.finished_at is not None
    names = [name for name in FinishedRun.__dataclass_fields__ if name != "finished_at"]
    return FinishedRun(**{name: getattr(run, name) for name in names}, finished_at=run.finished_at)


def direct(runs: Sequence[Run], first: datetime, last: datetime, keep: Callable[[Run], bool] = lambda run: True) -> Sums:
    sums = Sums()
    for run in runs:
        if run.finished_at is not None and first <= run.finished_at < last and keep(run):
            sums.add_run(finished(run))
    return sums


def summed(snapshot: Snapshot, where: TallyFilter, first: datetime, last: datetime) -> Sums:
    sums = Sums()
    for _, each in snapshot.rollups.tallies(where, cover(first, last), limit=10_000):
        sums.add(each)
    for run in snapshot.rollups.uncounted(where, first, last, limit=10_000):
        sums.add_run(run)
    return sums


@pytest.mark.parametrize("seed", range(4))
async def test_tallies_and_what_is_not_counted_yet_are_all_runs(store: SqlStore, clock: FakeClock, seed: int) -> None:
    """Whatever comes between the counts: runs that end (late ones too), deletions, a count that was read before them."""
    chance = Random(seed)
    runs: list[Run] = []
    clock.advance(DAYS * 86_400)
    drawn: list[str] = []
    for _ in range(40):
        act = chance.choice(["end", "end", "draw", "count", "count", "delete", "prune"])
        if act == "end":
            runs += (added := [past_run(chance) for _ in range(chance.randrange(1, 6))])
            await insert(store, *added)
        elif act == "draw":
            drawn = [run.id for run in (await store.read(lambda s: draw(s, 7)))[0]]
        elif act == "count":
            await store.write(lambda tx, ids=tuple(drawn): count(tx, ids))
        elif act == "prune":
            await store.write(lambda tx: prune_runs(tx, Retention(run_days=2)))
        elif runs:
            run = chance.choice(runs)

            def delete(tx: Transaction, run: str = run.id) -> None:
                count(tx, [run])
                tx.runs.delete(run)

            await store.write(delete)
        first = floor_of(after(chance.randrange(86_400)), 900)
        last = ceiling_of(after(chance.randrange(86_400, (DAYS + 1) * 86_400)), 900)
        assert await store.read(lambda s, f=first, e=last: summed(s, EVERYTHING, f, e)) == direct(runs, first, last)
    only = TallyFilter(projects=frozenset({"a"}), task="grade", created_by="bert")
    said = await store.read(lambda s: summed(s, only, START, after(10 * 86_400)))
    assert said == direct(runs, START, after(10 * 86_400), lambda run: (run.project, run.task, run.created_by) == ("a", "grade", "bert"))


async def test_old_tallies_are_thinned_to_days_and_nothing_is_lost(store: SqlStore, clock: FakeClock) -> None:
    chance = Random(5)
    runs = [past_run(chance) for _ in range(60)]
    clock.advance(DAYS * 86_400)
    await insert(store, *runs)
    await store.write(lambda tx: count(tx, [run.id for run in runs]))
    assert await store.write(thin_tallies) == 0
    clock.advance(200 * 86_400)
    fresh = past_run(chance)
    late = clock.now() - timedelta(days=1)
    fresh = replace(fresh, queued_at=late, started_at=late, finished_at=late + timedelta(seconds=5))
    await insert(store, fresh)
    await store.write(lambda tx: count(tx, [fresh.id]))
    thinned = 0
    while gone := await store.write(thin_tallies):
        thinned += gone
    assert thinned > 60

    def grains(snapshot: Snapshot) -> dict[int, int]:
        whole = [Stretch(grain=grain, first=START - timedelta(days=1), last=after(999 * 86_400)) for grain in GRAINS]
        return dict(Counter(key.grain for key, _ in snapshot.rollups.tallies(EVERYTHING, whole, limit=10_000)))

    left = await store.read(grains)
    assert (left[900], left[3_600]) == (1, 1)

    def said(snapshot: Snapshot) -> Sums:
        sums = Sums()
        first, last = widened(after(3_700), clock.now(), snapshot.now)
        assert first == floor_of(after(3_700), 86_400)
        for _, each in snapshot.rollups.tallies(EVERYTHING, cover_kept(first, last, snapshot.now), limit=10_000):
            sums.add(each)
        return sums

    assert await store.read(said) == direct([*runs, fresh], START - timedelta(days=1), after(999 * 86_400))
    refused = Question(where=EVERYTHING, first=START, last=after(30 * 86_400), step_seconds=21_600)
    with pytest.raises(Invalid, match="only days"):
        await store.read(lambda s: statistics(s, refused))
    asked = Question(where=EVERYTHING, first=START, last=clock.now(), step_seconds=86_400)
    found = await store.read(lambda s: statistics(s, asked))
    assert found.total.count == 61
    assert sum(bucket.count for bucket in found.buckets) == 61


async def test_two_who_count_the_same_count_it_once(store: SqlStore) -> None:
    runs = [past_run(Random(7)) for _ in range(9)]
    await insert(store, *runs)
    ids = [run.id for run in runs]
    counts = await write_together(store, lambda tx: count(tx, ids), lambda tx: count(tx, ids[:4]), lambda tx: count(tx, ids))
    assert sum(counts) == 9
    assert await store.read(lambda s: summed(s, EVERYTHING, START, after(9 * 86_400))) == direct(runs, START, after(9 * 86_400))


async def test_a_count_that_is_undone_leaves_nothing(store: SqlStore) -> None:
    run = past_run(Random(1))
    await insert(store, run)

    def act(tx: Transaction) -> None:
        count(tx, [run.id])
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(act)
    whole = [Stretch(grain=900, first=START, last=after(9 * 86_400))]
    assert await store.read(lambda s: s.rollups.tallies(EVERYTHING, whole, limit=9)) == []
    assert [each.id for each in await store.read(lambda s: s.rollups.next_uncounted(9))] == [run.id]


async def test_what_goes_on_is_not_counted(store: SqlStore) -> None:
    run = a_run(state=RunState.RUNNING, started_at=START)
    await insert(store, run)
    assert await store.read(lambda s: s.rollups.next_uncounted(9)) == []
    assert await store.write(lambda tx: count(tx, [run.id, "no id"])) == 0


async def test_courses_are_the_newest_of_a_task_and_go_with_their_runs(store: SqlStore) -> None:
    runs = [a_run(state=RunState.SUCCEEDED, started_at=START, finished_at=after(10 + n), attempt=1) for n in range(3)]
    await insert(store, *runs)

    def course(n: int, **more: Any) -> Course:
        return Course(duration_seconds=10.0 + n, parameters={"n": n, "names": ["é", None]}, **more)

    courses = {run.id: course(n, bar="main", total=5.0, shares=(0.5, 0.75)) if n else course(n) for n, run in enumerate(runs)}
    await store.write(lambda tx: count(tx, [run.id for run in runs], courses))
    kept = await store.read(lambda s: s.rollups.courses([("count", "default"), ("count", "other")], limit=2))
    assert kept == {("count", "default"): [courses[runs[2].id], courses[runs[1].id]]}
    assert await store.read(lambda s: s.rollups.courses([], limit=2)) == {}
    await store.write(lambda tx: tx.runs.delete(runs[2].id))
    left = {("count", "default"): [courses[runs[1].id], courses[runs[0].id]]}
    assert await store.read(lambda s: s.rollups.courses([("count", "default")], limit=9)) == left


async def test_rollups_are_found_by_an_index(store: SqlStore) -> None:
    await insert(store, *[past_run(Random(n)) for n in range(20)])
    stretches = cover(after(900), after(2 * 86_400 + 900))
    where = TallyFilter(projects=frozenset({"a"}), task="grade")
    await store.read(lambda s: s.rollups.tallies(where, stretches, limit=9))

    def act(tx: Transaction) -> list[tuple[str, str]]:
        link = link_of(tx)
        tx.rollups.tallies(where, stretches, limit=9)
        tx.rollups.uncounted(where, START, after(9), limit=9)
        tx.rollups.courses([("grade", "a"), ("count", "b")], limit=9)
        ours = ("rollups", "is_counted", "courses")
        cached = {str(key): each for key, each in vars_of(link).items() if isinstance(key, str) and any(word in key for word in ours)}
        statements = {**prepared_statements(tx.rollups), **cached}
        marks = "%s" if link.is_postgres else "?"
        return [
            (name, plan(link, each.text, (None,) * each.text.count(marks)))
            for name, each in statements.items()
            if not each.text.startswith("INSERT")
        ]

    plans = await store.write(act)
    assert len(plans) >= 6
    for name, text in plans:
        assert not has_scan(text.replace("SCAN arm", "")), (name, text)  # of the few rows that an index has found


def vars_of(link: Any) -> dict[Any, Any]:
    return link._prepared  # the statements that were made on the way
