"""Two gateways on one Valkey: a person has their connections and commands once, not once a node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from cluster.servers import Valkey
from headway.live.desk import Code
from headway.live.limits.redis import RedisLimits
from headway.live.redis_peer import RedisPeer
from tests.unit.live.theatre import Theatre, Viewer, open_theatre
from tests.waiting import eventually_async


@asynccontextmanager
async def two_nodes(valkey: Valkey, count: int = 2, **settings: float) -> AsyncIterator[list[Theatre]]:
    async with AsyncExitStack() as stack:
        theatres: list[Theatre] = []
        for _ in range(count):
            theatre = await stack.enter_async_context(open_theatre(**settings))
            peer = RedisPeer(valkey.url)
            stack.push_async_callback(peer.close)
            limits = RedisLimits(peer, cluster="one")
            stack.push_async_callback(limits.close)
            await limits.open()
            await eventually_async(lambda limits=limits: limits.circuit_level == 0.0 and not limits.peer.is_asking, what="its sign of life")
            theatre.gateway.limits = limits
            theatres.append(theatre)
        yield theatres


async def enter(theatre: Theatre) -> Viewer:
    viewer = theatre.viewer()
    viewer.hello()
    await viewer.until("welcome")
    return viewer


def codes(viewers: list[Viewer]) -> list[int | None]:
    return [viewer.session.close_code for viewer in viewers]


async def test_a_person_has_so_many_connections_over_both_nodes_and_room_again_when_one_leaves(valkey: Valkey) -> None:
    async with two_nodes(valkey, connections_per_person=2) as (one, two):
        first, second = await enter(one), await enter(two)
        third = await enter(two)
        await eventually_async(lambda: codes([first, second, third]) == [None, None, Code.TOO_MANY], what="the third is one too many")
        assert two.gateway.tally.refused == 1
        two.gateway.part(third.session)
        one.gateway.part(first.session)
        assert isinstance(one.gateway.limits, RedisLimits)
        limits = one.gateway.limits
        await eventually_async(lambda: not limits._unsaid, what="that one left was said")
        fourth = await enter(two)
        await eventually_async(lambda: isinstance(two.gateway.limits, RedisLimits) and not two.gateway.limits.peer.is_asking)
        assert codes([second, fourth]) == [None, None]


async def test_a_person_gives_so_many_commands_over_both_nodes(valkey: Valkey) -> None:
    async with two_nodes(valkey, commands_per_person=0.01, commands_per_person_burst=3.0) as (one, two):
        viewers: list[Viewer] = []
        for theatre in (one, two):
            run = await theatre.run()
            viewer = await theatre.watching(run)
            viewers.append(viewer)
            for number in range(3):
                viewer.say({"type": "command", "id": number, "channel": run.channel, "do": "cancel"})
        answers = lambda: [message["type"] for viewer in viewers for message in viewer.heard if message["type"] in {"answer", "error"}]  # noqa: E731
        await eventually_async(lambda: len(answers()) == 6, what="each command is answered")
        assert answers().count("answer") == 3
        refused = [message for viewer in viewers for message in viewer.of("error")]
        assert {(message["code"], message["temporary"]) for message in refused} == {("rate_limited", True)}


async def test_without_valkey_each_node_goes_on_by_its_own_count(valkey: Valkey) -> None:
    async with two_nodes(valkey, connections_per_person=2) as (one, two):
        valkey.kill()
        viewers = [await enter(theatre) for theatre in (one, two) for _ in range(2)]
        assert codes(viewers) == [None] * 4
        too_many = one.viewer()
        too_many.hello()
        await eventually_async(lambda: too_many.session.close_code == Code.TOO_MANY, what="its own limit holds")
        valkey.start()
