"""`/database/statements` and `/metrics`: who may see them, what stands in them, and that their numbers are right."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from headway.model.clock import SystemClock
from headway.model.histogram import Histogram
from headway.model.samples import Grain, Sample, SampleKind
from headway.model.statements import Purpose, SlowStatement
from headway.store.contract import Snapshot, Transaction
from headway.store.figures import WAIT_BOUNDS
from headway.store.places import Worker
from headway.store.sql.readers import READER_COUNT
from headway.web.exposition import expose
from tests.unit.web.office import Office, open_office, problem
from tests.waiting import eventually_async

AT = "2026-11-22T09:00:00.000Z"


def slow(statement: str, seconds: float, at: str = AT) -> SlowStatement:
    return SlowStatement(statement=statement, purpose=Purpose.ACT, asked_by="acts.claim: claim", seconds=seconds, at=at)


async def listed(office: Office, **query: Any) -> dict[str, Any]:
    answer = await office.ask("GET", "/database/statements", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def exposed(office: Office) -> dict[str, float]:
    answer = await office.ask("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)


def read(text: str) -> dict[str, float]:
    """As Prometheus' own library reads it: each series once."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    values = {series(sample.name, sample.labels): float(sample.value) for sample in samples}
    assert len(values) == len(samples), "each series once"
    return values


def series(name: str, labels: Mapping[str, str]) -> str:
    return name + "{" + ",".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"


def of(name: str, **labels: str) -> str:
    return series(name, {"process": "server@lab-3", **labels})


async def test_a_slow_statement_is_listed_with_the_route_that_asked(tmp_path: Path) -> None:
    async with open_office(tmp_path, slow_seconds=0.0) as office:
        await office.ask("GET", "/runs", params={"task": "nobody-7f3a"})
        found = await listed(office)

    one = next(one for one in found["items"] if one["asked_by"] == "GET /api/v1/runs")
    assert (one["purpose"], one["process"]) == ("query", "server@lab-3")
    assert "FROM runs" in one["statement"]
    assert "nobody-7f3a" not in orjson.dumps(found).decode(), "values are never kept"


async def test_those_of_other_processes_come_from_their_samples(office: Office) -> None:
    now = SystemClock().now()

    def a_sample(name: str, *found: SlowStatement) -> Sample:
        return Sample(kind=SampleKind.DATABASE, name=name, at=now, seconds=30.0, statements=found)

    samples = [a_sample("worker@lab-4", slow("SELECT 1", 0.3), slow("SELECT 2", 0.2)), a_sample("server@lab-3", slow("SELECT 3", 9.0))]
    await office.store.write(lambda tx: tx.samples.put(Grain.TAKEN, samples))
    office.store.figures.statements.note("SELECT 4", 0.25, Purpose.QUERY, "GET /api/v1/runs")

    found = await listed(office, sort="-seconds")

    assert [(one["process"], one["statement"]) for one in found["items"]] == [
        ("worker@lab-4", "SELECT 1"), ("server@lab-3", "SELECT 4"), ("worker@lab-4", "SELECT 2"),
    ]  # fmt: skip
    assert found["totals"] == {"state": "not_postgresql", "items": []}
    assert found["slow_seconds"] == 0.1
    newest = await listed(office, limit=1)
    assert [one["statement"] for one in newest["items"]] == ["SELECT 4"]


@pytest.mark.parametrize(
    ("query", "where"), [({"sort": "-age"}, "sort"), ({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"limit": "x"}, "limit")]
)
async def test_a_bad_question_is_refused(office: Office, query: dict[str, Any], where: str) -> None:
    refused = await office.ask("GET", "/database/statements", params=query)
    assert where in problem(refused, 422, "invalid")["detail"] + refused.text


@pytest.mark.parametrize("path", ["/database/statements", "/metrics", "/metrics/workers"])
async def test_only_those_who_may_see_the_system_see_them(office: Office, path: str) -> None:
    problem(await office.ask("GET", path, token=office.token("project:default:run:*")), 403, "forbidden")
    problem(await office.ask("GET", path, token=None), 401, "unauthorised")


async def test_slow_statements_are_counted_for_prometheus(office: Office) -> None:
    statements = office.store.figures.statements
    for _ in range(3):
        statements.note("SELECT 1", 0.5, Purpose.QUERY, "GET /api/v1/runs")
    statements.note('SELECT "', 0.5, Purpose.ACT, 'a "name"\\ of\ntwo lines')

    found = await exposed(office)

    name = "headway_database_slow_statements_total"
    assert found[of(name, purpose="query", asked_by="GET /api/v1/runs")] == 3
    assert found[of(name, purpose="act", asked_by='a "name"\\ of\ntwo lines')] == 1


