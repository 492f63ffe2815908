"""The live wire over WebSocket: one small asyncio protocol, given to uvicorn as its WebSocket class.

`websockets.server.ServerProtocol` reads and checks what comes in; what goes out to many viewers is packed once and written
as it is. Everything that is said is decided by `live/session.py`; this file knows sockets, handshakes and floods.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any, Protocol, cast

from websockets.frames import CloseCode, Opcode
from websockets.frames import Frame as WireFrame
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from headway.live.buckets import TokenBucket
from headway.live.desk import Code
from headway.live.frames import Frame
from headway.live.gateway import Gateway
from headway.live.session import Session
from headway.model.addresses import origin_of
from headway.web.handshake import Refused, check_host_and_origin, subprotocols, wanted_run
from headway.web.kernel import address_of, bound_kernel
from headway.web.rejections import Rejections

FRAGMENT_COUNT = 64
PINGS_PER_SECOND, PING_BURST = 5.0, 20.0
PING_SECONDS = 20.0
"""Between two pings where nothing else was sent."""
SILENT_SECONDS = 45.0
"""Nothing came for so long, not even the pong that every WebSocket answers a ping with: the other end is gone."""
CLOSE_SECONDS = 2.0
"""How long the peer's close is waited for."""
WRITE_BUFFER = 65_536
HEAD_END = b"\r\n\r\n"

log = logging.getLogger("headway.live")


class _ServerState(Protocol):
    connections: set[Any]


class _Wire(ServerProtocol):
    """A viewer may leave in the middle of a message that it sends in parts (RFC 6455 section 5.4)."""

    def recv_frame(self, frame: WireFrame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)


