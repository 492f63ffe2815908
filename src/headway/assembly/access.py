"""What accounts may do, in force in this process: changes by the news, and what the news did not bring within 5 s."""

from __future__ import annotations

import asyncio
import logging

from headway.access.directory import Directory
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.model.errors import HeadwayError

EVERY_SECONDS = 4.0
"""Between two looks for changes of which the news were lost."""

log = logging.getLogger("headway.assembly")


async def follow_access(directory: Directory, hub: Hub, gateway: Gateway) -> None:
    """Keep the directory as new as the store from now on, and the connections of those whose rights change. Raises `StoreUnavailable`."""
    hub.on_access_change.append(directory.hear)
    directory.on_change.append(gateway.ask_again)
    await directory.look()
    hub.spawn(_keep(directory))


async def _keep(directory: Directory) -> None:
    """Look again and again."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await directory.look()
        except HeadwayError as error:
            log.warning("Whether rights have changed cannot be found out: %s", error)
