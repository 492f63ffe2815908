# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Runs: one row each, changed by transitions only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from headway.model.errors import DuplicateRun
from headway.model.run import Run
from headway.model.states import RunState
from headway.model.statistics import RunOutline
from headway.store.contract import Head, Page, RunFilter
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in, word_list, words_as
from headway.store.sql.link import Link, Prepared
from headway.store.sql.queues import QUEUE_NAMES, QUEUES_LIMIT
from headway.store.sql.run_lists import count_runs, list_places, list_runs, outline_runs
from headway.store.sql.standing import Standing
from headway.store.sql.values import (
    HEAD_COLUMNS,
    PRIORITY_STEP,
    RUN_COLUMNS,
    changed_value,
    clean,
    head_of,
    is_key,
    loads,
    micros,
    moment,
    run_of,
    run_row,
    to_id,
    to_key,
)

_COLUMNS = ", ".join(RUN_COLUMNS)
_RANKED = frozenset({"state", "priority", "queued_at"})
_WAITING = (RunState.SCHEDULED.value, RunState.RETRYING.value)
_CHILDREN_OF_A_RUN = ("segments", "steps")
"""Tables without a foreign key; the others go with the run."""
_UNFINISHED = tuple(state for state in RunState if not state.is_final)
_COUNT_UNFINISHED = " UNION ALL ".join(
    f"SELECT '{state}', COUNT(*) FROM (SELECT 1 FROM runs WHERE project = ? AND state = '{state}' LIMIT ?) AS counted"
    for state in _UNFINISHED
)
"""A part a state, each along the index and no further than the limit: grouping them would walk all that wait in a long queue."""
COUNT_LIMIT = 10_000
_NEVER = 2**63 - 1
"""As a time."""


