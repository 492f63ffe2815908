"""`follow` for an event loop, in a file of its own: either driver of `websockets` costs 40 ms to import."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection as AsyncSocket
from websockets.asyncio.client import connect as connect_async

from headway.sdk.connection import FindConnection
from headway.sdk.live_wire import FAILURES, FRAME_LIMIT, OPEN_SECONDS, SILENCE_HEARTBEATS, SUBPROTOCOL, judge, reason_of, renew_token, told
from headway.sdk.news import News
from headway.sdk.viewer import Viewer


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
        except FAILURES as error:
            code, why = reason_of(error)
        verdict = judge(viewer, code, why, time.monotonic() - since)
        if verdict is not None:
            yield told(verdict, viewer)
            await asyncio.sleep(verdict.delay_seconds)


async def _next_news(socket: AsyncSocket, viewer: Viewer, find: FindConnection) -> list[News]:
    async with asyncio.timeout(viewer.heartbeat_seconds * SILENCE_HEARTBEATS):
        frame = await socket.recv()
    news = viewer.receive(frame)
    renew_token(viewer, news, find)
    answer = viewer.outgoing()
    if answer is not None:
        await socket.send(answer)
    return news
