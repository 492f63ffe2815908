"""Which bus the processes of an installation share: Redis where one is named, else a socket in the home.

Workers come through here, too: nothing of the web is imported (15 MB in each of them).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headway.live.bus.contract import Bus, BusNews
from headway.live.bus.local import LocalBusClient, LocalBusServer
from headway.model.errors import BadSetting
from headway.settings import Settings


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


def redis_absent(error: ModuleNotFoundError) -> BadSetting:
    return BadSetting(name="REDIS_URL", reason=f"{error.name} is not installed: pip install 'headway[redis]'")


def _redis(
    url: str, epoch: str, *, is_server: bool, greet: Callable[[], Sequence[BusNews]] = tuple, returned: Callable[[], object] | None = None
) -> Bus:
    """Raises `BadSetting` where redis-py is not installed."""
    try:
        from headway.live.bus.redis import RedisBus
    except ModuleNotFoundError as error:
        raise redis_absent(error) from None
    return RedisBus(url, cluster=epoch, is_server=is_server, greet=greet, returned=returned)