async def test_the_pool_is_told_and_who_waits_for_it(office: Office) -> None:
    """Queries that hold every connection, and one more that has to wait."""
    gate, held = threading.Event(), threading.Semaphore(0)

    def hold(snapshot: Snapshot) -> None:
        held.release()
        assert gate.wait(30)

    before = await exposed(office)
    tasks = [asyncio.create_task(office.store.read(hold)) for _ in range(READER_COUNT + 1)]
    try:
        found = await eventually_async(
            lambda: (now := read(_exposed(office))) and now[of("headway_database_waiting", to="read")] == 1 and now, what="one waits"
        )
        assert found[of("headway_database_connections")] == READER_COUNT + 1
        assert found[of("headway_database_connections_in_use")] == READER_COUNT
    finally:
        gate.set()
        for task in tasks:
            await task
    after = await exposed(office)
    assert after[of("headway_database_waiting", to="read")] == 0
    assert after[of("headway_database_connections_in_use")] == 0
    assert after[of("headway_database_queries_total")] - before[of("headway_database_queries_total")] == READER_COUNT + 1
    counted = of("headway_database_wait_seconds_count", to="read")
    assert after[counted] - before[counted] == READER_COUNT + 1
    assert after[of("headway_database_wait_seconds_sum", to="read")] > before[of("headway_database_wait_seconds_sum", to="read")]


def _exposed(office: Office) -> str:
    return expose("server@lab-3", office.store.figures, write_waiting=office.store.waiting_count)


async def test_a_query_that_is_given_up_waits_no_longer(office: Office) -> None:
    gate = threading.Event()

    def hold(snapshot: Snapshot) -> None:
        assert gate.wait(30)

    holding = [asyncio.create_task(office.store.read(hold)) for _ in range(READER_COUNT)]
    try:
        await eventually_async(lambda: office.store.figures.reading_count == READER_COUNT)
        waiting = asyncio.create_task(office.store.read(hold))
        await eventually_async(lambda: office.store.figures.read_waiting_count == 1)
        waiting.cancel()
        await eventually_async(lambda: office.store.figures.read_waiting_count == 0, what="it waits no longer")
    finally:
        gate.set()
        for task in holding:
            await task
    assert office.store.figures.read_waiting_count == 0


async def test_waits_fall_into_growing_buckets(office: Office) -> None:
    before = await exposed(office)
    office.store.figures.waited_to_write([0.0005, 0.001, 0.02, 60.0])
    after = await exposed(office)

    def more(part: str, **labels: str) -> float:
        series = of(f"headway_database_wait_seconds_{part}", to="write", **labels)
        return after[series] - before[series]

    def bucket(bound: str) -> float:
        return more("bucket", le=bound)

    assert [bucket(str(bound)) for bound in WAIT_BOUNDS] == [2, 2, 2, 2, *[3] * 9]
    assert bucket("+Inf") == more("count") == 4
    assert more("sum") == pytest.approx(60.0215, rel=1e-5)


async def test_the_figures_are_readable_while_the_database_is_away(office: Office) -> None:
    await office.store.close()

    assert (await exposed(office))[of("headway_database_connections_in_use")] == 0


async def test_workers_are_told_to_prometheus_as_long_as_they_live(office: Office) -> None:
    now = await office.store.read(lambda snapshot: snapshot.now)
    first = Worker(id="w-1", host="lab-3", pid=1, version="0", started_at=now, heartbeat_at=now - timedelta(seconds=2), slots=4)
    young = Worker(id="w-2", host='lab "4"', pid=2, version="0", started_at=now, heartbeat_at=now, slots=2, is_draining=True)
    gone = Worker(id="w-3", host="lab-5", pid=3, version="0", started_at=now, heartbeat_at=now - timedelta(seconds=60), slots=8)
    levels = {"busy": 3.0, "runs": 5.0, "children": 4.0, "memory_bytes": 250_000_000.0, "cpu": 150.0}
    lag = Histogram()
    lag.note(0.25)
    samples = [
        Sample(kind=SampleKind.WORKER, name="w-1", at=now - timedelta(seconds=40), seconds=30.0, levels={"busy": 1.0}),
        Sample(
            kind=SampleKind.WORKER, name="w-1", at=now - timedelta(seconds=10), seconds=30.0, levels=levels, spreads={"lag": lag.take()}
        ),
    ]

    def act(tx: Transaction) -> None:
        for worker in (first, young, gone):
            tx.workers.join(worker)
        tx.samples.put(Grain.TAKEN, samples)

    await office.store.write(act)

    answer = await office.ask("GET", "/metrics/workers")
    found = read(answer.text)

    def worker(name: str, id: str = "w-1", host: str = "lab-3") -> float | None:
        return found.get(series(f"headway_worker_{name}", {"worker": id, "host": host}))

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert [worker(name) for name in ("slots", "busy", "runs", "children", "draining")] == [4, 3, 5, 4, 0], "the newest sample counts"
    assert (worker("memory_bytes"), worker("cpu_ratio")) == (250_000_000, 1.5)
    assert worker("loop_delay_seconds") == pytest.approx(0.25, rel=0.2)
    assert 2 <= (worker("heartbeat_age_seconds") or 0) < 15
    assert 10 <= (worker("sample_age_seconds") or 0) < 60
    assert (worker("slots", "w-2", 'lab "4"'), worker("draining", "w-2", 'lab "4"'), worker("busy", "w-2", 'lab "4"')) == (2, 1, None)
    assert "w-3" not in answer.text, "what a worker said that is silent now is no figure of it"
