"""Rights that are taken away are in force within 5 s on every node: connections come back to be asked again, and see no more than they may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio

from headway.access.directory import Directory
from headway.assembly.access import follow_access
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.store.contract import News
from headway.web.live import LiveAccess
from tests.protocol.http_viewers import HttpViewer, PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import Run, Theatre, open_theatre
from tests.unit.web.people import People
from tests.waiting import eventually_async

AnyViewer = SocketViewer | HttpViewer
WITHIN = 5.0
OTHER_RIGHTS, SIGNED_OUT = 4103, 4202


class Node:
    """One server of two on the same store. What the other one announces comes by `hear`, as from a bus."""

    def __init__(self, hub: Hub, gateway: Gateway, directory: Directory, address: str) -> None:
        self.hub = hub
        self.gateway = gateway
        self.directory = directory
        self.address = address
        self.viewers: list[AnyViewer] = []

    async def socket(self, run: Run, token: str) -> SocketViewer:
        viewer = await SocketViewer(self.address).open()
        self.viewers.append(viewer)
        await viewer.say(
            {"type": "hello", "version": 1, "token": token}, {"type": "subscribe", "id": 1, "channel": run.channel, "tail": 100}
        )
        return viewer

    async def watch(self, run: Run, token: str) -> list[AnyViewer]:
        """By WebSocket, stream and poll; each has the beginning of the log."""
        socket = await self.socket(run, token)
        stream = StreamViewer(self.address, token).open({"channel": run.channel})
        polls = PollViewer(self.address, token).open([{"channel": run.channel}], None)
        viewers: list[AnyViewer] = [socket, stream, polls]
        self.viewers += [stream, polls]
        for viewer in viewers:
            await eventually_async(lambda viewer=viewer: lines(viewer) == [1])
        return viewers

    async def leave(self) -> None:
        for viewer in self.viewers:
            await viewer.leave()
        await eventually_async(lambda: self.gateway.connection_count == 0)


class Cluster:
    def __init__(self, theatre: Theatre, people: People, nodes: list[Node]) -> None:
        self.theatre = theatre
        self.people = people
        self.nodes = nodes
        self.is_cut = False
        """Whether news of one node do not reach the other."""

    def hear(self, news: Sequence[News]) -> None:
        for node in self.nodes[: 1 if self.is_cut else None]:
            node.hub.apply(news)


def lines(viewer: AnyViewer) -> list[int]:
    return [entry["line"] for each in viewer.heard if each["type"] == "entries" for entry in each["entries"]]


def farewell(viewer: AnyViewer) -> dict[str, Any]:
    return next((each for each in viewer.heard if each["type"] == "goodbye"), {})


async def ended(viewers: Sequence[AnyViewer], code: int) -> float:
    """Seconds until all have heard the goodbye."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for viewer in viewers:
        await eventually_async(lambda viewer=viewer: farewell(viewer).get("code") == code, what=f"goodbye {code}")
    return loop.time() - began


async def open_node(stack: AsyncExitStack, theatre: Theatre, hub: Hub, files: Path) -> Node:
    tokens = live_app(theatre.store, theatre.gateway, files)[1].tokens
    directory = Directory(theatre.store)
    access = LiveAccess(theatre.store, tokens, directory)
    gateway = Gateway(
        hub=hub, verify_token=access.verify_token, may_see=access.may_see, may_list=access.may_list, alive=access.alive, obey=access.obey,
        has_same_rights=access.has_same_rights,
    )  # fmt: skip
    await gateway.open()
    await follow_access(directory, hub, gateway)
    app, desk = live_app(theatre.store, gateway, files)
    desk.tokens, desk.directory = tokens, directory
    return Node(hub, gateway, directory, await stack.enter_async_context(served(gateway, app)))


@pytest_asyncio.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with open_theatre() as theatre, AsyncExitStack() as stack:
        far = Hub(theatre.store)
        await far.open()
        stack.push_async_callback(far.close)
        nodes = [await open_node(stack, theatre, hub, tmp_path / str(at)) for at, hub in enumerate((theatre.hub, far))]
        people = People(theatre.store, live_app(theatre.store, theatre.gateway, tmp_path)[1].tokens)
        cluster = Cluster(theatre, people, nodes)
        theatre.store.set_announce(cluster.hear)
        yield cluster


