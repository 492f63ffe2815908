"""The live wire's socket without its session: whatever arrives is said again. For suites that ask how well a WebSocket is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Request

from headway.live.frames import Frame
from headway.live.gateway import Gateway
from headway.web.socket import LiveSocket, pack
from tests.protocol.stage import served


class EchoSocket(LiveSocket):
    """The handshake lets everybody in, and both kinds of messages are welcome; the rest is `LiveSocket`."""

    __slots__ = ("_says_text",)

    def __init__(self, gateway: Gateway, state: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(gateway, state, loop)
        self._says_text = True

    def _handshake(self, request: Request) -> None:
        self._wire.send_response(self._wire.accept(request))
        self._send_wire()

    def _frame(self, frame: WireFrame) -> None:
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._says_text = frame.opcode is Opcode.TEXT
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT} and (whole := self._whole(frame)) is not None:
            self._echo(whole)

    def _echo(self, message: bytes) -> None:
        assert self._transport is not None
        if not self._says_text:
            self._wire.send_binary(message)
            self._send_wire()
        elif self._is_text(message):
            frame = Frame(())
            frame.body = message
            self._transport.write(pack(frame))


@asynccontextmanager
async def echoing(gateway: Gateway) -> AsyncIterator[str]:
    """The address (host:port) at which everything is echoed."""

    class Socket(EchoSocket):
        __slots__ = ()

        def __init__(
            self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
        ) -> None:
            super().__init__(gateway, server_state, _loop or asyncio.get_running_loop())

    async with served(gateway, ws=Socket) as address:
        yield address
