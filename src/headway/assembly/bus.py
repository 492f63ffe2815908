"""Which bus the processes of an installation share, where limits are counted, and where it stands who looks on: Redis where one is named,
else a socket in the home, and the memory of the server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from headway.live.bus.contract import Bus, BusNews
from headway.live.bus.local import LocalBusClient, LocalBusServer
from headway.live.limits.contract import SharedLimits
from headway.live.limits.local import LocalLimits
from headway.live.registry.contract import Registry
from headway.live.registry.local import LocalRegistry
from headway.model.errors import BadSetting
from headway.settings import Settings
from headway.web.kept_reads import KeptReads, Shelf, Told


def server_bus(settings: Settings, epoch: str, *, greet: Callable[[], Sequence[BusNews]], returned: Callable[[], object]) -> Bus:
    """A server's end. `greet`: what a worker that has just come is told. `returned` is called when a bus that was away is there again."""
    if settings.redis_url is None:
        return LocalBusServer(settings.bus_path, greet=greet)
    return _redis(settings.redis_url, epoch, is_server=True, greet=greet, returned=returned)


def worker_bus(settings: Settings, epoch: str) -> Bus:
    """A worker's end."""
    if settings.redis_url is None:
        return LocalBusClient(settings.bus_path)
    return _redis(settings.redis_url, epoch, is_server=False)


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
        raise _absent(error) from None
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


def _absent(error: ModuleNotFoundError) -> BadSetting:
    return BadSetting(name="REDIS_URL", reason=f"{error.name} is not installed: pip install 'headway[redis]'")


def _redis(
    url: str, epoch: str, *, is_server: bool, greet: Callable[[], Sequence[BusNews]] = tuple, returned: Callable[[], object] | None = None
) -> Bus:
    """Raises `BadSetting` where redis-py is not installed."""
    try:
        from headway.live.bus.redis import RedisBus
    except ModuleNotFoundError as error:
        raise _absent(error) from None
    return RedisBus(url, cluster=epoch, is_server=is_server, greet=greet, returned=returned)
