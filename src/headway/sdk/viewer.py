"""The client's side of the live wire as a state machine without I/O (PROTOCOL.md section 4).

Whoever owns a socket sends what `hello` and `outgoing` give, hands each frame to `receive`, and asks `verdict` what to do
once the socket is gone. Positions live here, and so outlast any number of sockets.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headway.model.errors import Invalid
from headway.model.patches import apply_patch
from headway.model.positions import Position, write_cursor
from headway.sdk.news import (
    Answered,
    Connected,
    Entry,
    Finished,
    Gap,
    News,
    Notice,
    Points,
    Reset,
    TokenExpiring,
    Unsubscribed,
    ViewChanged,
)

VERSION = 1
ASK_LIMIT = 3
"""How often a hole is asked for again before it is told as a gap."""
FIRST_DELAY_SECONDS = 0.5
"""Before the first reconnection, at most, doubled with each failure …"""
LONGEST_DELAY_SECONDS = 20.0
"""… up to this; each time a random part of it."""
HEALTHY_SECONDS = 10.0
"""A connection that lived this long clears the count of failures."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do about a connection that is gone."""

    do: str
    """``reconnect``, ``refresh`` (get a new token, then reconnect) or ``stop``."""
    delay_seconds: float
    code: int
    why: str


@dataclass(slots=True, kw_only=True)
class _Channel:
    name: str
    start: Mapping[str, Any] | None = None
    """What to subscribe from the first time; None: the start of the log."""
    epoch: str = ""
    line: int = 0
    seq: int = 0
    log_hash: int | None = None
    """CRC-32 of the entries up to `line`; None until a snapshot, and again after a gap."""
    is_whole: bool = True
    """No entry was missed since the first that was asked for."""
    view: dict[str, Any] = field(default_factory=dict[str, Any])
    is_done: bool = False
    is_waiting: bool = False
    """Subscribed (again), and not yet answered by a snapshot: what comes in between belongs to the old subscription."""
    is_started: bool = False
    """A snapshot came: from now on it is resumed by position."""
    asked: str = ""
    """Id of the newest subscribe."""
    is_refused: bool = False
    """The server could not take the subscription just now: asked again with the next heartbeat."""
    holes: int = 0
    behind: tuple[int, int] | None = None

    @property
    def run(self) -> str:
        return self.name.removeprefix("run:")


