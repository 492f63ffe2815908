"""Compaction keeps every position, retention moves `first_kept`, and both go on where they stopped."""

from __future__ import annotations

import orjson

from headway.acts.tidy import Retention, compact_finished, compact_running, prune_facet, prune_runs
from headway.model.events import Facet
from headway.model.states import Outcome
from headway.store.contract import Deleted, RunFilter
from tests.unit.acts.conftest import Stage, line

DAY = 86_400.0


async def _finished_run(stage: Stage, lines: int = 30) -> str:
    held = await stage.running()
    for number in range(1, lines + 1):
        await stage.report(held, number, line(f"line {number} " + "x" * 100))
    await stage.finish(held, Outcome.SUCCEEDED)
    return held.run.id


async def test_compaction_changes_no_event(stage: Stage) -> None:
    run = await _finished_run(stage)
    before = await stage.events(run)
    assert await stage.do(compact_finished) == 0, "what has just ended is left alone"
    stage.clock.advance(61)

    replaced = await stage.do(compact_finished)

    assert replaced > 30
    assert await stage.events(run) == before
    assert await stage.do(compact_finished) == 0


async def test_the_past_of_a_running_run_is_compacted_and_it_goes_on(stage: Stage) -> None:
    held = await stage.running()
    for number in range(1, 21):
        await stage.report(held, number, line(f"old {number}"))
    stage.clock.advance(61)
    before = await stage.events(held.run.id)

    assert await stage.do(compact_running) == held.run.id
    assert await stage.do(lambda tx: compact_running(tx, held.run.id)) is None
    await stage.report(held, 21, line("new"))

    events = await stage.events(held.run.id)
    assert events[:-1] == before
    assert events[-1]["text"] == "new"


async def test_old_runs_are_deleted_and_young_ones_stay(stage: Stage) -> None:
    old = await _finished_run(stage, 2)
    stage.clock.advance(10 * DAY)
    young = await _finished_run(stage, 2)
    retention = Retention(run_days=5)

    assert await stage.do(lambda tx: prune_runs(tx, retention)) == 1
    assert await stage.do(lambda tx: prune_runs(tx, retention)) == 0

    assert Deleted(run=old, project="default") in stage.news
    left = await stage.ask(lambda snapshot: snapshot.runs.count(RunFilter()))
    assert (left, (await stage.run(young)).id) == (1, young)


async def test_logs_may_go_before_their_run_and_the_gap_is_known(stage: Stage) -> None:
    run = await _finished_run(stage, 5)
    stage.clock.advance(10 * DAY)

    while await stage.do(lambda tx: prune_facet(tx, Facet.LOG, 5)):
        pass

    head = (await stage.ask(lambda snapshot: snapshot.journal.heads([run])))[run]
    assert head.first_kept_line == head.last_line + 1
    assert await stage.ask(lambda snapshot: snapshot.journal.read(run, Facet.LOG, 1, 1000)) == []
    kept = [orjson.loads(raw)["kind"] for raw in await stage.ask(lambda snapshot: snapshot.journal.events(run, 0))]
    assert kept == ["run.created", "run.queued", "run.running", "run.succeeded"]


async def test_nothing_goes_unless_it_is_asked_for(stage: Stage) -> None:
    run = await _finished_run(stage, 2)
    stage.clock.advance(10_000 * DAY)

    assert await stage.do(lambda tx: prune_runs(tx, Retention())) == 0
    assert await stage.do(lambda tx: prune_facet(tx, Facet.LOG, None)) == 0
    assert len(await stage.events(run)) == 8
