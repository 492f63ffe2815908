"""Finished runs are counted: into the tallies that statistics are made of, once each, also if they are deleted first.

The leader counts now and then; ending a run costs nothing for it (`docs/decisions/0019`). `draw` reads how runs came along,
outside any transaction that writes, because a long run has many readings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import orjson

from headway.model import events as e
from headway.model.course import Course, Drawing, reading_of
from headway.model.events import Facet
from headway.model.run import Run
from headway.model.states import RunState
from headway.model.tally import FinishedRun, fine_since, tallies_of
from headway.store.contract import Snapshot, Transaction

RUNS_AT_ONCE = 200
COURSES_AT_ONCE = 20
"""Courses drawn in one turn for one task: of very many short runs a few tell as much as all."""
SHORTEST_SECONDS = 1.0
"""Of a run that is over at once nobody asks when it will end."""
THINNED_AT_ONCE = 1_000
SLACK = timedelta(days=1)
"""Whoever asks has perhaps a clock that is behind: what it counts on stays so much longer."""
PAGE = 1_000
READINGS_LIMIT = 200_000
"""Three hours of a run that is watched. The bar of one that says more does not come to its end, and then it has no bar."""
EVENTS_AT_ONCE = 40_000
"""After so many the turn ends, with the runs that it has come to: a snapshot is not held for seconds."""
LINES_A_BREATH = 200
"""About a millisecond of work."""
_PROGRESS = e.PROGRESS_REPORTED.encode()


def _go_on() -> None:
    """Nobody else waits for what this thread holds."""


def draw(
    snapshot: Snapshot, limit: int = RUNS_AT_ONCE, *, breathe: Callable[[], object] = _go_on
) -> tuple[list[FinishedRun], dict[str, Course]]:
    """Some runs that are not counted yet, the oldest first, and the courses of those whose course is kept.

    `breathe` is called after every `LINES_A_BREATH` lines: who reads in a thread beside a loop lets that go first.
    """
    runs = snapshot.rollups.next_uncounted(limit)
    wanted = _worth_a_course(runs)
    found = {run.id: run for run in snapshot.runs.get_many([run.id for run in wanted])}
    courses: dict[str, Course] = {}
    left = EVENTS_AT_ONCE
    for number, run in enumerate(runs, 1):
        duration = run.duration_seconds
        if duration and run.started_at and run.id in found:
            courses[run.id], count = _course(snapshot, found[run.id], run.started_at, duration, breathe)
            left -= count
        if left <= 0:
            return runs[:number], courses
    return runs, courses


def count(tx: Transaction, runs: Sequence[str], courses: Mapping[str, Course] = {}) -> int:
    """Add runs to the tallies that are final and were not counted before. How many."""
    taken = tx.rollups.take(runs)
    if taken:
        tx.rollups.add(tallies_of(taken))
        tx.rollups.keep_courses([(run, courses[run.id]) for run in taken if run.id in courses])
    return len(taken)


def thin_tallies(tx: Transaction) -> int:
    """Delete some tallies of less than a day that are older than they are kept; those of days stay. How many."""
    return tx.rollups.thin(fine_since(tx.now) - SLACK, limit=THINNED_AT_ONCE)


def _worth_a_course(runs: Sequence[FinishedRun]) -> list[FinishedRun]:
    chosen: list[FinishedRun] = []
    counts: Counter[tuple[str, str]] = Counter()
    for run in reversed(runs):
        if run.task is None or run.state is not RunState.SUCCEEDED or run.attempt != 1 or (run.duration_seconds or 0) < SHORTEST_SECONDS:
            continue
        counts[run.task, run.project] += 1
        if counts[run.task, run.project] <= COURSES_AT_ONCE:
            chosen.append(run)
    return chosen


def _course(snapshot: Snapshot, run: Run, began: datetime, duration_seconds: float, breathe: Callable[[], object]) -> tuple[Course, int]:
    """Page after page, of which nothing is held: a run that was watched says what its bar does 20 times a second. And how many events."""
    head = snapshot.journal.head(run.id)
    drawing = Drawing()
    totals: dict[str, float] = {}
    first, count = 1, 0
    while head is not None and first <= head.last_seq and count < READINGS_LIMIT:
        page = snapshot.journal.read(run.id, Facet.VIEW, first, head.last_seq, limit=PAGE)
        if not page:
            break
        for number, line in enumerate(page):
            if number % LINES_A_BREATH == 0:
                breathe()
            if _PROGRESS in line and (reading := reading_of(orjson.loads(line), began, totals)) is not None:
                drawing.take(reading)
        count += len(page)
        first = int(orjson.loads(page[-1])["seq"]) + 1
    return drawing.course(duration_seconds, run.parameters), count
