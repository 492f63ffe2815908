"""The bus of a cluster, on a real Valkey: news reach every process but the one that tells, whatever becomes of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import redis

from cluster.servers import Valkey
from headway.live.bus.contract import BusNews, Watched
from headway.live.bus.outbox import OUTBOX_LIMIT
from headway.live.bus.redis import ENTRIES_KEPT, LARGEST_MESSAGE, RedisBus
from headway.store.contract import Appended, Deleted, Queued, Wished
from tests.waiting import eventually_async


def appended(run: str, seq: int, size: int = 10) -> Appended:
    return Appended(
        run=run, project="p", first_seq=seq, last_seq=seq, first_line=seq, last_line=seq, entries=[b"x" * size], points=[], patch={},
        event_count=1, log_hash=0,
    )  # fmt: skip


class End:
    """A process's end, and what it has heard."""

    def __init__(self, bus: RedisBus, returned: list[None]) -> None:
        self.bus = bus
        self.heard: list[BusNews] = []
        self.returned = returned

    def has(self, *news: BusNews) -> bool:
        return self.heard[-len(news) :] == list(news)

    async def until(self, *news: BusNews) -> None:
        await eventually_async(lambda: self.has(*news), what=f"{news} was heard")


@asynccontextmanager
async def an_end(
    valkey: Valkey, *, is_server: bool = False, watches: Callable[[], Sequence[BusNews]] = tuple, cluster: str = "one"
) -> AsyncIterator[End]:
    returned: list[None] = []
    bus = RedisBus(
        valkey.url, cluster=cluster, is_server=is_server, greet=watches, returned=lambda: returned.append(None), sign_seconds=0.3
    )
    end = End(bus, returned)
    await bus.open(end.heard.extend)
    await eventually_async(lambda: bus.is_connected, what="the bus is connected")
    try:
        yield end
    finally:
        await bus.close()


async def test_all_others_hear_what_is_told_and_only_servers_hear_what_runs_gained(valkey: Valkey) -> None:
    async with an_end(valkey, is_server=True) as one, an_end(valkey, is_server=True) as two, an_end(valkey) as worker:
        small = [Queued(queue="default"), Wished(run="r", worker="w", wish="cancel")]
        await asyncio.to_thread(worker.bus.publish, [appended("r", 1), *small, appended("r", 2), Deleted(run="r", project="p")])
        for server in (one, two):
            await eventually_async(lambda server=server: len(server.heard) == 5)
            of_run = [news for news in server.heard if isinstance(news, Appended | Deleted)]
            assert of_run == [appended("r", 1), appended("r", 2), Deleted(run="r", project="p")]
            assert [news for news in server.heard if news not in of_run] == small
        one.bus.publish([appended("r", 3), Queued(queue="night")])
        await worker.until(Queued(queue="night"))
        assert worker.heard == [Queued(queue="night")]
        await eventually_async(lambda: len(two.heard) == 7)
        assert len(one.heard) == 5


async def test_another_installation_on_the_same_server_hears_nothing(valkey: Valkey) -> None:
    async with an_end(valkey) as ours, an_end(valkey) as also_ours, an_end(valkey, cluster="two") as theirs:
        ours.bus.publish([Queued(queue="default")])
        await also_ours.until(Queued(queue="default"))
        theirs.bus.publish([Queued(queue="theirs")])
        ours.bus.publish([Queued(queue="last")])
        await also_ours.until(Queued(queue="last"))
        assert theirs.heard == []
        assert ours.heard == []


async def test_those_who_look_on_are_counted_over_all_servers(valkey: Valkey) -> None:
    async with an_end(valkey, is_server=True, watches=lambda: [Watched(run="r", count=2)]) as one, an_end(valkey) as worker:
        await worker.until(Watched(run="r", count=2))
        async with an_end(valkey, is_server=True, watches=lambda: [Watched(run="r", count=3)]) as two:
            await worker.until(Watched(run="r", count=5))
            two.bus.publish([Watched(run="r", count=1)])
            await worker.until(Watched(run="r", count=3))
            one.bus.publish([Watched(run="r", count=0)])
            await worker.until(Watched(run="r", count=1))
        # Its process has ended without a word: after a while it counts no more.
        await eventually_async(lambda: worker.has(Watched(run="r", count=0)), 25, "who is silent looks at nothing")


