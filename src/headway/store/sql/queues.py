"""Queues and quotas as people set them, and how far rate limits are used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from headway.model.queue import Queue, Quota, RateLimit
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.values import clean, micros, moment, optional_clean, optional_micros, optional_moment

# The generic cell rate algorithm (ITU-T I.371) in one statement, so that two claims cannot both take the last: the time at which
# all of the burst is there again moves by one interval, unless that would be more than a period away.
_TAKE = (
    'INSERT INTO rates (key, full_at, "count", period) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET '
    "full_at = CASE WHEN rates.full_at > ? THEN rates.full_at ELSE ? END + ?, "
    '"count" = excluded."count", period = excluded.period WHERE rates.full_at + ? <= ? + excluded.period'
)


QUEUE_NAMES = (
    "WITH RECURSIVE named(name) AS (SELECT MIN(queue) FROM runs UNION ALL "
    "SELECT (SELECT MIN(queue) FROM runs WHERE queue > named.name) FROM named WHERE named.name IS NOT NULL) "
    "SELECT name FROM named WHERE name IS NOT NULL LIMIT ?"
)
"""From one queue to the next along the index of claims: there are few queues, and perhaps a million runs."""


QUEUES_LIMIT = 200


class SqlQueues:
    def __init__(self, link: Link) -> None:
        self._link = link
        columns = ", ".join(column.name for column in schema.queues.c)
        self._get = link.prepare(f"SELECT {columns} FROM queues WHERE name = ?")  # noqa: S608 - constants of this room
        self._list = link.prepare(f"SELECT {columns} FROM queues ORDER BY name")  # noqa: S608 - constants of this room
        self._put = link.upsert(schema.queues)
        self._quota = link.prepare("SELECT project, running_limit, queued_limit FROM quotas WHERE project = ?")
        self._quotas = link.prepare(
            "SELECT project, running_limit, queued_limit FROM quotas"
            " WHERE running_limit IS NOT NULL OR queued_limit IS NOT NULL ORDER BY project"
        )
        self._put_quota = link.upsert(schema.quotas)
        self._take_rate = link.prepare(_TAKE)
        self._rate = link.prepare('SELECT full_at, "count", period FROM rates WHERE key = ?')

    def get(self, name: str) -> Queue:
        row = self._get.one(name)
        return Queue(name=name) if row is None else _queue_of(row)

    def list(self) -> list[Queue]:
        return [_queue_of(row) for row in self._list.all()]

    def put(self, queue: Queue) -> None:
        self._put.later(
            clean(queue.name), queue.is_paused, optional_clean(queue.paused_by), optional_micros(queue.paused_at), queue.running_limit,
            queue.queued_limit,
        )  # fmt: skip

    def quota(self, project: str) -> Quota | None:
        row = self._quota.one(project)
        return None if row is None else _quota_of(row)

    def quotas(self) -> list[Quota]:
        return [_quota_of(row) for row in self._quotas.all()]

    def put_quota(self, quota: Quota) -> None:
        self._put_quota.later(clean(quota.project), quota.running_limit, quota.queued_limit)

    def take_rate(self, rate: RateLimit) -> bool:
        now, period = micros(self._link.now), round(rate.seconds * 1_000_000)
        interval = period // rate.count
        first = now + interval
        return self._take_rate.run(clean(rate.key), first, rate.count, period, now, now, interval, interval, now) == 1

    def rate_free(self, key: str) -> int:
        row = self._rate.one(clean(key))
        if row is None:
            return 1
        full_at, count, period = row
        interval = period // count
        return max(0, min(count, (micros(self._link.now) + period - max(full_at, micros(self._link.now))) // interval))

    def rate_next(self, key: str) -> datetime | None:
        row = self._rate.one(clean(key))
        if row is None or self.rate_free(key):
            return None
        full_at, count, period = row
        return moment(full_at + period // count - period)


def _queue_of(row: Sequence[Any]) -> Queue:
    name, is_paused, paused_by, paused_at, running_limit, queued_limit = row
    return Queue(
        name=name, is_paused=bool(is_paused), paused_by=paused_by, paused_at=optional_moment(paused_at), running_limit=running_limit,
        queued_limit=queued_limit,
    )  # fmt: skip


def _quota_of(row: Sequence[Any]) -> Quota:
    project, running_limit, queued_limit = row
    return Quota(project=project, running_limit=running_limit, queued_limit=queued_limit)
