"""Many viewers in one process, each as little as possible: a handshake, then bytes in which events are counted by their mark."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from typing import Any, ClassVar

from bench.live.sides.said import MARK, PORT

AT_ONCE = 50
"""Handshakes under way at a time."""


class Viewer(asyncio.Protocol):
    count = 0
    ages: ClassVar[list[float]] = []
    is_timing = False

    def __init__(self, path: str, protocols: str, greeting: str, port: int) -> None:
        self._port = port
        self._path = path
        self._protocols = protocols
        self._greeting = greeting
        self._left = b""
        self._is_open = False
        self._transport: Any = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {self._protocols}\r\n" if self._protocols else ""
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._is_open = True
            if self._greeting:
                self._transport.write(_masked(self._greeting.encode()))
            self.opened.set_result(None)
        data = self._left + data
        found = MARK.findall(data) if Viewer.is_timing else None
        if found is not None:
            now = time.time()
            Viewer.ages.extend(now - float(mark) for mark in found)
            Viewer.count += len(found)
        else:
            Viewer.count += data.count(b'"mark":"')
        # A mark that is cut in two by the edge of what was read is looked for again, together with what follows.
        at = max(data.rfind(b'"mark":"'), 0)
        self._left = b"" if MARK.match(data, at) else data[-40:] if b'"mark":"' not in data[-40:] else data[at + 8 :]
        if found is None and self._left and b'"mark":"' in self._left:
            self._left = b""


def _masked(text: bytes) -> bytes:
    """A short text frame of a client, under a mask of zeros."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def main(path: str, protocols: str, greeting: str, viewers: int, is_timing: bool, port: int) -> None:
    """Opens the viewers and says so; then answers each line on stdin with the count so far, or at the end with latencies."""
    Viewer.is_timing = is_timing

    async def hold() -> None:
        loop = asyncio.get_running_loop()
        for start in range(0, viewers, AT_ONCE):
            opened = []
            for _ in range(min(AT_ONCE, viewers - start)):
                _, viewer = await loop.create_connection(lambda: Viewer(path, protocols, greeting, port), "127.0.0.1", port)
                opened.append(viewer.opened)
            await asyncio.gather(*opened)
        print("open", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "count":
                print(Viewer.count, flush=True)
            elif line == "reset":
                Viewer.ages.clear()
                print("ok", flush=True)
            else:
                ages = sorted(Viewer.ages)
                at = [ages[min(len(ages) - 1, int(len(ages) * share))] * 1000 for share in (0.5, 0.9, 0.99, 0.999)] if ages else []
                print(json.dumps({"count": len(ages), "ms": [round(age, 2) for age in at]}), flush=True)

    import uvloop

    uvloop.run(hold())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5] == "1", int(sys.argv[6]) if len(sys.argv) > 6 else PORT)
