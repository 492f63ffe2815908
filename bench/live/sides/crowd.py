"""Many viewers of a real `headway serve` in one process: they sit idle, or never read, or time what comes, or come back after a cut.

Lines on stdin tell what to do, each is answered by one: `open KIND COUNT`; `ages` (seconds from publication to here, as percentiles,
and forgotten); `state` (of those that follow).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import orjson
from bench.live.sides.said import MARK

PONG_SECONDS = 10.0
AT_ONCE = 50
"""Handshakes under way at a time."""
RETRY_SECONDS = 0.5
"""A viewer whose line is cut comes again after a random part of this, twice as much after each failure, to 4 s."""


class Sitter(asyncio.Protocol):
    """Idle: what comes is read and forgotten."""

    port: ClassVar[int]
    token: ClassVar[str]
    run: ClassVar[str]

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._transport: Any = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self.request())

    def request(self) -> bytes:
        return self._stream_request() if self._kind.endswith("sse") else self._socket_request()

    def _socket_request(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        query = "" if self._kind == "follower" else f"?run_id={self.run}"
        return (
            f"GET /api/v1/live{query} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: headway.live.v1, {self.token}\r\n\r\n"
        ).encode()

    def _stream_request(self) -> bytes:
        return (
            f"GET /api/v1/live/sse?channel=run:{self.run} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n"
        ).encode()

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            if not data.startswith((b"HTTP/1.1 101", b"HTTP/1.1 200")):
                self.opened.set_exception(RuntimeError(data[:200].decode(errors="replace")))
                return
            self.opened.set_result(None)


class Timer(Sitter):
    """Healthy: reads, and notes the age of each event."""

    ages: ClassVar[list[float]] = []
    lost: ClassVar[int] = 0
    """Connections that the server has ended."""
    _left = b""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(PONG_SECONDS, self._say_alive)

    def _say_alive(self) -> None:
        """In place of an answer to each heartbeat, for which frames would have to be taken apart."""
        if not self._transport.is_closing():
            self._transport.write(masked(b'{"type":"pong","n":0}'))
            asyncio.get_running_loop().call_later(PONG_SECONDS, self._say_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        Timer.lost += 1

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        data = self._left + data
        now = time.time()
        end = 0
        for found in MARK.finditer(data):
            Timer.ages.append(now - float(found[1]))
            end = found.end()
        self._left = data[max(end, len(data) - 40) :]


class Follower(Sitter):
    """Keeps its position, and comes back with it by itself."""

    every: ClassVar[list[Follower]] = []

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        Follower.every.append(self)
        self.epoch, self.line, self.seq = "", 0, 0
        self.holes = 0
        self.doubled = 0
        self.comings = 0
        """How often it was shown where it stands."""
        self.results: dict[str, int] = {}
        self._failures = 0
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: Any) -> None:
        self._buffer, self._is_open = b"", False
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._transport.abort()
                return
            self._is_open, self._buffer = True, rest
            wish: dict[str, Any] = {"type": "subscribe", "id": 1, "channel": f"run:{self.run}"}
            if self.epoch:
                wish["from"] = {"position": [self.epoch, self.line, self.seq]}
            self._transport.write(masked(orjson.dumps([{"type": "hello", "version": 1}, wish])))
        for frame in self._frames():
            for message in orjson.loads(frame):
                self._take(message)

    def _frames(self) -> Iterator[bytes]:
        """Text frames that are whole. A server's are not masked."""
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                if len(self._buffer) < start:
                    return
                size = int.from_bytes(self._buffer[2:start], "big")
            if len(self._buffer) < start + size:
                return
            kind, frame = self._buffer[0] & 15, self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            if kind == 1:
                yield frame

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribed":
                self.epoch = message["epoch"]
                self.results[message["result"]] = self.results.get(message["result"], 0) + 1
            case "snapshot":
                self.seq = message["seq"]
                self.comings += 1
                self._failures = 0
                if not self.opened.done():
                    self.opened.set_result(None)
            case "patch":
                self.seq = message["seq"]
            case "entries":
                self.holes += message["first"] > self.line + 1
                self.doubled += message["first"] <= self.line
                self.line = message["first"] + len(message["entries"]) - 1
            case "heartbeat":
                self._transport.write(masked(orjson.dumps({"type": "pong", "n": message["n"]})))
            case _:
                pass

    def connection_lost(self, exc: Exception | None) -> None:
        self._again()

    def _again(self) -> None:
        loop = asyncio.get_running_loop()
        pause = random.uniform(0, min(4.0, RETRY_SECONDS * 2**self._failures))
        self._failures += 1
        loop.call_later(pause, lambda: loop.create_task(self._connect()))

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        except OSError:
            self._again()


def masked(text: bytes) -> bytes:
    """A text frame of a client, under a mask of zeros."""
    size = bytes((0x80 | len(text),)) if len(text) < 126 else bytes((0x80 | 126,)) + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


def _stall(kind: str) -> socket.socket:
    """A viewer that asks, and never reads a byte: a bare socket, so that no loop reads ahead for it."""
    opened = socket.create_connection(("127.0.0.1", Sitter.port))
    opened.sendall(Sitter(kind).request())
    return opened


_STALLED: list[socket.socket] = []


async def _open(kind: str, count: int) -> None:
    if kind.startswith("stalled"):
        _STALLED.extend([_stall(kind) for _ in range(count)])
        return
    made = {"timer": Timer, "follower": Follower}.get(kind, Sitter)
    loop = asyncio.get_running_loop()
    for start in range(0, count, AT_ONCE):
        opened: list[asyncio.Future[None]] = []
        for _ in range(min(AT_ONCE, count - start)):
            _, sitter = await loop.create_connection(lambda: made(kind), "127.0.0.1", Sitter.port)
            opened.append(sitter.opened)
        await asyncio.gather(*opened)


def _ages() -> dict[str, Any]:
    ages, Timer.ages = sorted(Timer.ages), []
    at = [ages[min(len(ages) - 1, int(len(ages) * share))] * 1000 for share in (0.5, 0.99)] if ages else []
    return {"count": len(ages), "ms": at, "lost": Timer.lost}


def _state() -> dict[str, Any]:
    results: dict[str, int] = {}
    for one in Follower.every:
        for result, count in one.results.items():
            results[result] = results.get(result, 0) + count
    lines = [one.line for one in Follower.every]
    return {
        "least_comings": min(one.comings for one in Follower.every), "lines": [min(lines), max(lines)],
        "holes": sum(one.holes for one in Follower.every), "doubled": sum(one.doubled for one in Follower.every), "results": results,
        "come_back": sum(one.comings > 1 for one in Follower.every),
    }  # fmt: skip


async def _obey() -> None:
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        match line.split():
            case ["open", kind, count]:
                await _open(kind, int(count))
                print("open", flush=True)
            case ["ages"]:
                print(json.dumps(_ages()), flush=True)
            case _:
                print(json.dumps(_state()), flush=True)


if __name__ == "__main__":
    import uvloop

    Sitter.port, Sitter.token, Sitter.run = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    uvloop.run(_obey())
