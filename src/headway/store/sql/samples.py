"""Samples: a row each, with all that was measured in one body. Nothing but kind, grain, time and name is ever searched for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from headway.model.canary import CANARY_QUEUE
from headway.model.samples import NAME_LIMIT, Grain, Sample, SampleKind, Slow
from headway.model.statements import Purpose, SlowStatement
from headway.store.samples import QUEUE_LIMIT, SAMPLES_LIMIT, QueueOutline
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.queues import QUEUE_NAMES, QUEUES_LIMIT
from headway.store.sql.values import clean, micros, moment, optional_moment

_STRETCH = "FROM samples WHERE kind = ? AND grain = ? AND at > ? AND at <= ?"


_SIZE_POSTGRES = ("SELECT pg_database_size(current_database())",)
_SIZE_SQLITE = ("PRAGMA page_count", "PRAGMA page_size")
_WAITING = (
    "SELECT COUNT(*), MIN(queued_at) FROM "
    "(SELECT queued_at FROM runs WHERE queue = ? AND state = 'queued' ORDER BY rank_at, id LIMIT ?) AS waiting"
)
_RUNNING = "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE queue = ? AND state = 'running' LIMIT ?) AS running"


class SqlSamples:
    def __init__(self, link: Link) -> None:
        newest = "ORDER BY at DESC, name DESC LIMIT ?"
        self._between = link.prepare(f"SELECT name, at, body {_STRETCH} {newest}")
        self._between_of = link.prepare(f"SELECT name, at, body {_STRETCH} AND name = ? {newest}")
        self._next_at = link.prepare("SELECT MIN(at) FROM samples WHERE kind = ? AND grain = ? AND at > ?")
        self._queues = link.prepare(QUEUE_NAMES)
        self._waiting = link.prepare(_WAITING)
        self._running = link.prepare(_RUNNING)
        self._sizes = [link.prepare(text) for text in (_SIZE_POSTGRES if link.is_postgres else _SIZE_SQLITE)]
        self._put = link.upserted_rows(schema.samples)
        self._edge = link.prepare(
            "SELECT MAX(at) FROM (SELECT at FROM samples WHERE kind = ? AND grain = ? AND at < ? ORDER BY at LIMIT ?) AS oldest"
        )
        self._prune = link.prepare("DELETE FROM samples WHERE kind = ? AND grain = ? AND at <= ?")

    def between(
        self, kind: SampleKind, grain: Grain, after: datetime, until: datetime, *, name: str | None = None, limit: int = SAMPLES_LIMIT
    ) -> list[Sample]:
        stretch = (kind.value, grain.value, micros(after), micros(until))
        rows = self._between.all(*stretch, limit) if name is None else self._between_of.all(*stretch, clean(name), limit)
        return [_sample_of(kind, row) for row in reversed(rows)]

    def next_at(self, kind: SampleKind, grain: Grain, after: datetime) -> datetime | None:
        (found,) = self._next_at.one(kind.value, grain.value, micros(after))
        return None if found is None else moment(found)

    def queues(self) -> list[QueueOutline]:
        return [self._outline(queue) for (queue,) in self._queues.all(QUEUES_LIMIT) if queue != CANARY_QUEUE]

    def _outline(self, queue: str) -> QueueOutline:
        queued, oldest = self._waiting.one(queue, QUEUE_LIMIT)
        (running,) = self._running.one(queue, QUEUE_LIMIT)
        return QueueOutline(queue=queue, queued=queued, running=running, oldest_at=optional_moment(oldest))

    def size_bytes(self) -> int:
        return math.prod(statement.one()[0] for statement in self._sizes)

    def put(self, grain: Grain, samples: Sequence[Sample]) -> None:
        self._put.insert([(s.kind.value, grain.value, micros(s.at), clean(s.name[:NAME_LIMIT]), _body(s)) for s in samples])

    def prune(self, kind: SampleKind, grain: Grain, before: datetime, *, limit: int) -> int:
        (edge,) = self._edge.one(kind.value, grain.value, micros(before), limit)
        return 0 if edge is None else self._prune.run(kind.value, grain.value, edge)


def _body(sample: Sample) -> str:
    """What is empty is left out: an hour of a queue that stood still takes some 30 bytes."""
    parts = {"levels": sample.levels, "peaks": sample.peaks, "counts": sample.counts, "spreads": _text_keys(sample)}
    body: dict[str, Any] = {"seconds": round(sample.seconds, 3)} | {name: part for name, part in parts.items() if part}
    if sample.worst:
        body["worst"] = [(slow.what[:NAME_LIMIT], slow.seconds, slow.at) for slow in sample.worst]
    if sample.statements:
        body["statements"] = [
            (one.statement, one.purpose.value, one.asked_by[:NAME_LIMIT], one.seconds, one.at) for one in sample.statements
        ]
    return clean(orjson.dumps(body).decode())


def _text_keys(sample: Sample) -> Mapping[str, Mapping[str, int]]:
    return {name: {str(bucket): count for bucket, count in sorted(buckets.items())} for name, buckets in sample.spreads.items()}


def _sample_of(kind: SampleKind, row: Sequence[Any]) -> Sample:
    name, at, text = row
    body: dict[str, Any] = orjson.loads(text)
    return Sample(
        kind=kind,
        name=name,
        at=moment(at),
        seconds=body["seconds"],
        levels=body.get("levels", {}),
        peaks=body.get("peaks", {}),
        counts=body.get("counts", {}),
        spreads={name: {int(bucket): count for bucket, count in each.items()} for name, each in body.get("spreads", {}).items()},
        worst=tuple(Slow(what=what, seconds=seconds, at=at) for what, seconds, at in body.get("worst", ())),
        statements=tuple(
            SlowStatement(statement=statement, purpose=Purpose(purpose), asked_by=asked_by, seconds=seconds, at=at)
            for statement, purpose, asked_by, seconds, at in body.get("statements", ())
        ),
    )
