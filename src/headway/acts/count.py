"""Finished runs are counted: into the tallies that statistics are made of, once each, also if they are deleted first.

The leader counts now and then; ending a run costs nothing for it (`docs/decisions/0019`). `draw` reads how runs came along,
outside any transaction that writes, because a long run has many readings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from headway.model import events as e
from headway.model.bounds import MAIN_BAR, key_of, number
from headway.model.clock import parse_iso
from headway.model.course import Course, Reading, course_of
from headway.model.events import Facet
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
READINGS_LIMIT = 20_000


def draw(snapshot: Snapshot, limit: int = RUNS_AT_ONCE) -> tuple[list[FinishedRun], dict[str, Course]]:
    """Some runs that are not counted yet, the oldest first, and the courses of those whose course is kept."""
    runs = snapshot.rollups.next_uncounted(limit)
    wanted = _worth_a_course(runs)
    found = {run.id: run for run in snapshot.runs.get_many([run.id for run in wanted])}
    courses: dict[str, Course] = {}
    for run in wanted:
        duration = run.duration_seconds
        if duration and run.started_at and run.id in found:
            courses[run.id] = course_of(duration, found[run.id].parameters, _readings(snapshot, run.id, run.started_at))
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


def _readings(snapshot: Snapshot, run: str, began: datetime) -> list[Reading]:
    head = snapshot.journal.head(run)
    readings: list[Reading] = []
    totals: dict[str, float] = {}
    first = 1
    while head is not None and first <= head.last_seq and len(readings) < READINGS_LIMIT:
        page = [orjson.loads(line) for line in snapshot.journal.read(run, Facet.VIEW, first, head.last_seq, limit=PAGE)]
        readings += [found for event in page if (found := _reading(event, began, totals)) is not None]
        if not page:
            break
        first = int(page[-1]["seq"]) + 1
    return readings


def _reading(event: Mapping[str, Any], began: datetime, totals: dict[str, float]) -> Reading | None:
    """`totals`: what each bar last said it has; a report names it only when it is another."""
    if event.get("kind") != e.PROGRESS_REPORTED:
        return None
    bar = key_of(str(event.get("bar", MAIN_BAR)))
    if "total" in event:
        totals[bar] = number(event["total"]) or 0.0
    done = number(event.get("done"))
    try:
        at = parse_iso(str(event["at"]))
    except ValueError:
        return None
    if done is None or not totals.get(bar):
        return None
    return Reading(bar=bar, at_seconds=max(0.0, (at - began).total_seconds()), done=done, total=totals[bar])
