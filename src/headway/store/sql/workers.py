"""The worker processes that have reported, and what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headway.store.places import WORKERS_LISTED, Echoes, Worker
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.values import clean, dumps, micros, optional_micros, to_id, worker_of

_workers = schema.workers
_leases = schema.leases
_ASKED = ("wish", "is_now", "wished_by", "wished_at", "ended_at")
"""Written by others than the worker itself."""


class SqlWorkers:
    def __init__(self, link: Link) -> None:
        self._join = link.upsert(_workers)
        self._beat = link.upsert(_workers, keep=_ASKED)
        self._get = link.prepare(sa.select(_workers).where(_workers.c.id == sa.bindparam("id")))
        by_heartbeat = sa.select(_workers).order_by(_workers.c.heartbeat_at, _workers.c.id)
        names = ", ".join(column.name for column in _workers.columns)
        self._newest = link.prepare(f"SELECT {names} FROM workers ORDER BY heartbeat_at DESC, id DESC LIMIT ?")  # noqa: S608 - our own names
        self._alive = link.prepare(by_heartbeat.where(_workers.c.heartbeat_at >= sa.bindparam("since"), _workers.c.ended_at.is_(None)))
        self._wish = link.prepare("UPDATE workers SET wish = ?, is_now = ?, wished_by = ?, wished_at = ? WHERE id = ?")
        self._end = link.prepare("UPDATE workers SET ended_at = ? WHERE id = ?")
        self._forget = link.prepare("DELETE FROM workers WHERE heartbeat_at < ?")
        self._runs = link.prepare("SELECT run_id FROM leases WHERE worker = ? ORDER BY run_id LIMIT ?")
        self._held_counts = link.prepare(sa.select(_leases.c.worker, sa.func.count()).group_by(_leases.c.worker))

    def join(self, worker: Worker) -> None:
        self._join.later(*_row(worker))

    def beat(self, worker: Worker) -> None:
        self._beat.later(*_row(worker))

    def get(self, worker: str) -> Worker | None:
        row = self._get.one(clean(worker))
        return None if row is None else worker_of(row)

    def list(self, *, alive_since: datetime | None = None, limit: int = WORKERS_LISTED) -> list[Worker]:
        rows = self._newest.all(limit)[::-1] if alive_since is None else self._alive.all(micros(alive_since))
        return [worker_of(row) for row in rows]

    def wish(self, worker: str, wish: str, *, is_now: bool, by: str, at: datetime) -> None:
        self._wish.later(wish, is_now, clean(by), micros(at), clean(worker))

    def end(self, worker: str, at: datetime) -> None:
        self._end.later(micros(at), clean(worker))

    def forget(self, before: datetime) -> int:
        return self._forget.run(micros(before))

    def runs(self, worker: str, limit: int) -> list[str]:
        return [to_id(key) for (key,) in self._runs.all(clean(worker), limit)]

    def run_counts(self) -> dict[str, int]:
        return dict(self._held_counts.all())


def _said(echoes: Echoes | None) -> str | None:
    if echoes is None:
        return None
    return dumps({"heard_at": {queue: micros(at) for queue, at in echoes.heard_at.items()}, "deaf": echoes.deaf}).decode()


def _row(worker: Worker) -> tuple[Any, ...]:
    return (
        clean(worker.id), clean(worker.host), worker.pid, clean(worker.version), micros(worker.started_at), micros(worker.heartbeat_at),
        worker.slots, dumps(worker.queues).decode(), dumps(sorted(worker.tasks)).decode(), _said(worker.echoes), worker.is_draining,
        worker.wish, worker.is_now, worker.wished_by, optional_micros(worker.wished_at), optional_micros(worker.ended_at),
    )  # fmt: skip
