"""Who is connected, over all nodes: gateways on one Valkey, with a bus between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import redis

from cluster.servers import Valkey
from headway.live.bus.redis import RedisBus
from headway.live.connections import Connection, Order
from headway.live.desk import Code, Transport
from headway.live.gateway import Gateway
from headway.live.redis_peer import RedisPeer
from headway.live.registry.contract import LEASE_SECONDS
from headway.live.registry.local import LocalRegistry
from headway.live.registry.redis import RedisRegistry
from headway.model.errors import ConnectionNotFound
from tests.unit.live.theatre import Theatre, Viewer, open_theatre
from tests.waiting import eventually_async


class Node:
    def __init__(self, theatre: Theatre, registry: RedisRegistry, peer: RedisPeer) -> None:
        self.theatre = theatre
        self.registry = registry
        self.peer = peer

    @property
    def gateway(self) -> Gateway:
        return self.theatre.gateway

    async def enter(self, who: str) -> Viewer:
        viewer = self.theatre.viewer()
        viewer.hello(who)
        await viewer.until("welcome")
        return viewer

    async def sees(self) -> list[tuple[str, str | None]]:
        """Node and person of all that are known here, the oldest first."""
        found, total = await self.gateway.connections.everywhere(100, Order.AGE)
        assert total == len(found)
        return [(each.node, each.user) for each in found]

    async def connection(self, who: str) -> Connection:
        async def find() -> Connection | None:
            found, _ = await self.gateway.connections.everywhere(100, Order.LAG)
            return next((each for each in found if each.user == who), None)

        return await eventually_async(find, what=f"the connection of {who}")


@asynccontextmanager
async def nodes(valkey: Valkey, *names: str, cluster: str = "one", **settings: float) -> AsyncIterator[list[Node]]:
    async with AsyncExitStack() as stack:
        opened: list[Node] = []
        for name in names:
            theatre = await stack.enter_async_context(open_theatre(**settings))
            peer = RedisPeer(valkey.url)
            stack.push_async_callback(peer.close)
            registry = RedisRegistry(peer, cluster=cluster)
            stack.push_async_callback(registry.close)
            bus = RedisBus(valkey.url, cluster=cluster, is_server=True)
            stack.push_async_callback(bus.close)
            gateway = theatre.gateway
            gateway.node, gateway._registry, gateway._tell = name, registry, bus.publish
            await bus.open(gateway.connections.hear)
            await registry.open(gateway.connections.slice)
            await eventually_async(lambda bus=bus: bus.is_connected, what="the bus")
            opened.append(Node(theatre, registry, peer))
        yield opened


async def test_each_node_knows_who_is_connected_to_the_others_and_another_installation_does_not(valkey: Valkey) -> None:
    async with nodes(valkey, "north", "south") as (north, south), nodes(valkey, "west", cluster="two") as (west,):
        run = await north.theatre.run()
        viewer = await north.enter("ada")
        viewer.subscribe(run)
        await viewer.until("snapshot")
        await south.enter("bob")
        seen = await eventually_async(lambda: _sees(south, 2), what="both at the one node")
        assert sorted(seen) == [("north", "ada"), ("south", "bob")]
        assert sorted(await eventually_async(lambda: _sees(north, 2), what="and at the other")) == sorted(seen)
        assert await west.sees() == []

        async def watches() -> bool:
            ada = await south.connection("ada")
            return ada.channels == [run.channel] and ada.transport is Transport.WEBSOCKET

        await eventually_async(watches, what="what she looks at")
        viewer.leave()
        await eventually_async(lambda: _sees(south, 1), what="she has left")


async def test_the_first_of_all_nodes_come_first_and_all_are_counted(valkey: Valkey) -> None:
    async with nodes(valkey, "north", "south") as (north, south):
        for number in range(3):
            viewer = await north.enter(f"n{number}")
            viewer.session.joined_at -= 60 - number
        await south.enter("last")
        await eventually_async(lambda: _sees(south, 4))
        found, total = await south.gateway.connections.everywhere(2, Order.AGE)
        assert ([each.user for each in found], total) == (["n0", "n1"], 4)


async def test_a_connection_is_ended_from_any_node_and_who_did_it_is_said_where_it_ends(
    valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    async with nodes(valkey, "north", "south") as (north, south):
        ada, eve = await north.enter("ada"), await north.enter("eve")
        found = await south.connection("ada")
        told, has_ended = await south.gateway.connections.end_anywhere(found.id, by="root")
        assert (told.id, has_ended) == (found.id, False)
        await eventually_async(lambda: ada.session.close_code == Code.ENDED, what="the other node has heard of it")
        assert f"root has ended the connection {found.id} of ada" in caplog.text
        back = await south.connection("eve")
        await south.gateway.connections.end_anywhere(back.id, by="root", is_final=False)
        await eventually_async(lambda: eve.session.close_code == Code.SENT_BACK)
        with pytest.raises(ConnectionNotFound):
            await south.gateway.connections.end_anywhere("00000000-1", by="root")


async def test_a_sweep_ends_the_stale_of_all_nodes_and_no_others(valkey: Valkey) -> None:
    async with nodes(valkey, "north", "south") as (north, south):
        well = await north.enter("ada")
        stale = await north.enter("eve")
        stale.stop_reading()
        stale.session._paused_at = north.theatre.now() - 30

        async def is_known() -> bool:
            return (await south.connection("eve")).is_stale

        await eventually_async(is_known, what="that she does not read")
        assert await south.gateway.connections.sweep_everywhere(by="root") == (0, 1)
        await eventually_async(lambda: stale.session.close_code == Code.STALLED)
        assert well.session.close_code is None


async def test_a_node_that_is_gone_without_a_word_is_forgotten_when_its_lease_is_over(valkey: Valkey) -> None:
    async with nodes(valkey, "south") as (south,), nodes(valkey, "north") as (north,):
        await north.enter("ada")
        await eventually_async(lambda: _sees(south, 1))
        assert north.registry._saying is not None
        north.registry._saying.cancel()  # it says nothing any more
        key = f"headway:{{one}}:viewers:{north.registry.name}"
        with redis.Redis.from_url(valkey.url) as client:
            assert 0 < client.pttl(key) <= LEASE_SECONDS * 1_000 <= 30_000
            client.pexpire(key, 1)
            await eventually_async(lambda: _sees(south, 0), what="it is forgotten")
            assert north.registry.name.encode() not in client.smembers("headway:{one}:viewers:nodes")


async def test_one_that_leaves_is_forgotten_at_once(valkey: Valkey) -> None:
    async with nodes(valkey, "south") as (south,):
        async with nodes(valkey, "north") as (north,):
            await north.enter("ada")
            await eventually_async(lambda: _sees(south, 1))
        assert await south.sees() == []


async def test_without_valkey_a_node_knows_its_own_and_all_again_when_it_is_back(valkey: Valkey) -> None:
    async with nodes(valkey, "north", "south") as (north, south):
        await north.enter("ada")
        bob = await south.enter("bob")
        await eventually_async(lambda: _sees(south, 2))
        valkey.kill()
        assert await south.sees() == [("south", "bob")]
        found = await south.connection("bob")
        assert (await south.gateway.connections.end_anywhere(found.id, by="root"))[1]
        bob.leave()
        await south.enter("carl")
        valkey.start()
        await eventually_async(lambda: _sees(south, 2), 40, "the other node's again")
        assert sorted(await south.sees()) == [("north", "ada"), ("south", "carl")]


async def test_what_a_node_of_another_version_says_is_left_out(valkey: Valkey) -> None:
    async with nodes(valkey, "south") as (south,):
        await south.enter("bob")
        with redis.Redis.from_url(valkey.url) as client:
            client.sadd("headway:{one}:viewers:nodes", "strange")
            client.hset("headway:{one}:viewers:strange", mapping={"0": b'[{"id":"x-1"}]', "1": b"{", "2": b"[]"})
        assert await south.sees() == [("south", "bob")]


async def test_a_server_alone_knows_of_no_other() -> None:
    async with open_theatre() as theatre:
        assert list(await LocalRegistry().elsewhere()) == []
        viewer = theatre.viewer()
        viewer.hello("ada")
        await viewer.until("welcome")
        found, total = await theatre.gateway.connections.everywhere(10, Order.LAG)
        assert ([each.user for each in found], total) == (["ada"], 1)
        assert await theatre.gateway.connections.sweep_everywhere(by="root") == (0, 0)


async def _sees(node: Node, count: int) -> list[tuple[str, str | None]] | bool:
    found = await node.sees()
    return (found or True) if len(found) == count else False
