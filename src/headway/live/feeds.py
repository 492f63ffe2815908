"""The feeds of all projects whose list somebody looks at: opened, kept up to date, and dropped when nobody looks any more."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from headway.live.arrivals import Newest
from headway.live.errands import Errands
from headway.live.feed import Feed
from headway.live.list_subscription import ListSubscription
from headway.live.project_subscription import FeedSubscription
from headway.live.pulse import Pulse
from headway.live.reading import read_newest, read_overview, read_rows, read_states
from headway.live.settings import LiveSettings
from headway.live.tally import Tally
from headway.store.contract import Appended, Deleted

HEADS_AT_ONCE = 50
"""Heads of one read: their views are at most 32 KB each, and a snapshot is not held for long."""
COUNT_SECONDS = 1.0
"""How often runs are counted by state while states change."""


class _Show:
    """A feed with who holds it open, and what is being asked for it."""

    __slots__ = ("counted_at", "counter", "feed", "is_reading", "ready", "seats")

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.seats = 0
        """Subscriptions that hold it open, those included that are still being attached."""
        self.ready: asyncio.Task[None] | None = None
        self.is_reading = False
        self.counter: asyncio.TimerHandle | None = None
        self.counted_at = 0.0


class Feeds:
    def __init__(self, errands: Errands, settings: LiveSettings, tally: Tally) -> None:
        self.pulse = Pulse(least_seconds=settings.tick_seconds, longest_seconds=settings.tick_seconds, lag=tally.lag)
        self._errands = errands
        self._shows: dict[str, _Show] = {}

    @property
    def row_count(self) -> int:
        return sum(len(show.feed.rows) for show in self._shows.values())

    def close(self) -> None:
        self.pulse.close()
        for show in list(self._shows.values()):
            self._drop(show)

    # --- news ------------------------------------------------------------------------------------------------------

    def apply(self, news: Appended) -> None:
        show = self._shows.get(news.project)
        if show is not None:
            show.feed.apply(news)
            self._follow(show)

    def delete(self, news: Deleted) -> None:
        show = self._shows.get(news.project)
        if show is not None:
            show.feed.delete(news.run)
            self._follow(show)

    def _follow(self, show: _Show) -> None:
        """What the feed has come to need: rows read, runs counted, viewers told."""
        feed = show.feed
        if self._shows.get(feed.project) is not show:
            return
        if feed.unread and not show.is_reading:
            show.is_reading = True
            self._errands.spawn(self._read_rows(show))
        if feed.is_count_stale and show.counter is None and feed.states_no:
            loop = asyncio.get_running_loop()
            show.counter = loop.call_at(max(loop.time(), show.counted_at + COUNT_SECONDS), self._count_soon, show)
        if feed.is_behind and feed.subscriptions:
            self.pulse.beat(feed)

    async def _read_rows(self, show: _Show) -> None:
        feed = show.feed
        try:
            while feed.unread:
                runs = feed.take_unread(HEADS_AT_ONCE)
                feed.put(runs, await self._errands.read_patiently(partial(read_rows, project=feed.project, runs=runs)))
                self._follow(show)
        finally:
            show.is_reading = False

    def _count_soon(self, show: _Show) -> None:
        self._errands.spawn(self._count(show))

    async def _count(self, show: _Show) -> None:
        feed = show.feed
        # From here on a change of state asks for another count, whether this one has seen it or not.
        feed.is_count_stale = False
        try:
            feed.count(await self._errands.read_patiently(partial(read_states, project=feed.project)))
        finally:
            show.counter, show.counted_at = None, asyncio.get_running_loop().time()
        self._follow(show)

    # --- viewers ---------------------------------------------------------------------------------------------------

    async def take_seat(self, subscription: FeedSubscription) -> None:
        """Place a subscription in its feed, opened if need be; or not, if it is over by then. Raises `TooManyRows`."""
        show = self._hold(subscription.project)
        try:
            assert show.ready is not None
            await asyncio.shield(show.ready)
            show.feed.check_room(subscription.rows)
        except BaseException:
            self._release(show)
            raise
        if subscription.is_over:
            self._release(show)
            return
        subscription.begin(show.feed, show.feed.hold(subscription.rows))
        show.feed.subscriptions[subscription] = None
        self._follow(show)

    def leave_seat(self, subscription: FeedSubscription) -> None:
        """The subscription is over."""
        subscription.is_over = True
        feed, show = subscription.feed, self._shows.get(subscription.project)
        if feed is None or show is None or show.feed is not feed or subscription not in feed.subscriptions:
            return  # it has no seat yet, or none any more
        del feed.subscriptions[subscription]
        feed.let_go(subscription.rows)
        self._release(show)

    def look(self, subscription: ListSubscription, add: Collection[str], remove: Collection[str]) -> None:
        """Other rows are in view. Raises `TooManyRows`, and then nothing has changed."""
        feed = subscription.feed
        show = self._shows.get(subscription.project)
        if feed is None or show is None:
            subscription.remove(remove)
            subscription.add(add)
            return
        feed.check_room(add)
        feed.let_go(subscription.remove(remove))
        subscription.add(feed.hold(run for run in add if run not in subscription.rows))
        subscription.session.attached(subscription)
        self._follow(show)

    def _hold(self, project: str) -> _Show:
        show = self._shows.get(project)
        if show is None:
            show = self._shows[project] = _Show(Feed(project=project, epoch=self._errands.epoch))
            show.ready = self._errands.spawn(self._open(show))
        show.seats += 1
        return show

    async def _open(self, show: _Show) -> None:
        overview = await self._errands.read_patiently(partial(read_overview, project=show.feed.project))
        show.feed.settle(overview.newest)
        show.feed.count(overview.states)
        show.counted_at = asyncio.get_running_loop().time()

    def _release(self, show: _Show) -> None:
        show.seats -= 1
        if show.seats <= 0:
            self._drop(show)

    def _drop(self, show: _Show) -> None:
        if show.counter is not None:
            show.counter.cancel()
        if self._shows.get(show.feed.project) is show:
            del self._shows[show.feed.project]

    # --- where news were lost --------------------------------------------------------------------------------------

    def runs(self) -> list[str]:
        """Rows to be held against the store."""
        return [run for show in self._shows.values() for run, row in show.feed.rows.items() if row.seq]

    def behind(self, asked: Collection[str], tops: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """Runs of `asked` whose rows are behind the store, with its seq; those that it has no more are gone."""
        behind: dict[str, int] = {}
        for show in list(self._shows.values()):
            for run, row in list(show.feed.rows.items()):
                if run not in asked:
                    continue
                if run not in tops:
                    show.feed.delete(run)
                elif tops[run][0] > row.seq:
                    behind[run] = tops[run][0]
            self._follow(show)
        return behind

    def fill(self, behind: Mapping[str, int]) -> int:
        """Read the rows that still are behind; how many there are."""
        found = 0
        for show in self._shows.values():
            late = [run for run, seq in behind.items() if run in show.feed.rows and show.feed.rows[run].seq < seq]
            show.feed.unread |= dict.fromkeys(late)
            found += len(late)
            self._follow(show)
        return found

    async def newest(self) -> list[tuple[Feed, Newest]]:
        """Each open feed with the runs of its project that were created last; and let them be counted again."""
        found: list[tuple[Feed, Newest]] = []
        for show in [show for show in self._shows.values() if show.feed.states_no]:
            feed = show.feed
            found.append((feed, await self._errands.read(partial(read_newest, project=feed.project))))
            feed.is_count_stale = True
            self._follow(show)
        return found

    def unknown_count(self, newest: Iterable[tuple[Feed, Newest]]) -> int:
        return sum(len(feed.unknown(window)) for feed, window in newest)

    def settle(self, newest: Iterable[tuple[Feed, Newest]]) -> int:
        """Tell of the runs that were created without a word; how many there were."""
        found = 0
        for feed, window in newest:
            unknown = feed.unknown(window)
            for run in unknown:
                feed.arrive(run)
            feed.settle(window)
            found += len(unknown)
            show = self._shows.get(feed.project)
            if show is not None:
                self._follow(show)
        return found
