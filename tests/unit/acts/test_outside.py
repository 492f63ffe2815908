"""Runs of programs that are not ours."""

from __future__ import annotations

from typing import Any

import pytest

from headway.acts import reap
from headway.acts.cancel import cancel
from headway.acts.finish import Finish
from headway.acts.outside import OUTSIDE_LEASE_SECONDS, NotOutside, Opened, OpenOutside, end_outside, open_outside, report, report_progress
from headway.acts.record import Batch
from headway.model.errors import BatchOutOfOrder, RunFinal
from headway.model.states import Outcome, RunState
from tests.unit.acts.conftest import ANNA, Stage, line


async def _open(stage: Stage, **wish: Any) -> Opened:
    return await stage.do(lambda tx: open_outside(tx, OpenOutside(name="import", **wish), ANNA))


async def test_an_outside_run_runs_from_the_start_reports_and_ends(stage: Stage) -> None:
    opened = await _open(stage, external_id="e1", tags=["night"])
    assert opened.run.state is RunState.RUNNING

    reported = await stage.do(lambda tx: report(tx, Batch(run=opened.run.id, fence=1, batch_no=1, events=[line("a")]), ANNA))
    assert (reported.last_line, reported.wish) == (2, None)
    end = Finish(run=opened.run.id, fence=1, batch_no=2, events=[line("b")], outcome=Outcome.SUCCEEDED, result=b"7")
    assert await stage.do(lambda tx: end_outside(tx, end, ANNA)) is RunState.SUCCEEDED

    assert await stage.kinds(opened.run.id) == [
        "run.created", "run.running", "attempt.started", "log.written", "log.written", "result.stored", "attempt.ended", "run.succeeded",
    ]  # fmt: skip


async def test_a_failed_outside_run_is_not_tried_again(stage: Stage) -> None:
    opened = await _open(stage)
    end = Finish(run=opened.run.id, fence=1, batch_no=0, events=(), outcome=Outcome.FAILED, error={"code": "exception", "message": "m"})

    assert await stage.do(lambda tx: end_outside(tx, end, ANNA)) is RunState.FAILED
    with pytest.raises(RunFinal):
        await stage.do(lambda tx: end_outside(tx, end, ANNA))


async def test_a_hole_is_refused(stage: Stage) -> None:
    opened = await _open(stage)

    with pytest.raises(BatchOutOfOrder):
        await stage.do(lambda tx: report(tx, Batch(run=opened.run.id, fence=1, batch_no=2, events=[line()]), ANNA))


async def test_silence_shows_ends_with_the_next_report_and_is_lost_only_after_long(stage: Stage) -> None:
    opened = await _open(stage, lost_after_seconds=3600.0)
    stage.clock.advance(OUTSIDE_LEASE_SECONDS + 1)
    await stage.do(lambda tx: reap.reap(tx, holder="a"))
    assert await _is_silent(stage, opened)

    await stage.do(lambda tx: report(tx, Batch(run=opened.run.id, fence=1, batch_no=0, events=()), ANNA))
    assert not await _is_silent(stage, opened)

    stage.clock.advance(OUTSIDE_LEASE_SECONDS + 1)
    await stage.do(lambda tx: reap.reap(tx, holder="a"))
    stage.clock.advance(3600)
    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == [opened.run.id]
    assert (await stage.run(opened.run.id)).state is RunState.LOST


async def _is_silent(stage: Stage, opened: Opened) -> bool:
    heads = await stage.ask(lambda snapshot: snapshot.journal.heads([opened.run.id]))
    return "is_silent" in heads[opened.run.id].view


async def test_a_wish_reaches_the_program_with_its_next_report(stage: Stage) -> None:
    opened = await _open(stage)
    await stage.do(lambda tx: cancel(tx, opened.run.id, ANNA))

    reported = await stage.do(lambda tx: report(tx, Batch(run=opened.run.id, fence=1, batch_no=0, events=()), ANNA))

    assert reported.wish == "cancel"


async def test_progress_without_batches(stage: Stage) -> None:
    opened = await _open(stage)
    stage.clock.advance(10)

    await stage.do(lambda tx: report_progress(tx, opened.run.id, ANNA, done=50, total=100, stage="files", status_text="half"))

    head = (await stage.ask(lambda snapshot: snapshot.journal.heads([opened.run.id])))[opened.run.id]
    assert head.view["progress"]["rate"] == 5.0
    assert (head.view["stage"], head.view["status_text"]) == ("files", "half")


async def test_a_workers_run_cannot_be_reported_from_outside(stage: Stage) -> None:
    held = await stage.running()

    with pytest.raises(NotOutside):
        await stage.do(lambda tx: report(tx, Batch(run=held.run.id, fence=held.fence, batch_no=1, events=[line()]), ANNA))
