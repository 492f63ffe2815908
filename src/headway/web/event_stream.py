"""The live wire as server-sent events: one event a flush, whose id is the cursor behind it. An `EventSource` and `curl -N` are enough."""

from __future__ import annotations

import asyncio
import random
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from headway.live.desk import Code, Transport, Visitor
from headway.live.frames import Frame
from headway.live.gateway import Gateway
from headway.live.session import Session
from headway.model.positions import write_cursor
from headway.web.guard import CONNECTION, GuardedHttp, chunk_of
from headway.web.live_wishes import Wishes
from headway.web.one_way import OneWay, join, until_gone

RETRY_SECONDS = 2.0
"""Within which a viewer comes back whose stream has been ended only because it was old."""
_BEGIN = b": headway.live.v1\n\n"
"""A comment: whoever waits for the head of the answer has it now, whatever stands in between."""


class EventStream(Response):
    """An answer that goes on until the viewer leaves, the conversation is over, or it has become old."""

    media_type = "text/event-stream"

    def __init__(self, gateway: Gateway, headers: dict[str, str], address: str) -> None:
        super().__init__(headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._viewer = OneWay(gateway, Transport.SSE, address)
        self._gateway = gateway
        self._connection: GuardedHttp | None = None
        self._writing: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self._is_again_planned = False
        settings = gateway.settings
        # Streams that were opened together do not end together.
        self._ends_at = gateway.now() + settings.stream_seconds * random.uniform(0.9, 1.0)

    async def open(self, visitor: Visitor, wishes: Wishes) -> None:
        """Raises what the caller is told instead of a stream."""
        self._viewer.enter(visitor, wishes, self._tick)
        try:
            await self._viewer.settle()
        except BaseException:
            self._viewer.leave()
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: GuardedHttp | None = scope.get(CONNECTION)
        writing = self._writing = asyncio.create_task(self._write(send) if connection is None else self._write_through(connection, send))
        reading = asyncio.create_task(until_gone(receive))
        try:
            await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._viewer.leave()
            for task in (writing, reading):
                task.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": _BEGIN, "more_body": True})

    async def _end(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        """Where another server speaks for us (`web/mounted.py`): each event goes through it, for each viewer anew."""
        session, news, now = self._viewer.session, self._viewer.news, self._gateway.now
        await self._begin(send)
        while True:
            frames = session.flush(now())
            if frames:
                event, _ = _event(session, frames)
                self._count(len(event), len(frames))
                session.paused(now())
                await send({"type": "http.response.body", "body": event, "more_body": True})
                session.drained(now())
            if session.has_more:
                continue
            if session.is_closed:
                break
            await news.wait()
            news.clear()
        await self._end(send)

    # --- through a connection of ours ------------------------------------------------------------------------------

    async def _write_through(self, connection: GuardedHttp, send: Send) -> None:
        """News are written in the turn of the loop that brings them: a task that wakes for each costs four times as much."""
        await self._begin(send)
        self._connection = connection
        connection.go_live(self)
        self._viewer.session.wake = self._flush
        self._flush()
        await self._over.wait()
        await self._end(send)

    def _flush(self) -> None:
        session, connection = self._viewer.session, self._connection
        if connection is None or not connection.is_writable or self._over.is_set():
            return  # nothing is made for a viewer that has not read what there is: it would be old when it is read
        frames = session.flush(self._gateway.now())
        if frames:
            _, chunk = _event(session, frames)
            self._count(len(chunk), len(frames))
            connection.write_chunk(chunk)
        if session.is_closed:
            self._over.set()
        elif session.has_more and not self._is_again_planned:
            self._is_again_planned = True
            asyncio.get_running_loop().call_soon(self._flush_again)

    def _flush_again(self) -> None:
        self._is_again_planned = False
        self._flush()

    def paused(self) -> None:
        self._viewer.session.paused(self._gateway.now())

    def resumed(self) -> None:
        self._viewer.session.drained(self._gateway.now())
        self._flush()

    # --- both ------------------------------------------------------------------------------------------------------

    def _count(self, size: int, frame_count: int) -> None:
        self._gateway.tally.sent_bytes += size
        self._gateway.tally.deliveries += frame_count

    def _tick(self, now: float) -> None:
        session = self._viewer.session
        was_closed = session.is_closed
        if now >= self._ends_at:
            retry_in = round(random.uniform(0.0, RETRY_SECONDS), 3)
            session.goodbye(Code.DRAINING, "A stream ends after a while; go on with the next.", retry_in=retry_in)
        session.tick(now)
        if session.is_paused and (was_closed or session.close_code == Code.STALLED):
            # What is said now would wait behind what is not read.
            if self._connection is not None:
                self._connection.abort()
            elif self._writing is not None:
                self._writing.cancel()


def _event(session: Session, frames: list[Frame]) -> tuple[bytes, bytes]:
    """What is flushed, as one event, and that as a chunk. Viewers of one run who are in step are sent the same bytes."""
    positions = session.positions
    frame = frames[0]
    is_shared = len(frames) == 1 and not session.is_closed
    if is_shared and frame.event is not None and frame.event[0] == positions:
        return frame.event[1:]
    body = frame.body if len(frames) == 1 else b"[%b]" % join(frames)
    # Line breaks stand between the words of JSON or not at all; one of them would end the line of an event.
    body = body.replace(b"\r", b" ").replace(b"\n", b" ")
    retry = b"" if session.retry_in is None else b"retry: %d\n" % round(session.retry_in * 1_000)
    event = b"%bid: %b\ndata: %b\n\n" % (retry, write_cursor(positions).encode(), body)
    chunk = chunk_of(event)
    if is_shared:
        frame.event = (positions, event, chunk)
    return event, chunk
