"""Statements that took long, as the processes of an installation noticed them, and what PostgreSQL counts of all: for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.model.samples import Grain, SampleKind
from headway.model.statements import SlowStatement, StatementTotals
from headway.store.sql.care.reach import linked
from headway.store.sql.care.versions import find_versions
from headway.store.sql.engines import begin_read
from headway.store.sql.migrate import check_version
from headway.store.sql.samples import SqlSamples
from headway.store.sql.totals import SqlStatements


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A statement, and who noticed it."""

    process: str
    statement: SlowStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    since: datetime
    """From when on processes told what they had noticed; each tells of ten in half a minute."""
    slow: Sequence[Noticed]
    """The last one first."""
    totals: StatementTotals


def list_statements(url: str, *, hours: int, limit: int) -> Statements:
    """Beside a running installation or without one. Raises `NoStore`, `StoreUnavailable`, `StoreOutdated`."""
    check_version(find_versions(url).found)
    with linked(url, is_reading=True) as link:
        begin_read(link, None)
        since = link.now - timedelta(hours=hours)
        samples = SqlSamples(link).between(SampleKind.DATABASE, Grain.TAKEN, since, link.now)
        slow = [Noticed(process=sample.name, statement=one) for sample in samples for one in sample.statements]
        totals = SqlStatements(link).totals(limit)
        return Statements(since=since, slow=sorted(slow, key=lambda one: one.statement.at, reverse=True), totals=totals)
