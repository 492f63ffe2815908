"""The cases of `conformance/live`: on the session alone, and over real sockets on each transport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.protocol.peers import HttpPeer, PollPeer, SessionPeer, SocketPeer, StreamPeer
from tests.protocol.script import Json, Player, cases
from tests.protocol.stage import live_app, served
from tests.unit.live.theatre import open_theatre
from tests.waiting import eventually_async


def _cases(transport: str) -> list[Any]:
    return [pytest.param(case, id=f"{stem}: {case['name']}") for stem, case in cases(transport)]


@pytest.mark.parametrize("case", _cases("websocket"))
async def test_session(case: Json, database: str | None) -> None:
    async with open_theatre(database, **case.get("settings", {})) as theatre:
        peer = SessionPeer(theatre)
        await peer.connect()
        await Player(theatre, peer, await theatre.run()).play(case["steps"])


@pytest.mark.parametrize("case", _cases("websocket"))
async def test_socket(case: Json, database: str | None) -> None:
    async with open_theatre(database, **case.get("settings", {})) as theatre, served(theatre.gateway) as address:
        peer = SocketPeer(address)
        await peer.connect()
        try:
            await Player(theatre, peer, await theatre.run()).play(case["steps"])
        finally:
            await peer.cut()


@pytest.mark.parametrize("case", _cases("sse"))
async def test_stream_of_events(case: Json, tmp_path: Path, database: str | None) -> None:
    await _play_by_http(StreamPeer, case, tmp_path, database)


@pytest.mark.parametrize("case", _cases("poll"))
async def test_poll(case: Json, tmp_path: Path, database: str | None) -> None:
    await _play_by_http(PollPeer, case, tmp_path, database)


async def _play_by_http(kind: type[HttpPeer], case: Json, tmp_path: Path, database: str | None) -> None:
    async with open_theatre(database, **case.get("settings", {})) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            peer = kind(theatre, address, desk)
            await peer.connect()
            try:
                await Player(theatre, peer, await theatre.run()).play(case["steps"])
            finally:
                await peer.cut()
            assert await eventually_async(lambda: theatre.gateway.connection_count == 0, what="that the connection is given up")
