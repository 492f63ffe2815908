"""Walks through a log: backwards, within a time, and what is counted without opening it."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from headway.model.clock import iso
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.states import RunState
from headway.store.contract import Page, RunFilter, Segment, Transaction
from headway.store.sql.store import SqlStore
from headway.store.stretch import LevelCounts, Span
from headway.testing.clock import START
from tests.contract.material import a_run, after, insert

LINES = 600
LEVELS = ("debug", "info", "info", "warning", "error")


def at(line: int) -> str:
    """A line a minute."""
    return iso((START + timedelta(minutes=line)).timestamp())


def segment(run: str, first: int, count: int) -> Segment:
    levels = [LEVELS[line % 5] for line in range(first, first + count)]
    lines = [
        orjson.dumps({"seq": line, "line": line, "kind": "log.written", "at": at(line), "level": level, "text": f"line {line}"})
        for line, level in enumerate(levels, first)
    ]
    return Segment(
        run=run, facet=Facet.LOG, first=first, last=first + count - 1, first_seq=first, last_seq=first + count - 1, first_at=at(first),
        last_at=at(first + count - 1), count=count, levels={level: levels.count(level) for level in set(levels)}, lines=lines,
    )  # fmt: skip


async def a_log(store: SqlStore, *, size: int = 10, is_compacted: bool = False) -> str:
    run = a_run()
    await insert(store, run)

    def act(tx: Transaction) -> None:
        head = tx.journal.lock([run.id])[run.id]
        head.last_line = head.last_seq = LINES
        tx.journal.append([head], [segment(run.id, first, size) for first in range(1, LINES + 1, size)])

    await store.write(act)
    if is_compacted:
        while await store.write(lambda tx: tx.journal.compact(run.id, Facet.LOG, before=None, target_bytes=4_096)):
            pass
    return run.id


async def backwards(store: SqlStore, run: str, first: int, last: int, **more: object) -> list[int]:
    """All lines between two positions as they come: segment by segment, the newest first."""
    lines: list[int] = []
    while last >= first:
        found = await store.read(
            lambda snapshot, last=last: snapshot.journal.stretch(run, Facet.LOG, first, last, is_backward=True, **more)  # pyright: ignore[reportArgumentType]
        )
        assert found.after < last
        for packed in found.packed:
            held = [orjson.loads(line)["line"] for line in packed.open().split(b"\n")]
            assert (held[0], held[-1]) == (packed.first, packed.last)
            lines += held[::-1]
        last = found.after
    return lines


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_backwards_every_line_comes_once_and_the_newest_first(store: SqlStore, is_compacted: bool) -> None:
    run = await a_log(store, is_compacted=is_compacted)
    for max_bytes in (1, 3_000, 10_000_000):
        assert await backwards(store, run, 1, LINES, max_bytes=max_bytes) == list(range(LINES, 0, -1))
    assert await backwards(store, run, 1, 2**53, max_bytes=5_000) == list(range(LINES, 0, -1))
    part = await backwards(store, run, 333, 350)
    assert set(range(333, 351)) <= set(part)
    assert part == sorted(set(part), reverse=True)


async def test_backwards_looks_at_a_bounded_number_of_segments(store: SqlStore) -> None:
    run = await a_log(store, size=1)
    assert await backwards(store, run, 1, LINES) == list(range(LINES, 0, -1))
    found = await store.read(lambda snapshot: snapshot.journal.stretch(run, Facet.LOG, 1, LINES, is_backward=True))
    assert len(found.packed) == 256
    assert found.after == LINES - 256
    nothing = await store.read(lambda snapshot: snapshot.journal.stretch(new_id(), Facet.LOG, 1, 9, is_backward=True))
    assert (list(nothing.packed), nothing.after) == ([], 0)


@pytest.mark.parametrize("is_backward", [False, True])
async def test_what_is_of_another_time_is_passed_over(store: SqlStore, is_backward: bool) -> None:
    run = await a_log(store)
    span = Span(since=START + timedelta(minutes=201), until=START + timedelta(minutes=241))
    found = await store.read(
        lambda snapshot: snapshot.journal.stretch(run, Facet.LOG, 1, LINES, span=span, is_backward=is_backward, max_bytes=10_000_000)
    )
    lines = [orjson.loads(line)["line"] for packed in found.packed for line in packed.open().split(b"\n")]
    assert sorted(lines) == list(range(201, 241))
    assert found.after == (0 if is_backward else LINES + 1)


async def counted(store: SqlStore, runs: list[str], span: Span) -> LevelCounts:
    return await store.read(lambda snapshot: snapshot.journal.level_counts(runs, span))


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_lines_are_counted_by_level_without_opening_them(store: SqlStore, is_compacted: bool) -> None:
    first, second = await a_log(store, is_compacted=is_compacted), await a_log(store)
    found = await counted(store, [first, second, new_id()], Span())
    assert found.counts == {run: {"debug": 120, "info": 240, "warning": 120, "error": 120} for run in (first, second)}
    assert not found.edges


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_what_lies_across_an_end_of_the_time_is_handed_over_to_be_opened(store: SqlStore, is_compacted: bool) -> None:
    run = await a_log(store, is_compacted=is_compacted)
    since, until = START + timedelta(minutes=105), START + timedelta(minutes=407)
    found = await counted(store, [run], Span(since=since, until=until))
    opened = [orjson.loads(line) for _, packed in found.edges for line in packed.open().split(b"\n")]
    within = [entry["line"] for entry in opened if 105 <= entry["line"] < 407]
    assert {of for of, _ in found.edges} == {run}
    assert len(found.edges) == 2
    assert sum(found.counts[run].values()) + len(within) == 407 - 105


async def test_runs_that_had_not_ended_by_a_time(store: SqlStore) -> None:
    ended = [a_run(state=RunState.SUCCEEDED, created_at=after(n), finished_at=after(n + 10)) for n in range(3)]
    waiting = a_run(created_at=after(0))
    await insert(store, *ended, waiting)
    found = await store.read(lambda snapshot: snapshot.runs.list(RunFilter(active_from=after(11)), Page()))
    assert {run.id for run in found} == {ended[1].id, ended[2].id, waiting.id}