class SqlRuns:
    def __init__(self, link: Link, *, is_writing: bool) -> None:
        self._link = link
        skip = " FOR UPDATE SKIP LOCKED" if link.is_postgres and is_writing else ""
        ranked = "FROM runs WHERE queue = ? AND state = 'queued' AND blocked_on = ''"
        self._get = link.prepare(f"SELECT {_COLUMNS} FROM runs WHERE id = ?")
        both = ", ".join([f"runs.{name}" for name in RUN_COLUMNS] + [f"heads.{name}" for name in HEAD_COLUMNS.split(", ")])
        self._with_head = link.prepare(f"SELECT {both} FROM runs LEFT JOIN heads ON heads.run_id = runs.id WHERE runs.id = ?")
        self._get_many = link.prepare(f"SELECT {_COLUMNS} FROM runs WHERE id {keys_in(link)}")
        self._children = link.prepare(
            f"SELECT {_COLUMNS} FROM runs WHERE parent IS NOT NULL AND parent {keys_in(link)} ORDER BY created_at, id LIMIT ? OFFSET ?"
        )
        self._find = link.prepare(f"SELECT {_COLUMNS} FROM runs WHERE project = ? AND external_id = ?")
        self._find_key = link.prepare(f"SELECT {_COLUMNS} FROM runs WHERE created_by = ? AND idempotency_key = ?")
        self._claimable = link.prepare(f"SELECT rank_at, {_COLUMNS} {ranked} ORDER BY rank_at, id LIMIT ?{skip}")
        self._claimable_of_task = link.prepare(
            f"SELECT rank_at, {_COLUMNS} {ranked} AND task = ? AND rank_at <= ? ORDER BY rank_at, id LIMIT ?{skip}"
        )
        allowed = f"project IN (SELECT word FROM {words_as(link, 'allowed')})"
        self._claimable_of_projects = link.prepare(
            f"SELECT rank_at, {_COLUMNS} {ranked} AND task = ? AND rank_at <= ? AND {allowed} ORDER BY rank_at, id LIMIT ?{skip}"
        )
        self._heads = link.prepare(f"SELECT word, (SELECT MIN(rank_at) {ranked} AND task = words.word) FROM {words_as(link, 'words')}")
        of_word = ranked.replace("queue = ?", "queue = words.word")
        self._queue_heads = link.prepare(f"SELECT word, (SELECT MIN(rank_at) {of_word}) FROM {words_as(link, 'words')}")
        self._due = link.prepare(
            f"SELECT {_COLUMNS} FROM runs WHERE state = ? AND run_after IS NOT NULL AND run_after <= ? ORDER BY run_after LIMIT ?{skip}"
        )
        self._block = link.prepare("UPDATE runs SET blocked_on = ? WHERE id = ?")
        self._blocked = link.prepare(
            f"SELECT id, queue FROM runs WHERE blocked_on <> '' AND blocked_on = ? AND state = 'queued' ORDER BY rank_at, id LIMIT ?{skip}"
        )
        self._blocks = link.prepare("SELECT DISTINCT blocked_on FROM runs WHERE blocked_on <> '' AND state = 'queued' LIMIT ?")
        self._family = link.prepare(
            f"SELECT parent, state, COUNT(*) FROM runs WHERE parent IS NOT NULL AND parent {keys_in(link)} GROUP BY parent, state"
        )
        self._endings = link.prepare(f"SELECT id, finished_at FROM runs WHERE id {keys_in(link)}")
        self._cells = link.prepare("SELECT state FROM runs WHERE parent IS NOT NULL AND parent = ? ORDER BY created_at, id LIMIT ?")
        self._standing = Standing(link)
        counted = "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE {} = ? AND state = 'queued' LIMIT ?) AS counted"
        self._queued = {column: link.prepare(counted.format(column)) for column in ("queue", "project")}
        self._in_line = link.prepare(f"SELECT COUNT(*) FROM (SELECT 1 {ranked} LIMIT ?) AS counted")
        self._queue_names = link.prepare(QUEUE_NAMES)
        self._queue_counts = link.prepare(_COUNT_UNFINISHED.replace("project = ?", "queue = ?"))
        self._count_unfinished = link.prepare(_COUNT_UNFINISHED)
        self._newest = link.prepare(
            "SELECT id, created_at FROM runs WHERE project = ? AND parent IS NULL ORDER BY created_at DESC, id DESC LIMIT ?"
        )
        self._insert = link.rows(schema.runs)
        self._insert_tags = link.rows(schema.run_tags)
        self._tags = link.prepare("SELECT created_at, tags FROM runs WHERE id = ?")
        self._delete_tags = link.prepare("DELETE FROM run_tags WHERE run_id = ?")
        self._orphan = link.prepare("UPDATE runs SET parent = NULL WHERE parent = ?")
        self._delete = [link.prepare(f"DELETE FROM {table} WHERE run_id = ?") for table in _CHILDREN_OF_A_RUN]
        self._delete_run = link.prepare("DELETE FROM runs WHERE id = ?")

    # --- reading ---------------------------------------------------------------------------------------------------

    def get(self, run: str) -> Run | None:
        row = self._get.one(to_key(run)) if is_key(run) else None
        return None if row is None else run_of(row)

    def with_head(self, run: str) -> tuple[Run, Head] | None:
        row = self._with_head.one(to_key(run)) if is_key(run) else None
        if row is None:
            return None
        found, head = run_of(row[: len(RUN_COLUMNS)]), row[len(RUN_COLUMNS) :]
        return found, Head(run=found.id) if head[0] is None else head_of(head)

    def get_many(self, runs: Sequence[str]) -> list[Run]:
        """In the order asked for; unknown ones are absent."""
        if not runs:
            return []
        found = {run.id: run for run in map(run_of, self._get_many.all(key_list(self._link, runs)))}
        return [found[run] for run in runs if run in found]

    def children(self, parents: Sequence[str], *, limit: int, first: int = 0) -> list[Run]:
        if not parents:
            return []
        return [run_of(row) for row in self._children.all(key_list(self._link, parents), limit, first)]

    def find(self, *, project: str, external_id: str) -> Run | None:
        row = self._find.one(project, clean(external_id))
        return None if row is None else run_of(row)

    def find_by_idempotency_key(self, key: str, created_by: str) -> Run | None:
        row = self._find_key.one(created_by, clean(key))
        return None if row is None else run_of(row)

    def list(self, where: RunFilter, page: Page) -> list[Run]:
        return list_runs(self._link, where, page)

    def places(self, where: RunFilter, page: Page) -> list[tuple[Any, str]]:
        return list_places(self._link, where, page)

    def count(self, where: RunFilter, *, limit: int = 10_000) -> int:
        return count_runs(self._link, where, limit)

    def outlines(self, task: str, projects: frozenset[str] | None, since: datetime, *, limit: int) -> list[RunOutline]:
        return outline_runs(self._link, task, projects, since, limit)

    def count_unfinished(self, project: str, *, limit: int = 10_000) -> dict[RunState, int]:
        counts = self._count_unfinished.all(*(project, limit) * len(_UNFINISHED))
        return {RunState(state): count for state, count in counts if count}

    def family(self, parents: Sequence[str]) -> dict[str, dict[RunState, int]]:
        counts: dict[str, dict[RunState, int]] = {}
        if parents:
            for key, state, count in self._family.all(key_list(self._link, parents)):
                counts.setdefault(to_id(key), {})[RunState(state)] = count
        return counts

    def endings(self, runs: Sequence[str]) -> dict[str, bool]:
        return {to_id(key): finished_at > 0 for key, finished_at in self._endings.all(key_list(self._link, runs))} if runs else {}

    def states_of_children(self, parent: str, *, limit: int) -> list[RunState]:
        return [RunState(state) for (state,) in self._cells.all(to_key(parent), limit)] if is_key(parent) else []

    def ahead(self, asked: Sequence[tuple[Run, str]], *, limit: int) -> list[int]:
        return self._standing.ahead(asked, limit)

    def queued(self, *, queue: str | None = None, project: str | None = None, limit: int) -> int:
        column, value = ("project", project) if queue is None else ("queue", queue)
        return self._queued[column].one(value, limit)[0]

    def queue_counts(self) -> dict[str, dict[RunState, int]]:
        counts: dict[str, dict[RunState, int]] = {}
        for (queue,) in self._queue_names.all(QUEUES_LIMIT):
            rows = self._queue_counts.all(*(queue, COUNT_LIMIT) * len(_UNFINISHED))
            counts[queue] = {RunState(state): count for state, count in rows if count}
        return counts

    def in_line(self, *, limit: int) -> dict[str, int]:
        counts = {queue: self._in_line.one(queue, limit)[0] for (queue,) in self._queue_names.all(QUEUES_LIMIT)}
        return {queue: count for queue, count in counts.items() if count}

    def newest(self, project: str, limit: int) -> list[tuple[str, datetime]]:
        return [(to_id(key), moment(created_at)) for key, created_at in self._newest.all(project, limit)]

    def claimable(
        self, queues: Sequence[str], limit: int, tasks: Sequence[str] | None = None, projects: Collection[str] | None = None
    ) -> list[Run]:
        """The best of all queues. Each walks its index in the order of rank: a queue's, or one of each task's that has any."""
        walk = partial(self._of_queue, limit=limit, tasks=tasks, projects=projects)
        found = walk(queues[0]) if len(queues) == 1 else self._of_queues(set(queues), limit, walk)
        return [run_of(row[1:]) for row in found]

    def _of_queues(self, queues: Collection[str], limit: int, walk: Callable[[str], list[Any]]) -> list[Any]:
        """Of a hundred queues those are walked whose best is good enough; the best of all are found in one statement."""
        heads = sorted((head, queue) for queue, head in self._queue_heads.all(word_list(self._link, sorted(queues))) if head is not None)
        return _merge(heads, limit, lambda queue, _: walk(queue))

    def _of_queue(self, queue: str, limit: int, tasks: Sequence[str] | None, projects: Collection[str] | None) -> list[Any]:
        return self._claimable.all(queue, limit) if tasks is None else self._of_tasks(queue, limit, tasks, projects)

    def _of_tasks(self, queue: str, limit: int, tasks: Sequence[str], projects: Collection[str] | None) -> list[Any]:
        """A worker's coroutines may be few among a hundred thousand runs that wait for its processes: those are not walked."""
        heads = sorted((head, task) for task, head in self._heads.all(queue, word_list(self._link, tasks)) if head is not None)
        if projects is None:
            return _merge(heads, limit, lambda task, worst: self._claimable_of_task.all(queue, task, worst, limit))
        allowed = word_list(self._link, projects)
        return _merge(heads, limit, lambda task, worst: self._claimable_of_projects.all(queue, task, worst, allowed, limit))

    def due(self, limit: int) -> list[Run]:
        now = micros(self._link.now)
        found = [run_of(row) for state in _WAITING for row in self._due.all(state, now, limit)]
        found.sort(key=lambda run: (run.run_after, run.id))
        return found[:limit]

    # --- writing ---------------------------------------------------------------------------------------------------

    def insert(self, runs: Sequence[Run], *, idempotency_keys: Mapping[str, str] = {}, have_new_ids: bool = False) -> None:
        rows = [run_row(run, idempotency_keys.get(run.id)) for run in runs]
        tags = [(clean(tag), row[8], row[0]) for run, row in zip(runs, rows, strict=True) for tag in dict.fromkeys(run.tags)]
        if have_new_ids and not idempotency_keys and not any(run.external_id for run in runs):
            self._insert.insert(rows)  # none can be there already, so nobody waits for the answer
            self._insert_tags.insert(tags)
            return
        # A refused row must leave a transaction in which the act can go on, with none of its rows.
        self._link.savepoint("runs")
        try:
            self._insert.insert(rows)
            self._insert_tags.insert(tags)
            self._link.release("runs")
            self._link.send()
        except self._link.integrity_error as error:
            self._link.rollback_to("runs")
            raise DuplicateRun(field=_field_of(str(error))) from error

    def change(self, run: str, **fields: Any) -> None:
        self.change_many([(run, fields)])

    def change_many(self, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """In the order given. Neighbours that change the same fields are one statement."""
        waiting: list[tuple[Any, ...]] = []
        names: tuple[str, ...] = ()
        for run, fields in changes:
            if tuple(fields) != names:
                self._flush(names, waiting)
                names, waiting = tuple(fields), []
            values = {name: changed_value(name, value) for name, value in fields.items()}
            if "name" in values:
                values["folded_name"] = values["name"].casefold()
            if "tags" in fields:
                self._change_tags(run, fields["tags"])
            waiting.append((*values.values(), *_rank_values(values), to_key(run)))
        self._flush(names, waiting)

    def _flush(self, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        if rows and names:
            (self._link.cached(names) or self._link.cache(names, self._update(names))).many(rows)

    def _update(self, names: tuple[str, ...]) -> Prepared:
        columns = [*names, *(["folded_name"] if "name" in names else [])]
        sets = [f"{name} = ?" for name in columns]
        if not _RANKED.isdisjoint(names):
            # The right-hand side sees the row as it was, so what changes is given again.
            queued_at = "CAST(? AS BIGINT)" if "queued_at" in names else "queued_at"
            priority = "CAST(? AS BIGINT)" if "priority" in names else "priority"
            sets.append(f"rank_at = COALESCE({queued_at}, created_at) - {priority} * {PRIORITY_STEP}")
        return self._link.prepare(f"UPDATE runs SET {', '.join(sets)} WHERE id = ?")

    def _change_tags(self, run: str, tags: Sequence[str]) -> None:
        row = self._tags.one(to_key(run)) if is_key(run) else None
        if row is not None and loads(row[1]) != list(tags):
            self._delete_tags.later(to_key(run))
            self._insert_tags.insert([(clean(tag), row[0], to_key(run)) for tag in dict.fromkeys(tags)])

    def block(self, runs: Sequence[str], key: str) -> None:
        self._block.many([(clean(key), to_key(run)) for run in runs])

    def unblock(self, key: str, limit: int) -> list[str]:
        rows = self._blocked.all(clean(key), limit)
        self._block.many([("", to_key(to_id(id_))) for id_, _ in rows])
        return [queue for _, queue in rows]

    def blocks(self, limit: int) -> list[str]:
        return [key for (key,) in self._blocks.all(limit)]

    def delete(self, run: str) -> None:
        if is_key(run):
            key = to_key(run)
            self._orphan.later(key)
            for statement in self._delete:
                statement.later(key)
            self._delete_run.later(key)


def _merge(heads: Sequence[tuple[int, str]], limit: int, walk: Callable[[str, int], list[Any]]) -> list[Any]:
    """The best rows of many lines. `heads`: the best rank of each, in order; `walk` gives the rows of one, none worse than a rank."""
    rows: list[Any] = []
    worst = _NEVER
    for head, line in heads:
        if head > worst:
            break
        found = walk(line, worst)
        rows = sorted([*rows, *found], key=_rank)[:limit] if rows else found
        if len(rows) == limit:
            worst = rows[-1][0]
    return rows


def _rank(row: Any) -> tuple[int, Any]:
    """Of a row that begins with `rank_at` and the id."""
    return row[0], row[1]


def _rank_values(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What `rank_at` needs again, in the order in which `_update` asks for it."""
    return tuple(values[name] for name in ("queued_at", "priority") if name in values)


def _field_of(message: str) -> str:
    """Which rule a row has broken, by SQLite's words (the columns) or PostgreSQL's (the index)."""
    for field in ("external_id", "idempotency_key"):
        if field in message:
            return field
    return "id"
