"""Streams of events and polls over a real socket: what the cases of `conformance/live` cannot say."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio
from starlette.types import ASGIApp

from headway.access.principal import Principal
from headway.access.seal import Seal
from headway.access.tickets import TICKETS_EACH, Tickets
from headway.model.errors import RateLimited, TicketInvalid
from headway.model.positions import Position, read_cursor, write_cursor
from headway.testing.clock import FakeClock
from headway.web.desk import Desk
from headway.web.guard import CONNECTION
from headway.web.polling import LONGEST_WAIT
from tests.protocol.http_viewers import PollViewer, StreamViewer
from tests.protocol.stage import SECRET, live_app, served
from tests.unit.live.theatre import Run, Theatre, open_theatre
from tests.waiting import eventually_async

Json = dict[str, Any]


class Stage:
    def __init__(self, theatre: Theatre, desk: Desk, address: str) -> None:
        self.theatre = theatre
        self.desk = desk
        self.address = address
        self.token = self.token_for(timedelta(hours=1))

    def token_for(self, life: timedelta) -> str:
        return self.desk.tokens.issue("ada", role="admin", lifetime=life)

    async def stream(self, run: Run, token: str | None = None, **query: str) -> StreamViewer:
        viewer = StreamViewer(self.address, token or self.token).open({"channel": run.channel, **query})
        await viewer.settled()
        return viewer

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        async with httpx2.AsyncClient(base_url=f"http://{self.address}/api/v1", timeout=40) as client:
            return await client.request(method, path, headers=headers, **more)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_theatre(origins=frozenset({"https://allowed.example"})) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            yield Stage(theatre, desk, address)


def lines_of(heard: list[Json]) -> list[int]:
    return [entry["line"] for message in heard if message["type"] == "entries" for entry in message["entries"]]


async def test_a_stream_is_kept_by_no_proxy_and_its_ids_are_cursors(stage: Stage) -> None:
    run = await stage.theatre.run()
    viewer = await stage.stream(run)
    await run.log("one", "two")
    await eventually_async(lambda: lines_of(viewer.heard) == [1, 2, 3])
    head = await run.head()
    assert viewer.headers is not None
    assert viewer.headers["content-type"].startswith("text/event-stream")
    assert (viewer.headers["cache-control"], viewer.headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in viewer.headers
    at = read_cursor(viewer.events[-1]["id"])[run.channel]
    assert (at.epoch, at.line, at.seq) == (stage.theatre.store.epoch, head.last_line, head.last_seq)
    await viewer.leave()


async def test_viewers_in_step_are_sent_the_same_bytes(stage: Stage) -> None:
    run = await stage.theatre.run()
    viewers = [await stage.stream(run) for _ in range(3)]
    for number in range(5):
        await run.log(f"line {number}")
    await run.finish()
    await eventually_async(lambda: all("finished" in [message["type"] for message in viewer.heard] for viewer in viewers))
    news = [[event for event in viewer.events if '"log.written"' in event["data"]] for viewer in viewers]
    assert news[0] == news[1] == news[2]
    for viewer in viewers:
        await viewer.leave()


@pytest.mark.parametrize("cut_at", range(1, 40, 7))
async def test_from_any_id_on_nothing_is_missing_and_nothing_comes_twice(stage: Stage, cut_at: int) -> None:
    run = await stage.theatre.run()
    first = await stage.stream(run)
    for number in range(20):
        await run.log(f"{number}.a", f"{number}.b")
        await eventually_async(lambda upto=3 + 2 * number: len(lines_of(first.heard)) == upto)
    await eventually_async(lambda: len(lines_of(first.heard)) == 41)
    await first.leave()
    kept = first.events[: min(cut_at, len(first.events))]
    heard = [message for event in kept for message in orjson.loads(event["data"])]
    second = StreamViewer(stage.address, stage.token).open({"channel": run.channel}, **{"Last-Event-ID": kept[-1]["id"]})
    await run.finish()
    await eventually_async(lambda: "finished" in [message["type"] for message in second.heard])
    assert lines_of(heard) + lines_of(second.heard) == list(range(1, (await run.head()).last_line + 1))
    await second.leave()


async def test_who_does_not_read_costs_a_bounded_buffer_then_is_cut_and_can_go_on(tmp_path: Path) -> None:
    async with open_theatre(stalled_seconds=1.0, view_only_after_seconds=0.5) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, _noting(app)) as address:
            stage = Stage(theatre, desk, address)
            run = await theatre.run()
            stalled = await _raw(stage, f"/api/v1/live/sse?channel={run.channel}", receive_buffer=4_096)
            healthy = await stage.stream(run)
            await eventually_async(lambda: theatre.gateway.connection_count == 2)
            largest = 0
            for _ in range(40):
                await run.log(*("x" * 1_000 for _ in range(100)))
                largest = max(largest, *(each.transport.get_write_buffer_size() for each in _connections))
            await eventually_async(lambda: len(lines_of(healthy.heard)) == 4_001)
            assert 16_384 < largest < 200_000
            await eventually_async(lambda: theatre.gateway.connection_count == 1, what="the end of who does not read")
            stalled.close()
            # Who was cut has read something, and goes on from there.
            again = await stage.stream(run, cursor=healthy.events[3]["id"])
            begun = read_cursor(healthy.events[3]["id"])[run.channel].line
            await eventually_async(lambda: lines_of(again.heard) == list(range(begun + 1, 4_002)))
            await healthy.leave()
            await again.leave()
    _connections.clear()


_connections: list[Any] = []


def _noting(app: ASGIApp) -> ASGIApp:
    """The app, behind something that remembers the connections that requests come through."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        _connections.append(scope[CONNECTION])
        await app(scope, receive, send)

    return noting


