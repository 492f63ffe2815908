"""What a store counts of itself since it was opened, for those who show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from headway.model.statements import Purpose, SlowStatement

WAIT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""


class DurationCounts(Protocol):
    """How many durations were about how long: counts that only grow."""

    @property
    def counts(self) -> Sequence[int]:
        """Of each of `WAIT_BOUNDS`, those up to it and above the one before; the last: those above all."""
        ...

    @property
    def total_seconds(self) -> float: ...


class StatementFigures(Protocol):
    @property
    def slow_seconds(self) -> float:
        """From how many seconds on a statement is slow."""
        ...

    def newest(self) -> Sequence[SlowStatement]:
        """The newest slow ones, the last one first; a bounded number."""
        ...

    def slowest(self) -> Sequence[SlowStatement]:
        """The slowest ever since, the slowest first; a bounded number."""
        ...

    def counts(self) -> Mapping[tuple[Purpose, str], int]:
        """How many were slow, by what they were part of and who asked."""
        ...


class StoreFigures(Protocol):
    @property
    def commit_count(self) -> int: ...
    @property
    def act_count(self) -> int: ...
    @property
    def failed_count(self) -> int:
        """Acts that found no database."""
        ...

    @property
    def read_count(self) -> int: ...
    @property
    def connection_count(self) -> int:
        """Connections that it may have."""
        ...

    @property
    def in_use_count(self) -> int:
        """Those that are in use now."""
        ...

    @property
    def read_waiting_count(self) -> int:
        """Queries that wait for a connection now."""
        ...

    @property
    def read_wait(self) -> DurationCounts: ...
    @property
    def write_wait(self) -> DurationCounts: ...
    @property
    def statements(self) -> StatementFigures: ...
