"""Workers as REST tells them, and what is asked of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.acts.claim import claim
from headway.acts.queues import queue_states
from headway.acts.workers import forget_workers
from headway.model.ids import new_id
from headway.model.samples import Grain, Sample, SampleKind
from headway.store.contract import Transaction
from headway.store.places import Worker
from tests.unit.web.office import Office, problem


def a_worker(tx: Transaction, name: str, *, silent_seconds: float = 0) -> Worker:
    heard = tx.now - timedelta(seconds=silent_seconds)
    return Worker(
        id=name, host="lab", pid=7, version="1.2", started_at=heard - timedelta(minutes=1), heartbeat_at=heard, slots=4, queues=("default",),
        tasks=frozenset({"maths:add"}),
    )  # fmt: skip


async def test_workers_are_listed_with_what_they_do(office: Office) -> None:
    run = await office.start()
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "w1")))
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "dead", silent_seconds=60)))
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "left", silent_seconds=3)))
    await office.store.write(lambda tx: tx.workers.end("left", tx.now))
    await office.store.write(lambda tx: claim(tx, worker="w1", queues=["default"], limit=9))

    def load(tx: Transaction) -> None:
        levels = {"cpu": 150.0, "memory_bytes": 4e8}
        tx.samples.put(Grain.TAKEN, [Sample(kind=SampleKind.WORKER, name="w1", at=tx.now, seconds=30, levels=levels)])

    await office.store.write(load)
    said = (await office.ask("GET", "/workers")).json()["items"]
    assert [(each["id"], each["state"]) for each in said] == [("w1", "live"), ("left", "gone"), ("dead", "lost")]
    first = said[0]
    assert (first["host"], first["pid"], first["version"], first["queues"]) == ("lab", 7, "1.2", ["default"])
    assert (first["run_count"], first["slots"], first["cpu"], first["memory_bytes"]) == (1, 4, 150.0, 4e8)
    assert (said[2]["run_count"], said[2]["cpu"], said[1]["ended_at"] is not None) == (0, None, True)

    detail = (await office.ask("GET", "/workers/w1")).json()
    assert [(each["id"], each["task"], each["state"]) for each in detail["runs"]] == [(run["id"], "maths:add", "running")]
    problem(await office.ask("GET", "/workers/w9"), 404, "worker_not_found")


async def test_a_worker_is_asked_once_and_says_who_asked(office: Office) -> None:
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "w1")))
    answer = await office.ask("POST", "/workers/w1/drain")
    first = answer.json()
    assert (answer.status_code, first["state"], first["wish"], first["is_now"]) == (202, "draining", "drain", False)
    assert first["wished_by"] == "somebody"
    again = (await office.ask("POST", "/workers/w1/drain", json={})).json()
    assert again["wished_at"] == first["wished_at"]
    assert await office.store.read(queue_states) == [], "it takes nothing that waits"

    restarting = (await office.ask("POST", "/workers/w1/restart", json={"is_now": True})).json()
    assert (restarting["wish"], restarting["is_now"]) == ("restart", True)
    assert (await office.ask("POST", "/workers/w1/restart")).json()["is_now"] is True, "what is given back is not taken again"
    assert (await office.ask("POST", "/workers/w1/restart", json={"is_now": 1})).status_code == 422


@pytest.mark.parametrize("do", ["drain", "restart"])
async def test_who_is_not_there_cannot_be_asked(office: Office, do: str) -> None:
    problem(await office.ask("POST", f"/workers/{new_id()}/{do}"), 404, "worker_not_found")
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "dead", silent_seconds=60)))
    assert problem(await office.ask("POST", f"/workers/dead/{do}"), 409, "worker_ended")["state"] == "lost"
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "w1")))
    await office.store.write(lambda tx: tx.workers.end("w1", tx.now))
    assert problem(await office.ask("POST", f"/workers/w1/{do}"), 409, "worker_ended")["state"] == "gone"
    for token in (office.token(role="viewer"), office.token("project:default:worker:manage")):
        problem(await office.ask("POST", f"/workers/w1/{do}", token=token), 403, "forbidden")


async def test_after_a_day_nobody_remembers_them(office: Office) -> None:
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "old", silent_seconds=86_500)))
    await office.store.write(lambda tx: tx.workers.join(a_worker(tx, "w1", silent_seconds=86_300)))
    assert await office.store.write(forget_workers) == 1
    assert [each["id"] for each in (await office.ask("GET", "/workers")).json()["items"]] == ["w1"]
