"""The registry of a cluster, in Redis (or Valkey): a hash a node, with a field for each slice of its connections, which goes away when
the node does not renew it; and the set of those nodes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import orjson

from headway.live.connections import Connection
from headway.live.desk import Transport
from headway.live.redis_peer import RedisPeer
from headway.live.registry.contract import LEASE_SECONDS, SLICES, Look
from headway.model.ids import new_id

SAY_SECONDS = 2.0
"""In this time all slices are said once."""
AT_ONCE = 500
"""Up to so many connections are said together, more of them slice by slice."""
NODES_KEPT_SECONDS = 3_600
"""The names of nodes are forgotten after so long, if none says its own."""
_FIELDS = frozenset(Connection.__dataclass_fields__)


class RedisRegistry:
    """One node's end. Everything in the event loop's thread."""

    def __init__(self, peer: RedisPeer, *, cluster: str) -> None:
        """`cluster`: what all nodes of one installation have in common (the epoch of their store), and no other has."""
        self.name = new_id()
        self._peer = peer
        self._prefix = f"headway:{{{cluster}}}:viewers:"
        self._nodes = f"{self._prefix}nodes"
        self._saying: asyncio.Task[None] | None = None

    async def elsewhere(self) -> Sequence[Connection]:
        client: Any = self._peer.client
        known = cast("set[bytes] | None", await self._peer.ask(lambda: client.smembers(self._nodes)))
        others = sorted(node for each in known or () if (node := each.decode()) != self.name)
        if not others:
            return []
        pipe = client.pipeline(transaction=False)
        for node in others:
            pipe.hgetall(self._prefix + node)
            pipe.pttl(self._prefix + node)
        said = cast("list[Any] | None", await self._peer.ask(pipe.execute))
        if said is None:
            return []
        slices_of: list[dict[bytes, bytes]] = said[::2]
        gone = [node for node, slices in zip(others, slices_of, strict=True) if not slices]
        if gone:
            await self._peer.ask(lambda: client.srem(self._nodes, *gone))
        since = [max(0.0, LEASE_SECONDS - left / 1_000) for left in said[1::2]]
        return [
            connection
            for slices, seconds in zip(slices_of, since, strict=True)
            for body in slices.values()
            for connection in _read(body, seconds)
        ]

    async def open(self, look: Look) -> None:
        self._saying = asyncio.create_task(self._say_again_and_again(look), name="headway registry")

    async def close(self) -> None:
        if self._saying is not None:
            self._saying.cancel()
            await asyncio.gather(self._saying, return_exceptions=True)
        pipe: Any = self._peer.client.pipeline(transaction=False)
        pipe.delete(self._prefix + self.name)
        pipe.srem(self._nodes, self.name)
        await self._peer.ask(pipe.execute)

    async def _say_again_and_again(self, look: Look) -> None:
        while True:
            said = 0
            waiting: dict[str, bytes] = {}
            for number in range(SLICES):
                found = look(number)
                said += len(found)
                waiting[str(number)] = orjson.dumps(found)
                if said > AT_ONCE or number == SLICES - 1:
                    await self._say(waiting)
                    waiting = {}
                    await asyncio.sleep(SAY_SECONDS / SLICES)
            if said <= AT_ONCE:
                await asyncio.sleep(SAY_SECONDS * (SLICES - 1) / SLICES)

    async def _say(self, slices: dict[str, bytes]) -> None:
        key = self._prefix + self.name
        pipe: Any = self._peer.client.pipeline(transaction=False)
        pipe.hset(key, mapping=slices)
        pipe.pexpire(key, int(LEASE_SECONDS * 1_000))
        pipe.sadd(self._nodes, self.name)
        pipe.expire(self._nodes, NODES_KEPT_SECONDS)
        await self._peer.ask(pipe.execute)


def _read(body: bytes, since: float) -> list[Connection]:
    """What was said so many seconds ago; nothing of a node whose version says less than this one's."""
    try:
        found: list[dict[str, Any]] = orjson.loads(body)
        return [_connection(each, since) for each in found]
    except (ValueError, KeyError, TypeError):
        return []


def _connection(said: dict[str, Any], since: float) -> Connection:
    known: dict[str, Any] = {name: value for name, value in said.items() if name in _FIELDS}
    known["transport"] = Transport(said["transport"])
    known["age_seconds"] = round(said["age_seconds"] + since, 3)
    return Connection(**known)
