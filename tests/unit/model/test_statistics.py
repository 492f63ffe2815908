from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.model.ids import new_id
from headway.model.states import RunState
from headway.model.statistics import RunOutline, Spread, StepOutline, TaskStatistics, quantile, spread, statistics_of

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def outline(state: RunState = RunState.SUCCEEDED, *, ago: float = 0, waited: float = 1, took: float | None = 10, **more: Any) -> RunOutline:
    """A run that was created `ago` seconds before NOW."""
    created = NOW - timedelta(seconds=ago)
    started = created + timedelta(seconds=waited)
    given: dict[str, Any] = {
        "id": new_id(), "name": "n", "state": state, "attempt": 1, "created_at": created, "queued_at": created, "started_at": started,
        "finished_at": None if took is None else started + timedelta(seconds=took),
    }  # fmt: skip
    return RunOutline(**(given | more))


def statistics(*runs: RunOutline, steps: list[StepOutline] = [], days: int = 2, is_complete: bool = True, zone: int = 0) -> TaskStatistics:
    since = NOW - timedelta(days=days)
    return statistics_of(runs, steps, since=since, now=NOW, is_complete=is_complete, zone=timedelta(minutes=zone))


def test_of_no_runs_nothing_is_said() -> None:
    said = statistics()
    assert said.runs == {}
    assert said.success_rate is None
    assert said.duration_seconds == Spread(p50=None, p95=None, mean=None, count=0)
    assert [(day.day, day.succeeded, day.failed, day.other) for day in said.per_day] == [
        ("2026-11-20", 0, 0, 0),
        ("2026-11-21", 0, 0, 0),
        ("2026-11-22", 0, 0, 0),
    ]
    assert (said.considered, said.is_complete, said.steps, said.recent) == (0, True, [], [])


def test_who_cancels_has_no_part_in_the_rate_of_success() -> None:
    states = [RunState.SUCCEEDED] * 3 + [RunState.FAILED, RunState.LOST, RunState.TIMED_OUT, RunState.CANCELLED, RunState.RUNNING]
    said = statistics(*[outline(state) for state in states])
    assert said.success_rate == 0.5
    assert said.runs == {"cancelled": 1, "failed": 1, "lost": 1, "running": 1, "succeeded": 3, "timed_out": 1}
    assert (said.per_day[-1].succeeded, said.per_day[-1].failed, said.per_day[-1].other) == (3, 3, 2)


def test_durations_are_those_of_success_and_waits_those_of_everyone() -> None:
    said = statistics(outline(took=10, waited=2), outline(took=30, waited=4), outline(RunState.FAILED, took=1000, waited=6))
    assert said.duration_seconds == Spread(p50=20.0, p95=29.0, mean=20.0, count=2)
    assert said.queue_seconds.p50 == 4.0
    assert said.queue_seconds.count == 3


def test_a_run_that_was_queued_again_says_nothing_of_the_queue() -> None:
    again = outline(queued_at=NOW + timedelta(hours=1))
    assert again.queue_seconds is None
    assert statistics(again).queue_seconds.count == 0
    assert outline(took=None).duration_seconds is None


def test_days_are_the_readers() -> None:
    late = outline(ago=10 * 3600)  # 23:30 of the day before in UTC, 07:30 of today in Shanghai
    assert statistics(late).per_day[-2].succeeded == 1
    assert statistics(late, zone=480).per_day[-1].succeeded == 1


def test_days_before_the_oldest_run_considered_are_not_called_empty() -> None:
    said = statistics(outline(), outline(ago=86_400), days=30, is_complete=False)
    assert [day.day for day in said.per_day] == ["2026-11-21", "2026-11-22"]
    assert not said.is_complete


def test_steps_come_in_the_order_in_which_they_begin() -> None:
    runs = [outline(), outline()]
    began = runs[0].started_at
    assert began is not None
    steps = [
        StepOutline(run=run.id, name=name, started_at=began + timedelta(seconds=start), duration_seconds=took)
        for run, more in zip(runs, (0, 2), strict=True)
        for name, start, took in [("mark", 5.0, 1.0 + more), ("read", 1.0, 3.0 + more)]
    ]
    steps.append(StepOutline(run=new_id(), name="of another run", started_at=began, duration_seconds=1))
    said = statistics(*runs, steps=steps).steps
    assert [(step.name, step.p50_start_seconds, step.p50_seconds, step.count) for step in said] == [
        ("read", 1.0, 4.0, 2),
        ("mark", 5.0, 2.0, 2),
    ]


def test_recent_runs_are_fifty_at_most() -> None:
    said = statistics(*[outline() for _ in range(70)])
    assert len(said.recent) == 50
    assert said.considered == 70


@pytest.mark.parametrize(("values", "share", "expected"), [([1.0], 0.95, 1.0), ([1.0, 2.0], 0.5, 1.5), ([0.0, 10.0, 20.0], 0.95, 19.0)])
def test_quantiles(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == expected


def test_what_is_unknown_is_left_out_of_a_spread() -> None:
    assert spread([None, 4.0, None, 2.0]) == Spread(p50=3.0, p95=3.9, mean=3.0, count=2)
