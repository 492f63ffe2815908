"""HTTP/1.1 by hand, a connection a request: so a viewer sees what its line does to it, and no library tries again behind its back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

HEAD_LIMIT = 65_536


class Broken(Exception):
    """The line ended before the answer did."""


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], reader: asyncio.StreamReader) -> None:
        self.status = status
        self._headers = headers
        self._reader = reader

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises `Broken` where it ends too early."""
        try:
            if self._headers.get("transfer-encoding") == "chunked":
                while size := int(await self._reader.readuntil(b"\r\n"), 16):
                    yield (await self._reader.readexactly(size + 2))[:-2]
            else:
                yield await self._reader.readexactly(int(self._headers["content-length"]))
        except (asyncio.IncompleteReadError, OSError, ValueError, KeyError) as error:
            raise Broken from error

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Its head; the body is still to come. Raises `Broken`."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, OSError) as error:
        raise Broken from error
    said = [line.partition(":") for line in head[1:] if line]
    return Answer(int(head[0].split()[1]), {name.lower(): value.strip() for name, _, value in said}, reader)


@asynccontextmanager
async def asked(port: int, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> AsyncIterator[Answer]:
    """One request to the loopback, and the beginning of its answer. Raises `Broken`."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=HEAD_LIMIT)
    except OSError as error:
        raise Broken from error
    try:
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        yield await read_answer(reader)
    finally:
        writer.transport.abort()
