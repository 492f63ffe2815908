"""What all servers of an installation have in common beside the bus: where limits are counted, where it stands who looks on, and where
answers are kept. Redis where one is named, else the memory of the server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from headway.assembly.bus import redis_absent
from headway.live.bus.contract import Bus
from headway.live.limits.contract import SharedLimits
from headway.live.limits.local import LocalLimits
from headway.live.registry.contract import Registry
from headway.live.registry.local import LocalRegistry
from headway.settings import Settings
from headway.web.kept_reads import KeptReads, Shelf, Told


@dataclass(frozen=True, slots=True)
class Shared:
    """What all servers of an installation have in common beside the bus."""

    limits: SharedLimits
    registry: Registry
    shelf: Shelf | None
    """Where answers are kept; None: nowhere."""


@asynccontextmanager
async def open_shared(settings: Settings, epoch: str) -> AsyncGenerator[Shared]:
    """While in the block. Raises `BadSetting` where redis-py is not installed."""
    if settings.redis_url is None:
        yield Shared(LocalLimits(), LocalRegistry(), None)
        return
    try:
        from headway.live.limits.redis import RedisLimits
        from headway.live.redis_cache import RedisCache
        from headway.live.redis_peer import RedisPeer
        from headway.live.registry.redis import RedisRegistry
    except ModuleNotFoundError as error:
        raise redis_absent(error) from None
    async with AsyncExitStack() as stack:
        peer = RedisPeer(settings.redis_url)
        stack.push_async_callback(peer.close)
        limits = RedisLimits(peer, cluster=epoch)
        stack.push_async_callback(limits.close)
        await limits.open()
        registry = RedisRegistry(peer, cluster=epoch)
        stack.push_async_callback(registry.close)  # opened by the gateway
        cache = RedisCache(peer, cluster=epoch)
        stack.push_async_callback(cache.close)
        yield Shared(limits, registry, cache)


def kept_reads(shelf: Shelf | None, bus: Bus) -> KeptReads | None:
    """Answers are kept where all nodes hear what has changed."""
    if shelf is None:
        return None
    told: Any = bus
    assert isinstance(told, Told)
    return KeptReads(shelf, told)
