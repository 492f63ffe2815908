"""The list of live connections, and their end, with viewers on real sockets and over all transports."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from headway.model.permissions import ROLES, Permission
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import open_theatre
from tests.unit.web.house import House, open_house
from tests.unit.web.office import problem
from tests.waiting import eventually_async

Json = dict[str, Any]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_who_is_there_how_and_what_they_watch(house: House) -> None:
    one, two = await house.theatre.run(), await house.theatre.run()
    await house.socket("ada", one, two)
    house.stream("bob", one)
    house.polls("eve", two)
    ada, bob, eve = [await house.connection(who) for who in ("ada", "bob", "eve")]
    assert (ada["transport"], ada["address"], sorted(ada["channels"])) == ("websocket", "127.0.0.1", sorted([one.channel, two.channel]))
    assert (bob["transport"], bob["address"], bob["channels"]) == ("sse", "127.0.0.1", [one.channel])
    assert (eve["transport"], eve["address"], eve["channels"]) == ("poll", "127.0.0.1", [two.channel])
    assert (ada["channel_count"], ada["lag_lines"], ada["unread_seconds"], ada["is_stale"]) == (2, 0, 0, False)
    assert 0 <= ada["age_seconds"] < 60
    assert bob["silent_seconds"] is None
    answer = await house.ask("GET", "/live/connections", params={"limit": 1, "sort": "-age"})
    assert answer.json()["total"] == 3
    assert [each["user"] for each in answer.json()["items"]] == ["ada"], "the oldest first"
    problem(await house.ask("GET", "/live/connections", params={"sort": "name"}), 422, "invalid")
    problem(await house.ask("GET", "/live/connections", params={"limit": 0}), 422, "invalid")
    await house.leave()


async def test_who_has_not_said_hello_is_listed_without_a_name(house: House) -> None:
    viewer = await SocketViewer(house.address).open()
    house.viewers.append(viewer)
    (found,) = await eventually_async(house.connections)
    assert (found["user"], found["channels"]) == (None, [])
    await house.leave()


async def test_one_that_is_ended_is_told_for_good_and_the_log_says_who_did_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    run = await house.theatre.run()
    viewers = [await house.socket("ada", run), house.stream("bob", run), house.polls("eve", run)]
    other = await house.socket("mallory", run)
    with caplog.at_level(logging.WARNING, "headway.live"):
        for who, viewer in zip(("ada", "bob", "eve"), viewers, strict=True):
            found = await house.connection(who)
            answer = await house.ask("DELETE", f"/live/connections/{found['id']}")
            assert (answer.status_code, answer.json()["user"]) == (200, who)
            await eventually_async(lambda viewer=viewer: "goodbye" in [m["type"] for m in viewer.heard])
            goodbye = next(m for m in viewer.heard if m["type"] == "goodbye")
            assert goodbye["code"] == 4506
            assert f"root has ended the connection {found['id']} of {who}" in caplog.text
    audited = (await house.ask("GET", "/audit", params={"action": "connection.ended"})).json()["items"]
    assert sorted(row["after"]["user"] for row in audited) == ["ada", "bob", "eve"]
    await eventually_async(lambda: viewers[0].close_code == 4506)
    await eventually_async(lambda: house.theatre.gateway.connection_count == 1)
    assert house.theatre.gateway.tally.ended == 3
    await run.log("goes on")
    await eventually_async(lambda: "entries" in [m["type"] for m in other.heard])
    await house.leave()


async def test_one_may_be_asked_to_come_back(house: House) -> None:
    viewer = await house.socket("ada", await house.theatre.run())
    found = await house.connection("ada")
    assert (await house.ask("DELETE", f"/live/connections/{found['id']}", params={"reconnect": "true"})).status_code == 200
    await eventually_async(lambda: viewer.close_code == 4102)
    goodbye = viewer.heard[-1]
    assert goodbye["type"] == "goodbye"
    assert 1 <= goodbye["retry_in"] <= 5
    await house.leave()


async def test_ids_of_nobody(house: House) -> None:
    viewer = await house.socket("ada")
    found = await house.connection("ada")
    number = found["id"].partition("-")[2]
    for other in ("x", number, f"00000000-{number}", found["id"] + "0", "-1", "-"):
        problem(await house.ask("DELETE", f"/live/connections/{other}"), 404, "connection_not_found")
    problem(await house.ask("DELETE", f"/live/connections/{'x' * 41}"), 422, "invalid")
    assert viewer.close_code is None
    await viewer.leave()
    await eventually_async(lambda: house.theatre.gateway.connection_count == 0)
    problem(await house.ask("DELETE", f"/live/connections/{found['id']}"), 404, "connection_not_found")
    await house.leave()


async def test_a_right_in_a_project_is_none_over_connections(house: House) -> None:
    viewer = await house.socket("ada")
    found = await house.connection("ada")
    runner = house.token("li", "project:default:run:*")
    in_project = house.token("li", "project:default:system:read", "project:default:connection:manage")
    for token in (runner, in_project):
        assert problem(await house.ask("GET", "/live/connections", token=token), 403, "forbidden")["permission"] == "system:read"
        for method, path, more in (
            ("DELETE", f"/live/connections/{found['id']}", {}),
            ("POST", "/live/connections/sweeps", {"json": {}}),
        ):
            said = problem(await house.ask(method, path, token=token, **more), 403, "forbidden")
            assert said["permission"] == "connection:manage"
    assert viewer.close_code is None
    await house.leave()


SEES, MANAGES, TELLS = (Permission.SYSTEM_READ, Permission.CONNECTION_MANAGE, Permission.NOTICE_SEND)
ACTS: dict[tuple[str, str], Permission] = {
    ("GET", "/live/connections"): SEES,
    ("DELETE", "/live/connections/{connection}"): MANAGES,
    ("POST", "/live/connections/sweeps"): MANAGES,
    ("GET", "/notices"): TELLS,
    ("POST", "/notices"): TELLS,
    ("GET", "/monitor/gateway"): SEES,
}


@pytest.mark.parametrize("held", [SEES, MANAGES, TELLS])
async def test_each_route_demands_a_right_of_its_own(house: House, held: Permission, monkeypatch: pytest.MonkeyPatch) -> None:
    """One who holds a single right everywhere, as no role that we ship does: it opens its own routes, and none of the others."""
    monkeypatch.setitem(ROLES, "keeper", frozenset({held}))
    token = house.token("li", role="keeper")
    for (method, path), needed in ACTS.items():
        viewer = await house.socket("ada")
        found = await house.connection("ada")
        body = {"title": "hello"} if path == "/notices" else {}
        more: Json = {"json": body} if method == "POST" else {}
        answer = await house.ask(method, path.replace("{connection}", found["id"]), token=token, **more)
        if needed is held:
            assert answer.status_code in {200, 201}, (path, answer.text)
        else:
            assert problem(answer, 403, "forbidden")["permission"] == needed.value
            assert viewer.close_code is None
        await viewer.leave()
        await eventually_async(lambda: house.theatre.gateway.connection_count == 0)


async def test_a_sweep_ends_those_who_do_not_read_and_no_others(house: House, caplog: pytest.LogCaptureFixture) -> None:
    run = await house.theatre.run()
    reader = await house.socket("ada", run)
    house.stream("bob", run)
    opened = await house.deaf_stream("eve", run)
    try:
        await house.connection("eve")
        for _ in range(40):
            await run.log(*("x" * 1_000 for _ in range(100)))
        eve = await eventually_async(lambda: _stale(house, "eve"), what="who does not read is stale")
        assert eve["lag_lines"] > 0
        assert (await house.connections())[0]["user"] == "eve", "those with the most lag first"
        await eventually_async(lambda: sum(len(m["entries"]) for m in reader.heard if m["type"] == "entries") == 4_001)
        for wrong in ({"unread_seconds": 0}, {"unread_seconds": "10"}, {"all": True}):
            problem(await house.ask("POST", "/live/connections/sweeps", json=wrong), 422, "invalid")
        assert (await house.ask("POST", "/live/connections/sweeps", json={"unread_seconds": 3_600})).json() == {
            "ended_count": 0,
            "asked_count": 0,
        }
        with caplog.at_level(logging.WARNING, "headway.live"):
            assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 1, "asked_count": 0}
            (row,) = (await house.ask("GET", "/audit", params={"action": "connection.ended", "limit": 1})).json()["items"]
            assert row["after"] == {"ended_count": 1, "asked_count": 0}
        assert "root has ended the connection" in caplog.text
        await eventually_async(lambda: house.theatre.gateway.connection_count == 2, what="the deaf one is gone")
        assert {each["user"] for each in await house.connections()} == {"ada", "bob"}
        assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 0, "asked_count": 0}
    finally:
        opened.close()
    await house.leave()


async def test_one_that_does_not_read_is_ended_without_waiting_for_it(house: House) -> None:
    run = await house.theatre.run()
    opened = await house.deaf_stream("eve", run)
    try:
        await house.connection("eve")
        for _ in range(40):
            await run.log(*("x" * 1_000 for _ in range(100)))
        eve = await eventually_async(lambda: _stale(house, "eve"))
        assert (await house.ask("DELETE", f"/live/connections/{eve['id']}", params={"reconnect": "false"})).status_code == 200
        await eventually_async(lambda: house.theatre.gateway.connection_count == 0)
    finally:
        opened.close()
    await house.leave()


async def test_a_socket_of_which_nothing_is_heard_is_stale(house: House) -> None:
    """Its other end is there, but answers no ping any more: a machine that sleeps, a cable that is out."""
    await house.socket("ada")
    session = house.theatre.gateway.sessions()[0]
    await eventually_async(lambda: session.heard_at is not None, what="the socket's tick")
    house.theatre.time = house.theatre.now() + 31
    found = await house.connections()
    assert found[0]["silent_seconds"] >= 30
    assert found[0]["is_stale"] is True
    assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 1, "asked_count": 0}
    await house.leave()


async def _stale(house: House, who: str) -> Json | None:
    return next((each for each in await house.connections() if each["user"] == who and each["is_stale"]), None)


async def test_whether_the_gateway_is_well_stands_in_the_health(tmp_path: Path) -> None:
    async with open_theatre(connection_count=1) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        desk.is_worker_expected = False
        async with served(theatre.gateway, app) as address:
            house = House(theatre, desk, address)
            assert (await house.ask("GET", "/health/ready")).json()["status"] == "ready"
            await house.socket("ada")
            said = (await house.ask("GET", "/health/ready")).json()
            assert (said["status"], said["reasons"]) == ("degraded", ["The live gateway is full: 1 of 1 connections are taken."])
            await house.leave()
            await eventually_async(lambda: theatre.gateway.connection_count == 0)
            assert (await house.ask("GET", "/health/ready")).json()["reasons"] == []
