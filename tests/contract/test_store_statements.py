"""Statements that take long: noticed on either database with text, asker and duration, and never with a value that they were given."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from headway.model.statements import STATEMENT_LIMIT, Purpose, TotalsState
from headway.store.asking import asked_by
from headway.store.contract import RunFilter, Snapshot, Transaction
from headway.store.sql.statements import ASKERS_LIMIT, KEPT, OTHERS, SlowStatements, name_of
from headway.store.sql.store import SqlStore

SECRET = "a-value-8d1c"


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    """For which every statement is slow."""
    store = await SqlStore.open(url, synchronous="OFF", slow_seconds=0.0)
    yield store
    await store.close()


def remember(tx: Transaction) -> None:
    tx.meta.put("about", SECRET)


def look(snapshot: Snapshot) -> str | None:
    return snapshot.meta.get(SECRET)


async def test_a_slow_statement_is_kept_with_its_text_and_who_asked_and_no_value(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "headway.store"):
        await store.write(remember)
        with asked_by(lambda: "GET /api/v1/somewhere"):
            await store.read(look)

    newest = store.figures.statements.newest()
    assert (newest[0].purpose, newest[0].asked_by) == (Purpose.QUERY, "GET /api/v1/somewhere")
    assert "FROM meta" in newest[0].statement
    by = "tests.contract.test_store_statements: remember"
    assert {one.asked_by for one in newest[1:]} == {by}
    told = [one.statement for one in reversed(newest) if one.asked_by == by]
    # PostgreSQL is told it together with the COMMIT, SQLite before.
    assert [text.partition(" ")[0] for text in "; ".join(told).split("; ")] == ["INSERT", "COMMIT"]
    assert newest[1].purpose is Purpose.COMMIT
    assert all(one.seconds >= 0 for one in newest)
    assert newest[0].statement in caplog.text
    assert "GET /api/v1/somewhere" in caplog.text
    assert SECRET not in caplog.text + "".join(one.statement for one in newest)
    counts = store.figures.statements.counts()
    assert counts[Purpose.QUERY, "GET /api/v1/somewhere"] == 1
    assert counts[Purpose.COMMIT, by] == 1


async def test_a_list_that_is_put_together_anew_is_noticed_too(store: SqlStore) -> None:
    await store.read(lambda snapshot: snapshot.runs.count(RunFilter(task=SECRET)))

    newest = store.figures.statements.newest()[0]
    assert "FROM runs" in newest.statement
    assert SECRET not in newest.statement


async def test_one_that_fails_is_noticed_too(store: SqlStore) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await store.read(lambda snapshot: snapshot.meta.put("a", SECRET))  # type: ignore[attr-defined]

    assert "INSERT INTO meta" in store.figures.statements.newest()[0].statement


async def test_quick_ones_are_not_noticed(url: str) -> None:
    patient = await SqlStore.open(url, synchronous="OFF", slow_seconds=60.0)
    try:
        await patient.write(remember)
        await patient.read(look)
        assert patient.figures.statements.newest() == []
        assert patient.figures.statements.counts() == {}
    finally:
        await patient.close()


async def test_what_the_database_counts_is_told_or_why_not(store: SqlStore, url: str) -> None:
    """No server of the contract has the extension; tests/unit/store/care/test_totals.py has one that does."""
    totals = await store.read(lambda snapshot: snapshot.statements.totals(10))

    assert totals.state is (TotalsState.NOT_POSTGRESQL if url.startswith("sqlite") else TotalsState.MISSING)
    assert totals.items == ()


# --- what is kept, whatever the database --------------------------------------------------------------------------------


def test_what_is_kept_is_bounded_and_ordered() -> None:
    kept = SlowStatements(0.0)
    for number in range(3 * KEPT):
        kept.note(f"SELECT {number}", (number * 7 % 100) / 10, Purpose.QUERY, "somebody")

    assert [one.statement for one in kept.newest()] == [f"SELECT {number}" for number in reversed(range(2 * KEPT, 3 * KEPT))]
    slowest = [one.seconds for one in kept.slowest()]
    assert slowest == sorted(slowest, reverse=True)
    assert len(slowest) == KEPT
    assert slowest[0] == 9.9
    assert kept.counts() == {(Purpose.QUERY, "somebody"): 3 * KEPT}
    assert next(one.seconds for one in kept.take()) == 9.9
    assert kept.take() == []


def test_the_counters_are_bounded() -> None:
    kept = SlowStatements(0.0)
    for number in range(ASKERS_LIMIT + 5):
        kept.note("SELECT 1", 1.0, Purpose.QUERY, f"asker {number}")

    assert len(kept.counts()) == ASKERS_LIMIT + 1
    assert kept.counts()[Purpose.QUERY, OTHERS] == 5


def test_a_statement_is_one_line_of_a_bounded_length() -> None:
    kept = SlowStatements(0.0)
    kept.note("SELECT\n   1" + " + 1" * 1_000, 1.0, Purpose.QUERY, "somebody")

    (one,) = kept.newest()
    assert one.statement.startswith("SELECT 1 + 1")
    assert len(one.statement) == STATEMENT_LIMIT


def test_the_log_hears_of_one_statement_once_in_a_while_and_how_many_it_was_spared(caplog: pytest.LogCaptureFixture) -> None:
    kept = SlowStatements(0.0)
    with caplog.at_level(logging.WARNING, "headway.store"):
        for _ in range(5):
            kept.note("SELECT 1", 1.0, Purpose.QUERY, "somebody")
        kept.note("SELECT 2", 1.0, Purpose.QUERY, "somebody")

    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["SELECT 1", "SELECT 2"]
    assert "others since the last line: 4" in caplog.records[1].getMessage()


def test_code_without_a_route_is_called_by_its_place() -> None:
    def inside() -> None: ...

    assert name_of(inside) == "tests.contract.test_store_statements: test_code_without_a_route_is_called_by_its_place"
    assert name_of(None) == "elsewhere"
