"""How many lines of each level there are in the logs of many runs: by task, or by run.

Where only levels, times and runs are asked for, what is known of segments is added up, and next to nothing is opened. With a text
or fields the logs are looked through. A call does a bounded amount of work and says whether it came to the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Any

import orjson

from headway.model.run import Run
from headway.store.contract import Page, Snapshot
from headway.store.stretch import LevelCounts
from headway.web.desk import Call
from headway.web.log_query import LogQuery, Place, of_all_levels, write_place
from headway.web.log_walk import runs_from, walk

COUNT_SECONDS = 1.0
"""Of work for one answer; it then says where it stopped."""
RUNS_COUNTED = 100
"""Of one snapshot."""
GROUPS_LIMIT = 1_000


class By(StrEnum):
    TASK = "task"
    RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGroup:
    task: str | None
    run: str | None
    name: str | None
    """Of the run."""
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCounts:
    count: int
    """Lines that match; at least so many, unless `is_complete`."""
    levels: Mapping[str, int]
    """Lines of each level, whatever levels were asked for."""
    groups: Sequence[LevelGroup]
    """By task or run, those with most errors first; the first 1,000."""
    runs: int
    """Runs that were looked at."""
    is_complete: bool
    next_cursor: str | None
    """Counts what is left, to be added to this."""


@dataclass(slots=True)
class _Tally:
    by: By
    levels: dict[str, int] = field(default_factory=dict[str, int])
    groups: dict[tuple[str | None, str | None, str | None], dict[str, int]] = field(
        default_factory=dict[tuple[str | None, str | None, str | None], dict[str, int]]
    )
    runs: int = 0

    def add(self, run: Run, level: str, count: int = 1) -> None:
        self.levels[level] = self.levels.get(level, 0) + count
        key = (run.task, None, None) if self.by is By.TASK else (run.task, run.id, run.name)
        group = self.groups.setdefault(key, {})
        group[level] = group.get(level, 0) + count


async def count_lines(call: Call, query: LogQuery, place: Place | None, by: By) -> LogCounts:
    """Raises `RunNotFound`, `PatternTooSlow`."""
    whole = of_all_levels(query)
    tally = _Tally(by)
    if whole.wanted.q or whole.wanted.asks_beside_levels:
        at = await _count_opened(call, whole, place, tally)
    else:
        at = await _count_unopened(call, whole, place, tally)
    wanted = query.wanted.levels
    groups = sorted(tally.groups.items(), key=lambda each: (-_bad(each[1]), -sum(each[1].values())))
    return LogCounts(
        count=sum(count for level, count in tally.levels.items() if not wanted or level in wanted),
        levels=tally.levels,
        groups=[LevelGroup(task=key[0], run=key[1], name=key[2], levels=levels) for key, levels in groups[:GROUPS_LIMIT]],
        runs=tally.runs,
        is_complete=at is None,
        next_cursor=write_place(at, query.order) if at else None,
    )


def _bad(levels: Mapping[str, int]) -> int:
    return levels.get("error", 0) + levels.get("critical", 0)


async def _count_opened(call: Call, query: LogQuery, place: Place | None, tally: _Tally) -> Place | None:
    at = place
    async for leg in walk(call, query, place, seconds=COUNT_SECONDS):
        at = leg.next
        tally.runs += leg.ended
        for run, hit in leg.found:
            if hit.level is not None:
                tally.add(run, hit.level)
    return at


async def _count_unopened(call: Call, query: LogQuery, place: Place | None, tally: _Tally) -> Place | None:
    deadline = monotonic() + COUNT_SECONDS
    at = place
    while True:
        runs, counts = await call.store.read(lambda snapshot, at=at: _read_counts(call, snapshot, query, at))
        by_id = {run.id: run for run in runs}
        for id_, levels in counts.counts.items():
            for level, count in levels.items():
                tally.add(by_id[id_], level, count)
        for id_, packed in counts.edges:
            for stored in packed.open().split(b"\n"):
                entry: dict[str, Any] = orjson.loads(stored)
                if entry.get("level") is not None and query.wanted.is_met_by(entry):
                    tally.add(by_id[id_], entry["level"])
        tally.runs += len(runs)
        if query.runs or len(runs) < RUNS_COUNTED:
            return None
        at = Place(created_at=runs[-1].created_at, run=runs[-1].id)
        if monotonic() > deadline:
            return at


def _read_counts(call: Call, snapshot: Snapshot, query: LogQuery, place: Place | None) -> tuple[list[Run], LevelCounts]:
    runs = runs_from(call, snapshot, query, place, Page(limit=RUNS_COUNTED, is_descending=query.is_backward))
    return runs, snapshot.journal.level_counts([run.id for run in runs], query.span)
