"""Follow runs live over a WebSocket, for as long as it takes: `Viewer` decides, this file owns the sockets.

The only module of the SDK that imports `websockets`; it is imported when something is followed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from typing import Any

from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection as AsyncSocket
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection as Socket
from websockets.sync.client import connect

from headway.model.errors import Forbidden, HeadwayError, Invalid, Refused, Unauthorised
from headway.sdk.connection import FindConnection
from headway.sdk.news import Disconnected, News, TokenExpiring
from headway.sdk.viewer import Verdict, Viewer

SUBPROTOCOL = Subprotocol("headway.live.v1")
FRAME_LIMIT = 16 * 1024 * 1024
OPEN_SECONDS = 10.0
SILENCE_HEARTBEATS = 2.5
"""A wire without a word for this many heartbeats is taken for dead."""

_Failure = (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, Invalid)


_FINAL_STATUS = {401: 4501, 403: 4503}


class StoppedFollowing(Refused):
    """The server does not let this be followed: {why} ({close_code})."""


def follow(
    find: FindConnection,
    runs: Iterable[str],
    *,
    start: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[News]:
    """News of `runs` until all have ended; reconnects by itself, each line once and in order.

    Raises `Unauthorised`, `Forbidden` or `StoppedFollowing` when the server says that trying again is of no use.
    `stop` is asked between frames and before each reconnection.
    """
    viewer = Viewer(runs, start=start)
    while not viewer.is_finished and not stop():
        since = time.monotonic()
        try:
            with _open(find, viewer) as socket:
                yield from _listen(socket, viewer, find, stop)
            code, why = socket.close_code or 1006, socket.close_reason or ""
        except _Failure as error:
            code, why = _reason(error)
        if stop():
            return
        verdict = _judge(viewer, code, why, time.monotonic() - since)
        if verdict is not None:
            yield _told(verdict, viewer)
            sleep(verdict.delay_seconds)


def _open(find: FindConnection, viewer: Viewer) -> Socket:
    connection = find()
    viewer.token = connection.token
    return connect(
        connection.live_url, subprotocols=[SUBPROTOCOL], max_size=FRAME_LIMIT, open_timeout=OPEN_SECONDS, close_timeout=2.0, proxy=None,
        user_agent_header="headway-python",
    )  # fmt: skip


def _listen(socket: Socket, viewer: Viewer, find: FindConnection, stop: Callable[[], bool]) -> Generator[News]:
    socket.send(viewer.hello())
    while not viewer.is_finished and not stop():
        frame = socket.recv(timeout=viewer.heartbeat_seconds * SILENCE_HEARTBEATS)
        news = viewer.receive(frame)
        _renew_token(viewer, news, find)
        answer = viewer.outgoing()
        if answer is not None:
            socket.send(answer)
        yield from news


def _renew_token(viewer: Viewer, news: list[News], find: FindConnection) -> None:
    if any(isinstance(one, TokenExpiring) for one in news):
        token = find().token
        if token and token != viewer.token:
            viewer.new_token(token)


async def follow_async(find: FindConnection, runs: Iterable[str], *, start: Mapping[str, Any] | None = None) -> AsyncGenerator[News]:
    """`follow` within an event loop. Closing the generator closes the socket."""
    viewer = Viewer(runs, start=start)
    while not viewer.is_finished:
        since = time.monotonic()
        code, why = 1006, ""
        waiting: deque[News] = deque()
        try:
            connection = find()
            viewer.token = connection.token
            opening = connect_async(
                connection.live_url, subprotocols=[SUBPROTOCOL], max_size=FRAME_LIMIT, open_timeout=OPEN_SECONDS, close_timeout=2.0,
                proxy=None, user_agent_header="headway-python",
            )  # fmt: skip
            # Not `async for`, which would reconnect by rules of its own.
            socket = await opening
            try:
                await socket.send(viewer.hello())
                while not viewer.is_finished:
                    waiting.extend(await _next_news(socket, viewer, find))
                    while waiting:
                        yield waiting.popleft()
            finally:
                await socket.close()
            code, why = socket.close_code or 1006, socket.close_reason or ""
        except _Failure as error:
            code, why = _reason(error)
        verdict = _judge(viewer, code, why, time.monotonic() - since)
        if verdict is not None:
            yield _told(verdict, viewer)
            await asyncio.sleep(verdict.delay_seconds)


async def _next_news(socket: AsyncSocket, viewer: Viewer, find: FindConnection) -> list[News]:
    async with asyncio.timeout(viewer.heartbeat_seconds * SILENCE_HEARTBEATS):
        frame = await socket.recv()
    news = viewer.receive(frame)
    _renew_token(viewer, news, find)
    answer = viewer.outgoing()
    if answer is not None:
        await socket.send(answer)
    return news


def _reason(error: Exception) -> tuple[int, str]:
    """A close code for what went wrong. A refused handshake speaks HTTP: 401 and 403 are as final as 4501 and 4503."""
    match error:
        case ConnectionClosed(rcvd=close) if close is not None:
            return close.code, close.reason
        case InvalidStatus(response=response) if response.status_code in _FINAL_STATUS:
            return _FINAL_STATUS[response.status_code], f"the server answered {response.status_code}"
        case InvalidURI() | InvalidHandshake():
            return 1006, str(error)
        case _:
            return 1006, str(error) or type(error).__name__


def _judge(viewer: Viewer, code: int, why: str, lived_seconds: float) -> Verdict | None:
    """None when all is said; raises when the server's word is final."""
    if viewer.is_finished:
        return None
    verdict = viewer.verdict(code, why, lived_seconds=lived_seconds)
    if verdict.do != "stop":
        return verdict
    raise _final(verdict)


def _final(verdict: Verdict) -> HeadwayError:
    match verdict.code:
        case 4501:
            return Unauthorised()
        case 4503:
            return Forbidden(permission="run:read")
        case _:
            return StoppedFollowing(why=verdict.why or "no reason given", close_code=verdict.code)


def _told(verdict: Verdict, viewer: Viewer) -> Disconnected:
    return Disconnected(code=verdict.code, why=verdict.why, retry_in_seconds=verdict.delay_seconds, failures=viewer.failures)
