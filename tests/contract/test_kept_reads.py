"""Answers that are kept for two nodes, on PostgreSQL and Valkey: never older than what was told, never for other eyes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
import redis

from cluster.servers import Valkey
from headway.live.bus.contract import BusNews
from headway.live.bus.redis import RedisBus
from headway.live.redis_cache import RedisCache, clock_key
from headway.live.redis_peer import RedisPeer
from headway.store.contract import Appended
from headway.store.sql.store import SqlStore
from headway.web.following import Wakes
from headway.web.kept_reads import BODY_LIMIT, KeptReads
from tests.unit.web.office import ADD, Office, line, problem
from tests.waiting import eventually_async

EPOCH = "one"
STATUS = "cache-status"


class Node:
    """A server, without its sockets."""

    def __init__(self, office: Office, bus: RedisBus, reads: KeptReads, heard: list[BusNews]) -> None:
        self.office = office
        self.bus = bus
        self.reads = reads
        self.heard = heard

    async def get(self, path: str, *, token: str = "admin", **more: object) -> httpx2.Response:
        answer = await self.office.ask("GET", path, token=token, **more)
        assert answer.status_code == 200, answer.text
        return answer

    async def status(self, path: str, *, token: str = "admin", **more: object) -> str:
        return str((await self.get(path, token=token, **more)).headers[STATUS]).removeprefix("headway; ")

    async def runs(self, path: str = "/runs") -> list[str]:
        return [each["id"] for each in (await self.get(path)).json()["items"]]


@asynccontextmanager
async def node(database: str, valkey: Valkey, files: Path) -> AsyncIterator[Node]:
    async with AsyncExitStack() as stack:
        store = await SqlStore.open(database)
        stack.push_async_callback(store.close)
        heard: list[BusNews] = []
        bus = RedisBus(valkey.url, cluster=EPOCH, is_server=True)
        store.set_announce(bus.publish)
        await bus.open(heard.extend)
        stack.push_async_callback(bus.close)
        peer = RedisPeer(valkey.url)
        stack.push_async_callback(peer.close)
        cache = RedisCache(peer, cluster=EPOCH)
        stack.push_async_callback(cache.close)
        await store.write(lambda tx: tx.tasks.put([ADD]))
        office = Office(store, files, Wakes())
        reads = office.desk.reads = KeptReads(cache, bus)
        await stack.enter_async_context(office.client)
        await eventually_async(lambda: bus.is_connected, what="the bus")
        yield Node(office, bus, reads, heard)


@pytest_asyncio.fixture
async def nodes(no_task_left: None, postgres_database: str, valkey: Valkey, tmp_path: Path) -> AsyncIterator[tuple[Node, Node]]:
    """(`no_task_left` looks when both have closed.)"""
    async with node(postgres_database, valkey, tmp_path) as north, node(postgres_database, valkey, tmp_path) as south:
        yield north, south


async def kept(where: Node, path: str, **more: object) -> None:
    """Until the answer is kept: it is told to Redis behind the back of whoever asked."""

    async def is_kept() -> bool:
        return await where.status(path, **more) == "hit"  # type: ignore[arg-type]

    await eventually_async(is_kept, what=f"{path} is kept")


async def test_what_one_node_was_asked_the_other_answers_without_the_store(nodes: tuple[Node, Node]) -> None:
    north, south = nodes
    await north.office.start()
    for path in ("/runs?limit=5", "/statistics?step=hour", "/tasks", "/tasks/maths:add/statistics", "/workers", "/queues"):
        first = await north.get(path)
        await kept(south, path)
        read = south.office.store.figures.read_count
        again = await south.get(path)
        if again.headers[STATUS] == "headway; hit":  # else its two seconds were over
            assert south.office.store.figures.read_count == read
        assert again.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert south.reads.counts["hits"] >= 6
    assert south.reads.counts["hits:past"] >= 2


async def test_parameters_in_another_order_are_the_same_question_and_others_are_not(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    await kept(north, "/statistics?step=hour&task=a")
    await kept(north, "/statistics?task=a&step=hour")
    assert await north.status("/statistics?task=b&step=hour") != "hit"


async def test_a_caller_sees_what_they_did_at_whichever_node_they_ask(nodes: tuple[Node, Node]) -> None:
    for number in range(30):
        here, there = nodes if number % 2 else nodes[::-1]
        await there.get("/runs?limit=100")
        started = await here.office.start(name=f"run {number}")
        assert started["id"] in await there.runs("/runs?limit=100"), number
        edited = await here.office.ask("PATCH", f"/runs/{started['id']}", json={"metadata": {"seen": number}})
        assert edited.status_code == 200
        shown = (await there.get("/runs?limit=100")).json()["items"]
        assert next(each for each in shown if each["id"] == started["id"])["metadata"] == {"seen": number}


async def test_what_was_set_at_one_node_is_seen_at_the_other(nodes: tuple[Node, Node]) -> None:
    """A queue is paused, a preset is made."""
    north, south = nodes
    await north.office.start()
    other = south.office.token(role="admin")
    await kept(south, "/queues")
    assert (await north.office.ask("PATCH", "/queues/default", json={"is_paused": True})).status_code == 200
    mine = (await south.office.ask("GET", "/queues", token=north.office.admin)).json()["items"]
    assert [each["is_paused"] for each in mine if each["name"] == "default"] == [True]
    items = (await south.get("/queues", token=other)).json()["items"]
    assert [each["is_paused"] for each in items if each["name"] == "default"] == [True]
    await kept(south, "/tasks/maths:add/presets", token=other)
    answer = await north.office.ask("POST", "/tasks/maths:add/presets", json={"name": "one", "project": "default", "parameters": {"a": 1}})
    assert answer.status_code == 201, answer.text
    presets = (await south.get("/tasks/maths:add/presets", token=other)).json()["items"]
    assert [each["name"] for each in presets] == ["one"]


async def test_who_was_told_of_news_is_not_answered_by_what_is_older(nodes: tuple[Node, Node]) -> None:
    """As a page does that asks again when it hears that a run has ended: what a worker commits is no caller's own change."""
    north, south = nodes
    for number in range(10):
        opened = await north.office.open(name=f"nightly {number}")
        run = opened["run"]["id"]
        assert run in await south.runs("/runs?state=running")
        south.heard.clear()
        assert (await north.office.end(opened)).status_code == 200
        await eventually_async(lambda: any(isinstance(news, Appended) and news.final_state for news in south.heard), what="news of its end")
        assert run not in await south.runs("/runs?state=running"), number