@pytest.mark.parametrize("is_sudden", [True, False])
async def test_a_server_that_comes_back_is_found(valkey: Valkey, is_sudden: bool) -> None:
    """Killed, its streams are gone; emptied, they begin anew. What watchers say is said again."""
    async with an_end(valkey, is_server=True, watches=lambda: [Watched(run="r", count=2)]) as one, an_end(valkey) as worker:
        await worker.until(Watched(run="r", count=2))
        if is_sudden:
            valkey.kill()
            await eventually_async(lambda: not one.bus.is_connected and not worker.bus.is_connected)
            worker.bus.publish([Queued(queue="nobody hears this")])
            await eventually_async(lambda: worker.bus.dropped_count == 1, what="what is old news is not kept")
            valkey.start()
            await eventually_async(lambda: one.bus.is_connected and worker.bus.is_connected, 20)
            assert one.returned
            assert worker.returned
            await worker.until(Watched(run="r", count=2))
        else:
            valkey.empty()
        for queue in ("a", "b"):
            worker.bus.publish([Queued(queue=queue)])
            await one.until(Queued(queue=queue))
            one.bus.publish([Queued(queue=queue)])
            await worker.until(Queued(queue=queue))


async def test_a_server_that_says_nothing_any_more_is_given_up(valkey: Valkey) -> None:
    async with an_end(valkey) as one, an_end(valkey) as two:
        with valkey.stopped():
            one.bus.publish([Queued(queue="lost")])
            await eventually_async(lambda: not one.bus.is_connected and not two.bus.is_connected, 20, "both have noticed")
        await eventually_async(lambda: one.bus.is_connected and two.bus.is_connected, 20)
        one.bus.publish([Queued(queue="heard")])
        await two.until(Queued(queue="heard"))


async def test_while_nobody_takes_them_news_cost_bounded_memory_and_the_oldest_go(valkey: Valkey) -> None:
    async with an_end(valkey) as one:
        valkey.kill()
        count = 3 * OUTBOX_LIMIT // 100_000
        one.bus.publish([appended("r", seq, 100_000) for seq in range(count)])
        await eventually_async(lambda: not one.bus.is_connected)
        await eventually_async(lambda: one.bus.dropped_count >= count)
        one.bus.publish([appended("r", 1, LARGEST_MESSAGE)])
        assert one.bus.dropped_count == count + 1
        valkey.start()
        await eventually_async(lambda: one.bus.is_connected, 20)


async def test_what_cannot_be_read_is_passed_over(valkey: Valkey) -> None:
    async with an_end(valkey, is_server=True) as one, an_end(valkey) as two:
        client = redis.Redis.from_url(valkey.url)
        for fields in ({"by": "x", "news": b"\xff" * 40}, {"other": "fields"}, {"by": b"\xff\xfe", "news": b"", "new": "1"}):
            await asyncio.to_thread(client.xadd, "headway:{one}:wakes", fields)
        client.close()
        two.bus.publish([Queued(queue="next")])
        await one.until(Queued(queue="next"))
        assert one.heard == [Queued(queue="next")]


async def test_the_streams_stay_short(valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url)
    async with an_end(valkey) as one, an_end(valkey) as two:
        for number in range(2_500):
            one.bus.publish([Queued(queue=str(number))])
            if number % 2:
                await two.until(Queued(queue=str(number)))
        assert ENTRIES_KEPT <= await asyncio.to_thread(client.xlen, "headway:{one}:wakes") < 2 * ENTRIES_KEPT
        assert [news.queue for news in two.heard if isinstance(news, Queued)] == [str(number) for number in range(2_500)]
    client.close()
