"""`write`: one act undone alone, order, durability, and news after the commit only."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from headway.model.errors import DuplicateRun, RunNotFound, StoreUnavailable
from headway.store.contract import News, Pace, Queued, Snapshot, Transaction
from headway.store.sql.engines import make_engine
from headway.store.sql.link import UNSENT_LIMIT
from headway.store.sql.schema import meta
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import a_run, insert, link_of, put, write_together


def read_beside(url: str, key: str) -> str | None:
    """What another connection sees at this moment."""
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        row = connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).first()
    engine.dispose()
    return None if row is None else row[0]


async def test_an_act_that_raises_is_undone_alone(store: SqlStore, news: list[News]) -> None:
    def bad(tx: Transaction) -> None:
        tx.meta.put("bad", "1")
        tx.announce(Queued(queue="bad"))
        raise RunNotFound(run="x")

    def good(name: str) -> Any:
        def act(tx: Transaction) -> str:
            tx.meta.put(name, "1")
            tx.announce(Queued(queue=name))
            return name

        return act

    answers = await write_together(store, good("a"), bad, good("b"))

    assert answers[0] == "a"
    assert isinstance(answers[1], RunNotFound)
    assert answers[2] == "b"
    assert store.figures.commit_count == 2, "the three acts that waited share one commit"
    assert await store.read(lambda s: [s.meta.get(key) for key in ("a", "bad", "b")]) == ["1", None, "1"]
    assert news == [Queued(queue="a"), Queued(queue="b")]


async def test_an_act_alone_that_raises_keeps_nothing(store: SqlStore, news: list[News]) -> None:
    def bad(tx: Transaction) -> None:
        tx.meta.put("bad", "1")
        tx.announce(Queued(queue="bad"))
        raise KeyError("bad")

    with pytest.raises(KeyError):
        await store.write(bad)
    assert await store.read(lambda s: s.meta.get("bad")) is None
    assert news == []
    await store.write(put("good", "1"))
    assert await store.read(lambda s: s.meta.get("good")) == "1"


async def test_a_statement_that_fails_harms_its_act_only(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)

    def twice(tx: Transaction) -> None:
        tx.meta.put("from the bad act", "1")
        tx.journal.open([])
        tx.details.store_results([(run.id, b"1")])
        link_of(tx).cursor.execute("INSERT INTO nowhere VALUES (1)")

    answers = await write_together(store, put("a", "1"), twice, put("b", "1"))
    assert isinstance(answers[1], Exception)
    assert await store.read(lambda s: [s.meta.get(key) for key in ("a", "from the bad act", "b")]) == ["1", None, "1"]


async def test_a_swallowed_error_of_the_database_does_not_commit_half_an_act(store: SqlStore) -> None:
    def careless(tx: Transaction) -> str:
        tx.meta.put("half", "1")
        try:
            link_of(tx).cursor.execute("INSERT INTO nowhere VALUES (1)")
        except Exception:
            return "swallowed"
        return "?"

    try:
        await store.write(careless)
    except StoreUnavailable:
        assert await store.read(lambda s: s.meta.get("half")) is None
    else:
        assert await store.read(lambda s: s.meta.get("half")) == "1"
    await store.write(put("after", "1"))
    assert await store.read(lambda s: s.meta.get("after")) == "1"


async def test_acts_of_one_pace_keep_their_order(store: SqlStore) -> None:
    order: list[int] = []
    for pace in Pace:
        await asyncio.gather(*(store.write(lambda _tx, n=n: order.append(n), pace=pace) for n in range(600)))
        assert order == list(range(600))
        order.clear()


async def test_two_that_write_to_one_file_take_turns(url: str) -> None:
    """Three acts of each wait at any time. In turns the writer changes after every group of three, 120 times; whoever has just committed
    would else mostly be the quickest to begin again (measured: 39 to 65 changes)."""
    stores = [await SqlStore.open(url, synchronous="OFF") for _ in range(2)]
    order: list[SqlStore] = []

    def act(tx: Transaction, store: SqlStore) -> None:
        order.append(store)
        # Some milliseconds in the database, in which the other comes to wait.
        link_of(tx).cursor.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT MAX(i) FROM n")

    async def write(store: SqlStore) -> None:
        for _ in range(60):
            await store.write(lambda tx: act(tx, store))

    try:
        await asyncio.gather(*(write(store) for store in stores for _ in range(3)))
    finally:
        for store in stores:
            await store.close()
    assert sum(one is not other for one, other in pairwise(order)) > 90


async def test_an_urgent_act_takes_waiting_reports_along(store: SqlStore) -> None:
    await store.write(put("a", "1"))
    report = asyncio.create_task(store.write(put("report", "1"), pace=Pace.REPORT))
    await asyncio.sleep(0)
    await store.write(put("urgent", "1"), pace=Pace.NOW)
    assert report.done() or await report is None
    assert await store.read(lambda s: (s.meta.get("report"), s.meta.get("urgent"))) == ("1", "1")


async def test_news_come_after_the_commit_and_before_the_answer(url: str) -> None:
    seen: list[tuple[str, str | None]] = []
    stores: list[SqlStore] = []

    def announce(news: Any) -> None:
        # A second connection sees what is announced: it is committed.
        found = read_beside(url, "a")
        seen.append((threading.current_thread().name, found))

    stores.append(await SqlStore.open(url, announce=announce, synchronous="OFF"))

    def act(tx: Transaction) -> None:
        tx.meta.put("a", "1")
        tx.announce(Queued(queue="q"))

    await stores[0].write(act)
    assert seen == [(threading.current_thread().name, "1")]
    for store in stores:
        await store.close()


async def test_a_listener_that_raises_harms_nobody(url: str, caplog: pytest.LogCaptureFixture) -> None:
    def announce(news: Any) -> None:
        raise ValueError("listener")

    store = await SqlStore.open(url, announce=announce, synchronous="OFF")
    assert await store.write(lambda tx: tx.announce(Queued(queue="q"))) is None
    assert "could not be announced" in caplog.text
    await store.close()


async def test_now_is_the_clock_of_the_store(store: SqlStore, clock: FakeClock) -> None:
    assert await store.write(lambda tx: tx.now) == clock.now()
    clock.advance(5)
    assert await store.write(lambda tx: tx.now) == clock.now()
    assert await store.read(lambda s: s.now) == clock.now()


async def test_without_a_clock_it_is_the_database_s(url: str) -> None:
    store = await SqlStore.open(url, synchronous="OFF")
    first, second = [await store.write(lambda tx: tx.now) for _ in range(2)]
    assert first.tzinfo is not None
    assert first <= second
    await store.close()


async def test_a_query_sees_one_moment(store: SqlStore) -> None:
    entered, release = threading.Event(), threading.Event()

    def query(snapshot: Snapshot) -> tuple[str | None, str | None]:
        before = snapshot.meta.get("a")
        entered.set()
        assert release.wait(10)
        return before, snapshot.meta.get("a")

    reading = asyncio.create_task(store.read(query))
    await asyncio.to_thread(entered.wait, 10)
    await store.write(put("a", "1"))
    release.set()
    assert await reading == (None, None)
    assert await store.read(lambda s: s.meta.get("a")) == "1"


async def test_a_query_cannot_write(store: SqlStore) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await store.read(lambda s: s.meta.put("a", "1"))
    assert await store.read(lambda s: s.meta.get("a")) is None


async def test_a_slow_query_is_counted(store: SqlStore) -> None:
    def slow(snapshot: Snapshot) -> None:
        assert not never.wait(0.12)

    never = threading.Event()
    await store.read(slow)
    assert store.figures.slow_count == 1
    assert "slow" in store.figures.slow[0][0]


async def test_a_duplicate_leaves_an_act_that_can_go_on(store: SqlStore) -> None:
    first = a_run(external_id="e1")
    await insert(store, first, idempotency_keys={first.id: "k1"})

    def act(tx: Transaction) -> list[str]:
        fields: list[str] = []
        again = a_run(external_id="e1")
        other = a_run()
        key = a_run()
        for runs, keys in (([other, again], {}), ([key], {key.id: "k1"}), ([a_run(id=first.id)], {})):
            with pytest.raises(DuplicateRun) as refused:
                tx.runs.insert(runs, idempotency_keys=keys)
            fields.append(refused.value.fields["field"])
        assert tx.runs.get(other.id) is None, "none of the runs that came with the duplicate"
        found = tx.runs.find(project="default", external_id="e1")
        assert found is not None
        assert tx.runs.find_by_idempotency_key("k1", "anna") == first
        return [*fields, found.id]

    assert await store.write(act) == ["external_id", "idempotency_key", "id", first.id]
    elsewhere = a_run(external_id="e1", project="other")
    await insert(store, elsewhere)
    assert await store.read(lambda s: s.runs.find(project="other", external_id="e1")) == elsewhere


async def test_what_was_written_is_there_after_a_restart_and_the_epoch_stays(url: str) -> None:
    store = await SqlStore.open(url, synchronous="OFF")
    run = a_run(tags=("a",), parameters={"n": 10**30, "text": "\u0000 é 😀"}, name="bad \ud800 \0 name")
    await insert(store, run)
    epoch = store.epoch
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.write(put("a", "1"))
    with pytest.raises(StoreUnavailable):
        await store.read(lambda s: s.meta.get("a"))

    again = await SqlStore.open(url, synchronous="OFF")
    kept = await again.read(lambda s: s.runs.get(run.id))
    assert kept is not None
    assert (kept.parameters, kept.tags, kept.name) == (run.parameters, ("a",), "bad ? \ufffd name")
    assert again.epoch == epoch
    new = await again.renew_epoch()
    assert new == again.epoch != epoch
    await again.close()
    third = await SqlStore.open(url, synchronous="OFF")
    assert third.epoch == new
    await third.close()


async def test_closing_commits_what_waits(url: str) -> None:
    store = await SqlStore.open(url, synchronous="OFF")
    writes = [asyncio.create_task(store.write(put(f"k{n}", "1"), pace=Pace.REPORT)) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    again = await SqlStore.open(url, synchronous="OFF")
    assert await again.read(lambda s: s.meta.get("k19")) == "1"
    await again.close()


# --- what nobody waits for (docs/decisions/0045) --------------------------------------------------------------------------


async def test_what_was_told_is_seen_by_what_is_asked_next(store: SqlStore) -> None:
    run = a_run(tags=("a",))

    def act(tx: Transaction) -> None:
        tx.meta.put("a", "1")
        assert tx.meta.get("a") == "1"
        tx.runs.insert([run], have_new_ids=True)
        tx.runs.change(run.id, name="another")
        tx.runs.change(run.id, name="the last")
        found = tx.runs.get(run.id)
        assert found is not None
        assert found.name == "the last"
        for number in range(2 * UNSENT_LIMIT):
            tx.meta.put("many", str(number))

    await store.write(act)
    assert await store.read(lambda s: (s.meta.get("a"), s.meta.get("many"))) == ("1", str(2 * UNSENT_LIMIT - 1))


async def test_what_was_told_in_vain_is_the_acts_own_error(store: SqlStore) -> None:
    """Alone it comes to light with the COMMIT, among others at the end of the act; nothing of that act is kept, and all of the others."""
    there = a_run()
    await insert(store, there)

    def in_vain(tx: Transaction) -> str:
        tx.meta.put("in vain", "1")
        tx.runs.insert([replace(there, name="again")], have_new_ids=True)
        return "well"

    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.write(in_vain)
    assert await store.read(lambda s: s.meta.get("in vain")) is None

    first, refused, last = await write_together(store, put("a", "1"), in_vain, put("b", "1"))
    assert (first, last) == (None, None)
    assert isinstance(refused, Exception)
    assert not isinstance(refused, StoreUnavailable)
    assert await store.read(lambda s: (s.meta.get("a"), s.meta.get("in vain"), s.meta.get("b"))) == ("1", None, "1")
    assert store.figures.failed_count == 0


async def test_a_savepoint_that_was_not_sent_yet_is_undone_too(store: SqlStore) -> None:
    def act(tx: Transaction) -> None:
        link = link_of(tx)
        tx.meta.put("before", "1")
        link.savepoint("mine")
        tx.meta.put("within", "1")
        link.rollback_to("mine")
        tx.meta.put("behind", "1")
        link.savepoint("mine")
        tx.meta.put("within", "1")
        assert tx.meta.get("within") == "1"
        link.rollback_to("mine")

    await store.write(act)
    assert await store.read(lambda s: (s.meta.get("before"), s.meta.get("within"), s.meta.get("behind"))) == ("1", None, "1")
