"""The live wire as server-sent events: one event a flush, whose id is the cursor behind it. An `EventSource` and `curl -N` are enough."""

from __future__ import annotations

import asyncio
import random
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from headway.access.principal import Principal
from headway.live.desk import Code
from headway.live.frames import Frame
from headway.live.gateway import Gateway
from headway.live.session import Session
from headway.model.positions import write_cursor
from headway.web.guard import CONNECTION, GuardedHttp
from headway.web.live_wishes import Wishes
from headway.web.one_way import OneWay, join, until_gone

RETRY_SECONDS = 2.0
"""Within which a viewer comes back whose stream has been ended only because it was old."""
_BEGIN = b": headway.live.v1\n\n"
"""A comment: whoever waits for the head of the answer has it now, whatever stands in between."""


class EventStream(Response):
    """An answer that goes on until the viewer leaves, the conversation is over, or it has become old."""

    media_type = "text/event-stream"

    def __init__(self, gateway: Gateway, headers: dict[str, str]) -> None:
        super().__init__(headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._viewer = OneWay(gateway)
        self._gateway = gateway
        self._connection: GuardedHttp | None = None
        self._writing: asyncio.Task[None] | None = None
        settings = gateway.settings
        # Streams that were opened together do not end together.
        self._ends_at = gateway.now() + settings.stream_seconds * random.uniform(0.9, 1.0)

    async def open(self, principal: Principal, wishes: Wishes) -> None:
        """Raises what the caller is told instead of a stream."""
        self._viewer.enter(principal, wishes, self._tick)
        try:
            await self._viewer.settle()
        except BaseException:
            self._viewer.leave()
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._connection = scope.get(CONNECTION)
        if self._connection is not None:
            self._connection.go_live()
        writing = self._writing = asyncio.create_task(self._write(send))
        reading = asyncio.create_task(until_gone(receive))
        try:
            await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._viewer.leave()
            for task in (writing, reading):
                task.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        session, news, now = self._viewer.session, self._viewer.news, self._gateway.now
        await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": _BEGIN, "more_body": True})
        while True:
            await self._drained(session)
            frames = session.flush(now())
            if frames:
                event = _event(session, frames)
                self._gateway.sent_bytes += len(event)
                session.paused(now())
                await send({"type": "http.response.body", "body": event, "more_body": True})
                session.drained(now())
            if session.has_more:
                continue
            if session.is_closed:
                break
            await news.wait()
            news.clear()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drained(self, session: Session) -> None:
        """Nothing is made for a viewer that has not read what there is: it would be old when it is read."""
        if self._connection is not None and self._connection.is_behind:
            session.paused(self._gateway.now())
            await self._connection.drained()
            session.drained(self._gateway.now())

    def _tick(self, now: float) -> None:
        session = self._viewer.session
        if now >= self._ends_at:
            retry_in = round(random.uniform(0.0, RETRY_SECONDS), 3)
            session.goodbye(Code.DRAINING, "A stream ends after a while; go on with the next.", retry_in=retry_in)
        session.tick(now)
        if session.close_code == Code.STALLED:
            # What is said now would wait behind what is not read.
            if self._connection is not None:
                self._connection.abort()
            elif self._writing is not None:
                self._writing.cancel()


def _event(session: Session, frames: list[Frame]) -> bytes:
    """What is flushed, as one event. Viewers of one run who are in step are sent the same bytes."""
    positions = session.positions
    frame = frames[0]
    is_shared = len(frames) == 1 and not session.is_closed
    if is_shared and frame.event is not None and frame.event[0] == positions:
        return frame.event[1]
    body = frame.body if len(frames) == 1 else b"[%b]" % join(frames)
    # Line breaks stand between the words of JSON or not at all; one of them would end the line of an event.
    body = body.replace(b"\r", b" ").replace(b"\n", b" ")
    retry = b"" if session.retry_in is None else b"retry: %d\n" % round(session.retry_in * 1_000)
    event = b"%bid: %b\ndata: %b\n\n" % (retry, write_cursor(positions).encode(), body)
    if is_shared:
        frame.event = (positions, event)
    return event
