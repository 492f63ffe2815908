"""The seam between a gateway and what counts for all gateways of an installation. Of one server: its own memory; of a cluster: Redis.

What must hold:
- Nothing here takes longer than `PATIENCE_SECONDS`, and nothing raises because a peer is away: then each node counts for itself.
- `take` is all or nothing: where one bucket is empty, none is taken from.
- A node that is gone without a word counts no more after `LEASE_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PATIENCE_SECONDS = 0.1
"""How long a peer may take to answer, its connection included."""
LEASE_SECONDS = 15.0
"""A node that has said nothing for so long counts no more."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`name` (a kind, a colon and whose: ``person:ada``) may do `rate` a second on average, `burst` at once."""

    name: str
    rate: float
    burst: float


class SharedLimits(Protocol):
    @property
    def circuit_level(self) -> float | None:
        """The state of the circuit before the peer, as samples have it; None: there is no peer."""
        ...

    async def take(self, rates: Sequence[Rate], now: float) -> float:
        """Take one of each. Seconds until that may be tried again; 0: it was taken. `now`: monotonic seconds of the caller."""
        ...

    async def count(self, name: str, here: int) -> int:
        """This node has `here` connections of `name` (``address:192.0.2.1``) from now on; how many all nodes have together."""
        ...

    def left(self, name: str, here: int) -> None:
        """As `count`, for who does not want to know: returns at once."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...
