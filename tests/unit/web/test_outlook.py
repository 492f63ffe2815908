"""Estimates and expectations over REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from headway.acts.count import count, draw
from headway.insight.outlook import brief_estimates
from headway.model.run import Attempt, Run
from headway.model.states import RunState
from headway.store.contract import Transaction
from tests.contract.material import a_run, insert
from tests.unit.web.office import Office, problem


def ago(seconds: float) -> datetime:
    """By the store's own clock, at this moment: the suite may have gone on for minutes since this file was read."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def past(seconds: float, **more: Any) -> Run:
    began = ago(3600)
    fields = {"task": "maths:add", "state": RunState.SUCCEEDED, "attempt": 1, "started_at": began, "parameters": {"a": 1}}
    return a_run(**{**fields, "finished_at": began + timedelta(seconds=seconds), **more})


async def counted(office: Office, *runs: Run) -> None:
    await insert(office.store, *runs)
    found, courses = await office.store.read(draw)
    await office.store.write(lambda tx: count(tx, [run.id for run in found], courses))


async def ask(office: Office, path: str, **more: Any) -> Any:
    answer = await office.ask("GET", path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_usual_is_what_runs_with_like_parameters_took(office: Office) -> None:
    small = [past(10 + number / 5, parameters={"a": 1}) for number in range(8)]
    large = [past(100 + number, parameters={"a": 10}) for number in range(8)]
    await counted(office, *small, *large, past(999, project="other"), past(999, state=RunState.FAILED))
    said = await ask(office, '/tasks/maths:add/expectation?parameters={"a":10}')
    assert said["count"] == 16
    assert said["usual"]["low"] < said["usual"]["middle"] < said["usual"]["high"]
    assert 85 < said["usual"]["middle"] < 115
    assert 9 < (await ask(office, '/tasks/maths:add/expectation?parameters={"a":1}'))["usual"]["middle"] < 13


async def test_of_too_few_runs_nothing_is_said(office: Office) -> None:
    await counted(office, past(10), past(11))
    assert await ask(office, "/tasks/maths:add/expectation") == {"usual": None, "count": 2}


async def test_a_run_is_held_against_those_before_it(office: Office) -> None:
    await counted(office, *[past(40 + number) for number in range(12)])
    run = a_run(task="maths:add", state=RunState.RUNNING, attempt=1, started_at=ago(30))
    slow = a_run(task="maths:add", state=RunState.RUNNING, attempt=1, started_at=ago(3000))
    await insert(office.store, run, slow)

    def attempts(tx: Transaction) -> None:
        began = [(each.id, each.started_at or ago(0)) for each in (run, slow)]
        tx.details.open_attempts([Attempt(run=name, number=1, fence=1, worker="w", started_at=at) for name, at in began])

    await office.store.write(attempts)
    said = await ask(office, f"/runs/{run.id}/estimate")
    assert said["estimate"]["basis"] == "history"
    assert 5 < said["estimate"]["left"]["low"] < said["estimate"]["left"]["middle"] < said["estimate"]["left"]["high"] < 25
    assert said["estimate"]["is_slower_than_usual"] is False
    assert said["guide"]["count"] == 12
    assert len(said["guide"]["knots"]) == 20
    assert (await ask(office, f"/runs/{slow.id}/estimate"))["estimate"] is None


async def test_a_run_that_waits_has_no_estimate(office: Office) -> None:
    run = await office.start()
    assert (await ask(office, f"/runs/{run['id']}/estimate"))["estimate"] is None


async def test_only_who_may_read_the_run_is_told(office: Office) -> None:
    run = await office.start()
    token = office.token("project:mine:run:read")
    problem(await office.ask("GET", f"/runs/{run['id']}/estimate", token=token), 404, "run_not_found")
    problem(await office.ask("GET", "/tasks/maths:add/expectation", token=token), 403, "forbidden")
    assert (await ask(office, "/tasks/maths:add/expectation?project=mine", token=token))["count"] == 0


@pytest.mark.parametrize("given", ["[1]", "{", orjson.dumps({"a": "x" * 9_000}).decode()])
async def test_parameters_that_are_none(office: Office, given: str) -> None:
    problem(await office.ask("GET", "/tasks/maths:add/expectation", params={"parameters": given}), 422, "invalid")


async def executed(office: Office, *runs: Run) -> None:
    """These have begun."""
    await insert(office.store, *runs)

    def attempts(tx: Transaction) -> None:
        began = [(each.id, each.started_at or ago(0)) for each in runs]
        tx.details.open_attempts([Attempt(run=name, number=1, fence=1, worker="w", started_at=at) for name, at in began])

    await office.store.write(attempts)


def running(**more: Any) -> Run:
    return a_run(**{"task": "maths:add", "state": RunState.RUNNING, "attempt": 1, "started_at": ago(30), **more})


async def test_many_runs_are_asked_for_at_once(office: Office) -> None:
    await counted(office, *[past(40 + number) for number in range(12)], *[past(400 + number, task="broken:task") for number in range(12)])
    one, other, hidden = running(), running(task="broken:task"), running(project="secret")
    waiting = a_run(task="maths:add")
    await executed(office, one, other, hidden)
    await insert(office.store, waiting)
    query = "&".join(f"run={run}" for run in (other.id, one.id, waiting.id, hidden.id, "unknown"))
    said = (await ask(office, f"/estimates?{query}", token=office.token("project:default:run:read")))["items"]
    assert [each["run"] for each in said] == [other.id, one.id]
    assert said[0]["estimate"]["left"]["middle"] > 300
    assert said[1]["estimate"]["left"]["middle"] < 30
    alone = (await ask(office, f"/runs/{one.id}/estimate"))["estimate"]
    assert said[1]["estimate"]["basis"] == alone["basis"] == "history"
    problem(await office.ask("GET", f"/estimates?{'&'.join(['run=x'] * 201)}"), 422, "invalid")


async def test_the_list_gives_estimates_where_they_are_named(office: Office) -> None:
    await counted(office, *[past(40 + number) for number in range(12)])
    run = running()
    await executed(office, run)
    items = (await ask(office, "/runs?fields=id,estimate&limit=20"))["items"]
    told = {each["id"]: each["estimate"] for each in items}
    assert 5 < told.pop(run.id)["left"]["middle"] < 25
    assert set(told.values()) == {None}
    assert "estimate" not in (await ask(office, "/runs?fields=id,view"))["items"][0]
    assert (await ask(office, f"/runs/{run.id}?fields=estimate"))["estimate"]["basis"] == "history"


async def test_a_page_of_estimates_costs_as_many_statements_as_one(office: Office) -> None:
    await counted(office, *[past(40 + number, task=f"t{number % 7}") for number in range(60)])
    runs = [running(task=f"t{number % 7}") for number in range(50)]
    await executed(office, *runs)

    def count(snapshot: Any, of: list[Run]) -> int:
        said: list[str] = []
        connection = snapshot.link.cursor.connection
        connection.set_trace_callback(said.append)
        assert len(brief_estimates(snapshot, of)) == len(of)
        connection.set_trace_callback(None)
        return len([text for text in said if text.startswith("SELECT")])

    counts = [await office.store.read(lambda snapshot, size=size: count(snapshot, runs[:size])) for size in (1, 5, 50)]
    assert counts == [3, 3, 3]


async def test_what_was_worked_out_holds_until_another_run_has_ended(office: Office) -> None:
    await counted(office, *[past(40) for _ in range(5)])
    first = await ask(office, "/tasks/maths:add/expectation")
    assert await ask(office, "/tasks/maths:add/expectation") == first
    await counted(office, past(80))
    later = await ask(office, "/tasks/maths:add/expectation")
    assert (later["count"], first["count"]) == (6, 5)
    assert later["usual"]["middle"] > first["usual"]["middle"]
