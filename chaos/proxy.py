"""A proxy on the loopback that does to each connection what its fate says.

Bytes cannot be doubled on the way, nor lost: TCP sees to that. What can happen is that they end, wait, or come no more.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from chaos.plan import Fate, Fault

Writer = asyncio.StreamWriter

PIECE = 16_384
HOLD_SECONDS = 4.0
"""How long a half-open connection stays with the server after its viewer has given it up."""
_VIEWER = re.compile(rb"\r\nx-viewer: (\d+)\r\n", re.IGNORECASE)
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 0\r\nConnection: close\r\n\r\n"


def viewer_of(head: bytes) -> int:
    """The number that a viewer of a trial says in its head (`X-Viewer`). Raises ValueError."""
    found = _VIEWER.search(head)
    if found is None:
        raise ValueError("a request without X-Viewer")
    return int(found[1])


class Proxy:
    """An asynchronous context manager."""

    def __init__(self, target: Callable[[], int], fate_of: Callable[[bytes], Fate]) -> None:
        """`target`: the port of the server just now; `fate_of`: what befalls a connection, by the head of its request. There is one a
        connection: a browser is asked not to use it again."""
        self.port = 0
        self.fates: dict[Fault, int] = dict.fromkeys(Fault, 0)
        self.passed: list[tuple[bytes, bytearray]] | None = None
        """Where it is a list: the head of each request that reached the server, and what of the answer reached the viewer."""
        self.lasting_count = 0
        """Sockets and streams that reached the server."""
        self._target = target
        self._fate_of = fate_of
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=PIECE, backlog=1_024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.create_task(self._hold(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _hold(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one side is gone, so the other goes too
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        fate = self._fate_of(head)
        self.fates[fate.fault] += 1
        if fate.fault is Fault.REFUSE:
            return
        if fate.fault is Fault.UNAVAILABLE:
            writer.write(_UNAVAILABLE)
            await writer.drain()
            await _shut(writer)
            return
        upstream, up = await asyncio.open_connection("127.0.0.1", self._target(), limit=PIECE)
        self.lasting_count += not head.startswith(b"POST ")
        passed = bytearray()
        if self.passed is not None:
            self.passed.append((head, passed))
        try:
            up.write(head.replace(b"\r\nConnection: keep-alive\r\n", b"\r\nConnection: close\r\n"))
            await self._carry(_Line(fate, None if self.passed is None else passed), reader, writer, upstream, up)
        finally:
            up.transport.abort()

    async def _carry(self, line: _Line, reader: asyncio.StreamReader, writer: Writer, upstream: asyncio.StreamReader, up: Writer) -> None:
        upward = asyncio.create_task(line.take(reader, up))
        downward = asyncio.create_task(line.bring(upstream, writer))
        try:
            # A viewer that leaves half of its connection open would be no browser; so the end of either is the end of both.
            await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
            if line.is_dead:
                await asyncio.sleep(HOLD_SECONDS)
        finally:
            for task in (upward, downward):
                task.cancel()
            await asyncio.gather(upward, downward, return_exceptions=True)


class _Line:
    """Between one viewer and the server."""

    def __init__(self, fate: Fate, passed: bytearray | None) -> None:
        self.is_dead = False
        """Half-open: what comes from the viewer is swallowed, what the server sends is not even read."""
        self._fate = fate
        self._passed = passed
        self._left = fate.after_bytes if fate.fault in {Fault.CUT, Fault.RESET, Fault.HALF_OPEN, Fault.PAUSE} else None
        """Bytes until it happens."""

    async def take(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """From the viewer to the server."""
        while piece := await reader.read(PIECE):
            if not self.is_dead:
                writer.write(piece)
                await writer.drain()

    async def bring(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """From the server to the viewer, until the fate of the connection is fulfilled."""
        while piece := await reader.read(PIECE):
            if self._fate.fault is Fault.DELAY:
                await asyncio.sleep(self._fate.seconds)
            if self._left is not None and len(piece) >= self._left:
                await self._pass(piece[: self._left], writer)
                rest, self._left = piece[self._left :], None
                if not await self._happens(writer):
                    return
                piece = rest
            elif self._left is not None:
                self._left -= len(piece)
            await self._pass(piece, writer)
        await _shut(writer)

    async def _pass(self, piece: bytes, writer: Writer) -> None:
        if self._passed is not None:
            self._passed += piece
        writer.write(piece)
        await writer.drain()

    async def _happens(self, writer: Writer) -> bool:
        """Whether the line goes on afterwards."""
        match self._fate.fault:
            case Fault.PAUSE:
                await asyncio.sleep(self._fate.seconds)
                return True
            case Fault.HALF_OPEN:
                self.is_dead = True
                await asyncio.get_running_loop().create_future()
            case Fault.RESET:
                raw: socket.socket = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            case _:
                await _shut(writer)
        return False


async def _shut(writer: Writer) -> None:
    """Close in the way that what was written arrives."""
    writer.close()
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 5)
