"""Every list, filter and claim goes along an index: the databases are asked how they would run it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from headway.model.ids import new_id
from headway.model.states import RunState
from headway.store.contract import Page, RunFilter, RunSort, Transaction
from headway.store.sql.link import Link, Prepared
from headway.store.sql.run_lists import list_statements
from headway.store.sql.store import SqlStore
from tests.contract.material import a_run, after, insert, link_of

FILTERS = {
    "all": RunFilter(),
    "project": RunFilter(project="p"),
    "projects": RunFilter(projects=frozenset({"p", "q"})),
    "state": RunFilter(states=frozenset({RunState.FAILED})),
    "project and states": RunFilter(project="p", states=frozenset({RunState.FAILED, RunState.LOST})),
    "task": RunFilter(task="t"),
    "kind": RunFilter(kind="outside"),
    "tag": RunFilter(tag="a"),
    "tag and states": RunFilter(tag="a", states=frozenset({RunState.QUEUED, RunState.RUNNING, RunState.PAUSED})),
    "tag, states and projects": RunFilter(tag="a", projects=frozenset({"p", "q"}), states=frozenset({RunState.QUEUED, RunState.LOST})),
    "created_by": RunFilter(created_by="u"),
    "parent": RunFilter(parent=new_id()),
    "text": RunFilter(text="x"),
    "created": RunFilter(created_from=after(1), created_to=after(9)),
}


def plan(link: Link, statement: str, values: Any) -> str:
    if link.is_postgres:
        # Of a table of a few rows PostgreSQL would read all; the question is what it can do, not what it prefers today.
        link.cursor.execute("SET LOCAL enable_seqscan = off")
        link.cursor.execute("SET LOCAL enable_sort = off")
        for number in range(statement.count("%s")):
            statement = statement.replace("%s", f"${number + 1}", 1)
        link.cursor.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
        return "\n".join(row[0] for row in link.cursor.fetchall())
    link.cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
    return "\n".join(row[-1] for row in link.cursor.fetchall())


def reads_all(text: str) -> bool:
    """Whether a whole table is read. (`counted` and `found` are no tables: the rows that an index has given, up to a limit.)"""
    spared = ("INDEX", "json_each", "SCAN counted", "SCAN found")
    lines = text.splitlines()
    return "Seq Scan" in text or any(line.startswith("SCAN") and not any(word in line for word in spared) for line in lines)


def has_scan(text: str) -> bool:
    """Whether a whole table is read, or the matches have to be sorted."""
    return reads_all(text) or "TEMP B-TREE" in text or "Sort " in text


def plan_of(link: Link, statement: sa.Select[Any]) -> str:
    compiled = statement.compile(dialect=link.dialect, compile_kwargs={"literal_binds": True})
    return plan(link, str(compiled).replace("%%", "%"), ())


@pytest.mark.parametrize("name", FILTERS)
async def test_a_list_walks_an_index_in_its_order(store: SqlStore, name: str) -> None:
    await insert(store, *[a_run(project="p", tags=("a",)) for _ in range(20)])
    place = (after(1), new_id())

    def act(tx: Transaction) -> list[str]:
        link: Link = link_of(tx)
        pages = [Page(), Page(after=place), Page(is_descending=False, after=place)]
        return [plan_of(link, statement) for page in pages for statement in list_statements(FILTERS[name], page)]

    for text in await store.write(act):
        assert not has_scan(text), text


@pytest.mark.parametrize("sort", RunSort)
async def test_every_sort_has_its_index(store: SqlStore, sort: RunSort) -> None:
    await insert(store, *[a_run() for _ in range(20)])

    def act(tx: Transaction) -> list[str]:
        return [plan_of(link_of(tx), statement) for statement in list_statements(RunFilter(), Page(sort=sort))]

    for text in await store.write(act):
        assert not has_scan(text), text


def prepared_statements(noun: object) -> dict[str, Prepared]:
    return {name: value for name, value in vars(noun).items() if isinstance(value, Prepared)}


WALKS_IN_ORDER = {"_claimable", "_claimable_of_task", "_due", "_expired", "_uncompacted", "_blocked", "_ahead"}
READS_ALL = {"_list", "_quotas", "_queue_names", "_holders", "_held_counts"}
"""Small by nature: what people have said of queues and projects, what is executed at this moment; and a walk from name to name."""


async def test_every_other_statement_finds_its_rows_by_an_index(store: SqlStore) -> None:
    """All prepared statements of all nouns, whatever their values."""

    def act(tx: Transaction) -> list[tuple[str, str]]:
        link: Link = link_of(tx)
        found: list[tuple[str, str]] = []
        compaction = vars(tx.journal)["_compaction"]
        nouns: list[object] = [tx.runs, tx.journal, compaction, tx.leases, tx.details, tx.slots, tx.queues, tx.workers, tx.meta]
        for noun in nouns:
            for name, statement in prepared_statements(noun).items():
                if statement.text.startswith("INSERT"):
                    continue
                count = statement.text.count("%s" if link.is_postgres else "?")
                found.append((f"{type(noun).__name__}.{name}", plan(link, statement.text, (None,) * count)))
        return found

    plans = await store.write(act)
    assert len(plans) > 30
    for name, text in plans:
        if name.split(".")[1] not in READS_ALL:
            assert not reads_all(text), (name, text)
        if name.split(".")[1] in WALKS_IN_ORDER:
            assert not has_scan(text), (name, text)


async def test_a_claim_walks_past_no_run_of_other_tasks(store: SqlStore) -> None:
    """Nor does it look at more than the first of each task's, to see which are worth a look."""

    def act(tx: Transaction) -> list[str]:
        link = link_of(tx)
        heads, of_task = (prepared_statements(tx.runs)[name] for name in ("_heads", "_claimable_of_task"))
        return [plan(link, statement.text, (None,) * count) for statement, count in ((heads, 2), (of_task, 4))]

    for text in await store.write(act):
        assert "ix_runs_line" in text, text
        assert "ix_runs_claim" not in text, text
