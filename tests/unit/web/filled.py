"""An installation in which there is something of everything, and a count of the statements that its database is given."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.access.principal import SYSTEM
from headway.acts.accounts import add_account
from headway.acts.claim import claim
from headway.acts.count import count, draw
from headway.model.clock import iso
from headway.model.ids import new_id
from headway.model.samples import Grain, Sample, SampleKind
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.places import Worker
from tests.contract.material import a_run, insert
from tests.unit.web.office import Json, Office, line

MANY = 50
NOTICES = 40
"""There may be 50 at once, and the calls make some."""
_COUNTED = re.compile(r"\s*(SELECT|INSERT INTO (\w+)|UPDATE|DELETE|WITH)")


class Tally:
    """What every connection of SQLite is given, as it is given."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def watch(self, driver: sqlite3.Connection, _record: object) -> None:
        driver.set_trace_callback(self.said.append)

    def take(self) -> list[str]:
        """The statements since the last call, without the ends of transactions. Rows that are inserted into one table one after the
        other are one: an executemany, of which SQLite tells each row."""
        said, self.said[:] = list(self.said), []
        found: list[str] = []
        before = None
        for text in said:
            match = _COUNTED.match(text)
            if match is not None:
                if match.group(2) is None or match.group(2) != before:
                    found.append(text)
                before = match.group(2)
        return found


@dataclass(kw_only=True)
class Call:
    path: str
    """Below ``/api/v1``, with its query."""
    json: Any = None
    content: bytes | None = None
    token: str | None = "admin"
    headers: Json = field(default_factory=dict[str, Any])
    items: int = 0
    """As many its answer must hold, so that what is counted is no list of nothing."""


class Stage:
    """Fifty of each where there may be many."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.store = office.store
        self.full: Json = {}
        """An outside run with entries, points, steps and artifacts."""
        self.parent = ""
        self.running: list[str] = []
        self.waiting: list[str] = []
        self.artifact = ""

    async def fill(self) -> None:
        began = datetime.now(UTC) - timedelta(hours=1)
        given: Json = {"task": "maths:add", "tags": ("7b",), "parameters": {"a": 1}, "created_at": began, "queued_at": began}
        started: Json = {**given, "attempt": 1, "started_at": began}
        done: Json = {**started, "state": RunState.SUCCEEDED, "finished_at": began + timedelta(seconds=9)}
        parent, running = a_run(**given), [a_run(**started, state=RunState.RUNNING) for _ in range(MANY)]
        waiting = [a_run(**given, parent=parent.id) for _ in range(MANY)]
        await insert(self.store, parent, *waiting, *running, *[a_run(**done) for _ in range(MANY)])
        self.parent, self.running, self.waiting = parent.id, [run.id for run in running], [run.id for run in waiting]
        runs, courses = await self.store.read(draw)
        await self.store.write(lambda tx: count(tx, [run.id for run in runs], courses))
        await self.store.write(_surroundings)
        await self.store.write(_people)
        await self.made("/accounts", json={"name": "ada", "password": "tulips under a cold moon", "role": "viewer"})
        self.full = await self.office.open()
        for number in range(1, MANY + 1):
            at = iso()
            events = [
                {"kind": "step.started", "at": at, "step": f"s{number}", "name": f"{number}"},
                line(f"sheet {number}", at=at, step=f"s{number}"),
                {"kind": "metric.reported", "at": at, "name": "loss", "value": 1 / number},
            ]
            answer = await self.office.report(self.full, number, *events)
            assert answer.status_code == 200, answer.text
        for number in range(MANY):
            self.artifact = (await self.made(f"{self.of_full()}/artifacts?name=a{number}&fence=1", content=b"x", token=self.full["token"]))[
                "id"
            ]
            await self.made("/tasks/maths:add/presets", json={"name": f"{number}", "parameters": {"a": 1}})
            if number < NOTICES:
                await self.made("/notices", json={"title": f"{number}"})
            await self.made("/revocations", json={"id": new_id()})
            await self.made("/keys", json={"name": f"{number}", "scopes": ["run:read"]})
            if number % 5 == 0:
                await self.made(f"{self.of_full()}/share-links", json={"label": f"{number}"})
            for path, change in ((f"/queues/q{number}", {"is_paused": True}), (f"/quotas/p{number}", {"running_limit": 1})):
                assert (await self.office.ask("PATCH", path, json=change)).status_code == 200

    def of_full(self) -> str:
        return f"/runs/{self.full['run']['id']}"

    async def made(self, path: str, **more: Any) -> Json:
        answer = await self.office.ask("POST", path, **more)
        assert answer.status_code in {200, 201}, (path, answer.text)
        return answer.json()

    async def queued(self) -> str:
        return (await self.office.start())["id"]

    async def ended(self) -> str:
        opened = await self.office.open()
        answer = await self.office.end(opened, "succeeded", result={"rows": 1})
        assert answer.status_code == 200, answer.text
        return opened["run"]["id"]

    async def paused(self) -> str:
        run = await self.queued()
        assert (await self.office.ask("PUT", f"/runs/{run}/pause")).status_code == 202
        return run

    async def claimed(self) -> str:
        await self.queued()
        (found,) = await self.store.write(lambda tx: claim(tx, worker="w1", queues=["default"], limit=1))
        return found.run.id

    async def cancelled(self) -> str:
        run = await self.queued()
        assert (await self.office.ask("PUT", f"/runs/{run}/cancellation")).status_code == 202
        return run


def _people(tx: Transaction) -> None:
    for number in range(MANY):
        add_account(tx, SYSTEM, name=f"user{number}", display_name=f"{number}")


def _surroundings(tx: Transaction) -> None:
    now = tx.now
    for number in range(MANY):
        tx.workers.beat(Worker(id=f"w{number}", host="lab", pid=number, version="1", started_at=now, heartbeat_at=now, slots=4))
    kinds = [kind for kind in SampleKind if kind is not SampleKind.RUN]
    names = [f"n{number}" for number in range(9)]
    tx.samples.put(Grain.TAKEN, [Sample(kind=kind, name=name, at=now, seconds=30, levels={"x": 1.0}) for kind in kinds for name in names])