class LiveSocket(asyncio.Protocol):
    """One WebSocket connection."""

    __slots__ = (
        "_address", "_close_timer", "_gateway", "_heard_at", "_is_again_planned", "_is_alone", "_is_closing", "_is_ended", "_is_paused",
        "_loop", "_now", "_parts", "_pings", "_rejections", "_state", "_transport", "_wire", "session",
    )  # fmt: skip

    def __init__(
        self, gateway: Gateway, state: _ServerState, loop: asyncio.AbstractEventLoop, rejections: Rejections | None = None
    ) -> None:
        self._gateway = gateway
        self._rejections = rejections
        self._state = state
        self._loop = loop
        self._wire = _Wire(max_size=gateway.settings.message_bytes, logger=log)
        self._transport: asyncio.Transport | None = None
        self.session: Session | None = None
        self._parts: list[bytes] = []
        self._pings: TokenBucket | None = None
        self._now = gateway.now
        self._heard_at = gateway.now()
        self._address = ""
        self._is_alone = False
        """Whether what came last ends where the request does."""
        self._is_paused = False
        self._is_closing = False
        self._is_ended = False
        self._is_again_planned = False
        self._close_timer: asyncio.TimerHandle | None = None

    # --- asyncio ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports have other ancestors
        self._state.connections.add(self)
        self._address = address_of(transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        bound_kernel(transport)

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._now()
        if self.session is None:
            self._is_alone = data.find(HEAD_END) == len(data) - len(HEAD_END)
        self._wire.receive_data(data)
        self._send_wire()  # pongs, before what is said of the frames around them
        for event in self._wire.events_received():
            if isinstance(event, Request):
                self._handshake(event)
            elif isinstance(event, WireFrame):
                self._frame(event)
        self._send_wire()
        if self._wire.parser_exc is not None or self._wire.close_expected():
            self._end()

    def eof_received(self) -> None:
        self._wire.receive_eof()

    def pause_writing(self) -> None:
        self._is_paused = True
        if self.session is not None:
            self.session.paused(self._now())

    def resume_writing(self) -> None:
        self._is_paused = False
        if self.session is not None:
            self.session.drained(self._now())
            self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        self._transport = None
        self._is_closing = True
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self.session is not None:
            self._gateway.part(self.session)

    def shutdown(self) -> None:
        """uvicorn ends."""
        if self.session is None or self._is_closing:
            self._end()
        else:
            self._gateway.dismiss(self.session)

    # --- handshake -------------------------------------------------------------------------------------------------

    def _handshake(self, request: Request) -> None:
        token: str | None = None
        headers = request.headers
        self._address = origin_of(
            self._address, self._gateway.settings.trusted_proxies, forwarded_for=headers.get_all("X-Forwarded-For"),
            forwarded=headers.get_all("Forwarded"),
        )  # fmt: skip
        try:
            run = wanted_run(request.path)
            check_host_and_origin(self._gateway.settings, headers)
            subprotocol, token = subprotocols(headers)
            if self._gateway.is_full:
                self._gateway.tally.refused += 1
                raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "This server takes no more connections now.")
        except Refused as refused:
            if self._rejections is not None:
                self._rejections.note_handshake(refused.status, self._address)
            self._answer(self._wire.reject(refused.status, f"{refused}\n"))
            return
        response = self._wire.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._answer(response)
            return
        if subprotocol:
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        self._wire.send_response(response)
        self._send_wire()
        self._forget_request()
        self.session = Session(self._gateway, self._gateway.settings, self._flush, self._now(), first_run=run, address=self._address)
        self.session.push = self._push
        self._gateway.join(self.session, self._tick)
        if token is not None and not self.session.is_closed:
            self.session.present(token)

    def _forget_request(self) -> None:
        """Go on with a wire that never saw the request: the one that did holds it, with all its headers, for as long as the viewer
        looks on (1.9 of 8.8 KB). Only where nothing came behind the request, which the other one would have begun to read."""
        if self._is_alone:
            self._wire = _Wire(state=State.OPEN, max_size=self._gateway.settings.message_bytes, logger=log)

    def _answer(self, response: Response) -> None:
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = "2"
        self._wire.send_response(response)
        self._send_wire()
        self._end()

    # --- what comes in ---------------------------------------------------------------------------------------------

    def _frame(self, frame: WireFrame) -> None:
        session = self.session
        if session is None or session.is_closed:
            return
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            if frame.opcode is Opcode.BINARY:
                session.goodbye(Code.BAD_REQUEST, "Messages are text.")
                return
            message = self._whole(frame)
            if message is not None and self._is_text(message):
                session.receive(message, self._heard_at)
            elif len(self._parts) > FRAGMENT_COUNT:
                session.goodbye(Code.BAD_REQUEST, "Too many fragments.")
        elif frame.opcode is Opcode.PING:
            if self._pings is None:
                self._pings = TokenBucket(PINGS_PER_SECOND, PING_BURST)
            if not self._pings.take(self._heard_at):
                session.goodbye(Code.TOO_FAST, "Too many pings.")

    def _whole(self, frame: WireFrame) -> bytes | None:
        """The message that ends with this frame, if one does."""
        if frame.fin and not self._parts:
            return bytes(frame.data)
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        return whole

    def _is_text(self, message: bytes) -> bool:
        """Whether it is UTF-8; the connection of one that is not fails (RFC 6455 section 8.1)."""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._wire.fail(CloseCode.INVALID_DATA, "Text is UTF-8.")
            return False
        return True

    # --- what goes out ---------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        session, transport = self.session, self._transport
        if session is None or transport is None or self._is_paused or self._is_closing:
            if session is not None and session.close_code == Code.STALLED and transport is not None:
                transport.abort()  # what is said now would wait behind what is not read
            return
        frames = session.flush(self._now())
        if frames:
            data = (frames[0].packed or pack(frames[0])) if len(frames) == 1 else b"".join([f.packed or pack(f) for f in frames])
            tally = self._gateway.tally
            tally.sent_bytes += len(data)
            tally.deliveries += len(frames)
            transport.write(data)
        if session.close_code is not None:
            self._close(session.close_code, session.close_why)
        elif session.has_more and not self._is_again_planned:
            self._is_again_planned = True
            self._loop.call_soon(self._flush_again)

    def _push(self, frame: Frame) -> None:
        if self._transport is not None and not self._is_closing:
            data = frame.packed or pack(frame)
            tally = self._gateway.tally
            tally.sent_bytes += len(data)
            tally.deliveries += 1
            self._transport.write(data)

    def _flush_again(self) -> None:
        self._is_again_planned = False
        self._flush()

    def _tick(self, now: float) -> None:
        session, transport = self.session, self._transport
        if session is None or transport is None:
            return
        if self._is_paused and session.is_closed:
            transport.abort()
            return
        session.heard_at = self._heard_at
        session.tick(now)
        silent = now - self._heard_at
        if silent > SILENT_SECONDS:
            transport.abort()
        elif silent > PING_SECONDS and not self._is_closing and not self._is_paused:
            self._wire.send_ping(b"")
            self._send_wire()

    def _send_wire(self) -> None:
        data = b"".join(self._wire.data_to_send())
        if data and self._transport is not None:
            self._transport.write(data)

    def _close(self, code: int, why: str) -> None:
        """Say so on the wire too, and give the other end a moment to answer."""
        if self._rejections is not None:
            self._rejections.note_goodbye(code, self._address)
        self._is_closing = True
        if self._wire.close_sent is None and self._wire.parser_exc is None:
            self._wire.send_close(code, why.encode()[:120].decode("utf-8", "ignore"))
            self._send_wire()
        self._close_timer = self._loop.call_later(CLOSE_SECONDS, self._end)

    def _end(self) -> None:
        self._is_closing = True
        if self._transport is not None and not self._is_ended:
            self._is_ended = True
            if self._close_timer is not None:
                self._close_timer.cancel()
            self._transport.close()
            # What the other end does not take within a moment is not waited for.
            self._close_timer = self._loop.call_later(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def pack(frame: Frame) -> bytes:
    """The frame as a WebSocket text frame (RFC 6455 section 5.2), kept for all viewers in step."""
    size = len(frame.body)
    if size < 126:
        head = bytes((0x81, size))
    elif size < 65_536:
        head = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + size.to_bytes(8, "big")
    frame.packed = head + frame.body
    return frame.packed


def socket_class(gateway: Gateway, rejections: Rejections | None = None) -> type[asyncio.Protocol]:
    """The class for uvicorn's ``ws=`` that serves `gateway`."""

    class Socket(LiveSocket):
        __slots__ = ()

        def __init__(
            self, config: Any, server_state: _ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
        ) -> None:
            super().__init__(gateway, server_state, _loop or asyncio.get_running_loop(), rejections)

    return Socket
