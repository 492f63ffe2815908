"""Limits over all nodes, counted in Redis (or Valkey) by two scripts, so that nobody comes between looking and taking.

A bucket is a hash ``{level, at}`` by Redis' own clock, which goes away when it would be full again. Of connections each node says
how many it has, in a hash a person or address; what a node says is good while its sign of life is there. A node says its own
numbers whole, so one that was not heard is put right by the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, cast

from headway.live.limits.contract import LEASE_SECONDS, Rate
from headway.live.limits.local import LocalLimits
from headway.live.redis_peer import RedisPeer
from headway.model.ids import new_id

SAY_SECONDS = 1.0
"""How often what has changed without anybody waiting for it is said, and the sign of life."""
KEPT_SECONDS = 3_600
"""A count that nobody says again for so long is of no node; each says all of its own more often than that."""
AT_ONCE = 500
UNSAID_LIMIT = 100_000
"""Names whose count waits to be said. While Redis is away strangers may come from any number of addresses; of those that are forgotten
Redis goes by what it heard last, for an hour at most."""
_REMIND_SECONDS = 600.0
"""Between two times that all counts are said again: what Redis knew may be gone with it."""

_TAKE = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local wait, levels = 0, {}
for i = 1, #KEYS do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local known = redis.call('HMGET', KEYS[i], 'level', 'at')
  local level = burst
  if known[1] then level = math.min(burst, tonumber(known[1]) + math.max(0, now - tonumber(known[2])) * rate) end
  if level < 1 then wait = math.max(wait, (1 - level) / rate) end
  levels[i] = level
end
if wait > 0 then return tostring(wait) end
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], 'level', string.format('%.6f', levels[i] - 1), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[i], math.ceil(ARGV[2 * i] / ARGV[2 * i - 1]) + 1)
end
return '0'
"""

_COUNT = """
local node, here, kept, signs = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
if here > 0 then redis.call('HSET', KEYS[1], node, here) redis.call('EXPIRE', KEYS[1], kept) else redis.call('HDEL', KEYS[1], node) end
local all, said = here, redis.call('HGETALL', KEYS[1])
for i = 1, #said, 2 do
  if said[i] ~= node then
    if redis.call('EXISTS', signs .. said[i]) == 1 then all = all + tonumber(said[i + 1]) else redis.call('HDEL', KEYS[1], said[i]) end
  end
end
return all
"""


class RedisLimits:
    """One node's end. Everything in the event loop's thread."""

    def __init__(self, peer: RedisPeer, *, cluster: str) -> None:
        """`cluster`: what all nodes of one installation have in common (the epoch of their store), and no other has."""
        self.name = new_id()
        self.peer = peer
        self._here = LocalLimits()
        self._prefix = f"headway:{{{cluster}}}:limits:"
        self._take: Any = peer.client.register_script(_TAKE)
        self._count: Any = peer.client.register_script(_COUNT)
        self._counts: dict[str, int] = {}
        """What this node has, never 0."""
        self._unsaid: dict[str, None] = {}
        self._saying: asyncio.Task[None] | None = None

    @property
    def circuit_level(self) -> float | None:
        return self.peer.circuit.level

    async def take(self, rates: Sequence[Rate], now: float) -> float:
        given = [number for rate in rates for number in (rate.rate, rate.burst)]
        said = await self.peer.ask(lambda: self._take(keys=[f"{self._prefix}rate:{rate.name}" for rate in rates], args=given))
        return self._here.take_here(rates, now) if said is None else float(cast("bytes", said))

    async def count(self, name: str, here: int) -> int:
        self._note(name, here)
        said = await self.peer.ask(lambda: self._say(name))
        if said is None:
            return here
        self._unsaid.pop(name, None)
        return int(cast("int", said))

    def left(self, name: str, here: int) -> None:
        self._note(name, here)

    def _note(self, name: str, here: int) -> None:
        if here > 0:
            self._counts[name] = here
        else:
            self._counts.pop(name, None)
        self._unsaid[name] = None
        if len(self._unsaid) > UNSAID_LIMIT:
            del self._unsaid[next(iter(self._unsaid))]

    def _say(self, name: str, client: Any = None) -> Awaitable[Any]:
        given = [self.name, self._counts.get(name, 0), KEPT_SECONDS, f"{self._prefix}node:"]
        return self._count(keys=[f"{self._prefix}count:{name}"], args=given, client=client)

    async def open(self) -> None:
        self._saying = asyncio.create_task(self._say_again_and_again(), name="headway limits")

    async def close(self) -> None:
        if self._saying is not None:
            self._saying.cancel()
            await asyncio.gather(self._saying, return_exceptions=True)
        await self.peer.ask(lambda: self.peer.client.delete(f"{self._prefix}node:{self.name}"))

    async def _say_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        remind_at, outages = loop.time() + _REMIND_SECONDS, self.peer.outage_count
        while True:
            if loop.time() >= remind_at or outages != self.peer.outage_count:
                remind_at, outages = loop.time() + _REMIND_SECONDS, self.peer.outage_count
                self._unsaid.update(dict.fromkeys(self._counts))  # what Redis knew may be gone with it
            sign = f"{self._prefix}node:{self.name}"
            if await self.peer.ask(lambda sign=sign: self.peer.client.set(sign, 1, px=int(LEASE_SECONDS * 1_000))) is not None:
                while self._unsaid and await self._say_some():
                    pass
            await asyncio.sleep(SAY_SECONDS)

    async def _say_some(self) -> bool:
        """Say what nobody waited for. Whether it was heard."""
        names = list(self._unsaid)[:AT_ONCE]
        for name in names:
            del self._unsaid[name]
        pipe = self.peer.client.pipeline(transaction=False)

        async def say() -> Any:
            for name in names:
                await self._say(name, pipe)
            return await pipe.execute()

        if await self.peer.ask(say) is not None:
            return True
        self._unsaid.update(dict.fromkeys(names))
        return False
