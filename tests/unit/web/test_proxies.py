"""Behind a proxy that is trusted the address of the caller counts: for the limit of live connections, and in their list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from headway.live.settings import SUBPROTOCOL
from headway.model.addresses import read_networks
from headway.web.guard import GuardLimits
from tests.protocol.http_viewers import StreamViewer
from tests.protocol.stage import live_app, served
from tests.unit.live.theatre import open_theatre
from tests.unit.web.house import House
from tests.unit.web.office import problem
from tests.waiting import eventually_async

BAD = [
    "junk", "", ",,,", "unknown", "198.51.100.7, _hidden", "%00", "\x7f", "é", "[", "[]", "]:", "1.2.3.4:99999999999", "::1%", "9" * 4_000,
    "a," * 2_000,
]  # fmt: skip


@asynccontextmanager
async def behind(files: Path, trusted: str, **settings: Any) -> AsyncIterator[House]:
    proxies = read_networks(trusted)
    async with open_theatre(trusted_proxies=proxies, **settings) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, files)
        async with served(theatre.gateway, app, limits=GuardLimits(trusted_proxies=proxies)) as address:
            yield House(theatre, desk, address)


@asynccontextmanager
async def socket(house: House, who: str, headers: Mapping[str, str]) -> AsyncIterator[list[dict[str, Any]]]:
    """The first messages that a WebSocket hears."""
    async with connect(
        f"ws://{house.address}/api/v1/live", subprotocols=[SUBPROTOCOL], additional_headers=headers  # type: ignore[list-item]
    ) as opened:  # fmt: skip
        with suppress(ConnectionClosed):  # one too many is told so before it has said anything
            await opened.send(orjson.dumps({"type": "hello", "version": 1, "token": who}).decode())
        yield orjson.loads(await opened.recv())


async def stream(house: House, who: str, channel: str, **headers: str) -> StreamViewer:
    viewer = StreamViewer(house.address, house.token(who, role="admin")).open({"channel": channel}, **headers)
    await viewer.settled()
    house.viewers.append(viewer)
    return viewer


async def test_the_list_shows_who_is_behind_a_trusted_proxy(tmp_path: Path) -> None:
    async with behind(tmp_path, "127.0.0.1") as house:
        run = await house.theatre.run()
        await stream(house, "bob", run.channel, **{"X-Forwarded-For": "1.2.3.4, 198.51.100.7"})
        async with socket(house, "ada", {"Forwarded": "for=198.51.100.8"}):
            assert (await house.connection("bob"))["address"] == "198.51.100.7"
            assert (await house.connection("ada"))["address"] == "198.51.100.8"
        await house.leave()


async def test_whoever_is_not_trusted_is_shown_as_they_are(tmp_path: Path) -> None:
    async with behind(tmp_path, "10.0.0.0/8") as house:
        run = await house.theatre.run()
        await stream(house, "bob", run.channel, **{"X-Forwarded-For": "198.51.100.7"})
        async with socket(house, "ada", {"X-Forwarded-For": "198.51.100.8"}):
            assert (await house.connection("bob"))["address"] == "127.0.0.1"
            assert (await house.connection("ada"))["address"] == "127.0.0.1"
        await house.leave()


async def test_the_limit_of_an_address_is_that_of_the_caller(tmp_path: Path) -> None:
    async with behind(tmp_path, "127.0.0.1", connections_per_address=2) as house:
        run = await house.theatre.run()
        mine = {"X-Forwarded-For": "198.51.100.7"}
        for who in ("ada", "bob"):
            assert (await stream(house, who, run.channel, **mine)).refusal is None
        refused = await stream(house, "eve", run.channel, **mine)
        assert refused.refusal is not None
        problem(refused.refusal, 429, "too_many_connections")
        async with socket(house, "eve", mine) as heard:
            assert (heard[0]["type"], heard[0]["code"]) == ("goodbye", 4505)
        assert (await stream(house, "eve", run.channel, **{"X-Forwarded-For": "198.51.100.8"})).refusal is None
        await stream(house, "zoe", run.channel)
        await stream(house, "zoe", run.channel)
        assert (await stream(house, "zoe", run.channel)).refusal is None, "the proxy itself speaks for everybody"
        await house.leave()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_headers_that_are_nonsense_cost_nothing_but_their_meaning(tmp_path: Path, header: str) -> None:
    async with behind(tmp_path, "127.0.0.1") as house:
        async with httpx2.AsyncClient(base_url=f"http://{house.address}/api/v1") as client:
            for value in BAD:
                answer = await client.get("/health/live", headers=[(header.encode(), value.encode())])
                assert answer.status_code in {200, 400}, (value, answer.text)
        for value in ("junk", "1.2.3.4, unknown", "a," * 500):
            async with socket(house, "ada", {header: value}) as heard:
                assert heard[0]["type"] == "welcome"
                assert (await house.connection("ada"))["address"] == "127.0.0.1"
            await eventually_async(lambda: house.theatre.gateway.connection_count == 0)
