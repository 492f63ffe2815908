"""Following a run over real sockets, while the server goes and the network breaks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import headway
from headway.model.errors import HeadwayError, RunNotFound, Unauthorised
from headway.model.ids import new_id
from headway.sdk.async_client import AsyncClient
from headway.sdk.client import Client
from headway.sdk.news import Disconnected, Entry, Finished, Unsubscribed, ViewChanged
from headway.sdk.record import record
from tests.unit.sdk.stage import Stage, the_run
from tests.unit.sdk.wire import Wire
from tests.waiting import eventually


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home).start()
    yield stage
    stage.stop()


class Follower(threading.Thread):
    """Follows a run in a thread and keeps what it is told."""

    def __init__(self, client: Client, run: str, **more: Any) -> None:
        super().__init__(daemon=True)
        self.news: list[Any] = []
        self.error: BaseException | None = None
        self._client, self._run, self._more = client, run, more
        self.start()

    def run(self) -> None:
        try:
            for one in self._client.follow(self._run, **self._more):
                self.news.append(one)
        except HeadwayError as error:
            self.error = error

    @property
    def lines(self) -> list[int]:
        return [one.line for one in self.news if isinstance(one, Entry)]

    def ended(self) -> Finished:
        self.join(30)
        assert not self.is_alive()
        assert self.error is None
        (end,) = [one for one in self.news if isinstance(one, Finished)]
        assert self.news[-1] is end
        return end


def test_a_run_is_followed_live_to_its_end(stage: Stage) -> None:
    client = stage.client()
    with record("live") as run:
        follower = Follower(client, str(run.wait_opened()))
        headway.log("first")
        eventually(lambda: any(isinstance(one, Entry) and one.text == "first" for one in follower.news))
        headway.progress(3, 4)
        headway.log("second")
        run.set_result({"a": 1})
    end = follower.ended()
    assert end.state == "succeeded"
    assert end.result == {"a": 1}
    assert end.is_complete
    assert follower.lines == list(range(1, end.line + 1))
    assert [one.view["progress"]["done"] for one in follower.news if isinstance(one, ViewChanged)][-1] == 3


def test_a_final_run_is_replayed_and_then_ends(stage: Stage) -> None:
    client = stage.client()
    with record("over"):
        for number in range(3000):
            headway.log(f"line {number}")
    run = client.wait(the_run(client, "over"), 20)
    end = Follower(client, run.id).ended()
    assert end.is_complete
    tail = Follower(client, run.id, tail=10)
    assert tail.ended().is_complete
    assert len(tail.lines) == 10
    middle = Follower(client, run.id, from_line=2900)
    assert middle.ended().line == end.line
    assert middle.lines[0] == 2900


def test_the_wire_breaks_again_and_again_and_no_line_is_lost_or_doubled(stage: Stage) -> None:
    assert stage.server is not None
    wire = Wire(stage.port)
    try:
        with record("broken wire") as run:
            wire.cut_after = 30_000
            follower = Follower(Client(wire.url, stage.server.token), str(run.wait_opened()))
            for number in range(4000):
                headway.log(f"line {number} " + "x" * 50)
            eventually(lambda: wire.connections >= 3, timeout=20)
            wire.cut_after = None
        end = follower.ended()
        assert end.is_complete
        assert follower.lines == list(range(1, end.line + 1))
        assert sum(isinstance(one, Disconnected) for one in follower.news) >= 2
    finally:
        wire.close()


def test_the_server_restarts_and_the_viewer_resumes(stage: Stage) -> None:
    client = stage.client()
    with record("restart") as run:
        follower = Follower(client, str(run.wait_opened()))
        headway.log("before")
        eventually(lambda: any(isinstance(one, Entry) and one.text == "before" for one in follower.news))
        stage.stop()
        headway.log("during")
        stage.start()
        headway.log("after")
        eventually(lambda: run._delivery is not None and run._delivery.is_healthy, timeout=20)
    eventually(lambda: run.is_delivered, timeout=20)
    end = follower.ended()
    assert end.is_complete
    assert follower.lines == list(range(1, end.line + 1))
    told = [one.text for one in follower.news if isinstance(one, Entry)]
    assert [text for text in told if text in ("before", "during", "after")] == ["before", "during", "after"]


def test_a_token_that_is_not_good_is_told_and_not_tried_for_ever(stage: Stage) -> None:
    client = stage.client()
    run = client.create("guarded")
    follower = Follower(Client(stage.url, "wrong"), run.id)
    follower.join(20)
    assert isinstance(follower.error, Unauthorised)


def test_a_run_that_is_not_there(stage: Stage) -> None:
    client = stage.client()
    follower = Follower(client, new_id())
    follower.join(20)
    assert [type(one) for one in follower.news][-1] is Unsubscribed
    with pytest.raises(RunNotFound):
        client.follow("an external id of nobody")


async def test_asyncio_follows_natively(stage: Stage) -> None:
    async with AsyncClient() as client:
        run = await client.create("async", external_id="a-1")
        news: list[Any] = []

        async def follow() -> None:
            async for one in client.follow("a-1"):
                news.append(one)

        following = asyncio.create_task(follow())
        await client.update_progress("a-1", 5, 10, stage="half")
        await client.complete("a-1", {"ok": True})
        await asyncio.wait_for(following, 20)
        end = news[-1]
        assert isinstance(end, Finished)
        assert (end.run, end.result, end.is_complete) == (run.id, {"ok": True}, True)


async def test_leaving_the_loop_closes_the_socket(stage: Stage) -> None:
    assert stage.server is not None
    gateway = stage.server.gateway
    client = AsyncClient()
    run = await client.create("left")
    following = client.follow(run)
    async for one in following:
        if isinstance(one, ViewChanged):
            break
    await following.aclose()
    await asyncio.to_thread(eventually, lambda: gateway.connection_count == 0)