async def test_what_is_summed_up_shows_a_caller_their_own_at_once_and_others_some_seconds_late(nodes: tuple[Node, Node]) -> None:
    north, south = nodes
    other = south.office.token(role="admin")
    opened = await north.office.open()
    before = (await south.get("/statistics", token=north.office.admin)).json()["total"]["count"]
    await kept(south, "/statistics", token=other)
    # Its outcome is reported with the run's own token; who deletes a run does so with theirs.
    assert (await north.office.end(opened)).status_code == 200
    assert (await north.office.ask("PATCH", f"/runs/{opened['run']['id']}", json={"name": "seen"})).status_code == 200
    mine = (await south.get("/statistics", token=north.office.admin)).json()["total"]["count"]
    assert mine == before + 1

    async def seen_by_others() -> bool:
        return (await south.get("/statistics", token=other)).json()["total"]["count"] == mine

    await eventually_async(seen_by_others, what="the others see it too")


async def test_a_run_that_has_ended_is_kept_and_one_that_has_not_is_not(nodes: tuple[Node, Node]) -> None:
    north, south = nodes
    opened = await north.office.open()
    run = opened["run"]["id"]
    paths = [f"/runs/{run}{part}" for part in ("", "/events", "/entries", "/view", "/attempts", "/steps")]
    for path in paths:
        await north.get(path)
        await north.get(path)
        assert await south.status(path) != "hit"
    assert (await north.office.report(opened, 1, line("one"))).status_code == 200
    assert (await north.office.end(opened)).status_code == 200
    for path in paths:
        await kept(south, path)
    assert (await south.get(f"/runs/{run}")).json()["state"] == "succeeded"
    await north.office.ask("PATCH", f"/runs/{run}", json={"name": "renamed"})
    assert (await south.get(f"/runs/{run}")).json()["name"] == "renamed"
    await kept(south, f"/runs/{run}/entries")
    assert (await north.office.ask("DELETE", f"/runs/{run}")).status_code == 204
    problem(await south.office.ask("GET", f"/runs/{run}/entries"), 404, "run_not_found")
    problem(await south.office.ask("GET", f"/runs/{run}"), 404, "run_not_found")


