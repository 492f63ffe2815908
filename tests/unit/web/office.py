"""The app over a real store, called in this process, with tokens of every kind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from headway.access.anchors import Signer
from headway.access.password_cost import Cost
from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.access.vault import open_vault
from headway.model.clock import Clock
from headway.model.run import Task
from headway.store.contract import News
from headway.store.news import AccessChanged
from headway.store.sql.statements import SLOW_SECONDS
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store
from headway.web.app import create_rest
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.web.passwords import Passwords
from headway.web.patience import Patience

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
ADD = Task(
    name="maths:add",
    parameter_schema={
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    },
)
BROKEN = Task(name="broken:task", import_error="ModuleNotFoundError: no module named nothing")

Json = dict[str, Any]


class Office:
    def __init__(self, store: SqlStore, files: Path, wakes: Wakes, clock: Clock | None = None) -> None:
        self.store = store
        self.wakes = wakes
        self.tokens = Tokens(SECRET, clock)
        self.desk = Desk(
            store=store,
            tokens=self.tokens,
            seal=Seal(SECRET),
            signer=Signer(SECRET),
            vault=open_vault(None, None, SECRET),
            url="http://headway.test",
            files=LocalFiles(files, 4_000_000),
            wakes=wakes,
            figures=store.figures,
            write_waiting=lambda: store.waiting_count,
            process="server@lab-3",
            artifact_limit=1_000_000,
            patience=Patience(burst=10_000),
            passwords=Passwords(Cost(memory_kib=1_024, rounds=1, lanes=1)),
        )
        self.rest = create_rest(self.desk)
        self.admin = self.token(role="admin")
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(Envelope(self.rest, self.desk.times)), base_url="http://headway.test/api/v1"
        )

    def token(self, *scopes: str, role: str | None = None) -> str:
        return self.tokens.issue("somebody", role=role, scopes=scopes, lifetime=timedelta(hours=1))

    def hear(self, news: Sequence[News]) -> None:
        """As a server does, of its own commits."""
        for each in news:
            if isinstance(each, AccessChanged):
                self.desk.directory.hear(each)
        self.wakes.tell(news)

    async def ask(self, method: str, path: str, *, token: str | None = "admin", **more: Any) -> httpx2.Response:
        """`token`: "admin", None for no header at all, or the token itself."""
        headers: Json = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {self.admin if token == 'admin' else token}"
        return await self.client.request(method, path, headers=headers, **more)

    async def start(self, **more: Any) -> Json:
        answer = await self.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": 1}, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def open(self, **more: Any) -> Json:
        """An outside run: {run, attempt, fence, token}."""
        answer = await self.ask("POST", "/runs", json={"name": "nightly", **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def report(self, opened: Json, batch_no: int, *events: Json) -> httpx2.Response:
        batch = {"fence": opened["fence"], "batch_no": batch_no, "events": list(events)}
        return await self.ask("POST", f"/runs/{opened['run']['id']}/events", token=opened["token"], json=batch)

    async def end(self, opened: Json, outcome: str = "succeeded", **more: Any) -> httpx2.Response:
        body = {"fence": opened["fence"], "outcome": outcome, **more}
        return await self.ask("PUT", f"/runs/{opened['run']['id']}/outcome", token=opened["token"], json=body)


def line(text: str, **more: Any) -> Json:
    return {"kind": "log.written", "at": "2026-11-22T09:30:00.125Z", "level": "info", "text": text, **more}


def problem(answer: httpx2.Response, status: int, code: str) -> Json:
    """The problem that an answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return body


@asynccontextmanager
async def open_office(files: Path, slow_seconds: float = SLOW_SECONDS, clock: Clock | None = None) -> AsyncGenerator[Office]:
    wakes = Wakes()
    async with memory_store(announce=wakes.tell, slow_seconds=slow_seconds, clock=clock) as store:
        await store.write(lambda tx: tx.tasks.put([ADD, BROKEN]))
        office = Office(store, files, wakes, clock)
        store.set_announce(office.hear)
        try:
            async with office.client:
                yield office
        finally:
            await office.desk.passwords.close()
