"""The runs that are watched: a channel each, kept up to date by news, and read from the journal where there is a hole.

News are hints. A channel applies what follows its own position; anything else makes it read the hole, one reader a channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from headway.live.bus.contract import BusNews, Watched
from headway.live.channel import RING_ENTRIES, Channel
from headway.live.errands import RETRY_SECONDS, Errands
from headway.live.frames import METRIC
from headway.live.pages import Pages
from headway.live.pulse import Pulse
from headway.live.reading import Opening, read_hole, read_opening, read_page, read_points, read_result
from headway.live.run_subscription import RunSubscription
from headway.live.settings import LiveSettings
from headway.live.subscription import Page
from headway.live.tally import Tally
from headway.model.errors import HeadwayError, RunNotFound
from headway.model.positions import Position
from headway.store.contract import Appended

WAITING_NEWS = 256
"""News of one run that are kept while its channel is being read."""
LEAD_LINES = 100
"""By how many lines others may be apart who wait for the same page."""
WATCHED_SECONDS = 1.0
"""How often a changed number of viewers is told, unless it changes from or to none."""

log = logging.getLogger("headway.hub")


class _Watch:
    """A watched run: its channel once that is read, who waits for it, and what came in meanwhile."""

    __slots__ = ("channel", "is_reading", "linger", "news", "pages", "ready", "seats", "teller", "told_at", "told_count")

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.ready: asyncio.Task[None] | None = None
        self.is_reading = False
        self.news: deque[Appended] = deque(maxlen=WAITING_NEWS)
        self.seats = 0
        """Subscriptions that hold it open, those included that are still being attached."""
        self.pages: dict[tuple[int, int], set[RunSubscription]] = {}
        """Who waits for a page that is being read, by the first lines that they may ask for who wait for it."""
        self.linger: asyncio.TimerHandle | None = None
        self.teller: asyncio.TimerHandle | None = None
        self.told_count = 0
        self.told_at = -WATCHED_SECONDS

    def stop(self) -> None:
        """It is not watched any more."""
        for timer in (self.linger, self.teller):
            if timer is not None:
                timer.cancel()


class Watches:
    def __init__(self, errands: Errands, settings: LiveSettings, tell: Callable[[Sequence[BusNews]], None] | None, tally: Tally) -> None:
        """`tell` carries `Watched` to the workers."""
        self.pulse = Pulse(least_seconds=settings.least_tick_seconds, longest_seconds=settings.tick_seconds, lag=tally.lag)
        self._tally = tally
        self.hole_count = 0
        self.folded_count = 0
        """News that joined others which viewers had still to get, so that one message tells of both."""
        self._errands = errands
        self._linger_seconds = settings.linger_seconds
        self._tell = tell
        self._watches: dict[str, _Watch] = {}
        self._pages = Pages()

    def __len__(self) -> int:
        return len(self._watches)

    def close(self) -> None:
        self.pulse.close()
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()

    # --- news ------------------------------------------------------------------------------------------------------

    def apply(self, news: Appended) -> None:
        watch = self._watches.get(news.run)
        if watch is not None:
            self._apply(watch, news)

    def _apply(self, watch: _Watch, news: Appended) -> None:
        channel = watch.channel
        if channel is None or watch.is_reading:
            watch.news.append(news)
        elif is_next(channel, news):
            if channel.subscriptions and channel.is_behind:
                self.folded_count += 1
            channel.apply(news)
            self._grown(watch, channel)
            if "attempt" in news.patch:
                # Another worker, perhaps, has the run now, and does not know who looks on.
                watch.told_count = 0
                self._tell_watched(news.run, watch)
        elif news.last_seq > channel.seq:
            watch.news.append(news)
            self._fill(watch, channel)

    def _grown(self, watch: _Watch, channel: Channel) -> None:
        if channel.final_state is not None and channel.finished is None and not watch.is_reading:
            self._finish(watch, channel)
        if channel.subscriptions:
            self.pulse.beat(channel)

    def _fill(self, watch: _Watch, channel: Channel) -> None:
        """Read what the channel has missed; news wait meanwhile."""
        if not watch.is_reading:
            watch.is_reading = True
            self.hole_count += 1
            watch.ready = self._errands.spawn(self._read_hole(watch, channel))

    async def _read_hole(self, watch: _Watch, channel: Channel) -> None:
        while True:
            try:
                hole = await self._errands.read(partial(read_hole, run=channel.run, line=channel.line, seq=channel.seq))
            except RunNotFound:
                self.end(channel.run)
                return
            except HeadwayError as error:
                log.warning("The journal cannot be read (%s); viewers wait.", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if hole.head.last_seq > channel.seq:
                channel.jump(hole.head, hole.entries, hole.points, hole.final_state)
            if self._take_waiting(watch, channel):
                break
        watch.is_reading = False
        self._grown(watch, channel)

    def _take_waiting(self, watch: _Watch, channel: Channel) -> bool:
        """Apply the news that came while the journal was read. False if there is a hole once more."""
        while watch.news:
            news = watch.news.popleft()
            if is_next(channel, news):
                channel.apply(news)
            elif news.last_seq > channel.seq:
                return False
        return True

    def _finish(self, watch: _Watch, channel: Channel) -> None:
        watch.is_reading = True  # one reader a channel; news wait for it
        watch.ready = self._errands.spawn(self._read_result(watch, channel))

    async def _read_result(self, watch: _Watch, channel: Channel) -> None:
        result = await self._errands.read_patiently(lambda snapshot: read_result(snapshot, channel.run))
        channel.finish(result=result)
        watch.is_reading = False
        if self._take_waiting(watch, channel):
            self._grown(watch, channel)
        else:
            self._fill(watch, channel)
        for subscription in channel.subscriptions:
            subscription.session.touch(subscription)
        self.pulse.beat(channel)

    # --- viewers ---------------------------------------------------------------------------------------------------

    async def take_seat(self, subscription: RunSubscription) -> None:
        """Place a subscription in its channel, opened if need be; or not, if it is over by then. Raises `RunNotFound`.

        `leave_seat` ends it.
        """
        run = subscription.run
        watch = self._hold(run)
        try:
            channel = await self._channel(run)
            if subscription.is_beyond(channel):
                # Perhaps another process told the viewer of what this one has not heard yet: ask before calling it a reset.
                self._fill(watch, channel)
                if watch.ready is not None:
                    await asyncio.wait([watch.ready])
            await self._recall(subscription, channel)
            if self._watches.get(run) is not watch:
                raise RunNotFound(run=run)
        except BaseException:
            self._release(run, watch)
            raise
        if subscription.is_over:
            self._release(run, watch)
            return
        if channel.cut() is not None and channel.subscriptions:
            self.pulse.beat(channel, is_cut=True)
        subscription.begin(channel)
        channel.subscriptions[subscription] = None
        self._tell_watched(run, watch)

    async def _recall(self, subscription: RunSubscription, channel: Channel) -> None:
        """What a viewer that comes back has missed of the points while nobody looked on, or before this server started, is read
        once for all. Without it a resumed viewer would be told of a gap where perhaps not one point lies."""
        wants, until = subscription.wants, channel.points.complete_from
        if not isinstance(wants, Position) or wants.epoch != channel.epoch or wants.seq >= until or not subscription.facets & METRIC:
            return
        past = await self._errands.read_patiently(partial(read_points, run=channel.run, after_seq=wants.seq, to_seq=until))
        if past is not None and channel.points.complete_from == until:
            channel.points.recall(past.points, after_seq=past.after_seq)

    def leave_seat(self, subscription: RunSubscription) -> None:
        """The subscription is over."""
        subscription.is_over = True
        channel = subscription.channel
        watch = self._watches.get(subscription.run)
        if channel is None or channel.subscriptions.pop(subscription, subscription) is subscription:
            return  # it has no seat yet, or none any more
        if watch is not None and watch.channel is channel:
            for waiting in watch.pages.values():
                waiting.discard(subscription)
            self._release(subscription.run, watch)
            self._tell_watched(subscription.run, watch)

    def _hold(self, run: str) -> _Watch:
        """The watch of a run, opened if need be, and kept open until `_release`."""
        watch = self._watches.get(run)
        if watch is None:
            watch = self._watches[run] = _Watch()
            watch.ready = self._errands.spawn(self._open(run, watch))
        watch.seats += 1
        if watch.linger is not None:
            watch.linger.cancel()
            watch.linger = None
        return watch

    def _release(self, run: str, watch: _Watch) -> None:
        watch.seats -= 1
        if watch.seats <= 0 and not self._errands.is_closed and self._watches.get(run) is watch:
            loop = asyncio.get_running_loop()
            watch.linger = loop.call_later(self._linger_seconds, self._forget, run, watch)

    def _forget(self, run: str, watch: _Watch) -> None:
        if self._watches.get(run) is watch and watch.seats <= 0:
            del self._watches[run]
            self._pages.forget(run)

    async def _channel(self, run: str) -> Channel:
        watch = self._watches.get(run)
        while watch is not None:
            if watch.channel is not None:
                return watch.channel
            assert watch.ready is not None
            await asyncio.shield(watch.ready)
            watch = self._watches.get(run)
        raise RunNotFound(run=run)

    async def _open(self, run: str, watch: _Watch) -> None:
        try:
            opening: Opening = await self._errands.read_patiently(lambda snapshot: read_opening(snapshot, run))
        except RunNotFound:
            self.end(run)
            return
        channel = Channel(run=run, epoch=self._errands.epoch, head=opening.head, final_state=opening.final_state, tally=self._tally)
        watch.channel = channel
        if not self._take_waiting(watch, channel):
            self._fill(watch, channel)
        elif channel.final_state is not None:
            self._finish(watch, channel)

    def end(self, run: str) -> None:
        """The run was deleted."""
        watch = self._watches.pop(run, None)
        if watch is None:
            return
        watch.stop()
        if watch.channel is not None:
            error = RunNotFound(run=run)
            for subscription in list(watch.channel.subscriptions):
                subscription.session.end(subscription, "The run was deleted.", error.code)

    def _tell_watched(self, run: str, watch: _Watch) -> None:
        """Let the workers know how many look on: at once from or to none, else at most once a second."""
        count = len(watch.channel.subscriptions) if watch.channel is not None else 0
        if self._tell is None or self._errands.is_closed or count == watch.told_count:
            return
        loop = asyncio.get_running_loop()
        wait = watch.told_at + WATCHED_SECONDS - loop.time()
        if wait <= 0 or not count or not watch.told_count:
            watch.told_count, watch.told_at = count, loop.time()
            self._tell([Watched(run=run, count=count)])
        elif watch.teller is None:
            watch.teller = loop.call_later(wait, self._tell_later, run, watch)

    def _tell_later(self, run: str, watch: _Watch) -> None:
        watch.teller = None
        self._tell_watched(run, watch)

    def watched(self) -> list[BusNews]:
        """What a worker that has just connected wants to know."""
        return [Watched(run=run, count=watch.told_count) for run, watch in self._watches.items() if watch.told_count]

    # --- where news were lost --------------------------------------------------------------------------------------

    def runs(self) -> list[str]:
        """Those to be held against the store."""
        return [run for run, watch in self._watches.items() if watch.channel is not None]

    def behind(self, asked: Collection[str], tops: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """Runs of `asked` whose channels are behind the store, with its seq; those that it has no more are ended."""
        behind: dict[str, int] = {}
        for run, watch in list(self._watches.items()):
            if watch.channel is None or run not in asked:
                continue
            if run not in tops:
                self.end(run)
            elif tops[run][0] > watch.channel.seq:
                behind[run] = tops[run][0]
        return behind

    def fill(self, behind: Mapping[str, int]) -> int:
        """Read the holes of those that still are behind; how many there are."""
        found = 0
        for run, seq in behind.items():
            watch = self._watches.get(run)
            if watch is not None and watch.channel is not None and not watch.is_reading and watch.channel.seq < seq:
                found += 1
                self._fill(watch, watch.channel)
        return found

    # --- pages of the journal --------------------------------------------------------------------------------------

    def page(self, subscription: RunSubscription, first: int) -> Page | None:
        """Lines of the journal from `first` on. None: being read, and the subscription will be woken."""
        page = self._pages.get(subscription.run, first)
        watch = self._watches.get(subscription.run)
        waiting = None if watch is None else next((who for (begin, end), who in watch.pages.items() if begin <= first <= end), None)
        # Whoever waits for a page asks again, at each flush and once it is there: the page that was read for a viewer is not also
        # one that the viewer found, else no share of pages found could be below a half.
        is_first_time = subscription.asked_page != first
        subscription.asked_page = first
        if page is not None or waiting is not None:
            self._tally.pages_found += is_first_time
        elif watch is not None:
            self._tally.pages_read += 1
            channel = watch.channel
            # Whoever is a little behind a run that goes on has others beside them who are: after a restart, all that there are. One page
            # is for them all. (Of a run that has ended pages begin where they are asked for, so that who comes back is sent the same.)
            is_near = channel is not None and channel.final_state is None and channel.line - first < RING_ENTRIES
            reach = (max(1, first - LEAD_LINES), first + LEAD_LINES) if is_near else (first, first)
            waiting = watch.pages[reach] = set()
            self._errands.spawn(self._read_page(watch, subscription.run, first, reach))
        if page is None and waiting is not None:
            waiting.add(subscription)
        return page

    async def _read_page(self, watch: _Watch, run: str, first: int, reach: tuple[int, int]) -> None:
        try:
            page = await self._errands.read_patiently(lambda snapshot: read_page(snapshot, run, first, reach[0]))
        except RunNotFound:
            self.end(run)
            return
        self._pages.put(run, page)
        for subscription in watch.pages.pop(reach, set()):
            subscription.session.attached(subscription)


def is_next(channel: Channel, news: Appended) -> bool:
    """Whether these news follow what the channel has, without a hole. All else is read from the journal."""
    return news.first_seq == channel.seq + 1
