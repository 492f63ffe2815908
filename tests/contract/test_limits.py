"""Limits of one server and of a cluster: one suite for both; and what only the cluster's do, on a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import redis

from cluster.servers import Valkey
from headway.live import redis_peer
from headway.live.limits.contract import PATIENCE_SECONDS, Rate, SharedLimits
from headway.live.limits.local import LocalLimits
from headway.live.limits.redis import RedisLimits
from headway.live.redis_peer import RedisPeer
from headway.model.circuit import Closed, Open
from headway.testing.clock import FakeClock
from tests.waiting import eventually_async

SLOW = 0.001
"""A second: nothing comes back within a test."""


@asynccontextmanager
async def a_node(valkey: Valkey, cluster: str = "one", clock: FakeClock | None = None) -> AsyncIterator[RedisLimits]:
    peer = RedisPeer(valkey.url, clock=clock)
    limits = RedisLimits(peer, cluster=cluster)
    await limits.open()
    try:
        yield limits
    finally:
        await limits.close()
        await peer.close()


@pytest.fixture
def is_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer may take longer than a server waits for it: then each node goes by its own limits."""
    monkeypatch.setattr(redis_peer, "PATIENCE_SECONDS", 30.0)


@pytest_asyncio.fixture(params=["local", "redis"])
async def limits(request: pytest.FixtureRequest, is_patient: None) -> AsyncIterator[SharedLimits]:
    if request.param == "local":
        yield LocalLimits()
        return
    async with a_node(request.getfixturevalue("valkey")) as node:
        yield node


async def test_so_many_at_once_then_one_has_to_wait_and_is_told_how_long(limits: SharedLimits) -> None:
    ada = Rate("person:ada", SLOW, 3)
    assert [await limits.take([ada], 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 900 < await limits.take([ada], 0.0) <= 1_000
    assert await limits.take([Rate("person:bob", SLOW, 3)], 0.0) == 0.0


async def test_of_several_buckets_all_are_taken_from_or_none(limits: SharedLimits) -> None:
    ada, address = Rate("person:ada", SLOW, 5), Rate("address:192.0.2.1", SLOW, 2)
    assert [await limits.take([ada, address], 0.0) for _ in range(2)] == [0.0, 0.0]
    assert await limits.take([ada, address], 0.0) > 0
    assert [await limits.take([ada], 0.0) for _ in range(3)] == [0.0, 0.0, 0.0], "a refusal cost nothing"
    assert await limits.take([ada], 0.0) > 0


async def test_a_node_counts_what_it_has(limits: SharedLimits) -> None:
    assert [await limits.count("address:a", here) for here in (1, 2, 1)] == [1, 2, 1]
    assert await limits.count("address:b", 1) == 1


@pytest.mark.usefixtures("is_patient")
async def test_two_nodes_share_buckets_and_counts_and_another_installation_has_its_own(valkey: Valkey) -> None:
    async with a_node(valkey) as one, a_node(valkey) as two, a_node(valkey, "other") as other:
        await eventually_async(lambda: is_known(valkey, one) and is_known(valkey, two), what="both have given a sign of life")
        ada = Rate("person:ada", SLOW, 4)
        assert [await node.take([ada], 0.0) for node in (one, two, one, two)] == [0.0] * 4
        assert await one.take([ada], 0.0) > 0
        assert await two.take([ada], 0.0) > 0
        assert await other.take([ada], 0.0) == 0.0
        assert await one.count("person:ada", 2) == 2
        assert await two.count("person:ada", 3) == 5
        assert await other.count("person:ada", 1) == 1
        one.left("person:ada", 0)
        await eventually_async(lambda: has_said_all(one), what="that they left was said")
        assert await two.count("person:ada", 3) == 3


@pytest.mark.usefixtures("is_patient")
async def test_at_one_time_no_more_are_let_in_than_may_be(valkey: Valkey) -> None:
    async with a_node(valkey) as one, a_node(valkey) as two:
        ada = Rate("person:ada", SLOW, 6)
        waits = [wait for _ in range(4) for wait in await asyncio.gather(*(node.take([ada], 0.0) for node in (one, two, one)))]
        assert waits.count(0.0) == 6


async def test_a_node_that_is_gone_counts_no_more(valkey: Valkey) -> None:
    async with a_node(valkey) as two:
        async with a_node(valkey) as one:
            await eventually_async(lambda: is_known(valkey, one) and is_known(valkey, two))
            await one.count("address:a", 7)
            assert await two.count("address:a", 1) == 8
        assert await two.count("address:a", 1) == 1


@pytest.mark.parametrize("is_killed", [True, False])
async def test_while_redis_is_away_each_node_goes_by_its_own_and_does_not_wait_for_it(valkey: Valkey, is_killed: bool) -> None:
    clock = FakeClock()
    async with a_node(valkey, clock=clock) as one:
        ada = Rate("person:ada", SLOW, 3)
        assert await one.take([ada], 0.0) == 0.0
        assert await one.count("address:a", 2) == 2
        if is_killed:
            valkey.kill()
            assert await taken(one, ada) == 3, "its own bucket is full, and no fuller"
            await fails(one)
            valkey.start()
        else:
            with valkey.stopped():
                assert await taken(one, ada) == 3
                await fails(one)
        await until_answered(one, clock)
        async with a_node(valkey) as two:
            # What the node has is said again by itself: a Redis that was killed knew nothing of it.
            await eventually_async(lambda: is_known(valkey, one) and has_said_all(one), what="one is there again")
            assert await two.count("address:a", 1) == 3


async def taken(node: RedisLimits, rate: Rate) -> int:
    return [await node.take([rate], 0.0) for _ in range(6)].count(0.0)


async def fails(node: RedisLimits) -> None:
    """Each question that goes out is given up in time; then none goes out."""
    assert isinstance(node.peer.circuit.state, Open)
    async with asyncio.timeout(10 * PATIENCE_SECONDS):
        for number in range(500):
            assert await node.count("address:a", 2) == 2, number


async def until_answered(node: RedisLimits, clock: FakeClock) -> None:
    async def answers() -> bool:
        clock.advance(31)
        await node.count("address:a", 2)
        return isinstance(node.peer.circuit.state, Closed)

    await eventually_async(answers, 20, "Redis is asked again and answers")


def is_known(valkey: Valkey, node: RedisLimits) -> bool:
    with redis.Redis.from_url(valkey.url) as client:
        return bool(client.exists(f"headway:{{one}}:limits:node:{node.name}"))


def has_said_all(node: RedisLimits) -> bool:
    return not node._unsaid
