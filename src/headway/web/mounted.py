"""A server within another ASGI app: the interface, the console and the live wire under a path of that app."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.datastructures import Headers

from headway.live.desk import Code
from headway.live.gateway import Gateway
from headway.live.session import Session
from headway.web.console import Console, ConsoleFiles
from headway.web.cookies import PREFIX
from headway.web.envelope import Envelope
from headway.web.handshake import Refused, check_host_and_origin, subprotocols, wanted_run
from headway.web.rejections import Rejections


def create_mounted(rest: ASGIApp, gateway: Gateway, console: ConsoleFiles | None, rejections: Rejections) -> ASGIApp:
    """The app to be mounted. Its own lifespan is nobody's: whoever mounts it opens and closes the server."""
    return Mounted(Envelope(Console(rest, console, rejections)), gateway, rejections)


class Mounted:
    """Requests lose the path under which they came: all that stands behind knows only its own addresses."""

    def __init__(self, app: ASGIApp, gateway: Gateway, rejections: Rejections) -> None:
        self._app = app
        self._gateway = gateway
        self._rejections = rejections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        prefix: str = scope.get("root_path", "")
        path: str = scope["path"]
        own = {**scope, "path": path.removeprefix(prefix) or "/", "root_path": "", PREFIX: prefix}
        if scope["type"] == "websocket":
            await AsgiSocket(self._gateway, self._rejections, own, receive, send).serve()
        else:
            await self._app(own, receive, send)


class AsgiSocket:
    """One live connection that somebody else's server speaks for. What is said is decided by `live/session.py`, as in `socket.py`;
    frames are packed by that server, for each viewer anew, which is why our own server does it otherwise."""

    def __init__(self, gateway: Gateway, rejections: Rejections, scope: Scope, receive: Receive, send: Send) -> None:
        self._gateway = gateway
        self._rejections = rejections
        self._scope = scope
        self._receive = receive
        self._send = send
        self._news = asyncio.Event()

    async def serve(self) -> None:
        await self._receive()  # websocket.connect
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._scope["headers"]])
        try:
            run = wanted_run(f"{self._scope['path']}?{self._scope['query_string'].decode('latin-1')}")
            check_host_and_origin(self._gateway.settings, headers)
            subprotocol, token = subprotocols(headers)
            if self._gateway.is_full:
                self._gateway.tally.refused += 1
                raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "This server takes no more connections now.")
        except Refused as refused:
            self._rejections.note_handshake(refused.status, _address_of(self._scope))
            await self._refuse(refused)
            return
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})
        gateway = self._gateway
        session = Session(gateway, gateway.settings, self._news.set, gateway.now(), first_run=run, address=_address_of(self._scope))
        writing = asyncio.create_task(self._write(session))

        def tick(now: float) -> None:
            was_closed = session.is_closed
            session.tick(now)
            if session.is_paused and (was_closed or session.close_code == Code.STALLED):
                writing.cancel()  # what is said now would wait behind what is not read

        gateway.join(session, tick)
        if token is not None and not session.is_closed:
            session.present(token)
        reading = asyncio.create_task(self._read(session))
        try:
            await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gateway.part(session)
            self._rejections.note_goodbye(session.close_code, session.address)
            for task in (writing, reading):
                task.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)

    async def _read(self, session: Session) -> None:
        """Until the viewer is gone."""
        while (message := await self._receive())["type"] == "websocket.receive":
            text: str | None = message.get("text")
            if text is None:
                session.goodbye(Code.BAD_REQUEST, "Messages are text.")
            else:
                session.receive(text, self._gateway.now())

    async def _write(self, session: Session) -> None:
        """Until the conversation is over. `send` returns when the server has room: that is what tells a viewer that does not read."""
        while session.close_code is None or session.has_more:
            await self._news.wait()
            self._news.clear()
            while frames := session.flush(self._gateway.now()):
                session.paused(self._gateway.now())
                for frame in frames:
                    self._gateway.tally.sent_bytes += len(frame.body)
                    self._gateway.tally.deliveries += 1
                    await self._send({"type": "websocket.send", "text": frame.body.decode()})
                session.drained(self._gateway.now())
        with contextlib.suppress(OSError, RuntimeError):  # it has gone by itself
            await self._send({"type": "websocket.close", "code": session.close_code or Code.INTERNAL, "reason": session.close_why[:120]})

    async def _refuse(self, refused: Refused) -> None:
        if "websocket.http.response" in self._scope.get("extensions", {}):
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await self._send({"type": "websocket.http.response.start", "status": int(refused.status), "headers": headers})
            await self._send({"type": "websocket.http.response.body", "body": f"{refused}\n".encode()})
        else:
            await self._send({"type": "websocket.close", "code": 1008, "reason": str(refused)})


def _address_of(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return "" if client is None else client[0]
