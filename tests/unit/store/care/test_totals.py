"""What PostgreSQL counts of our statements is read where it can be, and where it cannot the reason is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from headway.model.clock import SystemClock
from headway.model.errors import NoStore, StoreOutdated
from headway.model.samples import Grain, Sample, SampleKind
from headway.model.statements import Purpose, SlowStatement, StatementTotals, TotalsState
from headway.store.sql.care.check import check
from headway.store.sql.care.reach import linked, say_nothing
from headway.store.sql.care.statements import list_statements
from headway.store.sql.store import SqlStore
from tests.beside import IS_CI
from tests.unit.store.care.counting import CountingPostgres, counting_postgres, programs

SECRET = "a-value-8d1c"


@pytest.fixture
def counting() -> Iterator[CountingPostgres]:
    found = programs()
    if found is None:
        if IS_CI:
            pytest.fail("CI=true asks for Debian's postgresql")
        pytest.skip("needs Debian's postgresql")
    with counting_postgres(found) as server:
        yield server


def totals(url: str) -> StatementTotals:
    return list_statements(url, hours=1, limit=200).totals


async def test_the_counts_are_read_or_why_not(counting: CountingPostgres) -> None:
    url = counting.url()
    with counting.running(is_counting=True):
        store = await SqlStore.open(url, announce=lambda news: None)
        try:
            assert totals(url).state is TotalsState.MISSING
            assert check(url, is_reindexing=False, tell=say_nothing).totals is TotalsState.MISSING
            with psycopg.connect(url, autocommit=True) as other:
                other.execute('CREATE SCHEMA "the owner\'s"')
                other.execute('CREATE EXTENSION pg_stat_statements SCHEMA "the owner\'s"')
                other.execute("CREATE ROLE stranger LOGIN")
                other.execute(f"CREATE ROLE with_password PASSWORD '{SECRET}'")
            for _ in range(7):
                await store.read(lambda snapshot: snapshot.meta.get(SECRET))
            found = await store.read(lambda snapshot: snapshot.statements.totals(200))
        finally:
            await store.close()

        (looked,) = [one for one in found.items if "FROM meta WHERE" in one.statement and one.call_count >= 7]
        assert found.state is TotalsState.READ
        assert 0 < looked.mean_seconds <= looked.most_seconds <= looked.total_seconds
        assert looked.total_seconds == pytest.approx(looked.mean_seconds * looked.call_count, rel=1e-6)
        assert [one.total_seconds for one in found.items] == sorted((one.total_seconds for one in found.items), reverse=True)
        assert SECRET not in repr(found), "neither values, nor statements whose values PostgreSQL does not take out"
        assert len(list_statements(url, hours=1, limit=2).totals.items) == 2
        assert check(url, is_reindexing=False, tell=say_nothing).totals is TotalsState.READ
        _refused_to_a_stranger(counting)
    with counting.running(is_counting=False):
        assert totals(url).state is TotalsState.NOT_LOADED


def _refused_to_a_stranger(counting: CountingPostgres) -> None:
    with psycopg.connect(counting.url(), autocommit=True) as owner:
        owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO stranger")
    assert totals(counting.url("stranger")).state is TotalsState.FORBIDDEN


async def test_what_processes_noticed_is_listed_without_any_of_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/headway.db"
    store = await SqlStore.open(url, announce=lambda news: None)
    now = SystemClock().now()

    def sample(name: str, at: timedelta, *found: tuple[str, str]) -> Sample:
        slow = [
            SlowStatement(statement=text, purpose=Purpose.ACT, asked_by="acts.claim: claim", seconds=0.3, at=when) for text, when in found
        ]
        return Sample(kind=SampleKind.DATABASE, name=name, at=now - at, seconds=30.0, statements=slow)

    samples = [
        sample("worker@lab-3", timedelta(minutes=2), ("SELECT 1", "2026-11-28T09:00:01.000Z"), ("SELECT 2", "2026-11-28T09:00:03.000Z")),
        sample("server@lab-3", timedelta(minutes=1), ("SELECT 3", "2026-11-28T09:00:02.000Z")),
        sample("server@lab-3", timedelta(hours=2), ("SELECT 4", "2026-11-28T07:00:02.000Z")),
    ]
    await store.write(lambda tx: tx.samples.put(Grain.TAKEN, samples))
    await store.close()

    found = list_statements(url, hours=1, limit=10)

    assert [(one.process, one.statement.statement) for one in found.slow] == [
        ("worker@lab-3", "SELECT 2"), ("server@lab-3", "SELECT 3"), ("worker@lab-3", "SELECT 1"),
    ]  # fmt: skip
    assert found.slow[0].statement == samples[0].statements[1]
    assert found.totals == StatementTotals(state=TotalsState.NOT_POSTGRESQL)


async def test_where_there_is_no_store_or_an_older_one_that_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/headway.db"
    with pytest.raises(NoStore):
        list_statements(url, hours=1, limit=10)
    await (await SqlStore.open(url, announce=lambda news: None)).close()
    with linked(url) as link:
        link.cursor.execute("UPDATE alembic_version SET version_num = '0008'")
    with pytest.raises(StoreOutdated):
        list_statements(url, hours=1, limit=10)