async def _raw(stage: Stage, path: str, *, receive_buffer: int) -> socket.socket:
    """A request whose answer nobody reads."""
    host, _, port = stage.address.partition(":")
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    opened.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(opened, (host, int(port)))
    head = f"GET {path} HTTP/1.1\r\nHost: {stage.address}\r\nAuthorization: Bearer {stage.token}\r\n\r\n"
    await loop.sock_sendall(opened, head.encode())
    return opened


async def test_a_stream_ends_with_the_token_and_with_a_ticket_of_it(stage: Stage) -> None:
    run = await stage.theatre.run()
    short = stage.token_for(timedelta(seconds=2))
    ticket, _ = stage.desk.tickets.issue(stage.desk.tokens.read(short))
    streams = [await stage.stream(run, short), await StreamViewer(stage.address).open({"channel": run.channel, "ticket": ticket}).settled()]
    await eventually_async(lambda: [viewer.close_code for viewer in streams] == [4201, 4201])
    for viewer in streams:
        await viewer.leave()


async def test_a_ticket_is_given_for_a_token_and_kept_as_a_seal(stage: Stage) -> None:
    answer = await stage.ask("POST", "/live/tickets")
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 30
    ticket = answer.json()["ticket"]
    assert ticket not in repr(vars(stage.desk.tickets))
    run = await stage.theatre.run()
    async with httpx2.AsyncClient(base_url=f"http://{stage.address}/api/v1") as client:
        refused = await client.get("/runs", params={"ticket": ticket})
        assert refused.status_code == 401
        refused = await client.get("/live/sse", params={"channel": run.channel, "ticket": [ticket, ticket]})
        assert refused.json()["code"] == "unauthorised"
    viewer = StreamViewer(stage.address).open({"channel": run.channel, "ticket": ticket})
    await viewer.settled()
    assert viewer.heard[0]["type"] == "welcome"
    await viewer.leave()


def test_tickets_are_limited_and_forgotten() -> None:
    clock = FakeClock()
    tickets = Tickets(Seal(SECRET), clock)
    ada, bob = Principal(id="ada", token_id="1"), Principal(id="bob", token_id="2")
    given = [tickets.issue(ada)[0] for _ in range(TICKETS_EACH)]
    with pytest.raises(RateLimited):
        tickets.issue(ada)
    assert tickets.take(tickets.issue(bob)[0]) is bob
    assert tickets.take(given[7]) is ada
    with pytest.raises(TicketInvalid):
        tickets.take(given[7])
    tickets.issue(ada)
    clock.advance(29.9)
    assert tickets.take(given[0]) is ada
    clock.advance(0.2)
    for spelling in (given[1], given[1] + "x", "x" * 10_000, ""):
        with pytest.raises(TicketInvalid):
            tickets.take(spelling)
    assert tickets.issue(ada)[1] == 30


