"""HTTP as bytes, for what no client would send."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def talk(port: int, *parts: bytes, seconds: float = 1.0, ends: bool = False) -> bytes:
    """All that the server at this port says to these bytes, until it closes (then ``<closed>`` is the end of it) or falls silent for so
    long. `ends`: our side is closed after the last part."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        with suppress(ConnectionError):  # it may have answered, and closed, before it had heard all
            for part in parts:
                writer.write(part)
                await writer.drain()
            if ends:
                writer.write_eof()
        while True:
            async with asyncio.timeout(seconds):
                piece = await reader.read(65_536)
            if not piece:
                return said + b"<closed>"
            said += piece
    except TimeoutError:
        return said
    except ConnectionError:
        return said + b"<closed>"
    finally:
        writer.close()
