"""The hub of one process: news come in, what is watched (runs, and lists of runs) is kept up to date, and flushes go out.

News are hints. Every 5 s all that is watched is held against the store, so that a lost last message is found as well.
Everything happens in the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, TypeVar

from headway.live.approvals_subscription import ApprovalsSubscription
from headway.live.board import Board
from headway.live.bulletin import Bulletin
from headway.live.bus.contract import BusNews
from headway.live.errands import Errands
from headway.live.feeds import Feeds
from headway.live.list_subscription import ListSubscription
from headway.live.project_subscription import FeedSubscription
from headway.live.pulse import Pulse
from headway.live.run_subscription import RunSubscription
from headway.live.settings import LiveSettings
from headway.live.subscription import Page, Subscription
from headway.live.system_subscription import SystemSubscription
from headway.live.tally import Tally
from headway.live.undecided import Undecided
from headway.live.user_subscription import UserSubscription
from headway.live.watches import Watches
from headway.model.clock import Clock
from headway.model.errors import HeadwayError
from headway.store.contract import Appended, Deleted, Store
from headway.store.news import AccessChanged, Changed, Noticed, Revoked
from headway.store.samples import Sampled

T = TypeVar("T")

DEAF_SECONDS = 60.0
"""Lost news are remembered for so long."""
HEARS_AGAIN = 3
"""Comparisons in a row that find nothing lost (15 s): then news come again. Found by `python -m chaos.faults --outages 160`: two outages
soon after each other, each with news that were lost for good reason, and a minute was told as one of lost news of which 50 s were none."""

TOPS_AT_ONCE = 5_000
"""Runs of one query: no snapshot is held for long."""
PATIENCE_SECONDS = 0.25
"""What the store has and the hub has not for no longer than this is news still on its way, not news lost."""

log = logging.getLogger("headway.hub")


class Hub:
    def __init__(
        self, store: Store, *, settings: LiveSettings | None = None, tell: Callable[[Sequence[BusNews]], None] | None = None,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        """`tell` carries `Watched` to the workers (the bus's `publish`). `clock`: the store's; None: this machine's."""
        self.settings = settings or LiveSettings()
        self.found_by_tops = 0
        """Runs whose newest events only the comparison with the store has found: lost news. An alarm if it grows."""
        self._lost_at: deque[float] = deque(maxlen=2)
        """When a comparison with the store last found news that nobody had told."""
        self._good_count = 0
        """Comparisons since then that found none."""
        self.on_revocation: list[Callable[[str], None]] = []
        """Who is to know that a token or a session (its id) has ended before its time."""
        self.on_access_change: list[Callable[[AccessChanged], None]] = []
        """Who is to know that accounts may do something else than before."""
        self.tally = Tally()
        self._errands = Errands(store)
        self._runs = Watches(self._errands, self.settings, tell, self.tally)
        self._lists = Feeds(self._errands, self.settings, self.tally)
        self._bulletin = Bulletin(epoch=store.epoch)
        self._board = Board(self._errands, clock)
        self.undecided = Undecided(self._errands)
        tick = self.settings.tick_seconds
        self._pulse = Pulse(least_seconds=tick, longest_seconds=tick)

    @property
    def hole_count(self) -> int:
        """Holes in the news of watched runs that were read from the journal."""
        return self._runs.hole_count

    @property
    def folded_count(self) -> int:
        """News of watched runs that went to their viewers together with others, as one."""
        return self._runs.folded_count

    @property
    def is_deaf(self) -> bool:
        """Whether news do not come: two comparisons with the store within the last minute have found some that were not heard, and the
        last ones did, too."""
        is_twice = len(self._lost_at) == 2 and asyncio.get_running_loop().time() - self._lost_at[0] <= DEAF_SECONDS
        return is_twice and self._good_count < HEARS_AGAIN

    @property
    def watched_count(self) -> int:
        return len(self._runs)

    @property
    def row_count(self) -> int:
        """Rows of lists that somebody has in view."""
        return self._lists.row_count

    async def open(self) -> None:
        """Begin to compare. Call in the loop that will call everything else."""
        self.spawn(self._compare_again_and_again())

    async def close(self) -> None:
        self._errands.is_closed = True
        self._runs.close()
        self._lists.close()
        self._pulse.close()
        self.undecided.close()
        await self._errands.close()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that ends with the hub."""
        return self._errands.spawn(work)

    def apply(self, news: Sequence[BusNews]) -> None:
        """News of the bus, and of this process's own acts, in the loop's thread."""
        for item in news:
            if isinstance(item, Appended):
                self._runs.apply(item)
                self._lists.apply(item)
            elif isinstance(item, Deleted):
                self._runs.end(item.run)
                self._lists.delete(item)
            elif isinstance(item, Sampled):
                self._bulletin.apply(item.samples)
                if self._bulletin.is_behind:
                    self._pulse.beat(self._bulletin)
            elif isinstance(item, Noticed):
                self._board.hear(item)
            elif isinstance(item, Changed):
                self.undecided.hear(item)
            elif isinstance(item, Revoked):
                self.revoke(item.id)
            elif isinstance(item, AccessChanged):
                for heed in self.on_access_change:
                    heed(item)

    def revoke(self, id: str) -> None:
        """A token has ended before its time, or a session with its tokens."""
        for heed in self.on_revocation:
            heed(id)

    # --- viewers ---------------------------------------------------------------------------------------------------

    async def take_seat(self, subscription: Subscription) -> None:
        """Place a subscription in its channel, opened if need be; or not, if it is over by then. Raises `RunNotFound`,
        `TooManyRows`. `leave_seat` ends it."""
        if isinstance(subscription, FeedSubscription):
            await self._lists.take_seat(subscription)
        elif isinstance(subscription, RunSubscription):
            await self._runs.take_seat(subscription)
        elif isinstance(subscription, SystemSubscription):
            subscription.begin(self._bulletin)
            self._bulletin.subscriptions[subscription] = None
        elif isinstance(subscription, UserSubscription):
            await self._board.take_seat(subscription)
        elif isinstance(subscription, ApprovalsSubscription):
            await self.undecided.take_seat(subscription)

    def leave_seat(self, subscription: Subscription) -> None:
        """The subscription is over."""
        if isinstance(subscription, FeedSubscription):
            self._lists.leave_seat(subscription)
        elif isinstance(subscription, RunSubscription):
            self._runs.leave_seat(subscription)
        elif isinstance(subscription, SystemSubscription):
            subscription.is_over = True
            self._bulletin.subscriptions.pop(subscription, None)
        elif isinstance(subscription, UserSubscription):
            self._board.leave_seat(subscription)
        elif isinstance(subscription, ApprovalsSubscription):
            self.undecided.leave_seat(subscription)

    def look(self, subscription: ListSubscription, add: Collection[str], remove: Collection[str]) -> None:
        """Other rows of a list are in view. Raises `TooManyRows`, and then nothing has changed."""
        self._lists.look(subscription, add, remove)

    def page(self, subscription: RunSubscription, first: int) -> Page | None:
        """Lines of the journal from `first` on. None: being read, and the subscription will be woken."""
        return self._runs.page(subscription, first)

    def watched(self) -> list[BusNews]:
        """What a worker that has just connected wants to know."""
        return self._runs.watched()

    # --- where news were lost --------------------------------------------------------------------------------------

    async def _compare_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self.settings.tops_seconds)
            await self.compare_tops()

    async def catch_up(self) -> None:
        """The bus was away and is there again: compare now. What was lost meanwhile does not make us deaf from here on."""
        await self.compare_tops()
        self._lost_at.clear()

    async def compare_tops(self) -> None:
        """Hold all that is watched against the store, thousands of runs in one query; what is behind is read, what is gone ends."""
        runs = {*self._runs.runs(), *self._lists.runs()}
        try:
            tops = await self._tops(list(runs))
            newest = await self._lists.newest()
            await self._board.compare()
            await self.undecided.compare()
        except HeadwayError as error:
            log.warning("What is watched cannot be compared with the store: %s", error)
            return
        behind = self._runs.behind(runs, tops) | self._lists.behind(runs, tops)
        if behind or self._lists.unknown_count(newest):
            await asyncio.sleep(PATIENCE_SECONDS)
        found = self._runs.fill(behind) + self._lists.fill(behind) + self._lists.settle(newest)
        self.found_by_tops += found
        self._good_count = 0 if found else self._good_count + 1
        if found:
            self._lost_at.append(asyncio.get_running_loop().time())

    async def _tops(self, runs: list[str]) -> dict[str, tuple[int, int]]:
        tops: dict[str, tuple[int, int]] = {}
        for start in range(0, len(runs), TOPS_AT_ONCE):
            some = runs[start : start + TOPS_AT_ONCE]
            tops |= await self._errands.read(lambda snapshot, some=some: snapshot.journal.tops(some))
        return tops