def test_a_ticket_is_worth_no_more_than_its_token() -> None:
    clock = FakeClock()
    tickets = Tickets(Seal(SECRET), clock)
    ticket, _ = tickets.issue(Principal(id="ada", expires_at=clock.now() + timedelta(seconds=5)))
    clock.advance(6)
    with pytest.raises(TicketInvalid):
        tickets.take(ticket)


async def test_pages_of_other_origins_are_refused_unless_they_are_allowed(stage: Stage) -> None:
    run = await stage.theatre.run()
    query = {"channel": run.channel}
    for origin in ("https://evil.example", "null", "file://"):
        refused = await stage.ask("GET", "/live/sse", params=query, headers={"Origin": origin})
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    for origin, shown in (("https://allowed.example", "https://allowed.example"), (f"http://{stage.address}", None)):
        viewer = StreamViewer(stage.address, stage.token).open(query, Origin=origin)
        await viewer.settled()
        assert viewer.headers is not None
        assert viewer.headers.get("access-control-allow-origin") == shown
        assert "origin" in viewer.headers["vary"].lower()
        await viewer.leave()


async def test_a_cookie_opens_nothing(stage: Stage) -> None:
    run = await stage.theatre.run()
    async with httpx2.AsyncClient(base_url=f"http://{stage.address}/api/v1", cookies={"headway": stage.token}) as client:
        assert (await client.get("/live/sse", params={"channel": run.channel})).status_code == 401
        assert (await client.post("/live/poll", json={"subscribe": [{"channel": run.channel}]})).status_code == 401
        assert (await client.post("/live/tickets")).status_code == 401


async def test_a_poll_is_answered_at_once_when_there_is_something_and_else_waits(stage: Stage) -> None:
    run = await stage.theatre.run()
    loop = asyncio.get_running_loop()
    first = (await stage.ask("POST", "/live/poll", json={"subscribe": [{"channel": run.channel}], "wait": 20})).json()
    assert [message["type"] for message in first["messages"]][:2] == ["subscribed", "snapshot"]
    wish: Json = {"subscribe": [{"channel": run.channel, "has_view": True}], "cursor": first["cursor"]}
    while lines_of(first["messages"]) != [1]:  # the page of the journal was still being read
        more = (await stage.ask("POST", "/live/poll", json={**wish, "wait": 20})).json()
        first["messages"] += more["messages"]
        wish["cursor"] = more["cursor"]
    began = loop.time()
    nothing = (await stage.ask("POST", "/live/poll", json={**wish, "wait": 0.3})).json()
    assert nothing == {"messages": [], "cursor": wish["cursor"]}
    assert loop.time() - began >= 0.3
    asking = asyncio.create_task(stage.ask("POST", "/live/poll", json={**wish, "wait": 20}))
    await eventually_async(lambda: any(session.is_settled for session in stage.theatre.gateway.sessions()))
    await run.progress(1, total=2)
    told = (await asking).json()["messages"]
    assert [message["type"] for message in told] == ["patch"]
    assert told[0]["view"]["progress"]["done"] == 1
    route = next(tally for name, tally in stage.desk.times._tallies.items() if name.endswith("/live/poll"))
    assert route.count >= 3


async def test_a_poll_that_waits_is_told_when_the_right_is_taken_away(stage: Stage) -> None:
    run = await stage.theatre.run()
    polled = PollViewer(stage.address, stage.token).open([{"channel": run.channel}], None)
    await eventually_async(lambda: lines_of(polled.heard) == [1])
    await eventually_async(lambda: any(session.subscriptions and session.is_settled for session in stage.theatre.gateway.sessions()))
    stage.theatre.hidden.add(run.id)
    stage.theatre.gateway.recheck()
    await eventually_async(lambda: polled.is_over or polled.refusal is not None)
    told = [message["code"] for message in polled.heard if message["type"] == "unsubscribed"]
    assert told == ["run_not_found"] or (polled.refusal is not None and polled.refusal.json()["code"] == "run_not_found")
    await polled.leave()


