"""Statistics of a task's runs over REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.model.run import Step
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.web.routes.statistics import CONSIDERED
from tests.contract.material import a_run, insert
from tests.unit.web.office import Json, Office, problem

PATH = "/tasks/maths:add/statistics"


def past(number: int, state: RunState = RunState.SUCCEEDED, **more: Any) -> Any:
    """A run that was created `number` hours ago, waited 2 s, and took `number` + 10 s."""
    created = datetime.now(UTC) - timedelta(hours=number)
    started = created + timedelta(seconds=2)
    return a_run(
        task="maths:add", name=f"run {number}", state=state, created_at=created, queued_at=created, started_at=started,
        finished_at=started + timedelta(seconds=number + 10), **{"attempt": 1, **more},
    )  # fmt: skip


async def ask(office: Office, query: str = "", token: str | None = "admin") -> Json:
    answer = await office.ask("GET", f"{PATH}{query}", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_past_is_summed_up(office: Office) -> None:
    runs = [past(number) for number in range(4)] + [past(4, RunState.FAILED), past(5, RunState.CANCELLED)]
    await insert(office.store, *runs, a_run(task="other"), past(24 * 40))

    def act(tx: Transaction) -> None:
        for run in runs[:4]:
            tx.details.change_steps([Step(
                run=run.id, id="1", attempt=1, name="read", parent=None, started_at=run.started_at + timedelta(seconds=1),
                ended_at=run.started_at + timedelta(seconds=5), outcome="succeeded", duration_seconds=4.0,
            )], [])  # fmt: skip

    await office.store.write(act)
    said = await ask(office)
    assert said["runs"] == {"cancelled": 1, "failed": 1, "succeeded": 4}
    assert said["success_rate"] == 0.8
    assert said["duration_seconds"] == {"p50": 11.5, "p95": 12.85, "mean": 11.5, "count": 4}
    assert said["queue_seconds"]["p50"] == 2.0
    assert [run["name"] for run in said["recent"]] == [f"run {number}" for number in range(6)]
    assert said["recent"][0]["duration_seconds"] == 10.0
    assert len(said["per_day"]) == 31
    assert sum(day["succeeded"] for day in said["per_day"]) == 4
    assert said["steps"] == [{"name": "read", "p50_start_seconds": 1.0, "p50_seconds": 4.0, "count": 4}]
    assert (said["considered"], said["is_complete"]) == (6, True)
    assert (await ask(office, "?days=60"))["considered"] == 7


async def test_more_runs_than_are_considered(office: Office) -> None:
    await insert(office.store, *[past(number % 48) for number in range(CONSIDERED + 5)])
    said = await ask(office)
    assert (said["considered"], said["is_complete"]) == (CONSIDERED, False)
    assert len(said["recent"]) == 50
    assert 2 <= len(said["per_day"]) <= 4


async def test_of_a_task_that_never_ran(office: Office) -> None:
    said = await ask(office)
    assert (said["runs"], said["success_rate"], said["considered"], said["steps"]) == ({}, None, 0, [])
    assert said["duration_seconds"] == {"p50": None, "p95": None, "mean": None, "count": 0}


async def test_only_runs_that_the_caller_may_see_count(office: Office) -> None:
    await insert(office.store, past(1, project="mine"), past(2, project="other"), past(3, project="other"))
    token = office.token("project:mine:task:read", "project:mine:run:read")
    assert (await ask(office, token=token))["considered"] == 1
    assert (await ask(office, "?project=other", token=token))["considered"] == 0
    assert (await ask(office, token=office.token("project:mine:task:read")))["considered"] == 0
    assert (await ask(office, "?project=other"))["considered"] == 2
    assert (await ask(office))["considered"] == 3


@pytest.mark.parametrize("query", ["days=0", "days=366", "days=x", "offset_minutes=841", "project=" + "x" * 201])
async def test_what_cannot_be_asked(office: Office, query: str) -> None:
    problem(await office.ask("GET", f"{PATH}?{query}"), 422, "invalid")


async def test_of_a_task_that_is_not_there(office: Office) -> None:
    problem(await office.ask("GET", "/tasks/nothing/statistics"), 404, "task_not_found")