async def test_what_was_taken_away_is_shown_to_nobody_on_any_node(cluster: Cluster) -> None:
    near, far = cluster.nodes
    run, people = await cluster.theatre.run(), cluster.people
    anna, boris = await people.add("anna"), await people.add("boris")
    await people.gather("watchers", "anna")
    grant = await people.give("viewer", "default", group="watchers")
    await people.give("viewer", "default", to="boris")
    gone = [*await near.watch(run, anna), *await far.watch(run, anna)]
    there = [*await near.watch(run, boris), *await far.watch(run, boris)]
    await people.take(grant, "anna")
    assert await ended(gone, OTHER_RIGHTS) < WITHIN
    assert all(0 < farewell(viewer)["retry_in"] <= 2 for viewer in gone)
    before = [len(viewer.heard) for viewer in gone]
    await run.log("secret")
    for viewer in there:
        await eventually_async(lambda viewer=viewer: lines(viewer) == [1, 2])
    assert [len(viewer.heard) for viewer in gone] == before
    assert not any(farewell(viewer) for viewer in there)

    again = await far.socket(run, anna)
    await eventually_async(lambda: [each["code"] for each in again.heard if each["type"] == "error"] == ["run_not_found"])
    await people.give("viewer", "default", to="anna")
    await eventually_async(lambda: farewell(again).get("code") == OTHER_RIGHTS)  # it has more rights now: it is to ask again
    more = await far.socket(run, anna)
    await eventually_async(lambda: lines(more) == [1, 2])
    for node in cluster.nodes:
        await node.leave()


async def test_where_the_news_are_lost_it_is_found(cluster: Cluster) -> None:
    near, far = cluster.nodes
    run, people = await cluster.theatre.run(), cluster.people
    anna = await people.add("anna")
    grant = await people.give("viewer", "default", to="anna")
    here, there = await near.socket(run, anna), await far.socket(run, anna)
    for viewer in (here, there):
        await eventually_async(lambda viewer=viewer: lines(viewer) == [1])
    cluster.is_cut = True
    await people.take(grant, "anna")
    assert await ended([here, there], OTHER_RIGHTS) < WITHIN
    for node in cluster.nodes:
        await node.leave()


async def test_a_change_that_changes_nothing_for_somebody_lets_them_be(cluster: Cluster) -> None:
    near, _ = cluster.nodes
    run, people = await cluster.theatre.run(), cluster.people
    anna = await people.add("anna")
    grant = await people.give("viewer", "default", to="anna")
    await people.gather("watchers", "anna")
    socket = await near.socket(run, anna)
    await eventually_async(lambda: lines(socket) == [1])
    await people.give("viewer", "default", group="watchers")
    await people.take(grant, "anna")  # the group still has it
    await eventually_async(lambda: near.directory.known_count == 1)
    await run.log("seen")
    await eventually_async(lambda: lines(socket) == [1, 2])
    assert not farewell(socket)
    await near.leave()


async def test_an_account_that_is_disabled_is_signed_out(cluster: Cluster) -> None:
    near, far = cluster.nodes
    run, people = await cluster.theatre.run(), cluster.people
    anna = await people.add("anna")
    await people.give("viewer", to="anna")
    gone = [await near.socket(run, anna), await far.socket(run, anna)]
    for viewer in gone:
        await eventually_async(lambda viewer=viewer: lines(viewer) == [1])
    await people.disable("anna")
    assert await ended(gone, SIGNED_OUT) < WITHIN
    again = await far.socket(run, anna)
    await eventually_async(lambda: again.close_code == 4501)
    for node in cluster.nodes:
        await node.leave()


async def test_a_fresh_token_within_a_connection_is_looked_up_too(cluster: Cluster) -> None:
    near, _ = cluster.nodes
    run, people = await cluster.theatre.run(), cluster.people
    anna = await people.add("anna")
    await people.give("viewer", "default", to="anna")
    socket = await near.socket(run, anna)
    await eventually_async(lambda: lines(socket) == [1])
    await socket.say({"type": "token", "token": people.token("anna")})
    await run.log("seen")
    await eventually_async(lambda: lines(socket) == [1, 2])
    assert not [each for each in socket.heard if each["type"] in {"error", "unsubscribed", "goodbye"}]
    await near.leave()
