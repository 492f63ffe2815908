"""What is sampled of the gateway is what its viewers, over real sockets, have seen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from headway.access.principal import SYSTEM
from headway.acts.clear import delete_log
from headway.live.run_subscription import RunSubscription
from headway.model.histogram import count_of, quantile
from headway.model.positions import Position, write_cursor
from headway.model.samples import Sample
from headway.monitor.live import GatewayProbe
from headway.monitor.sampler import Span
from tests.protocol.http_viewers import PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import Theatre, open_theatre
from tests.waiting import eventually_async

Json = dict[str, Any]


class House:
    """A theatre with a real socket, and a probe of its gateway."""

    def __init__(self, theatre: Theatre, address: str, token: str) -> None:
        self.theatre = theatre
        self.address = address
        self.token = token
        self._probe = GatewayProbe("server@lab-3", theatre.gateway, theatre.hub, lambda: 0)

    async def sample(self) -> Sample:
        (sample,) = await self._probe.sample(Span(at=datetime.now(UTC), seconds=30))
        return sample

    async def socket(self, *messages: Json, cursor: str | None = None) -> SocketViewer:
        viewer = await SocketViewer(self.address).open()
        await viewer.say({"type": "hello", "version": 1, "token": "ada", **({} if cursor is None else {"cursor": cursor})}, *messages)
        return viewer


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_theatre(linger_seconds=0.05) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            yield House(theatre, address, desk.tokens.issue("ada", role="admin", lifetime=timedelta(hours=1)))


def kinds(heard: list[Json]) -> list[str]:
    return [message["type"] for message in heard]


def lines(heard: list[Json]) -> list[int]:
    return [entry["line"] for message in heard if message["type"] == "entries" for entry in message["entries"]]


async def test_viewers_are_counted_by_transport_and_what_they_are_sent_once_each(house: House) -> None:
    run = await house.theatre.run()
    socket = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    stream = StreamViewer(house.address, house.token).open({"channel": run.channel})
    polls = PollViewer(house.address, house.token).open([{"channel": run.channel}], None)
    viewers = (socket, stream, polls)
    await eventually_async(lambda: all(lines(viewer.heard) == [1] for viewer in viewers))
    await eventually_async(lambda: house.theatre.gateway.connection_count == 3, what="the poll that waits")
    before = await house.sample()
    assert {name: before.levels[name] for name in ("viewers", "websocket", "sse", "poll", "stalled", "room")} == {
        "viewers": 3, "websocket": 1, "sse": 1, "poll": 1, "stalled": 0, "room": 10_500,
    }  # fmt: skip
    assert before.counts["reconnects"] == 0, "a poll that says where the one before ended is none"
    await run.log("news")
    await eventually_async(lambda: all(lines(viewer.heard) == [1, 2] for viewer in viewers))
    after = await house.sample()
    assert after.counts["deliveries"] == 3
    assert after.counts["sent_bytes"] > 3 * len('{"type":"entries"}')
    assert count_of(after.spreads["lag"]) == 3
    assert house.theatre.gateway.tally.lag.take() == {}, "what was sampled is not sampled again"
    for viewer in viewers:
        await viewer.leave()
    await eventually_async(lambda: house.theatre.gateway.connection_count == 0)
    assert (await house.sample()).levels["viewers"] == 0


async def test_the_lag_is_the_time_from_the_record_to_the_write(house: House) -> None:
    """News that are held up for a while on their way are told with that while."""
    run = await house.theatre.run()
    viewer = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    await eventually_async(lambda: lines(viewer.heard) == [1])
    await house.sample()
    held: list[Any] = []
    house.theatre.store.set_announce(held.extend)
    await run.log("late")
    await eventually_async(lambda: bool(held))
    at = time.monotonic()
    await eventually_async(lambda: time.monotonic() - at > 0.3)
    house.theatre.hear(held)
    await eventually_async(lambda: lines(viewer.heard) == [1, 2])
    spread = (await house.sample()).spreads["lag"]
    assert count_of(spread) == 1
    assert 0.28 <= (quantile(spread, 0.5) or 0) < 5
    await viewer.leave()


async def test_news_of_a_run_that_nobody_watched_are_not_late_when_somebody_comes(house: House) -> None:
    run = await house.theatre.run()
    first = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    await eventually_async(lambda: lines(first.heard) == [1])
    await first.leave()
    await eventually_async(lambda: house.theatre.gateway.connection_count == 0)
    await run.log("unseen")
    at = time.monotonic()
    await eventually_async(lambda: time.monotonic() - at > 0.5)
    second = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    await eventually_async(lambda: lines(second.heard) == [1, 2])
    await house.sample()
    await run.log("seen")
    await eventually_async(lambda: lines(second.heard) == [1, 2, 3])
    assert (quantile((await house.sample()).spreads["lag"], 1.0) or 9) < 0.4
    await second.leave()


async def test_resumes_resets_reconnects_and_gaps_are_counted(house: House) -> None:
    run = await house.theatre.run()
    await run.log("one", "two")
    head = await run.head()
    epoch = house.theatre.store.epoch
    await house.sample()
    subscribe = {"type": "subscribe", "id": 1, "channel": run.channel}
    good = await house.socket(subscribe, cursor=write_cursor({run.channel: Position(epoch=epoch, line=1, seq=1)}))
    await eventually_async(lambda: lines(good.heard) == [2, 3])
    foreign = await house.socket(subscribe, cursor=write_cursor({run.channel: Position(epoch="another", line=1, seq=1)}))
    await eventually_async(lambda: "reset" in kinds(foreign.heard))
    counts = (await house.sample()).counts
    assert (counts["reconnects"], counts["resumes"], counts["resets"], counts["gaps"]) == (2, 1, 1, 0)
    for viewer in (good, foreign):
        await viewer.leave()
    await run.finish()
    await house.theatre.store.write(lambda tx: delete_log(tx, run.id, SYSTEM))
    await eventually_async(lambda: house.theatre.hub.watched_count == 0, what="nothing of it left in memory")
    late = await house.socket(subscribe)
    await eventually_async(lambda: "gap" in kinds(late.heard))
    assert (await house.sample()).counts["gaps"] == 1
    assert head.last_line == 3
    await late.leave()


async def test_a_page_of_old_lines_counts_once_for_each_viewer_as_read_or_as_found(house: House) -> None:
    """Counted where pages are kept, a page that was read for a viewer would be one that the viewer found as well a moment later,
    and one that is waited for would be missed at every flush: of one viewer alone, who had nothing from memory, half would come
    from there."""
    run = await house.theatre.run()
    await run.log(*(f"line {number}" for number in range(2, 1_502)))
    everything = list(range(1, 1_502))
    first = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    await eventually_async(lambda: lines(first.heard) == everything)
    counts = (await house.sample()).counts
    page_count = counts["pages_read"]
    assert counts["pages_found"] == 0
    assert page_count >= 2
    second = await house.socket({"type": "subscribe", "id": 1, "channel": run.channel})
    await eventually_async(lambda: lines(second.heard) == everything)
    counts = (await house.sample()).counts
    assert (counts["pages_found"], counts["pages_read"]) == (page_count, 0)
    await run.log("news")
    await eventually_async(lambda: lines(first.heard)[-1] == lines(second.heard)[-1] == 1_502)
    counts = (await house.sample()).counts
    assert (counts["pages_found"], counts["pages_read"]) == (0, 0), "who is not behind asks for no page"
    for viewer in (first, second):
        await viewer.leave()


async def test_who_waits_for_a_page_that_is_being_read_for_another_has_found_it(house: House) -> None:
    run = await house.theatre.run()
    await run.log("two")
    one, other = await house.theatre.watching(run), await house.theatre.watching(run)
    # Who has its snapshot may still be behind, and asks for pages of its own.
    await eventually_async(lambda: lines(one.heard) == lines(other.heard) == [1, 2])
    await run.log("three")
    await eventually_async(lambda: lines(one.heard) == lines(other.heard) == [1, 2, 3])
    await house.sample()
    (asks,), (joins,) = one.session.subscriptions, other.session.subscriptions
    assert isinstance(asks, RunSubscription)
    assert isinstance(joins, RunSubscription)
    hub = house.theatre.hub
    assert [hub.page(who, 3) for who in (asks, joins, asks, joins)] == [None] * 4
    await eventually_async(lambda: hub.page(asks, 3) is not None)
    assert hub.page(joins, 3) is not None
    counts = (await house.sample()).counts
    assert (counts["pages_found"], counts["pages_read"]) == (1, 1)