async def test_a_poll_that_waits_is_told_when_the_server_ends_and_the_next_is_refused(stage: Stage) -> None:
    run = await stage.theatre.run()
    first = await stage.ask("POST", "/live/poll", json={"subscribe": [{"channel": run.channel}], "wait": 20})
    head = await run.head()
    cursor = write_cursor({run.channel: Position(stage.theatre.store.epoch, head.last_line, head.last_seq)})
    wish: Json = {"subscribe": [{"channel": run.channel, "has_view": True}], "cursor": cursor, "wait": 20}
    asking = asyncio.create_task(stage.ask("POST", "/live/poll", json=wish))
    sessions = stage.theatre.gateway.sessions
    await eventually_async(lambda: any(session.subscriptions and session.is_settled for session in sessions()))
    await stage.theatre.gateway.drain(0.1)
    told = (await asking).json()
    assert first.status_code == 200
    assert [message["type"] for message in told["messages"]] in (["notice", "goodbye"], ["goodbye"])
    assert told["messages"][-1]["code"] == 4101
    assert told["cursor"] == cursor
    refused = await stage.ask("POST", "/live/poll", json=wish)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "unavailable", "2")


async def test_who_hangs_up_gives_the_place_back(stage: Stage) -> None:
    run = await stage.theatre.run()
    polled = PollViewer(stage.address, stage.token).open([{"channel": run.channel}], None)
    await eventually_async(lambda: lines_of(polled.heard) == [1])
    await eventually_async(lambda: stage.theatre.gateway.connection_count == 1)
    await polled.leave()
    await eventually_async(lambda: stage.theatre.gateway.connection_count == 0)
    assert not stage.theatre.gateway._people


async def test_one_person_has_one_limit_over_all_transports(tmp_path: Path) -> None:
    async with open_theatre(connections_per_person=2) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            stage = Stage(theatre, desk, address)
            run = await theatre.run()
            inside = theatre.viewer()
            inside.hello("ada")
            await inside.until("welcome")
            stream = await stage.stream(run)
            refused = await stage.ask("POST", "/live/poll", json={"subscribe": [{"channel": run.channel}]})
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_connections")
            assert int(refused.headers["retry-after"]) > 0
            await stream.leave()


async def test_one_address_has_one_limit_over_all_transports(tmp_path: Path) -> None:
    async with open_theatre(connections_per_address=1, exempts_this_machine=False) as theatre:
        app, desk = live_app(theatre.store, theatre.gateway, tmp_path)
        async with served(theatre.gateway, app) as address:
            stage = Stage(theatre, desk, address)
            run = await theatre.run()
            stream = await stage.stream(run)
            for method, path, more in (
                ("POST", "/live/poll", {"json": {"subscribe": [{"channel": run.channel}]}}),
                ("GET", "/live/sse", {"params": {"channel": run.channel}}),
            ):
                refused = await stage.ask(method, path, **more)
                assert (refused.status_code, refused.json()["code"]) == (429, "too_many_connections")
                assert refused.json()["detail"] == "At most 1 live connections of one address."
                assert int(refused.headers["retry-after"]) > 0
            await stream.leave()
            await eventually_async(lambda: theatre.gateway.connection_count == 0)
            again = await stage.stream(run)
            assert again.heard[0]["type"] == "welcome"
            await again.leave()


