"""Many logs as one by time: what comes is what sorting everything would give, whatever the pages, the blocks and the memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.access.principal import Principal
from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.model.clock import iso
from headway.model.errors import InvalidCursor
from headway.model.events import Facet
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import RunFilter, Segment, Transaction
from headway.store.sql.store import SqlStore
from headway.store.stretch import Span
from headway.testing.clock import START
from headway.testing.store import memory_store
from headway.web import log_merge
from headway.web.desk import Call, Desk
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.web.log_frontier import begin
from headway.web.log_merge import Merge
from headway.web.log_position import EARLIEST, LATEST, Position, read_position, write_position
from headway.web.log_query import LogQuery, Order
from headway.web.matching import Wanted
from tests.contract.material import a_run, after, insert

MINUTE = 60.0
Line = tuple[str, int]
"""A run and a line of it."""

LINES = st.tuples(st.integers(-3, 9), st.sampled_from(["info", "error"]))
RUNS = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.lists(st.lists(LINES, min_size=1, max_size=5), max_size=4)), min_size=1, max_size=5
)
"""When they ended, in minutes, if they did; and segments of lines, each with its minute and level."""


def segment(run: str, first: int, lines: Sequence[tuple[int, str]]) -> Segment:
    events = [
        {
            "seq": line,
            "line": line,
            "kind": "log.written",
            "at": iso(after(minute * MINUTE).timestamp()),
            "level": level,
            "text": f"{minute}",
        }
        for line, (minute, level) in enumerate(lines, first)
    ]
    last, times, levels = first + len(lines) - 1, [str(event["at"]) for event in events], [level for _, level in lines]
    return Segment(
        run=run, facet=Facet.LOG, first=first, last=last, first_seq=first, last_seq=last, first_at=min(times), last_at=max(times),
        count=len(lines), levels={level: levels.count(level) for level in set(levels)}, lines=[orjson.dumps(event) for event in events],
    )  # fmt: skip


async def fill(store: SqlStore, plan: Sequence[tuple[int | None, Sequence[Sequence[tuple[int, str]]]]]) -> dict[Line, tuple[Run, int, str]]:
    """What was written: its run, its time in microseconds, and its level."""
    written: dict[Line, tuple[Run, int, str]] = {}
    for ended, segments in plan:
        run = a_run(state=RunState.RUNNING, started_at=START)
        if ended is not None:
            run = replace(run, state=RunState.SUCCEEDED, finished_at=after(ended * MINUTE))
        await insert(store, run)
        first = 1
        made: list[Segment] = []
        for lines in segments:
            made.append(segment(run.id, first, lines))
            for line, (minute, level) in enumerate(lines, first):
                written[run.id, line] = (run, round(after(minute * MINUTE).timestamp()) * 1_000_000, level)
            first += len(lines)

        def act(tx: Transaction, run: str = run.id, made: list[Segment] = made, last: int = first - 1) -> None:
            head = tx.journal.lock([run])[run]
            head.last_line = head.last_seq = last
            tx.journal.append([head], made)

        if made:
            await store.write(act)
    return written


def key(line: Line, run: Run, at: int, *, is_newest: bool) -> tuple[Any, ...]:
    """No line is placed after the end of its run or before its beginning, but for a minute by which clocks may differ."""
    apart = timedelta(minutes=1)
    if is_newest and run.finished_at is not None:
        at = min(at, round((run.finished_at + apart).timestamp()) * 1_000_000)
    if not is_newest:
        at = max(at, round((run.created_at - apart).timestamp()) * 1_000_000)
    return (at, *line)


def call_of(store: SqlStore) -> Call:
    secret = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
    files = LocalFiles(Path("/nonexistent"), 1_000)
    desk = Desk(store=store, tokens=Tokens(secret), seal=Seal(secret), url="http://headway.test", files=files, wakes=Wakes())
    return Call(desk=desk, principal=Principal(id="somebody", role="admin", scopes=()), permission=Permission.RUN_READ)


def ask(order: Order, **more: Any) -> LogQuery:
    return LogQuery(where=RunFilter(), runs=(), wanted=Wanted(**more), span=Span(), order=order)


async def told(call: Call, query: LogQuery, limit: int, between: Callable[[], Any] | None = None) -> list[Line]:
    """All lines, page by page; `between` two pages something may happen."""
    lines: list[Line] = []
    cursor: str | None = None
    while True:
        position = read_position(cursor, query.order) if cursor else None
        pages = [leg async for leg in Merge(call, query, position, limit).legs()]
        lines += [(hit.run.id, hit.hit.line) for leg in pages for hit in leg.told]
        assert all(orjson.loads(hit.stored)["line"] == hit.hit.line for leg in pages for hit in leg.told)
        if pages[-1].next is None:
            return lines
        assert write_position(pages[-1].next, query.order) != cursor
        cursor = write_position(pages[-1].next, query.order)
        if between:
            await between()


@settings(max_examples=40)
@given(
    plan=RUNS, order=st.sampled_from(Order), limit=st.integers(1, 9), levels=st.sampled_from([frozenset[str](), frozenset({"error"})]),
    block_bytes=st.sampled_from([1, 300, 32_768]), opened_bytes=st.sampled_from([1, 3_000, 32_000_000]),
    seconds=st.sampled_from([-1.0, 0.25]), is_compacted=st.booleans(),
)  # fmt: skip
def test_lines_come_as_sorting_them_would_give(
    plan: Any, order: Order, limit: int, levels: frozenset[str], block_bytes: int, opened_bytes: int, seconds: float, is_compacted: bool
) -> None:
    async def check() -> None:
        async with memory_store() as store:
            written = await fill(store, plan)

            async def compact() -> None:
                for run in {run for run, _ in written}:
                    await store.write(lambda tx, run=run: tx.journal.compact(run, Facet.LOG, before=None))

            is_newest = order is Order.NEWEST
            wanted = [line for line, (_, _, level) in written.items() if not levels or level in levels]
            wanted.sort(key=lambda line: key(line, *written[line][:2], is_newest=is_newest), reverse=is_newest)
            found = await told(call_of(store), ask(order, levels=levels), limit, compact if is_compacted else None)
            assert found == wanted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_merge, "BLOCK_BYTES", block_bytes)
        patch.setattr(log_merge, "OPENED_BYTES", opened_bytes)
        patch.setattr(log_merge, "PAGE_SECONDS", seconds)
        asyncio.run(check())


@settings(max_examples=40)
@given(plan=RUNS, order=st.sampled_from(Order), limit=st.integers(1, 9), room=st.integers(1, 3), at_once=st.integers(1, 3))
def test_where_more_runs_write_than_are_merged_the_others_come_later_but_come(
    plan: Any, order: Order, limit: int, room: int, at_once: int
) -> None:
    async def check() -> None:
        async with memory_store() as store:
            written = await fill(store, plan)
            found = await told(call_of(store), ask(order), limit)
            assert sorted(found) == sorted(written)
            assert len(set(found)) == len(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_merge, "OPEN_RUNS", room)
        patch.setattr(log_merge, "RUNS_AT_ONCE", at_once)
        asyncio.run(check())


async def test_what_is_opened_does_not_grow_with_the_logs() -> None:
    lines = [[(minute, "info")] * 50 for minute in range(40)]
    async with memory_store() as store:
        await fill(store, [(None, lines), (None, lines)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log_merge, "OPENED_BYTES", 100_000)
            merge = Merge(call_of(store), ask(Order.OLDEST), None)
            most = count = 0
            async for leg in merge.legs(60):
                most, count = max(most, merge._weight), count + len(leg.told)  # pyright: ignore[reportPrivateUsage]
        assert count == 4_000
        assert most < 400_000


def test_positions_are_read_as_they_were_written_and_others_refused() -> None:
    run, other = a_run().id, a_run().id
    frontier = begin(ask(Order.NEWEST))
    for at, place in ((LATEST, (None, None)), (EARLIEST, (run, 3)), (0, (other, 1))):
        position = Position(at=at, run=place[0], line=place[1], frontier=frontier, open={run: None, other: 7})
        assert read_position(write_position(position, Order.NEWEST), Order.NEWEST) == position
        with pytest.raises(InvalidCursor):
            read_position(write_position(position, Order.NEWEST), Order.OLDEST)
    for bad in ("", "e30", "nonsense", "W10"):
        with pytest.raises(InvalidCursor):
            read_position(bad, Order.NEWEST)
