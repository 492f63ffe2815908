"""The seam between a gateway and those of the other nodes: who is connected there. Of one server: nobody; of a cluster: what each node
says of itself in Redis.

What must hold:
- Nothing here raises because a peer is away: then a node knows of its own viewers alone.
- What a node said counts no more `LEASE_SECONDS` after its last sign of life.
- It is a picture of some seconds ago. Whoever acts on it asks the node whose connection it is (`live/bus`), which has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from headway.live.connections import Connection

LEASE_SECONDS = 15.0
"""What a node said of its connections counts for so long."""
SLICES = 10
"""A node says who is there a tenth at a time, so that ten thousand viewers never hold its loop up together."""

Look = Callable[[int], Sequence[Connection]]
"""The connections of this node in one of its slices."""


class Registry(Protocol):
    async def elsewhere(self) -> Sequence[Connection]:
        """The connections of all other nodes, as far as is known."""
        ...

    async def open(self, look: Look) -> None:
        """From now on the others know what `look` sees."""
        ...

    async def close(self) -> None:
        """Nobody is here any more."""
        ...
