"""The journal: heads, ranges, limits, compaction, retention."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from headway.model.errors import StoreUnavailable
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Head, Transaction
from headway.store.sql.segments import seq_of
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import a_run, a_segment, after, append_mixed, insert, link_of


async def filled(store: SqlStore, appends: int = 30, log: int = 3, view: int = 2, text: str = "") -> Run:
    run = a_run()
    await insert(store, run)
    for _ in range(appends):
        await store.write(lambda tx: append_mixed(tx, run.id, log, view, text))
    return run


def seqs(lines: Sequence[bytes]) -> list[int]:
    return [orjson.loads(line)["seq"] for line in lines]


def numbers(lines: Sequence[bytes]) -> list[int]:
    return [orjson.loads(line)["line"] for line in lines]


async def read(store: SqlStore, run: Run, facet: Facet, first: int, last: int, **limits: int) -> list[bytes]:
    return await store.read(lambda s: s.journal.read(run.id, facet, first, last, **limits))


async def events(store: SqlStore, run: Run, after_seq: int, **limits: int) -> list[int]:
    return seqs(await store.read(lambda s: s.journal.events(run.id, after_seq, **limits)))


async def test_a_head_is_kept_whole(store: SqlStore) -> None:
    run = a_run()
    await store.write(lambda tx: tx.runs.insert([run]))
    head = Head(
        run=run.id, fence=7, last_batch_no=6, last_seq=5, last_line=4, log_hash=2**32 - 1, wish="cancel",
        first_kept_line=3, first_kept_metric_seq=2, view={"state": "running", "bars": {"main": {"done": 1.5}}, "name": "é"},
    )  # fmt: skip
    await store.write(lambda tx: tx.journal.open([head]))
    assert await store.read(lambda s: s.journal.head(run.id)) == head
    head.last_seq, head.wish, head.view = 9, None, {"state": "succeeded"}
    await store.write(lambda tx: tx.journal.append([head], []))
    unknown = new_id()
    ids = [run.id, unknown, "no id", run.id]
    assert await store.read(lambda s: s.journal.heads(ids)) == {run.id: head}
    assert await store.write(lambda tx: tx.journal.lock(ids)) == {run.id: head}
    assert await store.read(lambda s: s.journal.tops(ids)) == {run.id: (9, 4)}
    assert await store.read(lambda s: s.journal.head("no id")) is None


async def test_ranges_of_the_log_are_by_line(store: SqlStore) -> None:
    run = await filled(store)
    assert numbers(await read(store, run, Facet.LOG, 1, 90)) == list(range(1, 91))
    assert numbers(await read(store, run, Facet.LOG, 5, 8)) == [5, 6, 7, 8]
    assert numbers(await read(store, run, Facet.LOG, -3, 2)) == [1, 2]
    assert numbers(await read(store, run, Facet.LOG, 89, 1000)) == [89, 90]
    assert await read(store, run, Facet.LOG, 91, 1000) == []
    assert await read(store, run, Facet.LOG, 8, 5) == []
    assert await read(store, run, Facet.METRIC, 1, 1000) == []
    assert await store.read(lambda s: s.journal.read(new_id(), Facet.LOG, 1, 9)) == []
    assert await store.read(lambda s: s.journal.read("no id", Facet.LOG, 1, 9)) == []


async def test_ranges_of_the_other_facets_are_by_seq(store: SqlStore) -> None:
    run = await filled(store)  # view: 4 5, 9 10, 14 15, …
    assert seqs(await read(store, run, Facet.VIEW, 1, 15)) == [4, 5, 9, 10, 14, 15]
    assert seqs(await read(store, run, Facet.VIEW, 5, 14)) == [5, 9, 10, 14]
    assert seqs(await read(store, run, Facet.VIEW, 6, 8)) == []


async def test_events_are_merged_in_the_order_of_seq(store: SqlStore) -> None:
    run = await filled(store)
    for after_seq in (0, 1, 3, 4, 77, 148, 149):
        assert await events(store, run, after_seq) == list(range(after_seq + 1, 151))
    assert await events(store, run, 150) == []
    assert await events(store, run, 70, limit=7) == list(range(71, 78))


async def test_limits_by_count_and_by_bytes(store: SqlStore) -> None:
    run = await filled(store, appends=4, text="x" * 1000)
    assert numbers(await read(store, run, Facet.LOG, 1, 99, limit=5)) == [1, 2, 3, 4, 5]
    assert numbers(await read(store, run, Facet.LOG, 1, 99, max_bytes=3500)) == [1, 2, 3]
    assert numbers(await read(store, run, Facet.LOG, 2, 99, max_bytes=1)) == [2], "at least one, however large"
    assert await events(store, run, 0, max_bytes=2500) == [1, 2]
    assert await read(store, run, Facet.LOG, 1, 9, limit=0) == []


async def test_a_log_far_behind_its_seq_is_found_by_bisection(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)
    for n in range(60):
        await store.write(lambda tx, n=n: append_mixed(tx, run.id, 1 if n % 3 == 0 else 0, 7))
    top = 60 * 7 + 20
    for after_seq in range(0, top, 37):
        assert await events(store, run, after_seq) == list(range(after_seq + 1, top + 1))


async def test_an_event_with_a_newline_is_refused(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)
    segment = a_segment(run.id, Facet.LOG, [1, 2], [1, 2])
    bad: Any = [segment.lines[0], b'{"seq":2,\n"line":2}']
    object.__setattr__(segment, "lines", bad)
    with pytest.raises(ValueError, match="newline"):
        await store.write(lambda tx: tx.journal.append([], [segment]))


async def test_compaction_changes_no_position(store: SqlStore) -> None:
    run = await filled(store, appends=40, text="y" * 300)
    before = {facet: await read(store, run, facet, 1, 10_000) for facet in Facet}
    replaced = await store.write(lambda tx: tx.journal.compact(run.id, Facet.LOG, before=None, target_bytes=8192))
    assert replaced == 40
    assert await store.write(lambda tx: tx.journal.compact(run.id, Facet.LOG, before=None, target_bytes=8192)) == 0
    assert await store.write(lambda tx: tx.journal.compact(run.id, Facet.VIEW, before=None)) == 40
    assert {facet: await read(store, run, facet, 1, 10_000) for facet in Facet} == before
    for after_seq in (0, 17, 101, 199):
        assert await events(store, run, after_seq) == list(range(after_seq + 1, 201))
    assert numbers(await read(store, run, Facet.LOG, 50, 52)) == [50, 51, 52]
    await store.write(lambda tx: append_mixed(tx, run.id, 3, 2))
    assert await events(store, run, 198) == [199, 200, 201, 202, 203, 204, 205]


async def test_compaction_of_what_is_old_only(store: SqlStore, clock: FakeClock) -> None:
    run = await filled(store, appends=10)
    clock.advance(60)
    for _ in range(5):
        await store.write(lambda tx: append_mixed(tx, run.id, 3, 2))
    assert await store.write(lambda tx: tx.journal.compact(run.id, Facet.LOG, before=after(30))) == 10
    assert numbers(await read(store, run, Facet.LOG, 1, 99)) == list(range(1, 46))


async def test_final_runs_are_listed_until_they_are_compacted(store: SqlStore) -> None:
    run, live = await filled(store, appends=3), await filled(store, appends=3)
    await store.write(lambda tx: tx.runs.change(run.id, state=RunState.SUCCEEDED, finished_at=after(5)))

    def compact(tx: Transaction) -> None:
        for facet in Facet:
            for one in (run, live):
                tx.journal.compact(one.id, facet, before=None)

    assert await store.write(lambda tx: tx.journal.uncompacted(finished_before=after(5), limit=10)) == []
    assert await store.write(lambda tx: tx.journal.uncompacted(finished_before=after(10), limit=10)) == [run.id]
    await store.write(compact)
    assert await store.write(lambda tx: tx.journal.uncompacted(finished_before=after(10), limit=10)) == []


async def test_retention_drops_whole_segments_and_moves_first_kept(store: SqlStore) -> None:
    run = await filled(store, appends=10)
    assert await store.write(lambda tx: tx.journal.drop_front(run.id, Facet.LOG, 8)) == 7, "the segment of 7 to 9 is kept whole"
    head = await store.read(lambda s: s.journal.head(run.id))
    assert head is not None
    assert (head.first_kept_line, head.first_kept_metric_seq) == (7, 1)
    assert numbers(await read(store, run, Facet.LOG, 1, 9)) == [7, 8, 9]
    assert await events(store, run, 0) == [4, 5, 9, 10, *range(11, 51)]
    assert await store.write(lambda tx: tx.journal.drop_front(run.id, Facet.LOG, 2)) == 7, "it never goes back"
    assert await store.write(lambda tx: tx.journal.drop_front(run.id, Facet.LOG, 1000)) == 31
    assert await read(store, run, Facet.LOG, 1, 1000) == []
    await store.write(lambda tx: append_mixed(tx, run.id, 1, 0))
    assert numbers(await read(store, run, Facet.LOG, 1, 1000)) == [31]


async def test_a_format_of_the_future_is_said_clearly(store: SqlStore) -> None:
    run = await filled(store, appends=1)
    await store.write(lambda tx: link_of(tx).cursor.execute("UPDATE segments SET format = 'brotli'"))
    with pytest.raises(StoreUnavailable, match="'brotli', which this version"):
        await read(store, run, Facet.LOG, 1, 9)


async def test_two_stores_that_append_to_one_run_leave_no_hole(url: str) -> None:
    stores = [await SqlStore.open(url, synchronous="OFF") for _ in range(2)]
    runs = [a_run(), a_run()]
    await insert(stores[0], *runs)

    def act(tx: Transaction, first: str, second: str) -> None:
        tx.journal.lock([first, second])
        append_mixed(tx, first, 1, 1)
        append_mixed(tx, second, 1, 0)

    ids = [run.id for run in runs]
    await asyncio.gather(
        *(
            store.write(lambda tx, ids=order: act(tx, *ids))
            for _ in range(40)
            for store, order in zip(stores, (ids, ids[::-1]), strict=True)
        )
    )
    for run in runs:
        assert await events(stores[0], run, 0) == list(range(1, 121))
        assert numbers(await read(stores[1], run, Facet.LOG, 1, 999)) == list(range(1, 81))
    for store in stores:
        await store.close()


def test_seq_of_any_spelling() -> None:
    assert seq_of(b'{"seq":12,"line":3}') == 12
    assert seq_of(b'{"seq":7}') == 7
    assert seq_of(b'{"kind":"x","seq": 9}') == 9
