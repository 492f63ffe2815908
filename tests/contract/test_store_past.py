"""What is asked of the past: stretches of the journal, outlines of runs and steps, presets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from headway.model.errors import PresetExists
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.preset import Preset
from headway.model.run import Step
from headway.model.states import RunState
from headway.store.contract import Segment, Transaction
from headway.store.sql.run_lists import ARMS_LIMIT, outline_statements
from headway.store.sql.store import SqlStore
from headway.store.stretch import Stretch
from headway.testing.clock import START
from tests.contract.material import AT, a_run, after, insert, link_of
from tests.contract.test_store_indexes import has_scan, plan, plan_of, prepared_statements

ERROR_LINE = 777


def segment(run: str, first: int, count: int) -> Segment:
    """Lines first …, one of which may be the error."""
    levels = ["error" if line == ERROR_LINE else "info" for line in range(first, first + count)]
    lines = [
        orjson.dumps({"seq": line, "line": line, "kind": "log.written", "at": AT, "level": level, "text": f"line {line}"})
        for line, level in enumerate(levels, first)
    ]
    return Segment(
        run=run, facet=Facet.LOG, first=first, last=first + count - 1, first_seq=first, last_seq=first + count - 1, first_at=AT,
        last_at=AT, count=count, levels={level: levels.count(level) for level in set(levels)}, lines=lines,
    )  # fmt: skip


async def a_log(store: SqlStore, *, lines: int = 1_000, size: int = 10) -> str:
    run = a_run()
    await insert(store, run)
    segments = [segment(run.id, first, size) for first in range(1, lines + 1, size)]

    def act(tx: Transaction) -> None:
        head = tx.journal.lock([run.id])[run.id]
        head.last_line = head.last_seq = lines
        tx.journal.append([head], segments)

    await store.write(act)
    return run.id


async def stretch(store: SqlStore, run: str, first: int, last: int, **more: Any) -> Stretch:
    return await store.read(lambda snapshot: snapshot.journal.stretch(run, Facet.LOG, first, last, **more))


def lines_of(found: Stretch) -> list[int]:
    return [orjson.loads(line)["line"] for packed in found.packed for line in packed.open().split(b"\n")]


async def through(store: SqlStore, run: str, first: int, last: int, **more: Any) -> tuple[list[int], int]:
    """All lines between two positions, stretch by stretch, and how many stretches it took."""
    lines: list[int] = []
    count = 0
    while first <= last:
        found = await stretch(store, run, first, last, **more)
        assert found.after > first
        lines += lines_of(found)
        first = found.after
        count += 1
    return lines, count


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_stretches_hold_every_line_once(store: SqlStore, is_compacted: bool) -> None:
    run = await a_log(store)
    if is_compacted:
        while await store.write(lambda tx: tx.journal.compact(run, Facet.LOG, before=None, target_bytes=8_192)):
            pass
    for max_bytes in (1, 5_000, 10_000_000):
        lines, _ = await through(store, run, 1, 1_000, max_bytes=max_bytes)
        assert lines == list(range(1, 1_001))
    part, _ = await through(store, run, 333, 350)
    assert set(range(333, 351)) <= set(part)
    assert part == sorted(set(part))


async def test_a_stretch_looks_at_a_bounded_number_of_segments(store: SqlStore) -> None:
    run = await a_log(store, size=1)
    lines, count = await through(store, run, 1, 1_000)
    assert lines == list(range(1, 1_001))
    assert count == 4


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_what_holds_no_line_of_a_level_is_passed_over(store: SqlStore, is_compacted: bool) -> None:
    run = await a_log(store)
    if is_compacted:
        while await store.write(lambda tx: tx.journal.compact(run, Facet.LOG, before=None, target_bytes=2_048)):
            pass
    lines, _ = await through(store, run, 1, 1_000, levels=frozenset({"error", "critical"}))
    assert ERROR_LINE in lines
    assert len(lines) <= 60
    assert await through(store, run, 1, 1_000, levels=frozenset({"debug"})) == ([], 1)


async def test_a_stretch_of_nothing(store: SqlStore) -> None:
    run = await a_log(store)
    for found in (await stretch(store, run, 5, 4), await stretch(store, "no id", 1, 4), await stretch(store, new_id(), 1, 4)):
        assert (list(found.packed), found.after) == ([], 5)
    assert (await stretch(store, run, 1_001, 2_000)).after == 2_001


async def test_outlines_are_the_newest_of_a_task_and_its_projects(store: SqlStore) -> None:
    runs = [
        a_run(name=str(number), created_at=after(number), project=("a", "b", "c")[number % 3], started_at=after(number + 1))
        for number in range(12)
    ]
    others = [a_run(task="other", created_at=after(99)), a_run(task=None, kind="outside", created_at=after(99))]
    await insert(store, *runs, *others)

    async def names(projects: frozenset[str] | None, since: float = 0, limit: int = 99) -> list[int]:
        found = await store.read(lambda snapshot: snapshot.runs.outlines("count", projects, after(since), limit=limit))
        return [int(run.name) for run in found]

    assert await names(None) == list(range(11, -1, -1))
    assert await names(None, since=5, limit=4) == [11, 10, 9, 8]
    assert await names(frozenset({"a", "c"}), limit=5) == [11, 9, 8, 6, 5]
    assert await names(frozenset({f"x{number}" for number in range(ARMS_LIMIT)} | {"b"})) == [10, 7, 4, 1]
    assert await names(frozenset()) == []
    (first,) = await store.read(lambda snapshot: snapshot.runs.outlines("count", None, after(11), limit=1))
    assert (first.id, first.state, first.created_at, first.started_at) == (runs[11].id, RunState.QUEUED, after(11), after(12))
    assert (first.queued_at, first.finished_at, first.attempt) == (START, None, 0)


@pytest.mark.parametrize("projects", [None, frozenset({"p"}), frozenset({"p", "q"})])
async def test_outlines_walk_an_index_in_its_order(store: SqlStore, projects: frozenset[str] | None) -> None:
    # Where a project had one task, or a task one project, PostgreSQL might as well walk the index of the one alone.
    tasks = ["count", *map(str, range(49))]
    await insert(store, *[a_run(project="pqrs"[n % 4], task=tasks[n // 4 % 50], created_at=after(n)) for n in range(2_000)])

    def act(tx: Transaction) -> list[str]:
        link = link_of(tx)
        link.cursor.execute("ANALYZE runs")  # of a table that it does not know PostgreSQL takes any index that helps a little
        return [plan_of(link_of(tx), statement) for statement in outline_statements("count", projects, after(0), 1_000)]

    for text in await store.write(act):
        assert not has_scan(text), text
        assert ("ix_runs_task" if projects is None else "ix_runs_task_project") in text, text


async def test_step_outlines_are_of_one_attempt_and_of_success(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)

    def step(number: int, attempt: int, outcome: str | None) -> Step:
        return Step(
            run=run.id, id=str(number), attempt=attempt, name=f"step {number}", parent=None, started_at=after(number),
            ended_at=after(number + 2) if outcome else None, outcome=outcome, duration_seconds=2.0 if outcome else None,
        )  # fmt: skip

    steps = [step(1, 1, "succeeded"), step(2, 2, "succeeded"), step(3, 2, "failed"), step(4, 2, None), step(5, 2, "succeeded")]
    await store.write(lambda tx: tx.details.change_steps(steps, []))
    found = await store.read(lambda snapshot: snapshot.details.step_outlines([(run.id, 2), ("no id", 1), (new_id(), 1)], limit=9))
    assert sorted((each.name, each.started_at, each.duration_seconds) for each in found) == [
        ("step 2", after(2), 2.0),
        ("step 5", after(5), 2.0),
    ]
    assert len(await store.read(lambda snapshot: snapshot.details.step_outlines([(run.id, 2)], limit=1))) == 1


def a_preset(**fields: Any) -> Preset:
    given: dict[str, Any] = {
        "id": new_id(), "task": "count", "project": "default", "name": "usual", "parameters": {"a": 2**70, "b": ["é", None]},
        "created_by": "anna", "created_at": START, "updated_at": START,
    }  # fmt: skip
    return Preset(**(given | fields))


async def test_presets_are_kept_changed_and_let_go(store: SqlStore) -> None:
    first, second, elsewhere = a_preset(), a_preset(name="a first"), a_preset(project="other")
    for preset in (first, second, elsewhere, a_preset(task="another")):
        await store.write(lambda tx, preset=preset: tx.presets.insert(preset))
    assert await store.read(lambda s: s.presets.get(first.id)) == first
    assert await store.read(lambda s: [s.presets.get(new_id()), s.presets.get("no id")]) == [None, None]
    assert await store.read(lambda s: s.presets.list("count", None, limit=9)) == [second, first, elsewhere]
    assert await store.read(lambda s: s.presets.list("count", frozenset({"default"}), limit=9)) == [second, first]
    assert await store.read(lambda s: s.presets.list("count", frozenset(), limit=9)) == []
    assert await store.read(lambda s: s.presets.list("count", None, limit=1)) == [second]
    assert await store.read(lambda s: s.presets.list("count", None, limit=1, offset=2)) == [elsewhere]
    assert await store.read(lambda s: s.presets.list("count", frozenset({"default"}), limit=9, offset=1)) == [first]
    changed = replace(first, name="unusual", parameters={}, updated_at=after(5))
    await store.write(lambda tx: tx.presets.change(changed))
    assert await store.read(lambda s: s.presets.get(first.id)) == changed
    await store.write(lambda tx: tx.presets.delete(first.id))
    assert await store.read(lambda s: s.presets.get(first.id)) is None


async def test_a_name_is_one_of_its_kind_in_its_task_and_project(store: SqlStore) -> None:
    first, second = a_preset(), a_preset(name="other")
    await store.write(lambda tx: tx.presets.insert(first))
    await store.write(lambda tx: tx.presets.insert(second))
    with pytest.raises(PresetExists):
        await store.write(lambda tx: tx.presets.insert(a_preset()))
    with pytest.raises(PresetExists):
        await store.write(lambda tx: tx.presets.change(replace(second, name="usual")))
    assert await store.read(lambda s: s.presets.list("count", None, limit=9)) == [second, first]


async def test_presets_and_steps_are_found_by_an_index(store: SqlStore) -> None:
    def act(tx: Transaction) -> list[tuple[str, str]]:
        link = link_of(tx)
        statements = prepared_statements(tx.presets) | {
            name: each for name, each in prepared_statements(tx.details).items() if name == "_step_outlines"
        } | prepared_statements(vars(tx.journal)["_stretches"])  # fmt: skip
        marks = "%s" if link.is_postgres else "?"
        return [(name, plan(link, each.text, (None,) * each.text.count(marks))) for name, each in statements.items()]

    plans = await store.write(act)
    assert len(plans) == 11
    for name, text in plans:
        if name == "_list_in":
            assert "uq_presets_name" in text, text  # the matches of several projects are sorted: a hundred each
        elif name == "_levels":
            assert "segments" in text, text  # what a run's log holds is put into groups: of a page of runs
            assert "Seq Scan" not in text, text
            assert "SCAN segments" not in text, text
        else:
            assert not has_scan(text), (name, text)
