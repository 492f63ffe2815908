# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Tallies of finished runs, and the courses that runs took.

Histograms are added in Python, under the lock of their row: the insert of zeros that changes nothing where the row exists
takes that lock on both databases, and gives what stands there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any

from headway.model.canary import CANARY_KIND, CANARY_TASK
from headway.model.course import Course
from headway.model.states import RunState
from headway.model.tally import GRAINS, FinishedRun, Stretch, Sums, TallyKey
from headway.store.rollups import TallyFilter
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in, word_list, words_in
from headway.store.sql.link import Link, Prepared
from headway.store.sql.values import clean, dumps, loads, micros, moment, optional_clean, optional_moment, to_id, to_key

STRETCHES = 5
_STATES = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.TIMED_OUT, RunState.LOST)
_KEY = ("grain", "at", "project", "task", "created_by", "kind")
_NUMBERS = (*[state.value for state in _STATES], "failed_count", "lost_count", "duration_micros", "queue_micros")
_SUMS = (*_NUMBERS, "durations", "waits")
_FINISHED = (
    "id", "project", "task", "created_by", "kind", "state", "attempt", "failed_count", "lost_count", "queued_at", "started_at",
    "finished_at",
)  # fmt: skip
COURSE_ARMS = (1, 4, 16, 64, 256)
_COURSES = (
    "SELECT * FROM (SELECT task, project, finished_at, duration_seconds, parameters, bar, total, shares FROM courses "
    "WHERE task = ? AND project = ? ORDER BY finished_at DESC LIMIT ?) AS arm"
)
_UNCOUNTED = "is_counted = 0 AND finished_at > 0"


class SqlRollups:
    def __init__(self, link: Link) -> None:
        self._link = link
        names, sums = ", ".join(_FINISHED), ", ".join(_SUMS)
        self._take = link.prepare(f"UPDATE runs SET is_counted = 1 WHERE {_UNCOUNTED} AND id {keys_in(link)} RETURNING {names}")
        self._next = link.prepare(f"SELECT {names} FROM runs WHERE {_UNCOUNTED} ORDER BY finished_at, id LIMIT ?")
        self._lock = link.prepare(
            f"INSERT INTO rollups ({', '.join((*_KEY, *_SUMS))}) VALUES ({', '.join('?' * (len(_KEY) + len(_SUMS)))}) "
            f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET succeeded = rollups.succeeded RETURNING {sums}"
        )
        self._change = link.prepare(
            f"UPDATE rollups SET {', '.join(f'{name} = ?' for name in _SUMS)} WHERE {' AND '.join(f'{name} = ?' for name in _KEY)}"
        )
        self._edge = link.prepare("SELECT MAX(at) FROM (SELECT at FROM rollups WHERE grain = ? AND at < ? ORDER BY at LIMIT ?) AS oldest")
        self._thin = link.prepare("DELETE FROM rollups WHERE grain = ? AND at <= ?")
        self._keep_courses = link.upserted_rows(schema.courses)

    # --- reading ---------------------------------------------------------------------------------------------------

    def tallies(self, where: TallyFilter, stretches: Sequence[Stretch], *, limit: int) -> list[tuple[TallyKey, Sums]]:
        if len(stretches) > STRETCHES:
            raise ValueError(f"{len(stretches)} stretches; {STRETCHES} cover any span of time")
        if not stretches:
            return []
        only, values = _filter(self._link, where)
        arm = f"SELECT {', '.join((*_KEY, *_SUMS))} FROM rollups WHERE grain = ? AND at >= ? AND at < ?{only}"
        statement = self._prepared(" UNION ALL ".join([arm] * len(stretches)) + " LIMIT ?")
        parts = [(each.grain, micros(each.first), micros(each.last), *values) for each in stretches]
        return [(_key_of(row), _sums_of(row[len(_KEY) :])) for row in statement.all(*chain.from_iterable(parts), limit)]

    def uncounted(self, where: TallyFilter, first: datetime, last: datetime, *, limit: int) -> list[FinishedRun]:
        # Not by the index of the task or the project: of all their runs the few that are not counted yet are wanted.
        only, values = _filter(self._link, where, column="COALESCE({}, '')")
        statement = self._prepared(
            f"SELECT {', '.join(_FINISHED)} FROM runs WHERE {_UNCOUNTED} AND finished_at >= ? AND finished_at < ?{only} "
            "ORDER BY finished_at, id LIMIT ?"
        )
        return [_finished_of(row) for row in statement.all(micros(first), micros(last), *values, limit)]

    def next_uncounted(self, limit: int) -> list[FinishedRun]:
        return [_finished_of(row) for row in self._next.all(limit)]

    def courses(self, of: Collection[tuple[str, str]], *, limit: int) -> dict[tuple[str, str], list[Course]]:
        wanted = sorted(set(of))
        if not wanted:
            return {}
        # An arm each, along the index; few texts: their number is filled up with arms that find nothing.
        count = next(arms for arms in COURSE_ARMS if arms >= len(wanted))
        statement = self._prepared(" UNION ALL ".join([_COURSES] * count))
        found: dict[tuple[str, str], list[tuple[int, Course]]] = {}
        values: list[Any] = []
        for task, project in wanted + [("", "")] * (count - len(wanted)):
            values.extend((task, project, limit))
        for task, project, finished_at, duration, parameters, bar, total, shares in statement.all(*values):
            course = Course(duration_seconds=duration, parameters=loads(parameters), bar=bar, total=total, shares=tuple(loads(shares)))
            found.setdefault((task, project), []).append((finished_at, course))
        return {key: [course for _, course in sorted(courses, key=itemgetter(0), reverse=True)] for key, courses in found.items()}

    def _prepared(self, text: str) -> Prepared:
        return self._link.cached(text) or self._link.cache(text, self._link.prepare(text))

    # --- writing ---------------------------------------------------------------------------------------------------

    def take(self, runs: Sequence[str]) -> list[FinishedRun]:
        return [_finished_of(row) for row in self._take.all(key_list(self._link, runs))] if runs else []

    def add(self, tallies: Mapping[TallyKey, Sums]) -> None:
        # In one order everywhere, so that two who add do not wait for each other crosswise.
        nothing = _sums_row(Sums())
        for key, of in sorted(((_key_row(key), key) for key in tallies), key=lambda each: each[0]):
            sums = _sums_of(self._lock.one(*key, *nothing))
            sums.add(tallies[of])
            self._change.later(*_sums_row(sums), *key)

    def thin(self, before: datetime, *, limit: int) -> int:
        gone = 0
        for grain in GRAINS[1:]:
            (edge,) = self._edge.one(grain, micros(before), limit)
            gone += 0 if edge is None else self._thin.run(grain, edge)
        return gone

    def keep_courses(self, courses: Sequence[tuple[FinishedRun, Course]]) -> None:
        self._keep_courses.insert(
            [
                (
                    to_key(run.id), run.task, run.project, micros(run.finished_at), course.duration_seconds,
                    dumps(course.parameters).decode(), optional_clean(course.bar), course.total, dumps(list(course.shares)).decode(),
                )
                for run, course in courses
            ]
        )  # fmt: skip


