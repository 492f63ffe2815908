"""How the course of a long run is read: to its end, and with a breath after each stretch of lines."""

from __future__ import annotations

import orjson

from headway.acts.count import LINES_A_BREATH, draw
from headway.model.states import Outcome
from tests.unit.acts.conftest import Stage


async def test_whoever_reads_a_long_run_is_told_when_to_let_others_go(stage: Stage) -> None:
    held = await stage.running()
    report = [
        orjson.dumps({"kind": "progress.reported", "at": f"2026-01-01T00:{at // 60:02}:{at % 60:02}.000Z", "done": at, "total": 1_000})
        for at in range(1_000)
    ]
    await stage.report(held, 1, *report)
    stage.clock.advance(1_000)
    await stage.finish(held, Outcome.SUCCEEDED)

    breaths: list[int] = []
    runs, courses = await stage.ask(lambda snapshot: draw(snapshot, breathe=lambda: breaths.append(1)))
    assert [run.id for run in runs] == list(courses) == [held.run.id]
    assert 1_000 // LINES_A_BREATH <= len(breaths) <= 1_000 // LINES_A_BREATH + 2
    assert await stage.ask(draw) == (runs, courses)
