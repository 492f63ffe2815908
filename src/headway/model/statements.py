"""Statements to the database: those that took long, as a process noticed them, and what PostgreSQL counts of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

STATEMENT_LIMIT = 2_000
"""Characters of a statement that are kept."""


class Purpose(StrEnum):
    """What a statement was part of."""

    ACT = "act"
    QUERY = "query"
    COMMIT = "commit"
    """The end of a transaction, which several acts may share: on SQLite the disk is waited for here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowStatement:
    """A statement that took longer than `HEADWAY_SLOW_STATEMENT_MS`."""

    statement: str
    """Its text, with places for the values, which are never kept; at most 2,000 characters."""
    purpose: Purpose
    asked_by: str
    """A route (`GET /api/v1/runs`), or the act or query in our code (`acts.claim: claim`)."""
    seconds: float
    at: str
    """When it had ended."""


class TotalsState(StrEnum):
    """Whether PostgreSQL's own counts can be read, and if not, why."""

    READ = "read"
    NOT_POSTGRESQL = "not_postgresql"
    MISSING = "missing"
    """The extension `pg_stat_statements` is not made in this database."""
    NOT_LOADED = "not_loaded"
    """It is made, and the server was started without it in `shared_preload_libraries`."""
    FORBIDDEN = "forbidden"
    """Our role may not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTotal:
    """All executions of one statement by our role in this database, as `pg_stat_statements` adds them up."""

    statement: str
    call_count: int
    total_seconds: float
    mean_seconds: float
    most_seconds: float
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTotals:
    state: TotalsState
    items: Sequence[StatementTotal] = ()
    """Those that took most time in all first."""


def one_line(text: str) -> str:
    """A statement as it is kept and shown."""
    line = " ".join(text.split())
    return line if len(line) <= STATEMENT_LIMIT else line[: STATEMENT_LIMIT - 1] + "…"
