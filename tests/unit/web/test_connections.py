"""The list of live connections, and their end, with viewers on real sockets and over all transports."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from headway.web.desk import Desk
from tests.protocol.http_viewers import PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import Run, Theatre, open_theatre
from tests.unit.web.office import problem
from tests.waiting import eventually_async

Json = dict[str, Any]


class House:
    def __init__(self, theatre: Theatre, desk: Desk, address: str) -> None:
        self.theatre = theatre
        self.desk = desk
        self.address = address
        self.viewers: list[SocketViewer | StreamViewer | PollViewer] = []

    def token(self, who: str, *scopes: str, role: str | None = None) -> str:
        return self.desk.tokens.issue(who, role=role, scopes=scopes, lifetime=timedelta(hours=1))

    async def ask(self, method: str, path: str, *, token: str | None = None, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token or self.token('root', role='admin')}"}
        async with httpx2.AsyncClient(base_url=f"http://{self.address}/api/v1", timeout=30) as client:
            return await client.request(method, path, headers=headers, **more)

    async def leave(self) -> None:
        """All that were opened."""
        for viewer in self.viewers:
            await viewer.leave()

    async def connections(self, **query: Any) -> list[Json]:
        answer = await self.ask("GET", "/live/connections", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def connection(self, user: str) -> Json:
        return await eventually_async(lambda: self._of(user), what=f"the connection of {user}")

    async def _of(self, user: str) -> Json | None:
        return next((each for each in await self.connections() if each["user"] == user), None)

    async def socket(self, who: str, *runs: Run) -> SocketViewer:
        viewer = await SocketViewer(self.address).open()
        self.viewers.append(viewer)
        subscriptions = [{"type": "subscribe", "id": at, "channel": run.channel} for at, run in enumerate(runs)]
        await viewer.say({"type": "hello", "version": 1, "token": who}, *subscriptions)
        await eventually_async(lambda: [m["type"] for m in viewer.heard].count("snapshot") == len(runs))
        return viewer

    def stream(self, who: str, run: Run) -> StreamViewer:
        viewer = StreamViewer(self.address, self.token(who, role="admin")).open({"channel": run.channel})
        self.viewers.append(viewer)
        return viewer

    def polls(self, who: str, run: Run) -> PollViewer:
        viewer = PollViewer(self.address, self.token(who, role="admin")).open([{"channel": run.channel}], None)
        self.viewers.append(viewer)
        return viewer

    async def deaf_stream(self, who: str, run: Run) -> socket.socket:
        """A stream that nobody reads."""
        host, _, port = self.address.partition(":")
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        opened.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(opened, (host, int(port)))
        head = f"GET /api/v1/live/sse?channel={run.channel} HTTP/1.1\r\nHost: {self.address}\r\n"
        await loop.sock_sendall(opened, f"{head}Authorization: Bearer {self.token(who, role='admin')}\r\n\r\n".encode())
        return opened


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_theatre(view_only_after_seconds=0.3, stalled_seconds=600) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            yield House(theatre, desk, address)


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
        assert (await house.ask("POST", "/live/connections/sweeps", json={"unread_seconds": 3_600})).json() == {"ended_count": 0}
        with caplog.at_level(logging.WARNING, "headway.live"):
            assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 1}
        assert "root has ended the connection" in caplog.text
        await eventually_async(lambda: house.theatre.gateway.connection_count == 2, what="the deaf one is gone")
        assert {each["user"] for each in await house.connections()} == {"ada", "bob"}
        assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 0}
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
    assert (await house.ask("POST", "/live/connections/sweeps", json={})).json() == {"ended_count": 1}
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
