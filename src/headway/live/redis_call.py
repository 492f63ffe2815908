"""Commands to Redis (or Valkey) by way of a client's connection alone.

What redis-py's client does around each command (retries, measurements of its own, the shapes of answers) is not needed where Headway
speaks to Redis hundreds of times a second: of processor time a look into the cache took 73 us and takes 37, a wait for news 69 and 50,
an entry for two streams 94 and 58 (measured, redis-py 8, hiredis, uvloop).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import redis.asyncio as aioredis

Command = tuple[str | bytes | int, ...]


async def call(client: aioredis.Redis, *commands: Command) -> list[Any]:
    """Send commands together; their answers in that order, as Redis gives them: text is bytes.

    Raises what redis-py raises, also for one command alone that is refused; the connection is given up then, for others' answers may
    stand behind it.
    """
    pool = client.connection_pool
    connection: Any = await pool.get_connection()
    try:
        await connection.send_packed_command(connection.pack_commands(commands))
        return [await connection.read_response(disable_decoding=True) for _ in commands]
    except BaseException:
        await connection.disconnect(nowait=True)
        raise
    finally:
        await pool.release(connection)


def pairs(answer: Mapping[Any, Any] | Iterable[Any] | None) -> list[tuple[Any, Any]]:
    """What stands by name: a map in RESP3, a flat or a nested list in RESP2."""
    if isinstance(answer, dict):
        return list(cast("dict[Any, Any]", answer).items())
    items = list(cast("Iterable[Any]", answer or ()))
    if items and isinstance(items[0], list):
        return [(name, value) for name, value in items]
    return list(zip(items[::2], items[1::2], strict=True))
