"""The cases of `conformance/live`, on the session alone and over a real socket."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.script import Json, Player, cases
from tests.protocol.stage import SocketViewer, served
from tests.unit.live.theatre import Theatre, Viewer, open_theatre


class _SessionPeer:
    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._viewer: Viewer | None = None
        self.heard: list[Json] = []

    async def connect(self) -> None:
        self._viewer = self._theatre.viewer()
        self.heard = self._viewer.heard

    async def say(self, message: Any) -> None:
        assert self._viewer is not None
        self._viewer.say(message)

    async def cut(self) -> None:
        if self._viewer is not None:
            self._viewer.leave()
        self.heard = []

    def close_code(self) -> int | None:
        assert self._viewer is not None
        return self._viewer.session.close_code


class _SocketPeer:
    def __init__(self, address: str) -> None:
        self._address = address
        self._viewer: SocketViewer | None = None
        self.heard: list[Json] = []

    async def connect(self) -> None:
        self._viewer = await SocketViewer(self._address).open()
        self.heard = self._viewer.heard

    async def say(self, message: Any) -> None:
        assert self._viewer is not None
        await self._viewer.say(message)

    async def cut(self) -> None:
        if self._viewer is not None:
            await self._viewer.leave()
        self.heard = []

    def close_code(self) -> int | None:
        assert self._viewer is not None
        return self._viewer.close_code


_CASES = [pytest.param(case, id=f"{stem}: {case['name']}") for stem, case in cases()]


@pytest.mark.parametrize("case", _CASES)
async def test_session(case: Json) -> None:
    async with open_theatre(**case.get("settings", {})) as theatre:
        peer = _SessionPeer(theatre)
        await peer.connect()
        await Player(theatre, peer, await theatre.run()).play(case["steps"])


@pytest.mark.parametrize("case", _CASES)
async def test_socket(case: Json) -> None:
    async with open_theatre(**case.get("settings", {})) as theatre, served(theatre.gateway) as address:
        peer = _SocketPeer(address)
        await peer.connect()
        try:
            await Player(theatre, peer, await theatre.run()).play(case["steps"])
        finally:
            await peer.cut()
