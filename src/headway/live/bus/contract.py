"""The seam between processes that record and processes that tell. The embedded bus is a local socket; a cluster's is Redis.

A bus is a hint, never the truth. What must hold:
- `publish` is called after the commit, from any thread, never blocks and never raises because a peer is away or slow.
- Messages of one publisher about one run arrive in the order in which they were published, each at most once.
- Any message may be lost, and all of them while a peer is away. Whoever needs them all compares positions and reads the journal.
- Memory is bounded: when a peer does not read, the oldest messages are dropped, and counted.
- `receive` is called in the event loop's thread, with the messages of others, never with one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from headway.store.contract import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """So many viewers look at the run now. 0: progress may go at 1 Hz."""

    run: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionWished:
    """Someone wants this live connection to end, at whichever node it is."""

    connection: str
    by: str
    is_final: bool | None = None
    """It is not to come back; None: unless it is stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepWished:
    """Someone wants all stale live connections to end."""

    by: str
    unread_seconds: float | None = None


BusNews = News | Watched | ConnectionWished | SweepWished
Receive = Callable[[Sequence[BusNews]], None]


class Bus(Protocol):
    @property
    def is_connected(self) -> bool:
        """Whether news come and go now."""
        ...

    @property
    def dropped_count(self) -> int:
        """Messages that a peer did not take in time."""
        ...

    def publish(self, news: Sequence[BusNews]) -> None: ...

    async def open(self, receive: Receive) -> None:
        """Begin to listen. Returns at once also while no peer answers; peers come and go."""
        ...

    async def close(self) -> None:
        """Give what is published a moment (1 s) to leave, then end."""
        ...
