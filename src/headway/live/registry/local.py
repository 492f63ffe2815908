"""The registry of a server that is the only one."""

from __future__ import annotations

from collections.abc import Sequence

from headway.live.connections import Connection
from headway.live.registry.contract import Look


class LocalRegistry:
    async def elsewhere(self) -> Sequence[Connection]:
        return ()

    async def open(self, look: Look) -> None:
        pass

    async def close(self) -> None:
        pass