class Viewer:
    """One viewer of any number of runs."""

    def __init__(self, runs: Iterable[str], *, token: str | None = None, start: Mapping[str, Any] | None = None) -> None:
        """`start`: ``{"line": n}``, ``{"tail": n}`` or ``{"position": [epoch, line, seq]}``; default: the start of the log."""
        self.token = token
        self._channels = {f"run:{run}": _Channel(name=f"run:{run}", start=start) for run in runs}
        self._outgoing: list[Message] = []
        self._goodbye: tuple[int, str, float | None] | None = None
        self._failures = 0
        self._connections = 0
        self._last_id = 0
        self.heartbeat_seconds = 30.0

    @property
    def is_finished(self) -> bool:
        """Nothing more will come: every run has ended, or is shown no longer."""
        return all(channel.is_done for channel in self._channels.values())

    @property
    def failures(self) -> int:
        return self._failures

    @property
    def cursor(self) -> str:
        """Where the viewer stands; may be kept, and given to another viewer as a position."""
        known = {name: Position(at.epoch, at.line, at.seq) for name, at in self._channels.items() if at.is_started}
        return write_cursor(known)

    def view(self, run: str) -> dict[str, Any]:
        return self._channels[f"run:{run}"].view

    # --- what goes out ----------------------------------------------------------------------------------------------

    def hello(self) -> str:
        """The first frame of a new connection."""
        self._goodbye = None
        self._outgoing.clear()
        said: Message = {"type": "hello", "version": VERSION}
        if self.token:
            said["token"] = self.token
        self._outgoing.append(said)
        for channel in self._channels.values():
            if not channel.is_done:
                self._subscribe(channel)
        frame = self.outgoing()
        assert frame is not None
        return frame

    def outgoing(self) -> str | None:
        """The frame to send now, if any."""
        if not self._outgoing:
            return None
        messages, self._outgoing = self._outgoing, []
        return json.dumps(messages, separators=(",", ":"))

    def new_token(self, token: str) -> None:
        self.token = token
        self._outgoing.append({"type": "token", "token": token})

    def command(self, run: str, do: str, args: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None) -> str:
        """Ask for something; the id that its `Answered` will carry."""
        said: Message = {"type": "command", "id": self._next_id(), "channel": f"run:{run}", "do": do, "args": dict(args or {})}
        if idempotency_key:
            said["idempotency_key"] = idempotency_key
        self._outgoing.append(said)
        return str(said["id"])

    def _next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def _subscribe(self, channel: _Channel) -> None:
        channel.is_waiting = True
        channel.is_refused = False
        channel.behind = None
        channel.asked = self._next_id()
        said: Message = {"type": "subscribe", "id": channel.asked, "channel": channel.name}
        if channel.is_started:
            said["from"] = {"position": [channel.epoch, channel.line, channel.seq]}
        elif channel.start is not None:
            said["from"] = dict(channel.start)
        self._outgoing.append(said)

    def _ask_again(self, channel: _Channel) -> None:
        self._outgoing.append({"type": "unsubscribe", "id": self._next_id(), "channel": channel.name})
        self._subscribe(channel)

    # --- what comes in ----------------------------------------------------------------------------------------------

    def receive(self, frame: str | bytes) -> list[News]:
        """What a frame says. Raises `Invalid` when it is none: then close the socket and ask `verdict`."""
        try:
            messages: Any = json.loads(frame)
        except (ValueError, RecursionError) as error:
            raise Invalid("The server sent a frame that is not JSON.") from error
        if not isinstance(messages, list):
            raise Invalid("The server sent a frame that is not a list of messages.")
        news: list[News] = []
        for message in messages:  # pyright: ignore[reportUnknownVariableType]
            try:
                self._take(message, news.append)  # pyright: ignore[reportUnknownArgumentType]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Invalid(f"The server sent a message that is not as the protocol says: {str(message)[:200]}") from error  # pyright: ignore[reportUnknownArgumentType]
        return news

    def _take(self, message: Message, tell: Callable[[News], None]) -> None:
        kind: str = message["type"]
        act = _ACTS.get(kind)
        if act is not None:
            channel = self._channels.get(message["channel"])
            if channel is not None and not channel.is_done:
                act(self, channel, message, tell)
            return
        match kind:
            case "welcome":
                self._connections += 1
                self.heartbeat_seconds = float(message.get("heartbeat") or self.heartbeat_seconds)
                tell(Connected(node=str(message.get("node", "")), is_again=self._connections > 1))
            case "heartbeat":
                self._outgoing.append({"type": "pong", "n": message.get("n")})
                self._ask_refused()
                self._compare(message.get("tops") or {})
            case "goodbye":
                self._goodbye = (int(message["code"]), str(message.get("why", "")), message.get("retry_in"))
            case "token_expiring":
                tell(TokenExpiring(in_seconds=float(message.get("in") or 0)))
            case "notice":
                tell(Notice(
                    kind=str(message.get("kind", "")), title=str(message.get("title", "")), code=message.get("code"),
                    late_seconds=message.get("late_seconds"),
                ))  # fmt: skip
            case "answer":
                rest = {key: value for key, value in message.items() if key not in ("type", "id", "ok", "at")}
                tell(Answered(id=str(message.get("id")), is_done=bool(message.get("ok")), fields=rest))
            case "error":
                self._error(message, tell)
            case _:
                pass  # a newer server may say more than we know

    def _subscribed(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        if channel.epoch and message["epoch"] != channel.epoch:
            self._forget(channel, "epoch", tell)
        channel.epoch = message["epoch"]

    def _forget(self, channel: _Channel, why: str, tell: Callable[[News], None]) -> None:
        if channel.line or channel.seq:
            tell(Reset(run=channel.run, why=why))
        channel.line = channel.seq = channel.holes = 0
        channel.log_hash = None
        channel.is_whole = True
        channel.is_started = False
        channel.view = {}

    def _reset(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        self._forget(channel, str(message.get("why", "")), tell)
        channel.is_waiting = True

    def _snapshot(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        line, seq, log_hash = int(message["line"]), int(message["seq"]), message.get("log_hash")
        is_first = not channel.is_started
        channel.is_started = True
        channel.is_waiting = False
        if is_first:
            channel.line, channel.log_hash = line, log_hash
        elif line == channel.line and log_hash is not None:
            if channel.log_hash is not None and channel.log_hash != log_hash:
                channel.is_whole = False
            channel.log_hash = log_hash
        if seq >= channel.seq or is_first:
            channel.seq = seq
            channel.view = message["view"]
            tell(ViewChanged(run=channel.run, seq=seq, view=channel.view, patch=None))

    def _patch(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        seq = int(message["seq"])
        if seq <= channel.seq or channel.is_waiting:
            return
        channel.seq = seq
        patch: dict[str, Any] = message["view"]
        apply_patch(channel.view, patch)
        tell(ViewChanged(run=channel.run, seq=seq, view=channel.view, patch=patch, folded=int(message.get("folded") or 0)))

    def _entries(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        entries: list[dict[str, Any]] = message["entries"]
        first = int(message["first"])
        if channel.is_waiting:
            return
        if first > channel.line + 1:
            if self._hole(channel, first - 1, tell):
                return
            channel.line = first - 1
        log_hash = channel.log_hash
        for entry in entries[channel.line + 1 - first :]:
            if log_hash is not None:
                text = entry.get("text")
                log_hash = zlib.crc32((text if isinstance(text, str) else entry["kind"]).encode("utf-8", "replace") + b"\n", log_hash)
            channel.line += 1
            channel.holes = 0
            tell(Entry(run=channel.run, line=channel.line, event=entry))
        channel.log_hash = log_hash

    def _hole(self, channel: _Channel, last: int, tell: Callable[[News], None]) -> bool:
        """Lines up to `last` are missing: ask for them and say True; or, having asked often enough, tell of a gap."""
        channel.holes += 1
        if channel.holes <= ASK_LIMIT:
            self._ask_again(channel)
            return True
        tell(Gap(run=channel.run, facet="log", first=channel.line + 1, last=last, why="missing"))
        channel.holes = 0
        channel.is_whole, channel.log_hash = False, None
        return False

    def _points(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        if not channel.is_waiting:
            tell(Points(run=channel.run, points=message["points"], is_thinned=bool(message.get("thinned"))))

    def _gap(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        first, last = int(message["from"]), int(message["to"])
        facet = str(message["facet"])
        if facet == "log":
            if last <= channel.line:
                return
            first = max(first, channel.line + 1)
            channel.line = last
            channel.is_whole, channel.log_hash = False, None
        tell(Gap(run=channel.run, facet=facet, first=first, last=last, why=str(message.get("why", "")), url=message.get("url")))

    def _finished(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        line, log_hash = int(message["line"]), message.get("log_hash")
        if channel.is_waiting:
            return
        if line > channel.line and self._hole(channel, line, tell):
            return
        # The server does not know the hash at every line, so one that began in the middle may have only the count to go by.
        agrees = channel.log_hash is None or channel.log_hash == log_hash
        channel.is_done = True
        tell(
            Finished(
                run=channel.run, state=str(message["state"]), seq=int(message["seq"]), line=line,
                is_complete=channel.is_whole and line == channel.line and agrees,
                result=message.get("result"), result_url=message.get("result_url"), error=message.get("error"),
            )
        )  # fmt: skip

    def _unsubscribed(self, channel: _Channel, message: Message, tell: Callable[[News], None]) -> None:
        if message.get("id") is not None and str(message["id"]) != channel.asked:
            return  # of a subscription that we gave up ourselves
        channel.is_done = True
        tell(Unsubscribed(run=channel.run, code=str(message.get("code", "")), why=str(message.get("why", ""))))

    def _error(self, message: Message, tell: Callable[[News], None]) -> None:
        asked, code, said = str(message.get("id")), str(message.get("code", "")), str(message.get("message", ""))
        channel = next((one for one in self._channels.values() if one.asked == asked), None)
        if channel is None:
            tell(Answered(id=asked, is_done=False, code=code, message=said))
        elif message.get("temporary"):
            channel.is_refused = True
        elif not channel.is_done:
            channel.is_done = True
            tell(Unsubscribed(run=channel.run, code=code, why=said))

    def _ask_refused(self) -> None:
        for channel in self._channels.values():
            if channel.is_refused and not channel.is_done:
                self._subscribe(channel)

    def _compare(self, tops: Mapping[str, Any]) -> None:
        """The tops of two heartbeats in a row stand above us, and nothing came between: something was lost, so ask again."""
        for name, top in tops.items():
            channel = self._channels.get(name)
            if channel is None or channel.is_done or channel.is_waiting:
                continue
            here = (channel.line, channel.seq)
            if here[0] >= int(top[0]) and here[1] >= int(top[1]):
                channel.behind = None
            elif channel.behind == here:
                self._ask_again(channel)
            else:
                channel.behind = here

    # --- when the connection is gone --------------------------------------------------------------------------------

    def verdict(self, code: int = 1006, why: str = "", *, lived_seconds: float = 0.0) -> Verdict:
        """What to do now that the socket is closed with `code`. `goodbye` outranks it; the hundreds digit decides."""
        retry_in: float | None = None
        if self._goodbye is not None:
            code, why, retry_in = self._goodbye
        self._failures = 1 if lived_seconds >= HEALTHY_SECONDS else self._failures + 1
        if self.is_finished or 4500 <= code < 4600:
            return Verdict(do="stop", delay_seconds=0.0, code=code, why=why)
        delay = random.uniform(0, min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(self._failures, 10)))
        if retry_in is not None:
            delay = max(0.0, float(retry_in))
        elif 4100 <= code < 4300 and self._failures <= 1:
            delay = 0.0
        return Verdict(do="refresh" if 4200 <= code < 4300 else "reconnect", delay_seconds=delay, code=code, why=why)


_Act = Callable[[Viewer, _Channel, Message, Callable[[News], None]], None]
_ACTS: Mapping[str, _Act] = {
    "subscribed": Viewer._subscribed,  # pyright: ignore[reportPrivateUsage]
    "snapshot": Viewer._snapshot,  # pyright: ignore[reportPrivateUsage]
    "patch": Viewer._patch,  # pyright: ignore[reportPrivateUsage]
    "entries": Viewer._entries,  # pyright: ignore[reportPrivateUsage]
    "points": Viewer._points,  # pyright: ignore[reportPrivateUsage]
    "gap": Viewer._gap,  # pyright: ignore[reportPrivateUsage]
    "reset": Viewer._reset,  # pyright: ignore[reportPrivateUsage]
    "finished": Viewer._finished,  # pyright: ignore[reportPrivateUsage]
    "unsubscribed": Viewer._unsubscribed,  # pyright: ignore[reportPrivateUsage]
}