async def test_nobody_is_answered_what_was_asked_by_one_who_may_see_more_or_other(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    office = north.office
    mine, theirs = await office.start(project="mine"), await office.start(project="theirs")
    tokens = {
        "admin": office.admin,
        "mine": office.token("project:mine:run:read"),
        "theirs": office.token("project:theirs:run:read"),
        "one run": office.token(f"run:{mine['id']}:read"),
    }
    expected = {"admin": {mine["id"], theirs["id"]}, "mine": {mine["id"]}, "theirs": {theirs["id"]}}
    for _ in range(3):
        for who, token in tokens.items():
            if who in expected:
                items = (await north.get("/runs", token=token)).json()["items"]
                assert {each["id"] for each in items} == expected[who], who
    opened = await office.open(project="mine")
    await office.end(opened)
    run = opened["run"]["id"]
    await kept(north, f"/runs/{run}")
    await kept(north, "/statistics")
    problem(await office.ask("GET", f"/runs/{run}", token=tokens["theirs"]), 404, "run_not_found")
    problem(await office.ask("GET", f"/runs/{run}", token=tokens["one run"]), 404, "run_not_found")
    counted = {who: (await north.get("/statistics", token=tokens[who])).json()["total"] for who in expected}
    assert counted["admin"] == counted["mine"] != counted["theirs"]
    problem(await office.ask("GET", "/workers", token=tokens["mine"]), 403, "forbidden")


async def test_a_token_that_is_revoked_is_answered_nothing_that_was_kept(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    token = north.office.token(role="viewer")
    await kept(north, "/runs", token=token)
    (jti,) = [north.office.tokens.read(token).token_id]
    assert jti is not None
    north.office.tokens.revoke(jti)
    problem(await north.office.ask("GET", "/runs", token=token), 401, "unauthorised")


async def test_many_who_ask_at_once_ask_the_store_once(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    numbers = iter(range(100))

    async def ask() -> bool:
        read, path = north.office.store.figures.read_count, f"/statistics?step=day&task=t{next(numbers)}"
        answers = await asyncio.gather(*(north.get(path) for _ in range(40)))
        said = [answer.headers[STATUS].removeprefix("headway; ") for answer in answers]
        if "fwd=bypass" in said:
            return False  # Redis took too long: then everybody asks
        assert north.office.store.figures.read_count == read + 1
        assert len({answer.text for answer in answers}) == 1
        return said.count("fwd=miss") == 1

    await eventually_async(ask, 30, "Redis answers in time")


async def test_a_mistake_is_not_kept_and_who_waited_for_it_gets_their_own(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    answers = await asyncio.gather(*(north.office.ask("GET", "/tasks/nobody:has/statistics") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {404}
    assert len({problem(answer, 404, "task_not_found")["request_id"] for answer in answers}) == 5
    problem(await north.office.ask("GET", "/statistics?step=never"), 422, "invalid")
    assert await north.status("/statistics?step=day") != "hit"


async def test_whoever_wants_it_fresh_gets_it_fresh(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    await kept(north, "/tasks")
    assert await north.status("/tasks", headers={"Cache-Control": "no-cache"}) != "hit"
    assert await north.status("/tasks", headers={"Cache-Control": "no-store"}) == "fwd=bypass"


async def test_a_long_answer_is_not_kept(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    opened = await north.office.open()
    assert (await north.office.report(opened, 1, *[line("x" * 8_000) for _ in range(40)])).status_code == 200
    await north.office.end(opened)
    path = f"/runs/{opened['run']['id']}/entries"
    assert len((await north.get(path)).content) > BODY_LIMIT
    await kept(north, path + "?limit=1")  # what was asked later is kept: so the other would be
    assert await north.status(path) != "hit"


@pytest.mark.parametrize("is_killed", [True, False])
async def test_without_redis_the_store_is_asked_and_nothing_is_lost_but_time(
    nodes: tuple[Node, Node], valkey: Valkey, is_killed: bool
) -> None:
    north, south = nodes
    await kept(south, "/runs")

    async def works() -> None:
        for here, there in ((north, south), (south, north)):
            started = await here.office.start()
            assert started["id"] in await here.runs(), "at the node that has done it, at once"

            async def seen(there: Node = there, id: str = started["id"]) -> bool:
                return id in await there.runs()

            await eventually_async(seen, what="and at the other")

    if is_killed:
        valkey.kill()
        await works()
        valkey.start()
    else:
        with valkey.stopped():
            await works()
            assert south.reads.counts["bypassed"] > 0
    await eventually_async(lambda: north.bus.is_connected and south.bus.is_connected, 30, "the bus is back")
    await eventually_async(lambda: _hits(north), 40, "answers are kept again")
    for here, there in ((north, south), (south, north)):
        started = await here.office.start()
        assert started["id"] in await there.runs()


async def _hits(where: Node) -> bool:
    return await where.status("/tasks") == "hit"


async def test_a_valkey_that_forgot_everything_brings_nothing_old_back(nodes: tuple[Node, Node], valkey: Valkey) -> None:
    north, south = nodes
    await north.office.start()
    await kept(south, "/runs")
    valkey.empty()
    started = await north.office.start()
    assert started["id"] in await south.runs()
    with redis.Redis.from_url(valkey.url) as client:
        # The clock alone is lost, and what was kept with a late moment is there: a new clock is later than that.
        await kept(south, "/runs")
        client.delete(clock_key(EPOCH))
    started = await north.office.start()
    assert started["id"] in await south.runs()


async def test_what_is_kept_goes_by_itself_and_so_does_what_was_touched(nodes: tuple[Node, Node], valkey: Valkey) -> None:
    north, _ = nodes
    await north.office.start()
    await kept(north, "/runs")
    with redis.Redis.from_url(valkey.url) as client:
        keys = list(client.scan_iter("*:cache:*"))
        assert len(keys) >= 4
        assert all(client.pttl(key) > 0 for key in keys)
        answers = [key for key in keys if b":answer:" in key]
        assert answers
        assert all(client.pttl(key) <= 3_000 for key in answers)


async def test_a_question_that_fails_in_the_store_fails_for_all_who_waited_as_their_own(nodes: tuple[Node, Node]) -> None:
    north, _ = nodes
    await north.office.store.close()
    answers = await asyncio.gather(*(north.office.ask("GET", "/statistics") for _ in range(3)))
    assert {problem(answer, 503, "store_unavailable")["code"] for answer in answers} == {"store_unavailable"}
