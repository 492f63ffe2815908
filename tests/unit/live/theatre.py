"""A hub over a real store, runs recorded by the real acts, and viewers that keep what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson

from headway.access.principal import SYSTEM, Principal
from headway.access.tokens import Tokens
from headway.acts.edit import delete
from headway.acts.finish import Finish
from headway.acts.outside import OpenOutside, end_outside, open_outside
from headway.acts.record import Batch, record
from headway.live.bus.contract import BusNews, Watched
from headway.live.desk import Visitor
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.live.limits.contract import SharedLimits
from headway.live.limits.local import LocalLimits
from headway.live.messages import Command
from headway.live.rows import row_of
from headway.live.session import Session
from headway.live.settings import LiveSettings
from headway.live.undecided import Seen
from headway.model.approval import OpenApproval
from headway.model.clock import iso
from headway.model.errors import Forbidden, Unauthorised
from headway.model.ids import new_id
from headway.model.patches import apply_patch
from headway.model.states import Outcome
from headway.store.contract import News
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store
from headway.web.live import LiveAccess
from tests.waiting import eventually_async

Json = dict[str, Any]


class Run:
    """A run that a test reports."""

    def __init__(self, theatre: Theatre, id: str, project: str) -> None:
        self.theatre = theatre
        self.id = id
        self.channel = f"run:{id}"
        self.list = f"runs:{project}"
        self._batch_no = 0

    async def report(self, *events: Json) -> None:
        self._batch_no += 1
        batch = Batch(run=self.id, fence=1, batch_no=self._batch_no, events=[orjson.dumps({"at": iso(), **event}) for event in events])
        (answer,) = await self.theatre.store.write(lambda tx: record(tx, [batch]))
        assert not isinstance(answer, Exception), answer

    async def log(self, *texts: str) -> None:
        await self.report(*({"kind": "log.written", "level": "info", "text": text} for text in texts))

    async def progress(self, done: float, **more: Any) -> None:
        await self.report({"kind": "progress.reported", "done": done, **more})

    async def metric(self, name: str, *values: float) -> None:
        await self.report(*({"kind": "metric.reported", "name": name, "value": value} for value in values))

    async def finish(self, result: Any = None, error: Json | None = None) -> None:
        end = Finish(
            run=self.id, fence=1, batch_no=0, events=(), outcome=Outcome.FAILED if error else Outcome.SUCCEEDED, error=error,
            result=None if error else orjson.dumps(result),
        )  # fmt: skip
        await self.theatre.store.write(lambda tx: end_outside(tx, end, SYSTEM))

    async def delete(self) -> None:
        await self.theatre.store.write(lambda tx: delete(tx, self.id, SYSTEM))

    async def head(self) -> Any:
        return await self.theatre.store.read(lambda snapshot: snapshot.journal.head(self.id))

    async def row(self) -> Json:
        """What a list must show of it."""
        return bare(row_of((await self.head()).view))


class Table:
    """A live list as a viewer keeps it who only has PROTOCOL.md."""

    def __init__(self) -> None:
        self.rows: dict[str, Json] = {}
        self.seqs: dict[str, int] = {}
        self.new: list[str] = []
        self.gone: list[str] = []
        self.states: Json | None = None
        self.is_more = False

    def take(self, message: Json) -> None:
        if message["type"] == "row":
            run, seq = message["run"], message["seq"]
            if message.get("whole"):
                assert seq >= self.seqs.get(run, 0), "a row never goes back"
                self.rows[run] = {}
            elif seq <= self.seqs.get(run, seq):
                return  # old, or on its way when the row left the view
            self.seqs[run] = seq
            apply_patch(self.rows[run], orjson.loads(orjson.dumps(message["patch"])))
        elif message["type"] == "rows_changed":
            self.states = message["states"]
            self.new += message["new"]
            self.gone += message["gone"]
            self.is_more = self.is_more or message.get("more", False)
            for run in message["gone"]:
                self.forget(run)

    def forget(self, run: str) -> None:
        self.rows.pop(run, None)
        self.seqs.pop(run, None)


class Viewer:
    """A session whose frames are read at once, unless `is_reading` is false."""

    def __init__(self, gateway: Gateway, *, now: Callable[[], float], first_run: str | None = None, address: str = "") -> None:
        self.heard: list[Json] = []
        self.frames: list[Any] = []
        self.is_reading = True
        self.now = now
        self.gateway = gateway
        self.session = Session(gateway, gateway.settings, self.wake, now(), first_run=first_run, address=address)
        gateway.join(self.session, lambda _: self.session.tick(now()))

    def wake(self) -> None:
        while self.is_reading:
            frames = self.session.flush(self.now())
            self.frames += frames
            for frame in frames:
                self.heard += orjson.loads(frame.body)
            if not self.session.has_more:
                return

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.session.receive(message if isinstance(message, str) else orjson.dumps(message), self.now())

    def hello(self, token: str = "ada", **more: Any) -> None:
        self.say({"type": "hello", "version": 1, "token": token, **more})

    def subscribe(self, run: Run, **more: Any) -> None:
        self.say({"type": "subscribe", "id": 1, "channel": run.channel, **more})

    def subscribe_list(self, channel: str = "runs:default", *, rows: Sequence[Run] = ()) -> None:
        self.say({"type": "subscribe", "id": "list", "channel": channel})
        if rows:
            self.look(*rows, channel=channel)

    def look(self, *add: Run, remove: Sequence[Run] = (), channel: str = "runs:default") -> None:
        self.say({"type": "rows", "channel": channel, "add": [run.id for run in add], "remove": [run.id for run in remove]})

    @property
    def table(self) -> Table:
        """The fold of what was heard of a list."""
        table = Table()
        for message in self.heard:
            table.take(message)
        return table

    def row(self, run: Run) -> Json | None:
        found = self.table.rows.get(run.id)
        return None if found is None else bare(found)

    def stop_reading(self) -> None:
        self.is_reading = False
        self.session.paused(self.now())

    def read_again(self) -> None:
        self.is_reading = True
        self.session.drained(self.now())
        self.wake()

    def leave(self) -> None:
        self.is_reading = False
        self.gateway.part(self.session)

    def of(self, kind: str) -> list[Json]:
        return [message for message in self.heard if message["type"] == kind]

    async def until(self, kind: str, count: int = 1) -> Json:
        found = await eventually_async(lambda: self.of(kind)[count - 1 :], what=f"{count} x {kind}, heard {self.kinds()}")
        return found[0]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.heard]

    @property
    def texts(self) -> list[str]:
        return [entry.get("text", entry["kind"]) for message in self.of("entries") for entry in message["entries"]]

    @property
    def lines(self) -> list[int]:
        return [entry["line"] for message in self.of("entries") for entry in message["entries"]]

    @property
    def view(self) -> Json:
        """The fold of what was heard."""
        view: Json = {}
        for message in self.heard:
            if message["type"] == "snapshot":
                view = orjson.loads(orjson.dumps(message["view"]))
            elif message["type"] == "patch":
                apply_patch(view, message["view"])
        return bare(view)


def bare(view: Json) -> Json:
    """Without empty objects: RFC 7396 leaves one where the last member was removed."""
    slim = {key: bare(value) if isinstance(value, dict) else value for key, value in view.items()}
    return {key: value for key, value in slim.items() if value != {}}


class Theatre:
    def __init__(self, store: SqlStore, settings: LiveSettings) -> None:
        self.store = store
        self.settings = settings
        self.hidden: set[str] = set()
        """Runs, and projects, that nobody may see."""
        self.commands: list[Command] = []
        self.told: list[Watched] = []
        self.is_deaf = False
        """All news are lost."""
        self.time: float | None = None
        """What sessions take for the time; None: the loop's."""
        self.is_bus_away = False
        self.limits: SharedLimits = LocalLimits()
        self.viewers: list[Viewer] = []
        self.expires_in: float | None = None

    async def open(self) -> None:
        self.hub = Hub(self.store, settings=self.settings, tell=self._tell)
        self.gateway = Gateway(
            hub=self.hub, verify_token=self._verify, may_see=self._may_see, may_list=self._may_list, may_monitor=self._may_monitor,
            weigh=self._weigh, obey=self._obey, clock=self, is_bus_away=lambda: self.is_bus_away, limits=self.limits,
        )  # fmt: skip
        await self.hub.open()
        await self.gateway.open()

    async def close(self) -> None:
        for viewer in self.viewers:
            viewer.leave()
        self.viewers.clear()
        await self.hub.close()

    def hear(self, news: Sequence[News]) -> None:
        if not self.is_deaf:
            self.hub.apply(news)

    def _tell(self, news: Sequence[BusNews]) -> None:
        self.told += [item for item in news if isinstance(item, Watched)]

    async def _verify(self, token: str) -> Visitor:
        if token.startswith("bad"):
            raise Unauthorised
        return Visitor(id=token.partition("-")[0], principal=token, expires_in=self.expires_in)

    async def _may_see(self, principal: object, run: str) -> bool:
        return run not in self.hidden

    async def _may_list(self, principal: object, project: str) -> bool:
        return project not in self.hidden

    async def _may_monitor(self, principal: object) -> bool:
        return "system" not in self.hidden

    def _weigh(self, principal: object, approvals: Sequence[OpenApproval]) -> Seen:
        """By the rights of an operator in every project but the hidden ones."""
        projects = {each.project for each in approvals} - self.hidden
        scopes = tuple(f"project:{project}:{right}" for project in projects for right in ("run:read", "approval:decide"))
        access = LiveAccess(self.store, Tokens(new_id()))
        return access.weigh(Principal(id=str(principal).partition("-")[0], scopes=scopes), approvals)

    async def _obey(self, principal: object, command: Command) -> Json:
        if command.do != "cancel":
            raise Forbidden(permission="run:everything")
        self.commands.append(command)
        return {"state": "cancelling"}

    def monotonic(self) -> float:
        return self.now()

    def now(self) -> Any:
        return asyncio.get_running_loop().time() if self.time is None else self.time

    def viewer(self, first_run: Run | None = None) -> Viewer:
        viewer = Viewer(self.gateway, now=self.now, first_run=first_run.id if first_run else None)
        self.viewers.append(viewer)
        return viewer

    async def watching(self, run: Run, **more: Any) -> Viewer:
        """A viewer that has its snapshot."""
        viewer = self.viewer()
        viewer.hello()
        await viewer.until("welcome")
        viewer.subscribe(run, **more)
        await viewer.until("snapshot")
        return viewer

    async def watching_list(self, *rows: Run, channel: str = "runs:default") -> Viewer:
        """A viewer of a list that has these rows."""
        viewer = self.viewer()
        viewer.hello()
        viewer.subscribe_list(channel, rows=rows)
        await viewer.until("rows_changed")
        await eventually_async(lambda: viewer.table.rows.keys() == {run.id for run in rows}, what="the rows in view")
        return viewer

    async def run(self, name: str = "import", *, project: str = "default") -> Run:
        opened = await self.store.write(lambda tx: open_outside(tx, OpenOutside(name=name, project=project), SYSTEM))
        return Run(self, opened.run.id, project)


@asynccontextmanager
async def _store_at(url: str) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(url, announce=lambda news: None)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_theatre(database: str | None = None, **settings: Any) -> AsyncIterator[Theatre]:
    """`database`: address of a PostgreSQL; None: SQLite in memory."""
    async with memory_store() if database is None else _store_at(database) as store:
        theatre = Theatre(store, LiveSettings(**settings))
        await theatre.open()
        store.set_announce(theatre.hear)
        try:
            yield theatre
        finally:
            await theatre.close()
