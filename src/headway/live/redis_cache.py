"""Answers kept in Redis (or Valkey) for all nodes, each with the moment as of which it is true.

The clock is a number that grows with each touch, so nothing depends on the clocks of machines. `TOUCH` gives a topic the next moment,
after the commit that changed it; an answer is kept with the moment that was read *before* the store was asked. It is good while that is
not older than the last touch of any of its topics: then its question saw all that these have told of.

Keys: ``…:clock``, ``…:topic:<name>`` (goes after five minutes, when nothing that it could speak of is kept any more), ``…:answer:<key>``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from headway.live.redis_call import Command, call
from headway.live.redis_peer import RedisPeer
from headway.live.shelf import Looked

TOPIC_MILLISECONDS = 300_000
"""Longer than anything is kept (`LONGEST_SECONDS`), its question included."""
LONGEST_SECONDS = 30.0
"""No answer is kept for longer."""
CLOCK_MILLISECONDS = 86_400_000
UNKEPT_LIMIT = 200
"""Answers that wait to be kept; one more is not."""
TOUCH = """
local now = redis.call('INCR', KEYS[1])
if now == 1 then
  local time = redis.call('TIME')
  now = string.format('%.0f', time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[1], now)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for i = 2, #KEYS do redis.call('SET', KEYS[i], now, 'PX', ARGV[1]) end
return now
"""
"""A clock that was lost begins at the time of day in microseconds: later than it ever was."""


def clock_key(cluster: str) -> str:
    return f"headway:{{{cluster}}}:cache:clock"


def topic_key(cluster: str, topic: str) -> str:
    return f"headway:{{{cluster}}}:cache:topic:{topic}"


def touch_call(cluster: str, topics: Sequence[str]) -> tuple[list[str], list[int]]:
    """Keys and arguments of `TOUCH`."""
    return [clock_key(cluster), *[topic_key(cluster, topic) for topic in topics]], [TOPIC_MILLISECONDS, CLOCK_MILLISECONDS]


class RedisCache:
    """One node's end. Everything in the event loop's thread."""

    def __init__(self, peer: RedisPeer, *, cluster: str) -> None:
        self.peer = peer
        self._cluster = cluster
        self._answers = f"headway:{{{cluster}}}:cache:answer:"
        self._looks: list[tuple[list[str], asyncio.Future[list[Any] | None]]] = []
        self._unkept: list[tuple[str, bytes, int]] = []
        self._asking: asyncio.Task[None] | None = None

    async def look(self, key: str, topics: Sequence[str]) -> Looked | None:
        """None: Redis does not answer, or is not asked now. Who looks at the same time shares one way to Redis and back."""
        keys = [clock_key(self._cluster), self._answers + key, *[topic_key(self._cluster, topic) for topic in topics]]
        future: asyncio.Future[list[Any] | None] = asyncio.get_running_loop().create_future()
        self._looks.append((keys, future))
        self._begin()
        said = await future
        if said is None:
            return None
        now, kept, *touched = said
        floor = max((int(each) for each in touched if each is not None), default=0)
        return Looked(int(now or 0), floor, _good(kept, floor))

    def keep(self, key: str, body: bytes, *, as_of: int, seconds: float) -> None:
        """Returns at once."""
        if len(self._unkept) < UNKEPT_LIMIT:
            self._unkept.append((self._answers + key, b"%d\n%b" % (as_of, body), int(min(seconds, LONGEST_SECONDS) * 1_000)))
            self._begin()

    async def close(self) -> None:
        if self._asking is not None:
            await asyncio.wait((self._asking,), timeout=1.0)

    def _begin(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_until_done(), name="headway cache")

    async def _ask_until_done(self) -> None:
        while self._looks or self._unkept:
            looks, self._looks = self._looks, []
            unkept, self._unkept = self._unkept, []
            said: object | None = None
            try:
                said = await self.peer.ask(lambda looks=looks, unkept=unkept: self._ask(looks, unkept))
            finally:
                answers = iter(cast("list[Any]", said) if isinstance(said, list) else ())
                for keys, future in looks:
                    found = [next(answers) for _ in keys] if isinstance(said, list) else None
                    if not future.done():
                        future.set_result(found)

    async def _ask(self, looks: Sequence[tuple[list[str], object]], unkept: Sequence[tuple[str, bytes, int]]) -> list[Any]:
        commands: list[Command] = [("SET", key, body, "PX", milliseconds) for key, body, milliseconds in unkept]
        if looks:
            commands.append(("MGET", *[key for keys, _ in looks for key in keys]))
        said = await call(self.peer.client, *commands)
        return said[-1] if looks else []


def _good(kept: bytes | None, floor: int) -> bytes | None:
    if kept is None:
        return None
    as_of, _, body = kept.partition(b"\n")
    return body if int(as_of) >= floor else None
