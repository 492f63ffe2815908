"""The notices of the store, for those who subscribe to `user:<name>`: read once, then kept in step by news and by comparison."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from headway.live.errands import Errands
from headway.model.clock import Clock, SystemClock
from headway.model.notice import Notice, notice_from_json
from headway.store.news import Noticed
from headway.store.notices import Notices, read_notices

if TYPE_CHECKING:
    from headway.live.user_subscription import UserSubscription


class Board:
    """Changed only by the hub, in the loop's thread."""

    def __init__(self, errands: Errands, clock: Clock | None = None) -> None:
        self.top = 0
        """The `seq` of the newest notice."""
        self._errands = errands
        self._clock = clock or SystemClock()
        self._notices: list[Notice] = []
        self._is_read = False
        self._reading = asyncio.Lock()
        self._subscriptions: dict[UserSubscription, None] = {}

    @property
    def epoch(self) -> str:
        return self._errands.epoch

    def since(self, seq: int, user: str) -> list[Notice]:
        """What `user` is to be told who was told all up to `seq`: nothing that is over; what was taken back, to those who may have it."""
        now = self._clock.now()
        found = [each for each in self._notices if each.seq > seq and each.is_for(user) and each.expires_at > now]
        return [each for each in found if seq > 0 or not each.is_withdrawn]

    async def take_seat(self, subscription: UserSubscription) -> None:
        if not self._is_read:
            await self._read_once()
        if not subscription.is_over:
            self._subscriptions[subscription] = None
            subscription.begin(self)

    def leave_seat(self, subscription: UserSubscription) -> None:
        subscription.is_over = True
        self._subscriptions.pop(subscription, None)

    def hear(self, news: Noticed) -> None:
        if not self._is_read:
            return  # whoever comes first reads all of them
        notice = notice_from_json(news.notice)
        if notice.seq == self.top + 1:
            self._adopt(Notices(top=notice.seq, items=[*(each for each in self._notices if each.id != notice.id), notice]))
        elif notice.seq > self.top:
            self._errands.spawn(self.compare())

    async def compare(self) -> None:
        """Hold what is known against the store, once there is something: lost news are found. Raises what reading raises."""
        if self._is_read:
            await self._read()

    async def _read_once(self) -> None:
        async with self._reading:
            if not self._is_read:
                # From here on news are heard: one that comes while we read is behind `top`, and so is read again.
                self._is_read = True
                try:
                    await self._read()
                except BaseException:
                    self._is_read = False
                    raise

    async def _read(self) -> None:
        found = await self._errands.read(lambda snapshot: read_notices(snapshot.meta))
        if found.top > self.top:
            self._adopt(found)

    def _adopt(self, notices: Notices) -> None:
        self.top, self._notices = notices.top, list(notices.items)
        for subscription in tuple(self._subscriptions):
            subscription.session.touch(subscription)
            subscription.session.wake()
