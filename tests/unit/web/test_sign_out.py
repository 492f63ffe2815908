"""With a session end its tokens, and within 5 s what they opened, over each transport: nothing is delivered after that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest_asyncio

from headway.access.principal import SYSTEM
from headway.acts.devices import end_device, open_device
from headway.acts.share_links import make_share_link, revoke_share_link
from headway.acts.sign_in import Browser, end_session, offer_code, open_session
from headway.live.bus.wire import Decoder, encode
from headway.live.gateway import Gateway
from headway.model.session import Session
from headway.store.contract import News
from headway.store.news import Revoked
from headway.web.desk import Desk
from headway.web.live import LiveAccess
from tests.protocol.http_viewers import HttpViewer, PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer, live_app, served
from tests.unit.live.theatre import Run, Theatre, open_theatre
from tests.unit.web.office import problem
from tests.waiting import eventually_async

Json = dict[str, Any]
AnyViewer = SocketViewer | HttpViewer
WITHIN = 5.0


class Lobby:
    """A server with people who are signed in, and what they watch."""

    def __init__(self, theatre: Theatre, gateway: Gateway, desk: Desk, address: str) -> None:
        self.theatre = theatre
        self.gateway = gateway
        self.desk = desk
        self.address = address
        self.viewers: list[AnyViewer] = []
        self._codes = 0

    async def sign_in(self) -> Session:
        self._codes += 1
        code, secret = f"code {self._codes}", f"secret {self._codes}"
        store, seal = self.theatre.store, self.desk.seal
        await store.write(lambda tx: offer_code(tx, seal.of(code), SYSTEM))
        return await store.write(
            lambda tx: open_session(tx, code_hashes=seal.each(code), browser=Browser(secret_hash=seal.of(secret), user_agent=""))
        )

    def token(self, session: Session | None, seconds: float = 600) -> str:
        id_ = None if session is None else session.id
        return self.desk.tokens.issue("system", role="admin", lifetime=timedelta(seconds=seconds), session=id_)

    async def ask(self, method: str, path: str, token: str, **more: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=f"http://{self.address}/api/v1", timeout=30) as client:
            return await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)

    async def watch(self, run: Run, token: str) -> list[AnyViewer]:
        """By WebSocket, stream and poll; each has the beginning of the log."""
        socket = await SocketViewer(self.address).open()
        subscribe = {"type": "subscribe", "id": 1, "channel": run.channel}
        await socket.say({"type": "hello", "version": 1, "token": token}, subscribe)
        stream = StreamViewer(self.address, token).open({"channel": run.channel})
        polls = PollViewer(self.address, token).open([{"channel": run.channel}], None)
        viewers: list[AnyViewer] = [socket, stream, polls]
        self.viewers += viewers
        for viewer in viewers:
            await eventually_async(lambda viewer=viewer: lines(viewer) == [1])
        return viewers

    async def leave(self) -> None:
        for viewer in self.viewers:
            await viewer.leave()
        await eventually_async(lambda: self.gateway.connection_count == 0)


def lines(viewer: AnyViewer) -> list[int]:
    return [entry["line"] for each in viewer.heard if each["type"] == "entries" for entry in each["entries"]]


def farewell(viewer: AnyViewer) -> int | None:
    return next((each["code"] for each in viewer.heard if each["type"] == "goodbye"), None)


@pytest_asyncio.fixture
async def lobby(tmp_path: Path) -> AsyncIterator[Lobby]:
    async with open_theatre() as theatre:
        tokens = live_app(theatre.store, theatre.gateway, tmp_path)[1].tokens
        access = LiveAccess(theatre.store, tokens)
        gateway = Gateway(
            hub=theatre.hub, verify_token=access.verify_token, may_see=access.may_see, may_list=access.may_list, alive=access.alive,
            obey=access.obey,
        )  # fmt: skip
        await gateway.open()
        app, desk = live_app(theatre.store, gateway, tmp_path)
        desk.tokens = tokens
        theatre.hub.on_revocation.append(tokens.revoke)
        async with served(gateway, app) as address:
            yield Lobby(theatre, gateway, desk, address)


def is_ended(viewer: AnyViewer, code: int) -> bool:
    """Whether it has heard the goodbye; whoever polls and was just between two questions is refused the next one instead."""
    refusal = viewer.refusal if isinstance(viewer, PollViewer) else None
    return farewell(viewer) == code or (refusal is not None and refusal.status_code == 401)


async def ended(viewers: Sequence[AnyViewer], code: int) -> float:
    """Seconds until all are."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for viewer in viewers:
        await eventually_async(lambda viewer=viewer: is_ended(viewer, code), what=f"goodbye {code}")
    return loop.time() - began


async def expect_silence(lobby: Lobby, run: Run, gone: Sequence[AnyViewer], there: Sequence[AnyViewer]) -> None:
    """What is recorded now comes to those who are there, and not to those who are gone."""
    before = [len(viewer.heard) for viewer in gone]
    await run.log("secret")
    for viewer in there:
        await eventually_async(lambda viewer=viewer: lines(viewer) == [1, 2])
    assert [len(viewer.heard) for viewer in gone] == before
    assert lobby.gateway.connection_count <= len(there)


