"""A person at a real server with all that they may have open, and how it is closed for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.acceptance.web.test_sign_in import Answer, ask
from tests.protocol.http_viewers import StreamViewer
from tests.protocol.stage import SocketViewer
from tests.waiting import eventually_async

PASSWORD = "tulips under a cold moon"
LIST = "runs:default"
PROMISED_SECONDS = 5.0
"""Within which everything is closed that was opened with what is good no more, on every node."""

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Of one browser, or of one program."""

    token: str
    cookie: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Office:
    """A server, or two nodes of a cluster: people watch at `url`, and rights are taken away at `desk_url`."""

    url: str
    desk_url: str
    token: str
    """Of whoever looks after it."""

    async def ask(self, verb: str, path: str, body: Any = None, *, token: str | None = None, at: str | None = None) -> Answer:
        """A call of the administrator, or of who has this token, at the desk unless `at` says another."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        answer = await asyncio.to_thread(ask, at or self.desk_url, verb, f"/api/v1{path}", body, **headers)
        assert answer.status < 300, (verb, path, answer.status, answer.body)
        return answer

    async def account(self, role: str | None = "viewer") -> str:
        """The name of a new one, that may see all runs unless said otherwise."""
        name = f"person{next(_numbers)}"
        await self.ask("POST", "/accounts", {"name": name, "password": PASSWORD, **({} if role is None else {"role": role})})
        return name

    async def sign_in(self, name: str) -> SignIn:
        """At a browser, at the node where people watch."""
        body = {"name": name, "password": PASSWORD}
        signed = await asyncio.to_thread(ask, self.url, "POST", "/api/v1/sessions/by-password", body, Origin=self.url)
        assert signed.status == 201, signed.body
        cookie = {"Origin": self.url, "Cookie": signed.headers["Set-Cookie"].split(";")[0]}
        given = await asyncio.to_thread(ask, self.url, "POST", "/api/v1/session/tokens", **cookie)
        assert given.status == 201, given.body
        return SignIn(token=given.json["token"], cookie=cookie)

    async def run(self) -> str:
        """One that goes on for as long as nobody ends it."""
        return (await self.ask("POST", "/runs", {"name": "watched"})).json["run"]["id"]

    @asynccontextmanager
    async def watched(self, token: str, run: str, *, has_list: bool = True) -> AsyncIterator[Watch]:
        """The run and, unless it is a guest's, the list of runs, each over a WebSocket and a stream."""
        place, watch = self.url.removeprefix("http://"), Watch()
        try:
            for channel in (f"run:{run}", LIST) if has_list else (f"run:{run}",):
                socket = await SocketViewer(place).open()
                watch.sockets.append(socket)
                await socket.say({"type": "hello", "version": 1, "token": token}, {"type": "subscribe", "id": 1, "channel": channel})
                watch.streams.append(StreamViewer(place, token).open({"channel": channel}))
            await eventually_async(watch.is_open, what="everything is open")
            yield watch
        finally:
            for viewer in watch.viewers:
                await viewer.leave()


@dataclass(frozen=True)
class Watch:
    """What somebody has open."""

    sockets: list[SocketViewer] = field(default_factory=list)
    streams: list[StreamViewer] = field(default_factory=list)

    @property
    def viewers(self) -> Sequence[SocketViewer | StreamViewer]:
        return [*self.sockets, *self.streams]

    def is_open(self) -> bool:
        for viewer in self.viewers:
            kinds = [each["type"] for each in viewer.heard]
            assert "subscribed" in kinds, (kinds, viewer.close_code, getattr(viewer, "refusal", None))
        return True

    async def closed(self, code: int) -> None:
        """All of it was, by the server, with this code: said by `goodbye`, and then the connection has ended."""
        await eventually_async(
            lambda: all(each.close_code is not None for each in self.viewers),
            PROMISED_SECONDS,
            "everything is closed that was opened with what is good no more",
        )
        said = [next((each["code"] for each in viewer.heard if each["type"] == "goodbye"), None) for viewer in self.viewers]
        assert said == [code] * len(said)
        assert [each.close_code for each in self.viewers] == said

    async def hears_of(self, run: str) -> None:
        """It is open: the list tells of this run, which is new."""
        for viewer in (self.sockets[-1], self.streams[-1]):
            await eventually_async(lambda viewer=viewer: run in _new_runs(viewer), what="whoever may see goes on seeing")
        assert [each.close_code for each in self.viewers] == [None] * len(self.viewers)


def _new_runs(viewer: SocketViewer | StreamViewer) -> set[str]:
    return {run for each in viewer.heard if each["type"] == "rows_changed" for run in each.get("new", [])}