def _filter(link: Link, where: TallyFilter, *, column: str = "{}") -> tuple[str, tuple[Any, ...]]:
    """`column`: how a column is written."""
    text = ""
    values: tuple[Any, ...] = ()
    if where.projects is not None:
        text, values = f" AND {column.format('project')} {words_in(link)}", (word_list(link, where.projects),)
    for name, value in (("task", where.task), ("created_by", where.created_by)):
        if value is not None:
            text, values = f"{text} AND {column.format(name)} = ?", (*values, clean(value))
    if where.task != CANARY_TASK:
        # Headway's own runs are nobody's, as in lists: who wants them names their task.
        text = f"{text} AND {column.format('kind')} <> '{CANARY_KIND}'"
    return text, values


def _key_row(key: TallyKey) -> tuple[Any, ...]:
    return key.grain, micros(key.at), key.project, key.task or "", key.created_by, key.kind


def _key_of(row: Sequence[Any]) -> TallyKey:
    return TallyKey(grain=row[0], at=moment(row[1]), project=row[2], task=row[3] or None, created_by=row[4], kind=row[5])


def _sums_row(sums: Sums) -> tuple[Any, ...]:
    return (
        *[sums.states.get(state, 0) for state in _STATES], sums.failed_count, sums.lost_count, sums.duration_micros, sums.queue_micros,
        _histogram_text(sums.durations), _histogram_text(sums.waits),
    )  # fmt: skip


def _sums_of(row: Sequence[Any]) -> Sums:
    states = {state: count for state, count in zip(_STATES, row, strict=False) if count}
    failed_count, lost_count, duration_micros, queue_micros, durations, waits = row[len(_STATES) :]
    return Sums(
        states=states, failed_count=failed_count, lost_count=lost_count, duration_micros=duration_micros, queue_micros=queue_micros,
        durations=_histogram_of(durations), waits=_histogram_of(waits),
    )  # fmt: skip


def _histogram_text(histogram: Mapping[int, int]) -> str:
    return dumps(list(chain.from_iterable(sorted(histogram.items())))).decode()


def _histogram_of(text: str) -> dict[int, int]:
    flat = loads(text)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _finished_of(row: Sequence[Any]) -> FinishedRun:
    key, project, task, created_by, kind, state, attempt, failed_count, lost_count, queued_at, started_at, finished_at = row
    return FinishedRun(
        id=to_id(key), project=project, task=task, created_by=created_by, kind=kind, state=RunState(state), attempt=attempt,
        failed_count=failed_count, lost_count=lost_count, queued_at=optional_moment(queued_at), started_at=optional_moment(started_at),
        finished_at=moment(finished_at),
    )  # fmt: skip
