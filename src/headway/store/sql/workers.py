"""The worker processes that have reported."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from headway.store.places import Echoes, Worker
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.values import clean, dumps, micros, worker_of

_workers = schema.workers


class SqlWorkers:
    def __init__(self, link: Link) -> None:
        self._beat = link.upsert(_workers)
        self._list = link.prepare(
            sa.select(_workers).where(_workers.c.heartbeat_at >= sa.bindparam("since")).order_by(_workers.c.heartbeat_at, _workers.c.id)
        )
        self._remove = link.prepare(sa.delete(_workers).where(_workers.c.id == sa.bindparam("id")))

    def beat(self, worker: Worker) -> None:
        row = (clean(worker.id), clean(worker.host), worker.pid, clean(worker.version))
        self._beat.run(*row, micros(worker.started_at), micros(worker.heartbeat_at), worker.slots, *_served(worker))

    def list(self, *, alive_since: datetime | None = None) -> list[Worker]:
        return [worker_of(row) for row in self._list.all(micros(alive_since) if alive_since else 0)]

    def remove(self, worker: str) -> None:
        self._remove.run(worker)


def _served(worker: Worker) -> tuple[str, str, str | None]:
    return dumps(worker.queues).decode(), dumps(sorted(worker.tasks)).decode(), _said(worker.echoes)


def _said(echoes: Echoes | None) -> str | None:
    if echoes is None:
        return None
    return dumps({"heard_at": {queue: micros(at) for queue, at in echoes.heard_at.items()}, "deaf": echoes.deaf}).decode()
