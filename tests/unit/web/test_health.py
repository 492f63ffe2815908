"""Probes, patience, and what nobody foresaw."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from headway.access.principal import SYSTEM, Principal
from headway.live.messages import Command
from headway.model.errors import Invalid, RateLimited, Unauthorised, every_error
from headway.model.permissions import Permission
from headway.store.contract import Transaction
from headway.store.places import Worker
from headway.web.auth import make_routes, needs
from headway.web.desk import TheCall
from headway.web.envelope import Envelope
from headway.web.live import LiveAccess
from headway.web.patience import Patience
from headway.web.problems import problem as make_problem
from headway.web.problems import status_of
from tests.unit.web.office import Office, problem


async def beat(office: Office, age: timedelta) -> None:
    def act(tx: Transaction) -> None:
        at = tx.now - age
        tx.workers.beat(Worker(id="w", host="h", pid=1, version="0", started_at=at, heartbeat_at=at, slots=2))

    await office.store.write(act)


async def test_ready_waits_for_store_and_worker_and_tells_nothing_else(office: Office) -> None:
    assert (await office.ask("GET", "/health/live", token=None)).json() == {"ok": True}
    problem(await office.ask("GET", "/health/ready", token=None), 503, "unavailable")
    await beat(office, timedelta(minutes=1))
    problem(await office.ask("GET", "/health/ready", token=None), 503, "unavailable")
    await beat(office, timedelta())
    assert (await office.ask("GET", "/health/ready", token=None)).json() == {
        "ok": True,
        "status": "ready",
        "reasons": [],
        "canary": None,
        "broker": None,
    }
    assert [worker["id"] for worker in (await office.ask("GET", "/workers")).json()["items"]] == ["w"]
    office.desk.is_draining = True
    problem(await office.ask("GET", "/health/ready", token=None), 503, "unavailable")
    office.desk.is_draining = False
    await office.store.close()
    said = await office.ask("GET", "/health/ready", token=None)
    assert problem(said, 503, "unavailable")["detail"] == "Not ready."
    assert said.headers["retry-after"]
    assert (await office.ask("GET", "/health/live", token=None)).json() == {"ok": True}
    problem(await office.ask("GET", "/runs"), 503, "store_unavailable")


async def test_who_guesses_is_slowed_and_who_works_is_not(office: Office) -> None:
    office.desk.patience = Patience(burst=5, per_second=0.001)
    good, bad = office.token(role="admin"), office.token(role="admin")
    for _ in range(5):
        problem(await office.ask("GET", "/runs/x", token=bad), 404, "run_not_found")
    refused = await office.ask("GET", "/runs", token=bad)
    assert problem(refused, 429, "rate_limited")["retry_in_seconds"] > 0
    assert int(refused.headers["retry-after"]) > 0
    for _ in range(20):
        assert (await office.ask("GET", "/runs", token=good)).status_code == 200


def test_patience_comes_back_and_forgets() -> None:
    now = [0.0]
    patience = Patience(burst=2, per_second=1, monotonic=lambda: now[0])
    patience.note("a")
    patience.note("a")
    with pytest.raises(RateLimited):
        patience.check("a")
    patience.check("b")
    now[0] = 1.5
    patience.check("a")
    for number in range(20_000):
        patience.note(str(number))
    patience.check("a")


async def test_what_nobody_foresaw_is_a_problem_without_details(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    routes = make_routes("x")

    async def fail(call: TheCall) -> None:
        raise RuntimeError("the password is 1234")

    routes.get("/broken", **needs(Permission.TASK_READ))(fail)
    app = office.rest
    app.router.routes.extend(routes.routes)
    app.close_table()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(Envelope(app)), base_url="http://headway.test/api/v1") as client:
        with caplog.at_level(logging.ERROR, "headway.web"):
            answer = await client.get("/broken", headers={"Authorization": f"Bearer {office.admin}"})
    said = problem(answer, 500, "internal_error")
    assert "1234" not in answer.text
    assert said["request_id"] in caplog.text


def test_every_error_has_a_status_and_the_one_shape() -> None:
    for code, error in every_error().items():
        answer = make_problem(error(), "r")
        assert 400 <= status_of(error) < 600
        assert f'"code":"{code}"'.encode() in bytes(answer.body)
        assert answer.media_type == "application/problem+json"


def test_a_field_cannot_take_the_place_of_ours() -> None:
    answer = make_problem(Invalid("no", status=200, code="fine", request_id="x", extra={1: Path("/x")}), "r")
    assert answer.status_code == 422
    assert b'"status":422' in bytes(answer.body)
    assert b'"request_id":"r"' in bytes(answer.body)


async def test_what_the_live_gateway_asks(office: Office) -> None:
    live = LiveAccess(office.store, office.tokens)
    visitor = await live.verify_token(office.admin)
    assert visitor.id == "somebody"
    assert visitor.expires_in is not None
    assert 0 < visitor.expires_in <= 3_600
    with pytest.raises(Unauthorised):
        await live.verify_token("x")
    run = (await office.start())["id"]
    assert await live.may_see(SYSTEM, run)
    assert not await live.may_see(Principal(id="x"), run)
    assert not await live.may_see(SYSTEM, "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12")
    assert await live.may_see(Principal(id="x", scopes=(f"run:{run}:read",)), run)
    assert await live.may_list(SYSTEM, "default")
    assert await live.may_list(Principal(id="x", scopes=("project:default:run:read",)), "default")
    assert not await live.may_list(Principal(id="x", scopes=("project:default:run:read",)), "another")
    assert not await live.may_list(Principal(id="x", scopes=(f"run:{run}:read",)), "default")
    with pytest.raises(Invalid):
        await live.obey(SYSTEM, Command(id=1, run=run, do="explode", args={}, idempotency_key=None))
    with pytest.raises(Invalid):
        await live.obey(SYSTEM, Command(id=1, run=run, do="cancel", args={"reason": 5}, idempotency_key=None))
    assert await live.obey(SYSTEM, Command(id=1, run=run, do="cancel", args={}, idempotency_key=None)) == {"state": "cancelled"}
