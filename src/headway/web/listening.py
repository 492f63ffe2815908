"""uvicorn, set up as measured, and stopped in order: not ready any more, live viewers sent away, requests finished, then gone."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from headway.live.gateway import Gateway
from headway.web.desk import Desk
from headway.web.following import Wakes
from headway.web.guard import GuardLimits, guarded
from headway.web.socket import socket_class

try:
    import uvloop
except ImportError:  # not on Windows, nor on every other interpreter
    uvloop = None

log = logging.getLogger("headway.web")

DRAIN_SECONDS = 3.0
"""For live viewers to be told, when the server ends."""
SHUTDOWN_SECONDS = 6
"""For requests that are being answered. With the drain before it, within the launcher's 12 s."""
BACKLOG = 2_048
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to call an address that stands for all


class Listener(uvicorn.Server):
    """Answers on a socket that is bound already. `serve()` returns after `stop()`."""

    def __init__(self, app: ASGIApp, bound: socket.socket, *, gateway: Gateway, desk: Desk, wakes: Wakes, limits: GuardLimits) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=guarded(limits, desk.rejections),
                ws=socket_class(gateway, desk.rejections),  # pyright: ignore[reportArgumentType] - a class is what uvicorn wants, whatever its annotation says
                ws_max_size=65_536,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
                backlog=BACKLOG,
                h11_max_incomplete_event_size=limits.head_bytes,
            )
        )
        self.started_event = asyncio.Event()
        """Set when the socket is being listened on."""
        self._bound = bound
        self._gateway = gateway
        self._desk = desk
        self._wakes = wakes

    @property
    def url(self) -> str:
        return url_of(self._bound)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.started_event.set()

    def stop(self) -> None:
        self.should_exit = True

    async def listen(self) -> None:
        """Answer until `stop`."""
        await self.serve(sockets=[self._bound])

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are the process's affair (`cli/server_process.py`)."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Not ready; live viewers go, each with a moment of its own to come back; then uvicorn's own end."""
        self._desk.is_draining = True
        self._wakes.wake_all()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._gateway.drain(DRAIN_SECONDS / 2)
        except TimeoutError:
            log.warning("Not every viewer could be told that the server restarts.")
        await super().shutdown(sockets)


def url_of(bound: socket.socket) -> str:
    """The address at which programs of this machine reach a bound socket."""
    name: tuple[str, int] = bound.getsockname()[:2]
    host, port = ANY.get(name[0], name[0]), name[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def loop_factory() -> asyncio.AbstractEventLoop:
    """uvloop where it exists."""
    return asyncio.new_event_loop() if uvloop is None else uvloop.new_event_loop()
