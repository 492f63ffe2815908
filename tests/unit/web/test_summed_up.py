"""Statistics of all runs over REST: the same whether their runs are counted or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.acts.count import count
from headway.model.canary import CANARY_KIND, CANARY_PROJECT, CANARY_TASK
from headway.model.states import RunState
from headway.model.tally import floor_of
from tests.contract.material import a_run, insert
from tests.unit.web.office import Json, Office, problem

NOW = floor_of(datetime.now(UTC), 3_600)


def ended(hours_ago: float, state: RunState = RunState.SUCCEEDED, **more: Any) -> Any:
    """A run that waited 2 s and took 10 s."""
    finished = NOW - timedelta(hours=hours_ago)
    started = finished - timedelta(seconds=10)
    queued = started - timedelta(seconds=2)
    times = {"created_at": queued, "queued_at": queued, "started_at": started, "finished_at": finished}
    return a_run(state=state, **{**times, "attempt": 1, **more})


async def ask(office: Office, query: str = "", token: str | None = "admin") -> Json:
    answer = await office.ask("GET", f"/statistics{query}", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("counted", ["none", "some", "all"])
async def test_runs_are_summed_up(office: Office, counted: str) -> None:
    runs = [
        *[ended(number, task="grade") for number in range(1, 5)],
        ended(2, RunState.FAILED, task="grade", failed_count=3, created_by="bert"),
        ended(3, RunState.LOST, task=None, kind="outside", lost_count=1),
        ended(3, RunState.CANCELLED, task="count", project="other"),
        ended(30, task="grade"),
        a_run(state=RunState.RUNNING, started_at=NOW),
    ]
    await insert(office.store, *runs)
    chosen = {"none": [], "some": runs[::2], "all": runs}[counted]
    await office.store.write(lambda tx: count(tx, [run.id for run in chosen]))

    said = await ask(office, "?by=task&step=hour")
    total = said["total"]
    assert total["runs"] == {"cancelled": 1, "failed": 1, "lost": 1, "succeeded": 4}
    assert (total["count"], total["success_rate"], total["failed_attempts"], total["lost_attempts"]) == (7, 0.6667, 3, 1)
    assert total["duration_seconds"] | {"p50": 0, "p95": 0} == {"p50": 0, "p95": 0, "mean": 10.0, "count": 4}
    assert total["duration_seconds"]["p50"] == pytest.approx(10, rel=0.05)
    assert total["queue_seconds"]["p95"] == pytest.approx(2, rel=0.05)
    assert [(group["key"], group["count"]) for group in said["groups"]] == [("grade", 5), (None, 1), ("count", 1)]
    by_hour = {bucket["at"][:13]: bucket["count"] for bucket in said["buckets"] if bucket["count"]}
    assert by_hour == {f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H}": number for hours, number in {1: 1, 2: 2, 3: 3, 4: 1}.items()}
    assert said["is_complete"] is True
    assert {group["key"]: group["count"] for group in (await ask(office, "?by=user"))["groups"]} == {"anna": 6, "bert": 1}
    assert {group["key"]: group["count"] for group in (await ask(office, "?by=state"))["groups"]}["succeeded"] == 4
    assert (await ask(office, "?project=other"))["total"]["count"] == 1
    assert (await ask(office, "?task=grade&user=bert"))["total"]["count"] == 1
    two_days = (NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await ask(office, f"?from={two_days}&by=project"))["total"]["count"] == 8


@pytest.mark.parametrize("is_counted", [True, False])
async def test_headways_own_runs_are_in_nobodys_statistics(office: Office, is_counted: bool) -> None:
    canary = ended(1, task=CANARY_TASK, project=CANARY_PROJECT, kind=CANARY_KIND, created_by="system")
    await insert(office.store, canary, ended(1, task="grade"))
    await office.store.write(lambda tx: count(tx, [canary.id] if is_counted else []))

    said = await ask(office, "?by=task")
    assert (said["total"]["count"], [group["key"] for group in said["groups"]]) == (1, ["grade"])
    assert (await ask(office, f"?task={CANARY_TASK}"))["total"]["count"] == 1


async def test_days_are_the_readers(office: Office) -> None:
    await insert(office.store, a_run(state=RunState.SUCCEEDED, started_at=NOW, finished_at=datetime(2026, 3, 3, 17, tzinfo=UTC)))
    said = await ask(office, "?from=2026-03-01T00:00:00Z&to=2026-03-05T00:00:00Z&step=day&offset_minutes=480")
    assert [(bucket["at"][:16], bucket["count"]) for bucket in said["buckets"] if bucket["count"]] == [("2026-03-03T16:00", 1)]
    assert len(said["buckets"]) == 5


async def test_only_what_the_caller_may_see_is_summed_up(office: Office) -> None:
    await insert(office.store, ended(1, project="mine"), ended(1, project="other"))
    token = office.token("project:mine:run:read")
    said = await ask(office, "?by=project", token)
    assert [group["key"] for group in said["groups"]] == ["mine"]
    assert (await ask(office, "?project=other", token))["total"]["count"] == 0
    problem(await office.ask("GET", "/statistics", token=office.token("project:mine:task:read")), 403, "forbidden")


async def test_one_answer_is_one_read_however_many_runs_there_are(office: Office) -> None:
    async def reads(query: str) -> int:
        before = office.store.figures.read_count
        await ask(office, query)
        return office.store.figures.read_count - before

    few = await reads("?by=task&step=quarter")
    await insert(office.store, *[ended(number % 20, task=f"task {number}") for number in range(300)])
    assert await reads("?by=task&step=quarter") == few == 1


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-05T00:00:00Z&to=2026-03-01T00:00:00Z",
        "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2025-12-01T00:00:00Z&to=2026-01-01T00:00:00Z&step=quarter",
        "step=minute",
        "by=colour",
        "offset_minutes=7",
    ],
)
async def test_what_cannot_be_summed_up(office: Office, query: str) -> None:
    problem(await office.ask("GET", f"/statistics?{query}"), 422, "invalid")