async def test_signing_out_ends_what_the_session_opened_and_nothing_else(lobby: Lobby) -> None:
    run, mine, other = await lobby.theatre.run(), await lobby.sign_in(), await lobby.sign_in()
    token = lobby.token(mine)
    gone, there = await lobby.watch(run, token), await lobby.watch(run, lobby.token(other))
    programs = await lobby.watch(run, lobby.token(None))
    await lobby.theatre.store.write(lambda tx: end_session(tx, mine.id, by="system"))
    assert await ended(gone, 4202) < WITHIN
    await eventually_async(lambda: gone[0].close_code == 4202)
    await expect_silence(lobby, run, gone, [*there, *programs])

    problem(await lobby.ask("GET", "/runs", token), 401, "unauthorised")
    problem(await lobby.ask("GET", "/live/sse", token, params={"channel": run.channel}), 401, "unauthorised")
    problem(await lobby.ask("POST", "/live/poll", token, json={"subscribe": [{"channel": run.channel}]}), 401, "unauthorised")
    again = await SocketViewer(lobby.address).open()
    lobby.viewers.append(again)
    await again.say({"type": "hello", "version": 1, "token": token})
    await eventually_async(lambda: again.close_code == 4501)
    await lobby.leave()


async def test_where_the_news_of_it_are_lost_it_is_found(lobby: Lobby) -> None:
    """Also what a server does not know that has just started, and the session that fell out because there were too many."""
    run, mine, other = await lobby.theatre.run(), await lobby.sign_in(), await lobby.sign_in()
    token = lobby.token(mine)
    gone, there = await lobby.watch(run, token), await lobby.watch(run, lobby.token(other))
    lobby.theatre.is_deaf = True
    await lobby.theatre.store.write(lambda tx: tx.sessions.end(mine.id))
    lobby.theatre.is_deaf = False
    assert await ended(gone, 4202) < WITHIN
    await expect_silence(lobby, run, gone, there)
    problem(await lobby.ask("GET", "/live/sse", token, params={"channel": run.channel}), 401, "session_ended")
    problem(await lobby.ask("POST", "/live/poll", token, json={"subscribe": [{"channel": run.channel}]}), 401, "session_ended")
    again = await SocketViewer(lobby.address).open()
    lobby.viewers.append(again)
    await again.say({"type": "hello", "version": 1, "token": token})
    await eventually_async(lambda: again.close_code == 4501)
    await lobby.leave()


async def test_devices_and_guests_follow_over_each_transport_and_are_ended_alike(lobby: Lobby) -> None:
    run, seal = await lobby.theatre.run(), lobby.desk.seal
    store, found = lobby.theatre.store, await lobby.theatre.store.read(lambda snapshot: snapshot.runs.get(run.id))
    assert found is not None
    await store.write(lambda tx: offer_code(tx, seal.of("code"), SYSTEM))
    device = await store.write(lambda tx: open_device(tx, code_hashes=seal.each("code"), name="laptop"))
    link = await store.write(
        lambda tx: make_share_link(tx, found, SYSTEM, code_hash=seal.of("link"), label="parents", lifetime=timedelta(days=1))
    )
    issue, ten = lobby.desk.tokens.issue, timedelta(minutes=10)
    program = issue("system", role="admin", lifetime=ten, session=device.id)
    guest = issue("guest", scopes=[f"run:{run.id}:read"], lifetime=ten, session=link.id)
    theirs, gone = await lobby.watch(run, program), await lobby.watch(run, guest)

    await store.write(lambda tx: revoke_share_link(tx, found, link.id, SYSTEM))
    assert await ended(gone, 4202) < WITHIN
    await expect_silence(lobby, run, gone, theirs)
    await store.write(lambda tx: end_device(tx, device, by="system"))
    assert await ended(theirs, 4202) < WITHIN
    for token in (program, guest):
        problem(await lobby.ask("GET", "/live/sse", token, params={"channel": run.channel}), 401, "unauthorised")
    await lobby.leave()


async def test_a_ticket_ends_with_the_session_that_asked_for_it(lobby: Lobby) -> None:
    run, mine = await lobby.theatre.run(), await lobby.sign_in()
    asked = await lobby.ask("POST", "/live/tickets", lobby.token(mine))
    await lobby.theatre.store.write(lambda tx: end_session(tx, mine.id, by="system"))
    async with httpx2.AsyncClient(base_url=f"http://{lobby.address}/api/v1") as client:
        answer = await client.get("/live/sse", params={"channel": run.channel, "ticket": asked.json()["ticket"]})
    problem(answer, 401, "session_ended")


async def test_a_token_that_ends_ends_what_it_opened(lobby: Lobby) -> None:
    run = await lobby.theatre.run()
    gone, there = await lobby.watch(run, lobby.token(None, seconds=2)), await lobby.watch(run, lobby.token(None))
    socket, stream, polls = gone
    assert await ended([socket, stream], 4201) < 2 + WITHIN
    await eventually_async(lambda: isinstance(polls, PollViewer) and polls.refusal is not None)
    assert isinstance(polls, PollViewer)
    assert polls.refusal is not None
    problem(polls.refusal, 401, "unauthorised")
    await expect_silence(lobby, run, gone, there)
    await lobby.leave()


def test_the_news_are_the_same_behind_the_bus() -> None:
    news: list[News] = [Revoked(id="019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12")]
    assert list(Decoder().feed(b"".join(encode(each) for each in news))) == news
