"""Requests that others have to decide upon, for those who subscribe to `approvals`: read when somebody looks, and again when they change.

A level, not a sequence: what a viewer is told is how it is now, so that news may be lost, and are folded, without harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.live.errands import Errands
from headway.model.approval import OpenApproval
from headway.model.errors import HeadwayError
from headway.store.news import Changed

if TYPE_CHECKING:
    from headway.live.approvals_subscription import ApprovalsSubscription

APPROVALS = "approvals"
"""What `Changed` says of them, and the name of the channel."""
OPEN_LIMIT = 500
"""Of the newest so many are told who they wait for; whoever has more has work enough."""
READ_SECONDS = 1.0
"""How often they are read while they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one viewer sees of them."""

    waiting: int
    """Those that wait for the viewer's vote."""
    open: int
    """All that they may see."""
    stamp: str
    """Another whenever one of these is another: the list of them is better asked for again."""


Weigh = Callable[[object, Sequence[OpenApproval]], Seen]
"""What this principal sees of these."""


def _nothing(principal: object, approvals: Sequence[OpenApproval]) -> Seen:
    return Seen(waiting=0, open=0, stamp="")


class Undecided:
    """Changed only by the hub, in the loop's thread."""

    def __init__(self, errands: Errands) -> None:
        self.weigh: Weigh = _nothing
        self.open: Sequence[OpenApproval] = ()
        self.no = 0
        """Raised whenever `open` is another."""
        self._errands = errands
        self._subscriptions: dict[ApprovalsSubscription, None] = {}
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._read_at = 0.0

    @property
    def epoch(self) -> str:
        return self._errands.epoch

    async def take_seat(self, subscription: ApprovalsSubscription) -> None:
        self._subscriptions[subscription] = None
        try:
            await self._read()
        except BaseException:
            self._subscriptions.pop(subscription, None)
            raise
        if not subscription.is_over:
            subscription.begin(self)

    def leave_seat(self, subscription: ApprovalsSubscription) -> None:
        subscription.is_over = True
        self._subscriptions.pop(subscription, None)

    def hear(self, news: Changed) -> None:
        if news.what == APPROVALS and self._subscriptions and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._read_at + READ_SECONDS), self._read_soon)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _read_soon(self) -> None:
        self._timer = None
        self._errands.spawn(self._read_or_wait())

    async def _read_or_wait(self) -> None:
        try:
            await self._read()
        except HeadwayError:
            return  # the store is away; the next comparison finds what has changed

    async def compare(self) -> None:
        """Hold what is known against the store, if somebody looks. Raises what reading raises."""
        if self._subscriptions:
            await self._read()

    async def _read(self) -> None:
        async with self._lock:
            self._read_at = asyncio.get_running_loop().time()
            found = await self._errands.read(lambda snapshot: snapshot.approvals.open(OPEN_LIMIT))
            if found == self.open:
                return
            self.open = found
            self.no += 1
            for subscription in tuple(self._subscriptions):
                if subscription.has_begun:
                    subscription.session.touch(subscription)
                    subscription.session.wake()
