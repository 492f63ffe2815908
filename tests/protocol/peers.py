"""Who plays a case: a session alone, a WebSocket, a stream of events, a poll. What a case says is turned into what the transport can say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

from headway.access.principal import Principal
from headway.access.tickets import Tickets
from headway.model.positions import Position, write_cursor
from headway.testing.clock import FakeClock
from headway.web.desk import Desk
from tests.protocol.http_viewers import HttpViewer, PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer
from tests.unit.live.theatre import Theatre, Viewer

Json = dict[str, Any]


class _TwoWay:
    """A peer that can speak at any time, and so needs no cursor of the server, nor a ticket."""

    is_quiet = False
    has_ids = True
    heard: list[Json]

    def refusal(self) -> Json | None:
        return None

    def given(self) -> str:
        raise AssertionError("only transports over HTTP are given a cursor")

    def ticket(self) -> str:
        raise AssertionError("only streams of events are opened by a ticket")

    def pass_seconds(self, seconds: float) -> None:
        raise AssertionError("there are no tickets")

    def restarted(self) -> None:
        raise AssertionError("this server is not started again")


class SessionPeer(_TwoWay):
    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._viewer: Viewer | None = None
        self.heard = []

    async def connect(self) -> None:
        self._viewer = self._theatre.viewer()
        self.heard = self._viewer.heard

    async def say(self, message: Any) -> None:
        assert self._viewer is not None
        self._viewer.say(message)

    async def cut(self) -> None:
        if self._viewer is not None:
            self._viewer.leave()
        self.heard = []

    def close_code(self) -> int | None:
        assert self._viewer is not None
        return self._viewer.session.close_code


class SocketPeer(_TwoWay):
    def __init__(self, address: str) -> None:
        self._address = address
        self._viewer: SocketViewer | None = None
        self.heard = []

    async def connect(self) -> None:
        self._viewer = await SocketViewer(self._address).open()
        self.heard = self._viewer.heard

    async def say(self, message: Any) -> None:
        assert self._viewer is not None
        await self._viewer.say(message)

    async def cut(self) -> None:
        if self._viewer is not None:
            await self._viewer.leave()
        self.heard = []

    def close_code(self) -> int | None:
        assert self._viewer is not None
        return self._viewer.close_code


class HttpPeer(ABC):
    """`hello` and `subscribe` become one request. Whoever subscribes to more, or has other rows in view, asks again."""

    is_quiet = False
    has_ids = False

    def __init__(self, theatre: Theatre, address: str, desk: Desk) -> None:
        self._theatre = theatre
        self._address = address
        self._desk = desk
        self._clock = FakeClock()
        desk.tickets = Tickets(desk.seal, self._clock)
        self._ticket: str | None = None
        self._viewer: HttpViewer | None = None
        self._hello: Json = {}
        self._wishes: list[Json] = []
        self._rows: list[str] = []
        self._given = ""
        self.heard: list[Json] = []

    async def connect(self) -> None:
        self.heard, self._hello, self._wishes, self._rows = [], {}, [], []

    async def say(self, message: Any) -> None:
        said = message if isinstance(message, list) else [message]
        for each in said:
            self._take(each)
        if any(each["type"] in {"subscribe", "rows"} for each in said):
            cursor = self._hello.get("cursor") if self._viewer is None else self._viewer.cursor
            await self._hang_up()
            self._viewer = self._ask(cursor)
            self._viewer.heard = self.heard
            before = len(self.heard)
            await self._viewer.settled(before)

    def _take(self, message: Json) -> None:
        match message["type"]:
            case "hello":
                self._hello = message
            case "subscribe":
                self._wishes.append(message)
            case "rows":
                self._rows = [run for run in self._rows if run not in message.get("remove", [])] + message.get("add", [])
            case "pong":
                pass  # nobody waits for one
            case other:
                raise AssertionError(f"{other} cannot be said by HTTP: the case concerns other transports")

    @abstractmethod
    def _ask(self, cursor: str | None) -> HttpViewer:
        """A viewer of all that is wished for, from `cursor` on."""

    def _token(self) -> str | None:
        token: str | None = self._hello.get("token")
        if token is None or token == "bad":
            return token
        return self._desk.tokens.issue(token, role="admin", lifetime=timedelta(hours=1))

    def _positions(self) -> str | None:
        """The cursor of a case that names positions itself, as any client may write it."""
        named = {wish["channel"]: Position(*wish["from"]["position"]) for wish in self._wishes if "position" in wish.get("from", {})}
        return write_cursor(named) if named else None

    async def _hang_up(self) -> None:
        if self._viewer is not None:
            self._given = self._viewer.cursor or self._given
            await self._viewer.leave()
            self._viewer = None

    async def cut(self) -> None:
        await self._hang_up()
        self.heard = []

    def close_code(self) -> int | None:
        return None if self._viewer is None else self._viewer.close_code

    def refusal(self) -> Json | None:
        answer = None if self._viewer is None else self._viewer.refusal
        return None if answer is None else answer.json()

    def given(self) -> str:
        return self._given

    def ticket(self) -> str:
        if self._ticket is None:
            self._ticket, _ = self._desk.tickets.issue(Principal(id="ada", role="admin"))
        return self._ticket

    def pass_seconds(self, seconds: float) -> None:
        self._clock.advance(seconds)

    def restarted(self) -> None:
        self._desk.gateway = self._theatre.gateway


class StreamPeer(HttpPeer):
    def _ask(self, cursor: str | None) -> HttpViewer:
        query: Json = {"channel": [wish["channel"] for wish in self._wishes]}
        for wish in self._wishes:
            if "facets" in wish:
                query["facets"] = ",".join(wish["facets"])
            for given, name in (("tail", "tail"), ("line", "after_line")):
                if given in wish.get("from", {}):
                    query[name] = wish["from"][given]
        if self._rows:
            query["rows"] = ",".join(self._rows)
        if "ticket" in self._hello:
            query["ticket"] = self._hello["ticket"]
        if (positions := self._positions()) and not cursor:
            query["cursor"] = positions
        # What a browser does by itself when it comes back.
        headers = {"Last-Event-ID": cursor} if cursor else {}
        return StreamViewer(self._address, self._token()).open(query, **headers)


class PollPeer(HttpPeer):
    is_quiet = True

    def _ask(self, cursor: str | None) -> HttpViewer:
        wishes = [
            {key: value for key, value in wish.items() if key not in {"type", "id"} and not (key == "from" and "position" in value)}
            for wish in self._wishes
        ]
        return PollViewer(self._address, self._token()).open(wishes, cursor or self._positions())
