"""A server with a gateway on a real socket, its interface, and viewers that come over every transport."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from headway.web.desk import Desk
from tests.protocol.http_viewers import PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import Run, Theatre, open_theatre
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


@asynccontextmanager
async def open_house(files: Path) -> AsyncIterator[House]:
    async with open_theatre(view_only_after_seconds=0.3, stalled_seconds=600) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, files)
        async with served(theatre.gateway, app) as address:
            yield House(theatre, desk, address)