async def test_a_poll_of_nonsense_is_refused_with_a_word_for_it(stage: Stage) -> None:
    run = await stage.theatre.run()
    good: Json = {"channel": run.channel}
    for body, status, code in (
        ({}, 422, "invalid"),
        ({"subscribe": []}, 422, "invalid"),
        ({"subscribe": [good] * 201}, 422, "invalid"),
        ({"subscribe": [good, good]}, 422, "invalid"),
        ({"subscribe": [good], "wait": LONGEST_WAIT + 1}, 422, "invalid"),
        ({"subscribe": [good], "wait": -1}, 422, "invalid"),
        ({"subscribe": [good], "cursor": 5}, 422, "invalid"),
        ({"subscribe": [good], "cursor": "e30x"}, 400, "invalid_cursor"),
        ({"subscribe": [good], "cursor": "WzFd"}, 400, "invalid_cursor"),
        ({"subscribe": [good | {"from": {"line": -1}}]}, 422, "invalid"),
        ({"subscribe": [good | {"has_view": 1}]}, 422, "invalid"),
        ({"subscribe": [{"channel": "system"}]}, 422, "invalid_channel"),
    ):
        answer = await stage.ask("POST", "/live/poll", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert stage.theatre.gateway.connection_count == 0


async def test_a_stream_of_nonsense_is_refused_with_a_word_for_it(stage: Stage) -> None:
    run = await stage.theatre.run()
    for query, status, code in (
        ({}, 422, "invalid"),
        ({"channel": ["run:1"]}, 422, "invalid_channel"),
        ({"channel": [run.channel], "tail": 5, "after_line": 5}, 422, "invalid"),
        ({"channel": [run.channel], "tail": 10_001}, 422, "invalid"),
        ({"channel": [run.channel], "rows": run.id}, 422, "invalid"),
        ({"channel": [run.channel], "facets": "log,log,moon"}, 422, "invalid"),
        ({"channel": [run.channel], "cursor": "%%%"}, 400, "invalid_cursor"),
        ({"channel": [f"run:01890000-0000-7000-8000-{number:012}" for number in range(201)]}, 422, "invalid"),
    ):
        answer = await stage.ask("GET", "/live/sse", params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
    assert stage.theatre.gateway.connection_count == 0


async def test_the_channel_of_the_system_is_streamed(stage: Stage) -> None:
    viewer = StreamViewer(stage.address, stage.token).open({"channel": "system"})
    await eventually_async(lambda: [message["type"] for message in viewer.heard] == ["welcome", "subscribed", "samples"])
    assert read_cursor(viewer.events[-1]["id"]) == {}
    await viewer.leave()


async def test_a_token_that_has_ended_does_not_wait(stage: Stage) -> None:
    run = await stage.theatre.run()
    token = stage.token_for(timedelta(seconds=2))
    began = datetime.now(UTC)
    polled = PollViewer(stage.address, token).open([{"channel": run.channel}], None)
    await eventually_async(lambda: polled.refusal is not None)
    assert polled.refusal is not None
    assert polled.refusal.status_code == 401
    assert datetime.now(UTC) - began < timedelta(seconds=10)
    await polled.leave()


async def test_each_answer_to_a_poll_says_what_is_degraded_and_a_change_answers_who_waits(stage: Stage) -> None:
    run = await stage.theatre.run()
    question: Json = {"subscribe": [{"channel": run.channel}], "wait": 0}
    while (answer := (await stage.ask("POST", "/live/poll", json=question)).json())["messages"]:
        assert "notice" not in [message["type"] for message in answer["messages"]]
        question = {"subscribe": [{"channel": run.channel, "has_view": True}], "cursor": answer["cursor"], "wait": 0}
    question["wait"] = 20
    waiting = asyncio.create_task(stage.ask("POST", "/live/poll", json=question))
    await eventually_async(lambda: stage.theatre.gateway.connection_count == 1, what="the poll waits")
    stage.theatre.is_bus_away = True
    told = (await waiting).json()["messages"]
    assert {(message["kind"], message["code"], message["late_seconds"]) for message in told} == {("degraded", "bus_away", 5.0)}
    quiet = (await stage.ask("POST", "/live/poll", json={**question, "wait": 0})).json()["messages"]
    assert [(message["kind"], message["code"]) for message in quiet] == [("degraded", "bus_away")]
    stream = await stage.stream(run)
    await eventually_async(lambda: [m["kind"] for m in stream.heard if m["type"] == "notice"] == ["degraded"])
    stage.theatre.is_bus_away = False
    await eventually_async(lambda: [m["kind"] for m in stream.heard if m["type"] == "notice"] == ["degraded", "restored"])
    well = (await stage.ask("POST", "/live/poll", json={**question, "wait": 0})).json()["messages"]
    assert well == []
    await stream.leave()
