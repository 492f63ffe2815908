"""Viewers of the three transports. What they hear goes through the client of the SDK, as a program's would, and into a ledger."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from chaos.ledger import Ledger
from chaos.plan import FAIR, Fate, Part, Transport, Where, next_fate, next_where
from chaos.wire import Answer, Broken, asked
from headway.live.settings import SUBPROTOCOL
from headway.model.errors import Invalid
from headway.model.positions import Position, read_cursor, write_cursor
from headway.sdk.news import Reset, TokenExpiring
from headway.sdk.viewer import Viewer
from tests.protocol.http_viewers import events_of

PATIENCE_SECONDS = 2.0
"""So long a viewer waits for a sign of life before it gives its connection up; while there is news every 50 ms."""
PAUSE_SECONDS = 0.08
"""Between two connections, at most. The clients that we ship wait longer; here the server shall have no rest."""
KEPT_CURSORS = 30


class ChaosViewer:
    """One viewer. `run` returns when it was told the end of all its runs."""

    def __init__(self, part: Part, runs: tuple[str, ...], port: Callable[[], int], new_token: Callable[[], tuple[str, float]]) -> None:
        """`new_token` gives one, and its end on the monotonic clock."""
        self.part = part
        self.runs = tuple(runs[channel] for channel in part.channels)
        self.client = Viewer(self.runs)
        self.ledgers = {run: Ledger() for run in self.runs}
        self.frames = 0
        self.wheres = dict.fromkeys(Where, 0)
        self.unlike: list[str] = []
        """What the server said that no viewer can make sense of."""
        self.holes = 0
        """How often lines were missing between two that came over one connection."""
        self.is_fair = False
        """From now on nothing befalls its connections."""
        self._dice = part.dice()
        self._port = port
        self._new_token = new_token
        self._token, self._token_ends = new_token()
        self._cursors: list[str] = []
        self._shown: set[str] = set()
        """Channels whose view came by the last answers, so that a poll need not ask for it."""

    def next_fate(self) -> Fate:
        fate = next_fate(self._dice)
        return FAIR if self.is_fair else fate

    async def run(self) -> None:
        connect_once = {Transport.SOCKET: self._socket, Transport.STREAM: self._stream, Transport.POLL: self._poll}[self.part.transport]
        while not self.client.is_finished:
            began = time.monotonic()
            code = 1006
            try:
                code = await connect_once()
            except (OSError, TimeoutError, Broken, WebSocketException):
                pass  # what a line does
            except Invalid as error:
                self.unlike.append(str(error))
            verdict = self.client.verdict(code, lived_seconds=time.monotonic() - began)
            if time.monotonic() > self._token_ends or verdict.do == "refresh":
                # Who was away when it ran out has heard no 4201; it knows by its own clock.
                self._renew()
            elif verdict.do == "stop" and not self.client.is_finished:
                left = self._token_ends - time.monotonic()
                self.unlike.append(f"told to stop: {verdict.code} {verdict.why} Its token had {left:.1f} s left.")
                return
            await asyncio.sleep(self._dice.uniform(0, PAUSE_SECONDS))

    def _renew(self) -> None:
        self._token, self._token_ends = self._new_token()

    def _take(self, frame: bytes | str) -> None:
        self.frames += 1
        for news in self.client.receive(frame):
            run = getattr(news, "run", None)
            if run is not None:
                self.ledgers[run].write(news)
            if isinstance(news, Reset):
                # What was kept names lines that this viewer has no longer: who is told to begin anew forgets it.
                self._cursors.clear()
            if isinstance(news, TokenExpiring) and self.part.is_renewing and self.part.transport is Transport.SOCKET:
                self._renew()
                self.client.new_token(self._token)

    def _answer(self) -> str | None:
        """What the client wants to say. That it asks for a subscription again means that lines were left out: TCP loses none."""
        said = self.client.outgoing()
        if said is not None and '"unsubscribe"' in said:
            self.holes += 1
        return said

    # --- WebSocket --------------------------------------------------------------------------------------------------

    async def _socket(self) -> int:
        self.client.token = self._token
        greeting = self.client.hello()  # also where it is not sent: it puts what the last connection said behind us
        headers = {"X-Viewer": str(self.part.number)}
        async with asyncio.timeout(None) as patience:
            self._wait(patience)
            async with connect(
                f"ws://127.0.0.1:{self._port()}/api/v1/live", subprotocols=[SUBPROTOCOL], additional_headers=headers, compression=None,  # type: ignore[list-item]
                max_size=None, ping_interval=None, open_timeout=None, close_timeout=0.2, proxy=None,
            ) as socket:  # fmt: skip
                await socket.send(greeting)
                while not self.client.is_finished:
                    try:
                        frame = await socket.recv()
                    except WebSocketException:
                        return socket.close_code or 1006
                    self._wait(patience)
                    self._take(frame)
                    answer = self._answer()
                    if answer is not None:
                        await socket.send(answer)
        return 1000

    def _wait(self, patience: asyncio.Timeout) -> None:
        patience.reschedule(asyncio.get_running_loop().time() + PATIENCE_SECONDS)

    # --- by HTTP ----------------------------------------------------------------------------------------------------

    async def _stream(self) -> int:
        self.client.hello()
        channels = [f"run:{run}" for run in self.runs if not self.ledgers[run].ends]
        cursor = self._cursor()
        headers = {**self._headers(), **({"Last-Event-ID": cursor} if cursor else {})}
        target = f"/api/v1/live/sse?{urlencode({'channel': channels}, doseq=True)}"
        async with asyncio.timeout(None) as patience:
            self._wait(patience)
            async with asked(self._port(), "GET", target, headers) as answer:
                if answer.status != 200:
                    return self._refused(answer)
                async for event in events_of(answer.pieces()):
                    self._wait(patience)
                    self._take(event["data"])
                    if not self._goes_on(event["id"]) or self.client.is_finished:
                        break
        return 1006

    async def _poll(self) -> int:
        """One connection a question, so each has a fate of its own; the answer is taken as a whole or not at all."""
        cursor = self._cursor()
        if cursor is None or cursor != self._cursors[-1]:
            self._shown.clear()
        channels = [f"run:{run}" for run in self.runs if not self.ledgers[run].ends]
        subscribe = [{"channel": channel, **({"has_view": True} if channel in self._shown else {})} for channel in channels]
        asking = {"subscribe": subscribe, "wait": 1, **({"cursor": cursor} if cursor else {})}
        headers = {**self._headers(), "Content-Type": "application/json"}
        async with (
            asyncio.timeout(PATIENCE_SECONDS + 1),
            asked(self._port(), "POST", "/api/v1/live/poll", headers, json.dumps(asking).encode()) as answer,
        ):
            if answer.status != 200:
                return self._refused(answer)
            said = json.loads(await answer.body())
        self._shown |= {message["channel"] for message in said["messages"] if message["type"] == "snapshot"}
        self._take(json.dumps(said["messages"]))
        if not self._goes_on(said["cursor"]):
            self._shown.clear()
        return 1006

    def _goes_on(self, cursor: str) -> bool:
        """Keep the position behind what was heard; False where lines were left out before it: then the client's own is good."""
        holes = self.holes
        self._answer()
        is_whole = self.holes == holes
        self._cursors = [*self._cursors[-KEPT_CURSORS:], cursor] if is_whole else [self.client.cursor]
        return is_whole

    def _headers(self) -> dict[str, str]:
        return {"X-Viewer": str(self.part.number), "Authorization": f"Bearer {self._token}"}

    def _refused(self, answer: Answer) -> int:
        if answer.status == 401:
            return 4201
        if answer.status not in {429, 503}:
            self.unlike.append(f"refused with status {answer.status}")
        return 1006

    def _cursor(self) -> str | None:
        """From where it goes on. A socket has no part in this: its client names its positions itself."""
        where = next_where(self._dice)
        if not self._cursors:
            return None
        self.wheres[where] += 1
        match where:
            case Where.STALE:
                return self._dice.choice(self._cursors)
            case Where.FOREIGN:
                at = read_cursor(self._cursors[-1])
                return write_cursor({name: Position(place.epoch, place.line + 1_000_000, place.seq) for name, place in at.items()})
            case _:
                return self._cursors[-1]
