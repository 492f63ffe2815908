"""Peers of the gateway in Python: each line of the input goes to all viewers, at once or gathered.

python -m bench.live.sides.python_peers websockets|fastapi SECONDS
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import uvicorn
import uvloop
from bench.live.sides.said import PORT
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.server import broadcast, serve

Send = Callable[[str], Awaitable[None]]


async def _lines() -> AsyncIterator[str]:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


async def _feed(send: Send, gather_seconds: float) -> None:
    waiting: list[str] = []

    async def flush() -> None:
        if waiting:
            text = "[" + ",".join(waiting) + "]"
            waiting.clear()
            await send(text)

    async def flush_regularly() -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + gather_seconds, loop.time())
            await asyncio.sleep(due - loop.time())
            await flush()

    flushing = asyncio.create_task(flush_regularly()) if gather_seconds else None
    async for line in _lines():
        waiting.append(line)
        if flushing is None:
            await flush()
    if flushing is not None:
        flushing.cancel()


async def websockets(gather_seconds: float) -> None:
    """`websockets.broadcast`, as its documentation shows it."""
    viewers: set[Any] = set()

    async def viewer(connection: Any) -> None:
        viewers.add(connection)
        try:
            await connection.wait_closed()
        finally:
            viewers.discard(connection)

    async def send(text: str) -> None:
        broadcast(viewers, text)

    async with serve(viewer, "127.0.0.1", PORT, compression=None, ping_interval=None, backlog=4096):
        await _feed(send, gather_seconds)


async def fastapi(gather_seconds: float) -> None:
    """The connection manager of FastAPI's documentation: a loop over the viewers."""
    app = FastAPI()
    viewers: list[WebSocket] = []

    @app.websocket("/")
    async def viewer(connection: WebSocket) -> None:
        await connection.accept()
        viewers.append(connection)
        try:
            while True:
                await connection.receive_text()
        except WebSocketDisconnect:
            viewers.remove(connection)

    async def send(text: str) -> None:
        for each in list(viewers):
            with suppress(WebSocketDisconnect):
                await each.send_text(text)

    config = uvicorn.Config(app, host="127.0.0.1", port=PORT, log_level="error", ws_per_message_deflate=False, backlog=4096)
    serving = asyncio.create_task(uvicorn.Server(config).serve())
    await _feed(send, gather_seconds)
    serving.cancel()


if __name__ == "__main__":
    uvloop.run({"websockets": websockets, "fastapi": fastapi}[sys.argv[1]](float(sys.argv[2])))
