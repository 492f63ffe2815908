"""What a worker asks of its installation: the store itself and a server over HTTP answer alike, on each database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
import uvicorn

from headway.access.principal import SYSTEM
from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.acts.afar import remote_id
from headway.acts.cancel import cancel
from headway.acts.claim import LEASE_SECONDS, Claim
from headway.acts.family import StartChild
from headway.acts.finish import Finish
from headway.acts.parcel import KeepArtifact, KeepCheckpoint, KeepChildren, Parcel, Received
from headway.acts.reap import reap
from headway.acts.start import StartRun, start
from headway.acts.turn import Turn, Wanted
from headway.acts.workers import ask_worker
from headway.model.errors import HeadwayError, QueueFull, StaleFence, TooLarge, Unavailable
from headway.model.ids import new_id
from headway.model.run import Artifact, Options, Run, Task
from headway.model.states import Outcome, RunState
from headway.sdk.connection import Connection
from headway.store.contract import Snapshot
from headway.store.places import Worker
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.web.app import create_rest
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.work.catalogue import Catalogue
from headway.work.depot.contract import Depot
from headway.work.depot.http import HttpDepot
from headway.work.depot.store import StoreDepot
from tests.cutting_proxy import CuttingProxy
from tests.waiting import eventually_async

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
TASK = Task(name="grade", source="jobs:grade", options=Options(max_attempts=2, retry_delay_seconds=0.0, tags=("exam",)))


on_each_database = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
"""For what the two could answer differently: which statements see what, and what is locked."""


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    is_sqlite = getattr(request, "param", "sqlite") == "sqlite"
    return f"sqlite:///{tmp_path}/headway.db" if is_sqlite else request.getfixturevalue("postgres_database")


@dataclass
class Place:
    """An installation with a depot of each kind."""

    store: SqlStore
    depot: Depot
    worker: str
    files: Path
    proxy: CuttingProxy | None = None

    async def start(self, *names: str, project: str = "default") -> list[Run]:
        wishes = [StartRun(task="grade", name=name, project=project) for name in names]
        return await self.store.write(lambda tx: start(tx, wishes, SYSTEM))

    async def claim(self, limit: int = 1, *ends: Finish) -> Sequence[Claim]:
        return (await self.turn(*ends, limit=limit)).claims

    async def turn(self, *ends: Finish, limit: int = 0) -> Any:
        return await self.depot.turn(Turn(ends=ends, wanted=[Wanted(tasks=["grade"], limit=limit)], queues=["default"]))

    async def attend(self, held: Mapping[str, int] = {}, **said: Any) -> Any:
        def described(now: datetime) -> Worker:
            known = {"host": "lab", "pid": 7, "version": "0.1", "slots": 2, "queues": ("default",), "tasks": frozenset({"grade"})}
            return Worker(id=self.worker, started_at=now, heartbeat_at=now, **{**known, **said})

        return await self.depot.attend(described, held)

    async def run(self, run: str) -> Run:
        found = await self.store.read(lambda snapshot: snapshot.runs.get(run))
        assert found is not None
        return found

    async def events(self, run: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in await self.store.read(lambda snapshot: snapshot.journal.events(run, 0))]

    async def texts(self, run: str) -> list[str]:
        return [event["text"] for event in await self.events(run) if event["kind"] == "log.written"]

    @asynccontextmanager
    async def lost(self, *endings: str) -> AsyncIterator[None]:
        """The next answer of each of these gets lost, where answers can."""
        left = list(endings)

        def cut(method: str, path: str, body: bytes) -> bool:
            ending = path.rpartition("/")[2]
            return ending in left and (left.remove(ending) or True)  # type: ignore[func-returns-value]

        if self.proxy is not None:
            self.proxy.cut = cut
        yield
        assert self.proxy is None or not left

    async def surely(self, do: Callable[[], Awaitable[Any]]) -> Any:
        """As the recorder does: again, until somebody answers."""
        for _ in range(20):
            try:
                return await do()
            except Unavailable:
                await eventually_async(lambda: True)
        raise AssertionError("nobody answers")


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    config = uvicorn.Config(
        Envelope(create_rest(desk), desk.times), host="127.0.0.1", port=0, lifespan="off", log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    try:
        await eventually_async(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def afar(store: SqlStore, clock: FakeClock, files: Path, *scopes: str, role: str | None = None) -> AsyncIterator[Place]:
    desk = Desk(
        store=store, tokens=Tokens(SECRET), seal=Seal(SECRET), url="http://headway.test", files=LocalFiles(files, 10_000_000), wakes=Wakes(),
    )  # fmt: skip
    token = desk.tokens.issue("lab", role=role, scopes=scopes, lifetime=timedelta(hours=1))
    worker = remote_id(desk.tokens.read(token), new_id())
    async with served(desk) as address:
        with CuttingProxy(address) as proxy:
            depot = HttpDepot(
                lambda: Connection(url=proxy.url, token=token), worker=worker, lease_seconds=LEASE_SECONDS, monotonic=clock.monotonic
            )
            try:
                yield Place(store, depot, worker, files, proxy)
            finally:
                depot.close()


@pytest_asyncio.fixture(params=["store", "http"])
async def place(request: pytest.FixtureRequest, store: SqlStore, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Place]:
    files = tmp_path / "artifacts"
    if request.param == "store":
        made = Place(store, StoreDepot(store, worker="w", artifacts=files), "w", files)
        await made.depot.register(Catalogue(tasks={"grade": TASK}, modules=("jobs",)))
        yield made
        return
    async with afar(store, clock, files, "project:default:worker:serve") as made:
        await made.depot.register(Catalogue(tasks={"grade": TASK}, modules=("jobs",)))
        yield made


def line(text: str) -> bytes:
    return orjson.dumps({"kind": "log.written", "at": "2026-01-01T00:00:00.000Z", "level": "info", "text": text})


def parcel(held: Claim, batch_no: int, *texts: str, keep: Any = None) -> Parcel:
    return Parcel(run=held.run.id, fence=held.fence, batch_no=batch_no, events=[line(text) for text in texts], keep=keep)


def end(held: Claim, outcome: Outcome = Outcome.SUCCEEDED, **more: Any) -> Finish:
    return Finish(run=held.run.id, fence=held.fence, outcome=outcome, **{"batch_no": 0, "events": (), **more})


@on_each_database
async def test_a_run_goes_from_its_claim_to_its_end(place: Place) -> None:
    run, other = await place.start("7b", "7c")
    (held,) = await place.claim()
    assert held.run == await place.run(run.id)
    assert (held.attempt, held.fence, held.checkpoint, held.run.options.tags) == (1, 1, None, ("exam",))
    (received,) = await place.depot.receive([parcel(held, 1, "one", "two")])
    assert received == Received(wish=None)
    turned = await place.turn(end(held, batch_no=2, events=[line("three")], result=b'{"marks":[1,2]}'), limit=1)
    assert list(turned.states) == [RunState.SUCCEEDED]
    assert [claim.run.id for claim in turned.claims] == [other.id]
    assert await place.texts(run.id) == ["one", "two", "three"]
    assert await place.store.read(lambda snapshot: snapshot.details.result(run.id)) == b'{"marks":[1,2]}'


async def test_every_odd_line_is_recorded_as_it_was_said(place: Place) -> None:
    await place.start("odd")
    (held,) = await place.claim()
    said = ['a "quote" and a \\ and \u2028', "line\nbreak\ttab", "漢字 😀", "\x7f\x01"]
    await place.depot.receive([
        parcel(held, 1, *said),
        Parcel(run=held.run.id, fence=held.fence, batch_no=2, events=[b"no json \xff\xfe", b'{"kind":"run.state_changed"}']),
    ])  # fmt: skip
    found = await place.texts(held.run.id)
    assert found[:4] == said
    assert len(found) == 6
    assert "no json" in found[4]


async def test_an_attempt_that_fails_is_tried_again_and_its_checkpoint_comes_along(place: Place) -> None:
    await place.start("7b")
    (held,) = await place.claim()
    await place.depot.receive([parcel(held, 1, "one", keep=KeepCheckpoint(number=1, value={"sheet": 7}))])
    error = {"code": "error", "type": "ValueError", "message": "torn", "traceback": "…", "bases": ["Exception"]}
    (state,) = (await place.turn(end(held, Outcome.FAILED, error=error, retry_delay_seconds=0.0))).states
    assert state is RunState.RETRYING
    attempts = await place.store.read(lambda snapshot: snapshot.details.attempts(held.run.id))
    assert [attempt.error for attempt in attempts] == [error]
    await place.store.write(lambda tx: tx.runs.change(held.run.id, state=RunState.QUEUED, queued_at=tx.now))
    (again,) = await place.claim()
    assert (again.attempt, again.checkpoint and again.checkpoint.value) == (2, {"sheet": 7})


async def test_a_stale_fence_never_writes(place: Place) -> None:
    await place.start("7b")
    (held,) = await place.claim()
    stale = Claim(run=held.run, attempt=1, fence=held.fence - 1, checkpoint=None)
    answers = await place.depot.receive([parcel(stale, 1, "no"), parcel(held, 1, "yes")])
    assert isinstance(answers[0], StaleFence)
    assert isinstance(answers[1], Received)
    (refused,) = (await place.turn(end(stale))).states
    assert isinstance(refused, StaleFence)
    assert await place.texts(held.run.id) == ["yes"]
    assert (await place.run(held.run.id)).state is RunState.RUNNING


async def test_one_refused_parcel_harms_no_other(place: Place) -> None:
    await place.start("a", "b")
    first, second = await place.claim(2)
    answers = await place.depot.receive([
        parcel(first, 1, "kept", keep=KeepCheckpoint(number=1, value="x" * 300_000)), parcel(second, 1, "kept too")
    ])  # fmt: skip
    assert isinstance(answers[0], TooLarge)
    assert answers[0].message == "The checkpoint is larger than the limit of 262144 bytes."
    assert answers[1] == Received(wish=None)


async def test_wishes_are_heard_with_parcels_and_heartbeats(place: Place) -> None:
    (run,) = await place.start("7b")
    (held,) = await place.claim()
    await place.store.write(lambda tx: cancel(tx, run.id, SYSTEM))
    assert (await place.depot.receive([parcel(held, 1, "one")])) == [Received(wish="cancel")]
    attended = await place.attend({run.id: held.fence, new_id(): 3})
    assert (attended.wishes, attended.wish) == ({run.id: "cancel"}, None)
    await place.store.write(lambda tx: ask_worker(tx, place.worker, "drain", SYSTEM, is_now=True))
    attended = await place.attend({run.id: held.fence + 1})
    assert (attended.wishes, attended.wish, attended.is_now) == ({}, "drain", True)


async def test_it_is_seen_with_what_it_says_of_itself_and_says_goodbye(place: Place, clock: FakeClock) -> None:
    await place.attend(is_draining=True)
    row = await place.store.read(lambda snapshot: snapshot.workers.get(place.worker))
    assert row is not None
    assert (row.host, row.pid, row.slots, row.queues, row.tasks, row.is_draining) == ("lab", 7, 2, ("default",), {"grade"}, True)
    assert (row.heartbeat_at, row.ended_at) == (clock.now(), None)
    assert row.is_remote is (place.proxy is not None)
    await place.depot.leave()
    row = await place.store.read(lambda snapshot: snapshot.workers.get(place.worker))
    assert row is not None
    assert row.ended_at == clock.now()


async def test_children_are_started_once_counted_and_seen_to_end(place: Place) -> None:
    await place.start("parent")
    (held,) = await place.claim()
    keep = KeepChildren(wishes=[StartChild(key=key, task="grade", name=key) for key in ("a", "b")])
    (received,) = await place.depot.receive([parcel(held, 1, "one", keep=keep)])
    (again,) = await place.depot.receive([parcel(held, 1, "one", keep=keep)])
    assert isinstance(received, Received)
    assert received == again
    first, second = received.started
    await place.depot.tell_counts([held.run.id])
    claims = await place.claim(2)
    assert {claim.run.id for claim in claims} == {first, second}
    child = next(claim for claim in claims if claim.run.id == first)
    await place.turn(end(child, result=b'"done"'))
    gone = new_id()
    ends = {each.run: each for each in await place.depot.ends_of([first, second, gone])}
    assert (ends[first].state, ends[first].result, ends[first].name) == (RunState.SUCCEEDED, b'"done"', "a")
    assert ends[gone].state is RunState.CANCELLED
    assert second not in ends
    await place.depot.tell_counts([held.run.id])
    counted = [event for event in await place.events(held.run.id) if event["kind"] == "children.counted"][-1]
    assert counted["states"] == {"running": 1, "succeeded": 1}


async def test_children_that_cannot_be_started_are_refused_with_the_reason(place: Place) -> None:
    await place.start("parent")
    (held,) = await place.claim()
    keep = KeepChildren(wishes=[StartChild(key="a", task="nothing")])
    (refused,) = await place.depot.receive([parcel(held, 1, "one", keep=keep)])
    assert isinstance(refused, HeadwayError)
    assert (refused.code, refused.fields["task"]) == ("task_not_found", "nothing")
    await place.store.write(lambda tx: tx.queues.put(_full(tx.queues.get("default"))))
    (refused,) = await place.depot.receive([parcel(held, 0, keep=KeepChildren(wishes=[StartChild(key="a", task="grade")]))])
    assert isinstance(refused, QueueFull)


def _full(queue: Any) -> Any:
    return type(queue)(**{**{name: getattr(queue, name) for name in queue.__dataclass_fields__}, "queued_limit": 0})


async def test_a_file_is_kept_and_becomes_an_artifact_once(place: Place, tmp_path: Path) -> None:
    await place.start("7b")
    (held,) = await place.claim()
    (tmp_path / "marks.csv").write_bytes(b"a,b\n1,2\n")
    kept = await place.depot.keep_file(os.open(tmp_path / "marks.csv", os.O_RDONLY), 1_000)
    assert kept.size_bytes == 8
    artifact = Artifact(
        id=new_id(), run=held.run.id, name="marks.csv", media_type="text/csv", size_bytes=8, sha256=kept.sha256,
        created_at=datetime(2026, 1, 1, tzinfo=UTC), attempt=1,
    )  # fmt: skip
    keep = KeepArtifact(artifact=artifact, receipt=kept.receipt)
    for _ in range(2):
        assert await place.depot.receive([parcel(held, 0, keep=keep)]) == [Received(wish=None)]
    assert await place.store.read(lambda snapshot: snapshot.details.artifacts(held.run.id)) == [artifact]
    assert (place.files / kept.sha256[:2] / kept.sha256[2:]).read_bytes() == b"a,b\n1,2\n"
    with pytest.raises(TooLarge):
        await place.depot.keep_file(os.open(tmp_path / "marks.csv", os.O_RDONLY), 7)


async def test_tasks_are_registered_and_those_that_are_gone_say_so(place: Place) -> None:
    await place.depot.register(Catalogue(tasks={}, modules=("jobs",), import_errors={"broken": "Traceback …"}))
    tasks = {task.name: task for task in await place.store.read(lambda snapshot: snapshot.tasks.list())}
    assert "no longer defines" in (tasks["grade"].import_error or "")
    assert tasks["broken"].import_error == "Traceback …"
    changed = Task(
        name="grade", source="jobs:grade", options=Options(priority=3, retry_on=("ValueError",)), parameter_schema={"type": "object"}
    )
    await place.depot.register(Catalogue(tasks={"grade": changed}, modules=("jobs",)))
    found = await place.store.read(lambda snapshot: snapshot.tasks.get("grade"))
    assert found is not None
    assert (found.options, found.parameter_schema, found.import_error) == (changed.options, {"type": "object"}, None)


async def test_what_is_large_comes_in_pieces(place: Place) -> None:
    await place.start(*map(str, range(6)))
    claims = await place.claim(6)
    text = "x" * 16_000
    answers = await place.depot.receive([parcel(held, 1, *[text] * 35) for held in claims])
    assert answers == [Received(wish=None)] * 6
    turned = await place.turn(*[end(held, batch_no=2, events=[line(text)] * 35, result=b'"' + b"y" * 500_000 + b'"') for held in claims])
    assert list(turned.states) == [RunState.SUCCEEDED] * 6
    for held in claims:
        assert await place.texts(held.run.id) == [text] * 70


# answers that get lost: of the store none does, and the same calls come to the same


@on_each_database
async def test_a_claim_whose_answer_is_lost_is_given_out_again(place: Place) -> None:
    runs = await place.start("a", "b", "c")
    async with place.lost("turns"):
        claims = await place.surely(lambda: place.claim(2))
    assert [claim.run.id for claim in claims] == [run.id for run in runs[:2]]
    assert [claim.attempt for claim in claims] == [1, 1]
    assert [claim.run.id for claim in await place.claim(1)] == [runs[2].id]
    assert await place.claim(2) == []


@on_each_database
async def test_ends_and_parcels_whose_answers_are_lost_are_recorded_once(place: Place) -> None:
    (run,) = await place.start("7b")
    (held,) = await place.claim()
    keep = KeepCheckpoint(number=1, value=[1])
    async with place.lost("parcels"):
        assert await place.surely(lambda: place.depot.receive([parcel(held, 1, "one", keep=keep)])) == [Received(wish=None)]
    async with place.lost("turns"):
        turned = await place.surely(lambda: place.turn(end(held, batch_no=2, events=[line("two")])))
    assert list(turned.states) == [RunState.SUCCEEDED]
    assert await place.texts(run.id) == ["one", "two"]
    kinds = [event["kind"] for event in await place.events(run.id)]
    assert [kinds.count(kind) for kind in ("checkpoint.stored", "attempt.ended", "attempt.started")] == [1, 1, 1]


# what only those afar have


async def test_leases_run_out_by_its_own_clock_a_little_early_and_once(store: SqlStore, clock: FakeClock, tmp_path: Path) -> None:
    async with afar(store, clock, tmp_path, role="admin") as place:
        await place.depot.register(Catalogue(tasks={"grade": TASK}))
        await place.start("a", "b")
        (held,) = await place.claim()
        clock.advance(6)
        await place.attend({held.run.id: held.fence})
        clock.advance(6)
        assert place.depot.overdue() == {}
        clock.advance(LEASE_SECONDS - 6.4)
        assert place.depot.overdue() == {held.run.id: held.fence}
        assert place.depot.overdue() == {}
        assert [claim.run.name for claim in await place.claim(1)] == ["b"]  # the lost one is not taken for one that was never heard of
        clock.advance(1)
        await store.write(lambda tx: reap(tx, holder="r"))
        (again,) = await place.claim(1)
        assert (again.run.id, again.attempt, again.fence) == (held.run.id, 2, held.fence + 2)


@on_each_database
async def test_a_token_of_a_project_is_given_its_runs_alone(store: SqlStore, clock: FakeClock, tmp_path: Path) -> None:
    async with afar(store, clock, tmp_path, role="admin") as home, afar(store, clock, tmp_path, "project:physics:worker:serve") as place:
        await home.depot.register(Catalogue(tasks={"grade": TASK}))
        await home.attend()
        theirs = await place.start(*[f"h{number}" for number in range(100)], project="history")
        (own,) = await place.start("p", project="physics")
        assert [claim.run.id for claim in await place.claim(5)] == [own.id]
        (foreign,) = await home.claim()
        assert foreign.run.id == theirs[0].id
        (refused,) = await place.depot.receive([parcel(foreign, 1, "no")])
        assert isinstance(refused, StaleFence)
        (refused,) = (await place.turn(end(foreign))).states
        assert isinstance(refused, StaleFence)
        assert (await place.attend({foreign.run.id: foreign.fence})).wishes == {}
        await home.turn(end(foreign))
        assert await place.depot.ends_of([foreign.run.id]) == []
        assert await place.texts(foreign.run.id) == []
        # A task that others serve is theirs too.
        await place.depot.register(Catalogue(tasks={"grade": Task(name="grade", source="x:y"), "new": Task(name="new", source="x:n")}))
        tasks = {task.name: task.source for task in await store.read(_tasks)}
        assert tasks == {"grade": "jobs:grade", "new": "x:n"}


def _tasks(snapshot: Snapshot) -> list[Task]:
    return snapshot.tasks.list()


async def test_while_nobody_answers_it_says_so_and_asks_less_often(store: SqlStore, clock: FakeClock, tmp_path: Path) -> None:
    async with afar(store, clock, tmp_path, role="admin") as place:
        assert place.proxy is not None
        asked: list[str] = []
        place.proxy.cut = lambda method, path, body: asked.append(path) is None
        for _ in range(10):
            with pytest.raises(Unavailable):
                await place.attend()
        assert len(asked) == 3
        clock.advance(5)
        place.proxy.cut = lambda method, path, body: False
        await place.attend()
        await place.attend()


async def test_a_token_that_is_taken_no_more_is_no_reason_to_drop_everything(store: SqlStore, clock: FakeClock, tmp_path: Path) -> None:
    async with afar(store, clock, tmp_path, "project:default:run:read") as place:
        with pytest.raises(Unavailable):
            await place.attend()
