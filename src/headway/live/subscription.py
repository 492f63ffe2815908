"""One viewer's interest in a channel: what a session asks of it, whether it is one run or a list of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headway.live.frames import Frame
from headway.live.messages import ChannelName
from headway.model.positions import Position

if TYPE_CHECKING:
    from headway.live.run_subscription import RunSubscription
    from headway.live.session import Session


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of the journal, read for whoever is behind the ring. `first_kept` may be beyond the line asked for."""

    first: int
    entries: list[bytes]
    first_kept: int


PageOf = Callable[["RunSubscription", int], Page | None]
"""The page that begins at a line, if it is in memory; else it is being read, and the subscription will be woken."""


class PlainSubscription:
    """What subscriptions have in common that know neither lines nor seqs: nobody is behind, and there is no position to come back to."""

    __slots__ = ()

    @property
    def behind_count(self) -> int:
        return 0

    @property
    def top(self) -> list[int] | None:
        return None

    @property
    def position(self) -> Position | None:
        return None


class Subscription(Protocol):
    session: Session
    id: str | int | None
    name: ChannelName
    is_seated: bool
    """A seat in the channel is taken, or is about to be."""
    is_over: bool

    @property
    def has_begun(self) -> bool: ...

    @property
    def behind_count(self) -> int:
        """Lines that the viewer has still to get; 0 where there are none."""
        ...

    @property
    def top(self) -> list[int] | None:
        """Line and seq for the heartbeat; None where there are no positions."""
        ...

    @property
    def position(self) -> Position | None:
        """What a cursor says of it, once all that was flushed has been read; None where there are no positions, or none yet."""
        ...

    def step(self) -> Frame | None:
        """The one frame that all viewers in step share, if that is all that this viewer lacks; `NOTHING` if nothing is in it. Else
        None."""
        ...

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        """Append the frames that bring this viewer towards what there is, about `budget` bytes of them. Returns how many bytes it
        were, and whether that was all."""
        ...
