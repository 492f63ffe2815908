"""What strangers send as remote workers, and who waits for news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from headway.access.principal import SYSTEM
from headway.acts.cancel import cancel
from headway.acts.workers import ask_worker
from headway.model.errors import Unavailable
from headway.model.ids import new_id
from headway.store.contract import Queued
from headway.web import worker_news
from headway.web.worker_news import WorkerNews
from tests.unit.web.office import Json, Office, line, problem
from tests.waiting import eventually_async

RUN = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"
PRESENCE: Json = {"host": "lab-3", "pid": 7, "version": "0.1", "started_at": "2026-11-22T09:00:00Z", "slots": 2, "tasks": ["maths:add"]}
WANTED: Json = {"tasks": ["maths:add"], "limit": 5}


class Remote:
    """A remote worker of a token, that says what it likes."""

    def __init__(self, office: Office, token: str, id: str) -> None:
        self.office = office
        self.token = token
        self.id = id

    async def say(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        more |= {"json": body} if body is not None else {}
        return await self.office.ask(method, f"/workers/{self.id}{path}", token=self.token, **more)

    async def turn(self, **said: Any) -> Json:
        answer = await self.say("POST", "/turns", {"queues": ["default"], **said})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def claim(self) -> Json:
        (claim,) = (await self.turn(wanted=[{**WANTED, "limit": 1}]))["claims"]
        return claim

    async def hand_in(self, *parcels: Json) -> list[Json]:
        answer = await self.say("POST", "/parcels", {"parcels": list(parcels)})
        assert answer.status_code == 200, answer.text
        return answer.json()["answers"]


async def remote(office: Office, *scopes: str, role: str | None = None) -> Remote:
    token = office.token(*scopes, role=role)
    answer = await office.ask("POST", "/workers", token=token, json={"instance": new_id()})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["lease_seconds"], answer.json()["renew_seconds"]) == (9.0, 3.0)
    return Remote(office, token, answer.json()["worker"])


@pytest_asyncio.fixture
async def worker(office: Office) -> AsyncIterator[Remote]:
    yield await remote(office, "project:default:worker:serve")


def parcel(claim: Json, batch_no: int, *texts: str, **more: Any) -> Json:
    events = [orjson.dumps(line(text)).decode() for text in texts]
    return {"run": claim["run"]["id"], "fence": claim["fence"], "batch_no": batch_no, "events": events, **more}


async def test_an_id_is_bound_to_its_token(office: Office, worker: Remote) -> None:
    other = await remote(office, "project:default:worker:serve")
    assert other.id[:19] != worker.id[:19]
    stranger = Remote(office, other.token, worker.id)
    for method, path, body in [
        ("PUT", "/presence", PRESENCE), ("DELETE", "/presence", None), ("PUT", "/catalogue", {"tasks": []}), ("POST", "/turns", {}),
        ("POST", "/parcels", {"parcels": []}), ("POST", "/kin", {}), ("GET", "/news", None), ("POST", "/files", None),
    ]:  # fmt: skip
        problem(await stranger.say(method, path, body), 404, "worker_not_found")
    again = await office.ask("POST", "/workers", token=worker.token, json={"instance": worker.id[-36:]})
    assert again.json()["worker"] == worker.id


async def test_nobody_writes_for_a_run_that_another_holds(office: Office, worker: Remote) -> None:
    await office.start()
    claim = await worker.claim()
    for other in (await remote(office, "project:default:worker:serve"), await remote(office, role="admin")):
        (refused,) = await other.hand_in(parcel(claim, 1, "no"))
        assert refused["error"]["code"] == "stale_fence"
        end = {"run": claim["run"]["id"], "fence": claim["fence"], "outcome": "succeeded"}
        assert (await other.turn(ends=[end]))["states"][0]["error"]["code"] == "stale_fence"
        attended = await other.say("PUT", "/presence", {**PRESENCE, "held": {claim["run"]["id"]: claim["fence"]}})
        assert attended.json()["wishes"] == {}
    assert await worker.hand_in(parcel(claim, 1, "yes")) == [{"wish": None, "started": [], "error": None}]


async def test_an_outside_run_is_no_remote_workers(office: Office, worker: Remote) -> None:
    opened = await office.open()
    (refused,) = await worker.hand_in(parcel(opened, 1, "no"))
    assert refused["error"]["code"] == "stale_fence"
    assert (await worker.turn(wanted=[WANTED]))["claims"] == []


async def test_an_artifact_needs_a_receipt_of_this_worker_for_these_bytes(office: Office, worker: Remote) -> None:
    await office.start()
    claim = await worker.claim()
    other = await remote(office, "project:default:worker:serve")
    mine = (await worker.say("POST", "/files", content=b"mine", headers={"Content-Type": "text/csv"})).json()
    theirs = (await other.say("POST", "/files", content=b"secret")).json()

    def keep(file: Json, **more: Any) -> Json:
        known = {"kind": "artifact", "id": new_id(), "name": "a.csv", "media_type": "text/csv", "created_at": "2026-11-22T09:00:00Z"}
        return parcel(claim, 0, keep={**known, "attempt": 1, **file, **more})

    for wrong in (keep(theirs), keep(mine, sha256=theirs["sha256"]), keep(mine, size_bytes=5), keep(mine, receipt="")):
        problem(await worker.say("POST", "/parcels", {"parcels": [wrong]}), 422, "receipt_invalid")
    assert (await worker.hand_in(keep(mine), keep(mine, name="photo.png", media_type="image/png")))[1]["error"] is None
    kept = (await office.ask("GET", f"/runs/{claim['run']['id']}/artifacts")).json()["items"]
    assert {(one["name"], one["media_type"], one["stated_type"]) for one in kept} == {
        ("a.csv", "text/csv", None),
        ("photo.png", "application/octet-stream", "image/png"),
    }
    problem(await worker.say("POST", "/files", content=b"x" * 1_000_001), 413, "too_large")


END: Json = {"run": RUN, "fence": 1, "outcome": "succeeded"}
PARCEL: Json = {"run": RUN, "fence": 1, "batch_no": 1, "events": []}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/presence", {**PRESENCE, "pid": "7"}),
        ("PUT", "/presence", {**PRESENCE, "held": {"no id": 1}}),
        ("PUT", "/presence", {**PRESENCE, "held": {RUN: -1}}),
        ("PUT", "/presence", {**PRESENCE, "held": {RUN: 2**53}}),
        ("PUT", "/presence", {**PRESENCE, "started_at": 5}),
        ("PUT", "/presence", {**PRESENCE, "queues": ["a b"]}),
        ("PUT", "/presence", {**PRESENCE, "samples": [{"seconds": 0, "levels": {}}]}),
        ("PUT", "/presence", {**PRESENCE, "id": "another"}),
        ("PUT", "/catalogue", {"tasks": [{}]}),
        ("PUT", "/catalogue", {"tasks": [{"name": ""}]}),
        ("PUT", "/catalogue", {"tasks": [{"name": "t", "options": {"priority": 11}}]}),
        ("PUT", "/catalogue", {"tasks": [{"name": "t", "options": {"max_attempts": 0}}]}),
        ("PUT", "/catalogue", {"tasks": [{"name": "t", "parameter_schema": []}]}),
        ("PUT", "/catalogue", {"tasks": [{"name": "t", "owner": "me"}]}),
        ("PUT", "/catalogue", {"tasks": ["t"]}),
        ("POST", "/turns", {"ends": [{**END, "outcome": "won"}]}),
        ("POST", "/turns", {"ends": [{**END, "run": "x"}]}),
        ("POST", "/turns", {"ends": [{**END, "result": {"a": 1}}]}),
        ("POST", "/turns", {"ends": [{**END, "retry_delay_seconds": -1}]}),
        ("POST", "/turns", {"ends": [{**END, "error": {"message": "no code"}}]}),
        ("POST", "/turns", {"ends": [END] * 257}),
        ("POST", "/turns", {"wanted": [{"tasks": ["t"], "limit": 1_001}]}),
        ("POST", "/turns", {"wanted": [{"tasks": ["t"], "limit": -1}]}),
        ("POST", "/turns", {"ends": "all"}),
        ("POST", "/parcels", {"parcels": [{**PARCEL, "events": [{"kind": "log.written"}]}]}),
        ("POST", "/parcels", {"parcels": [{**PARCEL, "keep": {"kind": "secret"}}]}),
        ("POST", "/parcels", {"parcels": [{**PARCEL, "keep": {"kind": "checkpoint", "number": 1, "value": {}}}]}),
        ("POST", "/parcels", {"parcels": [{**PARCEL, "keep": {"kind": "children", "children": [{"key": "a"}]}}]}),
        (
            "POST",
            "/parcels",
            {"parcels": [{**PARCEL, "keep": {"kind": "children", "children": [{"key": "a", "task": "t", "by": "root"}]}}]},
        ),
        ("POST", "/parcels", {"parcels": [PARCEL] * 65}),
        ("POST", "/parcels", {}),
        ("POST", "/kin", {"awaited": ["x"]}),
        ("POST", "/kin", {"awaited": [RUN] * 1_001}),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_place(worker: Remote, method: str, path: str, body: Json) -> None:
    found = problem(await worker.say(method, path, body), 422, "invalid")
    assert found["field"]


@pytest.mark.parametrize(
    ("path", "content", "status", "code"),
    [
        ("/turns", b"{", 400, "malformed_body"),
        ("/turns", b'{"ends":' + b"[" * 100 + b"]" * 100 + b"}", 400, "malformed_body"),
        ("/parcels", b'{"parcels":[],"x":"' + b"x" * 9_000_000 + b'"}', 413, "too_large"),
        ("/kin", b'{"awaited":[],"awaited":[]}', 400, "malformed_body"),
    ],
)
async def test_a_body_that_is_none_is_refused(worker: Remote, path: str, content: bytes, status: int, code: str) -> None:
    problem(await worker.say("POST", path, content=content, headers={"Content-Type": "application/json"}), status, code)


async def test_values_within_are_read_as_strictly(office: Office, worker: Remote) -> None:
    await office.start()
    claim = await worker.claim()
    known = {"run": claim["run"]["id"], "fence": claim["fence"]}
    problem(await worker.say("POST", "/turns", {"ends": [{**END, **known, "result": "{"}]}), 400, "malformed_body")
    deep = "[" * 100 + "]" * 100
    problem(await worker.say("POST", "/turns", {"ends": [{**END, **known, "result": deep}]}), 400, "malformed_body")
    problem(
        await worker.say("POST", "/parcels", {"parcels": [{**known, "keep": {"kind": "checkpoint", "number": 1, "value": deep}}]}),
        400,
        "malformed_body",
    )
    # An event that others could not read is shown as text, and the run goes on.
    event = '{"kind":"log.written","at":"2026-11-22T09:00:00Z","level":"info","text":"x","context":' + deep + "}"
    (answer,) = await worker.hand_in({**known, "batch_no": 1, "events": [event, '{"kind":"run.finished"}']})
    assert answer["error"] is None
    entries = (await office.ask("GET", f"/runs/{claim['run']['id']}/entries")).json()["items"]
    assert ["nested deeper" in entry.get("text", "") for entry in entries[-2:]] == [True, False]
    (refused,) = await worker.hand_in(parcel(claim, 7, "a hole"))
    assert refused["error"]["code"] == "batch_out_of_order"


# waiting for news


async def test_news_that_came_between_two_requests_are_not_missed(office: Office, worker: Remote) -> None:
    first = (await worker.say("GET", "/news?queue=default")).json()
    assert first["is_queued"]
    known = f"{first['node']}:{first['number']}"
    again = (await worker.say("GET", "/news", params={"queue": "default", "known": [known, "elsewhere:7"]})).json()
    assert (again["is_queued"], again["number"]) == (False, first["number"])
    await office.start()
    late = (await worker.say("GET", "/news", params={"queue": "default", "known": known, "wait": 20})).json()
    assert (late["is_queued"], late["number"]) == (True, first["number"] + 1)
    elsewhere = (await worker.say("GET", "/news", params={"queue": "ocr"})).json()
    assert elsewhere["number"] == 0


async def test_a_request_that_waits_hears_what_is_queued_and_wanted(office: Office, worker: Remote) -> None:
    await office.start()
    claim = await worker.claim()
    await worker.say("PUT", "/presence", PRESENCE)
    told = office.desk.wakes.workers

    async def wait() -> asyncio.Task[Any]:
        number = f"{told.node}:{told.number(frozenset({'default'}))}"
        asking = asyncio.create_task(worker.say("GET", "/news", params={"queue": "default", "known": number, "wait": 25}))
        await eventually_async(lambda: told.is_waiting(worker.id), what="it waits")
        return asking

    asking = await wait()
    await office.start()
    assert (await asking).json()["is_queued"]
    asking = await wait()
    await office.store.write(lambda tx: cancel(tx, claim["run"]["id"], SYSTEM))
    heard = (await asking).json()
    assert (heard["is_queued"], heard["wishes"]) == (False, [{"run": claim["run"]["id"], "wish": "cancel"}])
    asking = await wait()
    await office.store.write(lambda tx: ask_worker(tx, worker.id, "drain", SYSTEM, is_now=True))
    heard = (await asking).json()
    assert (heard["wish"], heard["is_now"]) == ("drain", True)
    asking = await wait()
    office.wakes.wake_all()  # the server is about to end
    assert (await asking).status_code == 200


async def test_so_many_may_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_news, "WAITING_LIMIT", 2)
    news = WorkerNews()
    with news.wait("a", frozenset()) as first, news.wait("b", frozenset({"ocr"})) as second:
        with pytest.raises(Unavailable), news.wait("c", frozenset()):
            raise AssertionError("it was let in")
        news.tell([Queued(queue="ocr")])
        assert (first.event.is_set(), second.event.is_set()) == (False, True)
        with news.wait("a", frozenset()):
            assert first.event.is_set(), "the earlier request of the same worker ends"
        assert not news.is_waiting("a")
    assert not news.is_waiting("b")


def test_queues_without_end_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_news, "QUEUES_LIMIT", 1)
    news = WorkerNews()
    news.tell([Queued(queue="a"), Queued(queue="b"), Queued(queue="c")])
    assert [news.number(frozenset({queue})) for queue in ("a", "b", "z")] == [3, 2, 2]


async def test_a_wish_for_the_wait_is_bounded(worker: Remote) -> None:
    for wait in ("-1", "26", "x"):
        problem(await worker.say("GET", f"/news?wait={wait}"), 422, "invalid")


async def test_what_it_takes_is_kept_with_its_heartbeat(office: Office, worker: Remote) -> None:
    await office.start()
    claim = await worker.claim()
    run = claim["run"]["id"]
    samples = [
        {"run": None, "seconds": 30.0, "levels": {"cpu": 150.0, "memory_bytes": 4e8}},
        {"run": run, "seconds": 30.0, "levels": {"cpu": 90.0, "memory_bytes": 1e8}},
        {"run": RUN, "seconds": 30.0, "levels": {"cpu": 1.0}},
    ]
    answer = await worker.say("PUT", "/presence", {**PRESENCE, "held": {run: claim["fence"]}, "samples": samples})
    assert answer.json() == {"wish": None, "is_now": False, "wishes": {run: None}, "watched": {run: 0}}
    (seen,) = (await office.ask("GET", "/workers")).json()["items"]
    assert (seen["id"], seen["is_remote"], seen["cpu"], seen["run_count"]) == (worker.id, True, 150.0, 1)
    answer = await office.ask("GET", f"/runs/{run}/samples")
    assert answer.status_code == 200
    await worker.say("DELETE", "/presence")
    assert (await office.ask("GET", f"/workers/{worker.id}")).json()["state"] == "gone"
