"""The live gateway on a real socket: uvicorn with our WebSocket class and our HTTP guard, and a plain WebSocket client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.live.gateway import Gateway
from headway.live.settings import SUBPROTOCOL
from headway.store.contract import Store
from headway.web.app import create_rest
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.web.guard import GuardLimits, guarded
from headway.web.patience import Patience
from headway.web.socket import socket_class
from tests.waiting import eventually_async

Json = dict[str, Any]
SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"


async def _plain_app(scope: Any, receive: Any, send: Any) -> None:
    """Everything but WebSockets: not found."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def live_app(store: Store, gateway: Gateway, files: Path) -> tuple[ASGIApp, Desk]:
    """The interface, as a server has it, with this gateway behind its live routes."""
    desk = Desk(
        store=store, tokens=Tokens(SECRET), seal=Seal(SECRET), url="http://headway.test", files=LocalFiles(files, 1_000_000),
        wakes=Wakes(), gateway=gateway, patience=Patience(burst=10_000),
    )  # fmt: skip
    return Envelope(create_rest(desk), desk.times), desk


@asynccontextmanager
async def served(
    gateway: Gateway, app: ASGIApp = _plain_app, *, ws: type[asyncio.Protocol] | None = None, limits: GuardLimits | None = None
) -> AsyncIterator[str]:
    """The address (host:port) at which `gateway`, and beside it `app`, is served; with another class of sockets if that is wanted."""
    http: Any = guarded(limits or GuardLimits())
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=http, ws=ws or socket_class(gateway), lifespan="off", log_level="warning",
        proxy_headers=False, timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    try:
        await eventually_async(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


class SocketViewer:
    """A viewer over a real WebSocket, with the same face as `theatre.Viewer`."""

    def __init__(self, address: str, query: str = "", subprotocols: list[str] | None = None) -> None:
        self.heard: list[Json] = []
        self.close_code: int | None = None
        self._address = address
        self._query = query
        self._subprotocols = subprotocols or [SUBPROTOCOL]
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> SocketViewer:
        self._socket = await connect(
            f"ws://{self._address}/api/v1/live{self._query}", subprotocols=self._subprotocols, compression=None, max_size=None  # type: ignore[arg-type]
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._socket))
        return self

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                self.heard += orjson.loads(await socket.recv())
        except ConnectionClosed:
            self.close_code = socket.close_code

    async def say(self, *messages: Any) -> None:
        assert self._socket is not None
        for message in messages:
            await self._socket.send(message if isinstance(message, str | bytes) else orjson.dumps(message).decode())

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            await self._reading
        self._socket = self._reading = None
