"""Plays the cases of `conformance/live/*.yaml`. What a step may be stands in `conformance/live/README.md`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import orjson
import yaml

from headway.access.principal import SYSTEM
from headway.acts.notify import notify, withdraw
from headway.model.events import Facet
from headway.model.notice import NoticeLevel
from headway.model.patches import apply_patch
from headway.model.positions import Position, write_cursor
from tests.unit.live.theatre import Run, Table, Theatre, bare
from tests.waiting import eventually_async

Json = dict[str, Any]
CASES = Path(__file__).parents[2] / "conformance" / "live"


TRANSPORTS = ("websocket", "sse", "poll")


def cases(transport: str) -> list[Any]:
    """Those that concern this transport, each with the name of its file."""
    found = [(path.stem, case) for path in sorted(CASES.glob("*.yaml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))]
    assert all(set(case.get("transports", TRANSPORTS)) <= set(TRANSPORTS) for _, case in found)
    return [(stem, case) for stem, case in found if transport in case.get("transports", TRANSPORTS)]


class Peer(Protocol):
    heard: list[Json]
    is_quiet: bool
    """Whether it is never told `welcome`."""
    has_ids: bool
    """Whether what it asks for has ids, that come back in the answers."""

    async def connect(self) -> None: ...
    async def say(self, message: Any) -> None: ...
    async def cut(self) -> None:
        """The connection breaks."""
        ...

    def close_code(self) -> int | None: ...
    def refusal(self) -> Json | None:
        """The problem by which its last request was answered, instead of what it asked for."""
        ...

    def given(self) -> str:
        """The last cursor that it was given."""
        ...

    def ticket(self) -> str:
        """A ticket: the same each time."""
        ...

    def pass_seconds(self, seconds: float) -> None:
        """Time goes by for tickets."""
        ...

    def restarted(self) -> None:
        """The theatre has another gateway."""
        ...


class Player:
    """Plays one case for one viewer, and keeps what it has learnt over reconnections."""

    def __init__(self, theatre: Theatre, peer: Peer, run: Run) -> None:
        self._theatre = theatre
        self._peer = peer
        self._run = run
        self._at = 0
        """How much of what was heard is behind us."""
        self._lines: list[Json] = []
        self._view: Json = {}
        self._seq = 0
        self._folded = 0
        self._epoch = theatre.store.epoch
        self._table = Table()
        self._new: Run | None = None
        self._notices: dict[str, str] = {}

    async def play(self, steps: list[Json]) -> None:
        for step in steps:
            ((verb, what),) = step.items()
            await getattr(self, f"_{verb}")(what)

    # --- steps -----------------------------------------------------------------------------------------------------

    async def _publish(self, what: Json) -> None:
        for kind, value in what.items():
            if kind == "log":
                await self._run.log(*(f"line {n}" for n in range(value)) if isinstance(value, int) else value)
            elif kind == "progress":
                await self._run.progress(**value)
            elif kind == "metric":
                await self._run.metric(value["name"], *value["values"])
            elif kind == "finish":
                await self._run.finish(**(value or {}))
            elif kind == "delete":
                await self._run.delete()

    async def _tell(self, what: Json) -> None:
        """An administrator gives a notice, to everybody or to `user`."""
        level, user = NoticeLevel(what.get("level", "info")), what.get("user")
        given = await self._theatre.store.write(
            lambda tx: notify(tx, SYSTEM, title=what["title"], level=level, user=user, lifetime=timedelta(minutes=10))
        )
        self._notices[given.title] = given.id

    async def _withdraw(self, title: str) -> None:
        """The notice of that title is taken back."""
        await self._theatre.store.write(lambda tx: withdraw(tx, SYSTEM, self._notices[title]))

    async def _start(self, what: Json) -> None:
        """Another run is opened."""
        self._new = await self._theatre.run(**what)

    async def _send(self, what: Any) -> None:
        await self._peer.say(self._filled(what))

    async def _expect(self, what: Json) -> None:
        """The next message of this type holds all this."""
        wanted = self._filled(what)
        if wanted["type"] == "welcome" and self._peer.is_quiet:
            return
        if not self._peer.has_ids:
            wanted.pop("id", None)
        message = await eventually_async(
            lambda: next((heard for heard in self._peer.heard[self._at :] if heard["type"] == wanted["type"]), None),
            what=f"{wanted}; heard since: {[heard['type'] for heard in self._peer.heard[self._at :]]}",
        )
        assert _holds(message, wanted), f"expected {wanted}, heard {message}"
        self._at = self._peer.heard.index(message, self._at) + 1

    async def _expect_lines(self, what: Json) -> None:
        """All entries so far, over all connections, are the lines from..to, each once and in order."""
        wanted = list(range(what["from"], what["to"] + 1))
        await eventually_async(lambda: (self._fold(), [entry["line"] for entry in self._lines])[1] == wanted, what=f"lines {what}")

    async def _expect_view(self, what: Json) -> None:
        """The folded view holds all this."""
        await eventually_async(lambda: (self._fold(), _holds(self._view, what))[1], what=f"a view with {what}")

    async def _expect_journal(self, what: Any) -> None:
        """What was heard, folded, is the journal."""
        store = self._theatre.store
        head = await self._run.head()
        stored = await store.read(lambda snapshot: snapshot.journal.read(self._run.id, Facet.LOG, 1, head.last_line, limit=100_000))
        entries = [orjson.loads(entry) for entry in stored]
        await eventually_async(
            lambda: (self._fold(), self._lines == entries and bare(self._view) == bare(head.view))[1], what="the journal"
        )

    async def _expect_row(self, what: Json) -> None:
        """The row of the run, folded, holds all this."""
        await eventually_async(
            lambda: (self._fold(), _holds(self._table.rows.get(self._run.id), what))[1],
            what=f"a row with {what}, not {self._table.rows.get(self._run.id)}",
        )

    async def _expect_no_row(self, what: Any) -> None:
        """The run has no row any more."""
        await eventually_async(lambda: (self._fold(), self._run.id not in self._table.rows)[1], what="no row")

    async def _expect_stored_row(self, what: Any) -> None:
        """The row of the run, folded, is what the store has of it."""
        stored = await self._run.row()
        await eventually_async(lambda: (self._fold(), bare(self._table.rows.get(self._run.id, {})) == stored)[1], what=f"{stored}")

    async def _expect_states(self, what: Json) -> None:
        """The counts by state are these, and no others."""
        await eventually_async(lambda: (self._fold(), self._table.states == what)[1], what=f"{what}, not {self._table.states}")

    async def _expect_close(self, code: int) -> None:
        await self._expect({"type": "goodbye", "code": code})
        await eventually_async(lambda: self._peer.close_code() == code, what=f"close {code}, not {self._peer.close_code()}")

    async def _expect_refusal(self, what: Json) -> None:
        """The request was refused, by this problem."""
        problem = await eventually_async(self._peer.refusal, what=f"a refusal with {what}")
        assert _holds(problem, what), f"expected {what}, got {problem}"

    async def _pass_seconds(self, seconds: float) -> None:
        self._peer.pass_seconds(seconds)

    async def _restart(self, what: Any) -> None:
        """The server ends, and another one begins."""
        await self._theatre.close()
        await self._theatre.open()
        self._peer.restarted()

    async def _drain(self, what: Any) -> None:
        """The server is about to end."""
        await self._theatre.gateway.drain()

    async def _expect_none(self, kind: str) -> None:
        assert kind not in [message["type"] for message in self._peer.heard[self._at :]]

    async def _disconnect(self, what: Any) -> None:
        self._fold()
        await self._peer.cut()
        self._at = self._folded = 0
        self._table = Table()

    async def _connect(self, what: Any) -> None:
        await self._peer.connect()

    async def _lose_news(self, is_lost: bool) -> None:
        self._theatre.is_deaf = is_lost

    async def _lose_bus(self, is_lost: bool) -> None:
        """Redis does not answer, or does again; and the second is over after which the gateway says so."""
        self._theatre.is_bus_away = is_lost
        self._theatre.gateway.tell_troubles()

    async def _expect_degraded(self, codes: list[str]) -> None:
        """What is degraded, as this connection has been told, is this."""
        await eventually_async(lambda: self._degraded() == codes, what=f"degraded {codes}, not {self._degraded()}")

    def _degraded(self) -> list[str]:
        said = [message for message in self._peer.heard if message["type"] == "notice" and "channel" not in message]
        codes: list[str] = []
        for notice in said:
            codes = [code for code in codes if code != notice["code"]] + ([notice["code"]] if notice["kind"] == "degraded" else [])
        return codes

    async def _evict(self, keep_from: int) -> None:
        """Retention drops the front of the log."""
        await self._theatre.store.write(lambda tx: tx.journal.drop_front(self._run.id, Facet.LOG, keep_from))

    async def _new_epoch(self, what: Any) -> None:
        await self._theatre.store.renew_epoch()

    async def _hide(self, what: Any) -> None:
        """The right to see the run is taken away."""
        self._theatre.hidden.add(self._run.id)
        self._theatre.gateway.recheck()

    async def _hide_list(self, what: Any) -> None:
        """The right to see the runs of the project is taken away."""
        self._theatre.hidden.add("default")
        self._theatre.gateway.recheck()

    # --- helpers ---------------------------------------------------------------------------------------------------

    def _fold(self) -> None:
        for message in self._peer.heard[self._folded :]:
            self._table.take(message)
            if message["type"] == "entries":
                self._lines += message["entries"]
            elif message["type"] == "reset":
                self._lines.clear()
            elif message["type"] == "snapshot":
                self._view, self._seq = orjson.loads(orjson.dumps(message["view"])), message["seq"]
            elif message["type"] == "patch" and message["seq"] > self._seq:
                self._seq = message["seq"]
                apply_patch(self._view, message["view"])
        self._folded = len(self._peer.heard)

    def _filled(self, what: Any) -> Any:
        if isinstance(what, dict):
            return {key: self._filled(value) for key, value in what.items()}
        if isinstance(what, list):
            return [self._filled(value) for value in what]
        if not isinstance(what, str) or not what.startswith("$"):
            return what
        self._fold()
        line = self._lines[-1]["line"] if self._lines else 0
        words: Json = {
            "$channel": self._run.channel,
            "$list": self._run.list,
            "$run": self._run.id,
            "$new": self._new.id if self._new else "",
            "$many": [f"01890000-0000-7000-8000-{number:012}" for number in range(201)],
            "$epoch": self._epoch,
            "$position": [self._epoch, line, self._seq],
            "$cursor": write_cursor({self._run.channel: Position(self._epoch, line, self._seq)}),
            "$large": "x" * 70_000,
            "$long_cursor": "x" * 16_400,
            "$other": self._new.channel if self._new else "",
        }
        if what in {"$given", "$ticket"}:
            return self._peer.given() if what == "$given" else self._peer.ticket()
        return words[what]


def _holds(message: Any, wanted: Any) -> bool:
    """`message` has everything that `wanted` names, with the same values."""
    if isinstance(wanted, dict):
        return isinstance(message, dict) and all(_holds(message.get(key), value) for key, value in wanted.items())
    return bool(message == wanted)
