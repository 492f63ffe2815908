# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Attempts, steps, results, checkpoints and artifacts: what a run's page shows beside its journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headway.model.run import Artifact, Attempt, Checkpoint, Step
from headway.model.states import Outcome
from headway.model.statistics import StepOutline
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.values import (
    artifact_of,
    artifact_row,
    attempt_of,
    attempt_row,
    checked_key,
    checkpoint_of,
    dumps,
    error_text,
    is_key,
    micros,
    moment,
    step_of,
    step_row,
    to_id,
    to_key,
)

End = tuple[str, int, datetime, Outcome, Mapping[str, Any] | None]


class SqlDetails:
    def __init__(self, link: Link) -> None:
        self._link = link
        run: sa.BindParameter[str] = sa.bindparam("run", type_=schema.Id)
        attempts, steps, artifacts = schema.attempts.c, schema.steps.c, schema.artifacts.c
        self._attempts = link.prepare(sa.select(schema.attempts).where(attempts.run_id == run).order_by(attempts.number))
        # Ids are numbered: of those that began in the same microsecond 2 stands before 10, as it came.
        order = (steps.attempt, steps.started_at, sa.func.length(steps.id), steps.id)
        self._steps = link.prepare(sa.select(schema.steps).where(steps.run_id == run).order_by(*order))
        self._step_outlines = link.prepare(
            "SELECT name, started_at, duration_seconds FROM steps WHERE run_id = ? AND attempt = ? AND outcome = 'succeeded' LIMIT ?"
        )
        self._result = link.prepare(sa.select(schema.results.c.body).where(schema.results.c.run_id == run))
        self._checkpoint = link.prepare(sa.select(schema.checkpoints).where(schema.checkpoints.c.run_id == run))
        self._artifacts = link.prepare(
            sa.select(schema.artifacts).where(artifacts.run_id == run).order_by(artifacts.created_at, artifacts.id)
        )
        self._artifact = link.prepare(sa.select(schema.artifacts).where(artifacts.run_id == run, artifacts.id == sa.bindparam("artifact")))
        self._in_use = link.prepare("SELECT 1 FROM artifacts WHERE sha256 = ? LIMIT 1")
        self._starts = link.prepare(f"SELECT run_id, MAX(started_at) FROM attempts WHERE run_id {keys_in(link)} GROUP BY run_id")
        self._open_attempts = link.rows(schema.attempts)
        self._end_attempts = link.prepare("UPDATE attempts SET ended_at = ?, outcome = ?, error = ? WHERE run_id = ? AND number = ?")
        self._open_steps = link.upsert(schema.steps)
        self._end_steps = link.upsert(schema.steps, keep=("name", "parent", "started_at"))
        self._store_results = link.upsert(schema.results)
        self._store_checkpoint = link.upsert(schema.checkpoints)
        self._add_artifact = link.prepare(sa.insert(schema.artifacts))

    def attempts(self, run: str) -> list[Attempt]:
        return [attempt_of(row) for row in self._attempts.all(to_key(run))] if is_key(run) else []

    def starts(self, runs: Collection[str]) -> dict[str, datetime]:
        return {to_id(key): moment(at) for key, at in self._starts.all(key_list(self._link, runs))} if runs else {}

    def steps(self, run: str) -> list[Step]:
        """By attempt, then in the order of their start; those of one microsecond by their number."""
        return [step_of(row) for row in self._steps.all(to_key(run))] if is_key(run) else []

    def result(self, run: str) -> bytes | None:
        row = self._result.one(to_key(run)) if is_key(run) else None
        return None if row is None else bytes(row[0])

    def checkpoint(self, run: str) -> Checkpoint | None:
        row = self._checkpoint.one(to_key(run)) if is_key(run) else None
        return None if row is None else checkpoint_of(row)

    def artifacts(self, run: str) -> list[Artifact]:
        return [artifact_of(row) for row in self._artifacts.all(to_key(run))] if is_key(run) else []

    def artifact(self, run: str, artifact: str) -> Artifact | None:
        row = self._artifact.one(to_key(run), to_key(artifact)) if is_key(run) and is_key(artifact) else None
        return None if row is None else artifact_of(row)

    def step_outlines(self, runs: Sequence[tuple[str, int]], *, limit: int) -> list[StepOutline]:
        return [
            StepOutline(run=run, name=name, started_at=moment(started_at), duration_seconds=duration)
            for run, attempt in runs
            if is_key(run)
            for name, started_at, duration in self._step_outlines.all(to_key(run), attempt, limit)
            if duration is not None
        ]

    def open_attempts(self, attempts: Sequence[Attempt]) -> None:
        self._open_attempts.insert([attempt_row(attempt) for attempt in attempts])

    def end_attempts(self, ends: Sequence[End]) -> None:
        self._end_attempts.many([
            (micros(ended_at), outcome.value, error_text(error), to_key(run), number) for run, number, ended_at, outcome, error in ends
        ])  # fmt: skip

    def change_steps(self, opened: Sequence[Step], ended: Sequence[Step]) -> None:
        """A step that is opened again begins again; one that ends keeps its name and start, if it was opened."""
        self._open_steps.many([step_row(step) for step in opened])
        self._end_steps.many([step_row(step) for step in ended])

    def store_results(self, results: Sequence[tuple[str, bytes]]) -> None:
        self._store_results.many([(checked_key(run), body) for run, body in results])

    def store_checkpoint(self, checkpoint: Checkpoint) -> None:
        key = checked_key(checkpoint.run)
        self._store_checkpoint.later(key, checkpoint.number, checkpoint.attempt, dumps(checkpoint.value), micros(checkpoint.created_at))

    def add_artifact(self, artifact: Artifact) -> None:
        self._add_artifact.later(*artifact_row(artifact))

    def artifact_in_use(self, sha256: str) -> bool:
        return self._in_use.one(sha256) is not None
