"""The part of the seam that keeps what finished runs add up to (`contract.py` has the rest).

Each final run is counted once: by the leader's turn, or by the deletion that comes before it. Whether it was is a mark on its
row, set by the statement that takes it, so that whoever comes second takes nothing; mark and sums are one transaction. What
is not counted yet is read by an index beside the sums, in the same snapshot: at every moment both together are all runs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.model.course import Course
from headway.model.tally import FinishedRun, Stretch, Sums, TallyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyFilter:
    projects: frozenset[str] | None = None
    """Of these alone; None: of all."""
    task: str | None = None
    """Without one, those of the canary are left out: what Headway runs for itself says nothing of how people's work went."""
    created_by: str | None = None


class ReadRollups(Protocol):
    def tallies(self, where: TallyFilter, stretches: Sequence[Stretch], *, limit: int) -> list[tuple[TallyKey, Sums]]:
        """Those of all stretches (at most five), in one statement; at most `limit`."""
        ...

    def uncounted(self, where: TallyFilter, first: datetime, last: datetime, *, limit: int) -> list[FinishedRun]:
        """Runs that ended from `first` to before `last` and are in no tally yet, oldest first."""
        ...

    def next_uncounted(self, limit: int) -> list[FinishedRun]:
        """The oldest of all that are in no tally yet."""
        ...

    def courses(self, of: Collection[tuple[str, str]], *, limit: int) -> dict[tuple[str, str], list[Course]]:
        """The newest of each (task, project), newest first, in one statement; one of which there are none is absent. At most 256."""
        ...


class Rollups(ReadRollups, Protocol):
    def take(self, runs: Sequence[str]) -> list[FinishedRun]:
        """Mark as counted, and give those that were final and not marked before. The caller adds them to the tallies."""
        ...

    def add(self, tallies: Mapping[TallyKey, Sums]) -> None: ...
    def keep_courses(self, courses: Sequence[tuple[FinishedRun, Course]]) -> None:
        """With their runs; they go with them."""
        ...

    def thin(self, before: datetime, *, limit: int) -> int:
        """Delete the oldest tallies of less than a day that begin before this time, at most about `limit` of each grain. How many."""
        ...
