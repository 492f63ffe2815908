"""One way to Redis (or Valkey) for all that this process asks of it while somebody waits: few connections, little patience, a circuit.

How long a call may take is decided here alone: time-outs of redis-py beside those of asyncio have swallowed each other (decision 30).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from headway.live.limits.contract import PATIENCE_SECONDS
from headway.model.circuit import Circuit, Closed
from headway.model.clock import Clock, SystemClock

CONNECTIONS = 8
"""At most; whoever finds none free in time goes without an answer."""
_GONE = (RedisError, OSError, TimeoutError)
log = logging.getLogger("headway.redis")


class RedisPeer:
    """Everything in the event loop's thread."""

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.circuit = Circuit(monotonic=(clock or SystemClock()).monotonic)
        make: Any = aioredis.ConnectionPool.from_url  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        pool: aioredis.ConnectionPool = make(
            url, max_connections=CONNECTIONS, socket_timeout=None, socket_connect_timeout=PATIENCE_SECONDS, retry=None
        )
        self.client = aioredis.Redis.from_pool(pool)
        self.outage_count = 0
        """How often it has stopped to answer: what it was told before may be gone."""
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._asking: set[asyncio.Future[Any]] = set()

    @property
    def is_asking(self) -> bool:
        return bool(self._asking)

    @property
    def is_there(self) -> bool:
        """Whether it has answered of late."""
        return isinstance(self.circuit.state, Closed)

    async def ask(self, ask: Callable[[], Awaitable[Any]]) -> object | None:
        """What Redis answers (a question is to be one whose answer is never None); None: it does not, or is not asked now."""
        if not self.circuit.may_ask():
            return None
        # Not awaited: whoever asks is let go in time, whatever redis-py does about a connection that is given up.
        asking = asyncio.ensure_future(self._in_turn(ask))
        self._asking.add(asking)
        asking.add_done_callback(self._done)
        try:
            await asyncio.wait((asking,), timeout=PATIENCE_SECONDS)
        except asyncio.CancelledError:
            asking.cancel()  # it would keep its place among the few that may ask, for as long as a peer that is gone says nothing
            raise
        if asking.done() and not asking.cancelled() and asking.exception() is None:
            self.circuit.answered()
            return cast("object", asking.result())
        why = (asking.exception() if asking.done() and not asking.cancelled() else None) or "no answer in time"
        asking.cancel()
        was_there = self.is_there
        self.circuit.failed()
        if was_there and not self.is_there:
            self.outage_count += 1
            log.warning("Redis does not answer (%s); each node goes by its own limits, viewers and reads.", why)
        return None

    async def close(self) -> None:
        if self._asking:
            await asyncio.wait(self._asking, timeout=PATIENCE_SECONDS)
        with contextlib.suppress(*_GONE):
            await self.client.aclose()

    async def _in_turn(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async with self._free:
            return await ask()

    def _done(self, asking: asyncio.Future[Any]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # known already, or of no account any more
