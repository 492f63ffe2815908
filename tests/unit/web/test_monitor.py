"""The monitor over REST: series in steps, what is current, limits, and who may look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.acts.canary import start_canary
from headway.acts.sample import rolled_mark
from headway.model.canary import CanaryState
from headway.model.ids import new_id
from headway.model.samples import Grain, Sample, SampleKind, Slow
from headway.model.states import RunState
from headway.monitor.sampler import Span
from headway.store.contract import Transaction
from tests.unit.web.office import Json, Office, problem


def a_sample(seconds_ago: float, kind: SampleKind = SampleKind.HOST, name: str = "lab-3", **more: Any) -> Sample:
    return Sample(kind=kind, name=name, at=datetime.now(UTC) - timedelta(seconds=seconds_ago), seconds=30, **more)


async def keep(office: Office, *samples: Sample, grain: Grain = Grain.TAKEN) -> None:
    await office.store.write(lambda tx: tx.samples.put(grain, samples))


async def ask(office: Office, path: str, **query: Any) -> Json:
    answer = await office.ask("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def values(column: list[float | None]) -> list[float]:
    return [value for value in column if value is not None]


async def test_a_host_over_time_and_now(office: Office) -> None:
    await keep(office, *(a_sample(age, levels={"cpu": float(age)}) for age in (400, 200, 10)))
    found = await ask(office, "/monitor/system", step=60)
    (host,) = found["hosts"]
    assert host["name"] == "lab-3"
    assert values(host["levels"]["cpu"]) == [400, 200, 10]
    assert host["current"]["levels"] == {"cpu": 10}
    assert len(found["times"]) == len(host["levels"]["cpu"]) in (60, 61)
    assert found["step_seconds"] == 60
    place = host["levels"]["cpu"].index(200)
    assert abs(found["times"][place] / 1000 - (datetime.now(UTC).timestamp() - 200)) < 62
    assert found["canary"] is None


async def test_what_is_old_is_not_current(office: Office) -> None:
    await keep(office, a_sample(400, levels={"cpu": 1.0}))
    assert (await ask(office, "/monitor/system"))["hosts"][0]["current"] is None


async def test_a_long_time_is_read_of_rollups_and_its_end_of_samples(office: Office) -> None:
    edge = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=20)
    await office.store.write(lambda tx: tx.meta.put(rolled_mark(Grain.FIVE_MINUTES), edge.isoformat()))
    rolled = Sample(kind=SampleKind.HOST, name="lab-3", at=edge, seconds=300, levels={"cpu": 5.0}, peaks={"cpu": 50.0})
    await keep(office, rolled, grain=Grain.FIVE_MINUTES)
    await keep(office, Sample(kind=SampleKind.HOST, name="lab-3", at=edge, seconds=30, levels={"cpu": 99.0}))
    await keep(office, a_sample(10, levels={"cpu": 7.0}))
    since = (datetime.now(UTC) - timedelta(hours=24)).isoformat()
    found = await ask(office, "/monitor/system", **{"from": since})
    assert found["step_seconds"] == 300
    assert values(found["hosts"][0]["levels"]["cpu"]) == [5.0, 7.0], "what is rolled up is not counted again"
    assert values(found["hosts"][0]["peaks"]["cpu"]) == [50.0, 7.0]


@pytest.mark.parametrize(
    ("back", "step", "said"),
    [
        (timedelta(minutes=15), None, 30),
        (timedelta(hours=6), None, 120),
        (timedelta(hours=24), None, 300),
        (timedelta(days=7), None, 3600),
        (timedelta(days=90), None, 86_400),
        (timedelta(days=3), 300, 300),
        (timedelta(days=9), 900, 3600),
    ],
)
async def test_the_step_fits_the_time_and_what_is_kept(office: Office, back: timedelta, step: int | None, said: int) -> None:
    query: dict[str, Any] = {"from": (datetime.now(UTC) - back + timedelta(seconds=5)).isoformat()}
    found = await ask(office, "/monitor/system", **query, **({} if step is None else {"step": step}))
    assert len(found["times"]) <= 1_000
    assert found["step_seconds"] == said


async def test_times_that_make_no_sense_are_refused(office: Office) -> None:
    now = datetime.now(UTC)
    for query in (
        {"from": (now + timedelta(hours=1)).isoformat()},
        {"from": now.isoformat(), "to": (now - timedelta(hours=1)).isoformat()},
        {"from": (now - timedelta(days=400)).isoformat()},
    ):
        assert problem(await office.ask("GET", "/monitor/system", params=query), 422, "invalid")["field"] == "from"
    said = problem(await office.ask("GET", "/monitor/system", params={"step": 1}), 422, "invalid")
    assert said["field"] == "step"


async def test_every_answer_is_counted_for_its_route_whatever_it_was(office: Office) -> None:
    for _ in range(3):
        await office.ask("GET", "/runs")
    for run in (new_id(), new_id()):
        await office.ask("GET", f"/runs/{run}")
    await office.ask("GET", "/runs", token="nonsense")
    await office.ask("GET", "/nothing/here")
    samples = await office.desk.times.sample(Span(at=datetime.now(UTC), seconds=30))
    assert {each.name: (each.counts["calls"], each.counts["client_errors"]) for each in samples} == {
        "GET /api/v1/runs": (4, 1),
        "GET /api/v1/runs/{run}": (2, 2),
        "unknown": (1, 1),
    }
    assert await office.desk.times.sample(Span(at=datetime.now(UTC), seconds=30)) == []


async def test_calls_are_counted_by_route_as_they_come(office: Office) -> None:
    for status, seconds in ((200, 0.01), (200, 0.02), (404, 0.01), (500, 0.4)):
        office.desk.times.note({"method": "GET", "path": "/api/v1/x", "route": type("R", (), {"path": "/api/v1/x"})}, status, seconds)
    office.desk.times.note({"method": "GET", "path": "/api/v1/no"}, 404, 0.001)
    office.desk.times.note({"method": "GET", "path": "/assets/x.js"}, 200, 0.001)
    samples = await office.desk.times.sample(Span(at=datetime.now(UTC) - timedelta(seconds=1), seconds=30))
    await keep(office, *samples)
    found = await ask(office, "/monitor/apis")
    routes = {each["route"]: each for each in found["routes"]}
    assert set(routes) == {"GET /api/v1/x", "unknown", "console"}
    x = routes["GET /api/v1/x"]
    assert (x["calls"], x["client_errors"], x["errors"]) == (4, 1, 1)
    assert x["p50"] == pytest.approx(0.015, rel=0.06)
    assert x["p95"] == pytest.approx(0.02 + 0.85 * 0.38, rel=0.06)
    assert sum(count for _, count in x["spread"]) == 4
    assert values(found["series"]["counts"]["calls"]) == [6]
    alone = await ask(office, "/monitor/apis", route="GET /api/v1/x")
    assert values(alone["series"]["counts"]["calls"]) == [4]
    assert len(alone["routes"]) == 3


async def test_queues_ends_and_what_is_at_work(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]

    def a_canary_at_work(tx: Transaction) -> str:
        canary = start_canary(tx).id
        tx.runs.change(canary, state=RunState.RUNNING)
        return canary

    canary = await office.store.write(a_canary_at_work)
    await keep(
        office,
        a_sample(5, SampleKind.RUN, canary, levels={"cpu": 99.0, "memory_bytes": 1e8, "processes": 1.0, "sharing": 1.0}),
        a_sample(5, SampleKind.QUEUE, "default", levels={"queued": 3.0, "running": 1.0, "oldest_seconds": 4.0}),
        a_sample(5, SampleKind.ENDED, "runs", counts={"succeeded": 2}),
        a_sample(5, SampleKind.RUN, run, levels={"cpu": 98.0, "memory_bytes": 1e8, "processes": 1.0, "sharing": 1.0}),
    )
    found = await ask(office, "/monitor/tasks")
    assert found["queues"][0]["current"]["levels"]["queued"] == 3
    assert values(found["ended"]["counts"]["succeeded"]) == [2]
    assert [(each["run"], each["cpu"], each["name"]) for each in found["at_work"]] == [(run, 98.0, "nightly")]
    await office.end(opened)
    assert (await ask(office, "/monitor/tasks"))["at_work"] == []


async def test_the_database_and_the_gateway(office: Office) -> None:
    worst = [Slow(what="query x", seconds=0.2, at="2026-11-22T09:00:00.000Z")]
    await keep(office, a_sample(5, SampleKind.DATABASE, "server@lab-3", levels={"size_bytes": 9.0}, worst=worst))
    await keep(office, a_sample(5, SampleKind.GATEWAY, "server@lab-3", levels={"viewers": 3.0}))
    found = await ask(office, "/monitor/database")
    assert found["slow"] == [{"what": "query x", "seconds": 0.2, "at": "2026-11-22T09:00:00.000Z"}]
    assert found["processes"][0]["current"]["levels"] == {"size_bytes": 9}
    assert (await ask(office, "/monitor/gateway"))["gateways"][0]["current"]["levels"] == {"viewers": 3}


async def test_what_a_run_took_is_for_those_who_may_see_it(office: Office) -> None:
    run = (await office.open())["run"]["id"]
    await keep(office, a_sample(1, SampleKind.RUN, run, levels={"cpu": 50.0}), a_sample(1, SampleKind.RUN, new_id(), levels={"cpu": 1.0}))
    found = await ask(office, f"/runs/{run}/samples", step=10)
    assert values(found["series"]["levels"]["cpu"]) == [50]
    assert found["series"]["current"]["levels"] == {"cpu": 50}
    mine = await office.ask("GET", f"/runs/{run}/samples", token=office.token(f"run:{run}:read"))
    assert mine.status_code == 200
    problem(await office.ask("GET", f"/runs/{run}/samples", token=office.token("project:other:run:read")), 404, "run_not_found")


@pytest.mark.parametrize("part", ["system", "tasks", "apis", "database", "gateway"])
async def test_only_those_who_may_see_the_system_see_it(office: Office, part: str) -> None:
    problem(await office.ask("GET", f"/monitor/{part}", token=office.token("project:default:run:*")), 403, "forbidden")


async def test_a_late_canary_makes_the_server_degraded_with_the_reason(office: Office) -> None:
    said = CanaryState(period_seconds=15, age_seconds=90, took_seconds=0.1, is_late=True, failed_count=4, reason="No worker takes runs.")
    office.desk.is_worker_expected = False
    office.desk.canary = lambda: said
    answer = await office.ask("GET", "/health/ready", token=None)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["reasons"]) == ("degraded", ["No worker takes runs."])
    assert answer.json()["canary"]["age_seconds"] == 90


async def test_a_gateway_that_is_not_well_is_flagged(office: Office) -> None:
    well = {"viewers": 10.0, "room": 1_000.0}
    await keep(office, a_sample(200, SampleKind.GATEWAY, "one", levels=well, counts={"reconnects": 500}))
    assert (await ask(office, "/monitor/gateway"))["flags"][0]["kind"] == "churn"
    await keep(office, a_sample(5, SampleKind.GATEWAY, "one", levels=well, counts={"reconnects": 5}))
    assert (await ask(office, "/monitor/gateway"))["flags"] == []
    await keep(office, a_sample(2, SampleKind.GATEWAY, "two", levels={"viewers": 950.0, "room": 1_000.0}))
    assert (await ask(office, "/monitor/gateway"))["flags"] == [{"gateway": "two", "kind": "pool", "value": 0.95, "bound": 0.9}]
