"""The lists over a million runs on PostgreSQL: executed, and looked at how many rows each had to touch for its page.

On SQLite the plans of `test_store_indexes` say the same for any size: without statistics, which Headway does not have it gather, it chooses
by the shape of the indexes alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from headway.model.states import RunState
from headway.store.contract import Page, RunFilter, RunSort
from headway.store.sql.engines import begin_read, close, make_engine, open_reader
from headway.store.sql.link import Link
from headway.store.sql.run_lists import count_statement, list_statements, outline_statements
from headway.store.sql.runs import COUNT_LIMIT
from headway.store.sql.store import SqlStore
from tests.contract import million

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SORT_LIMIT = 10_000
"""Rows that may be put into order for a page, in the worst case of a filter and another order than that of creation: a hundredth."""


def at(n: int) -> datetime:
    """When run number `n` was created."""
    return datetime.fromtimestamp(million.FIRST_AT / 1e6 + n, UTC)


MIDDLE = (at(million.COUNT // 2), "00000000-0000-0000-0000-000000000000")
NAMED = ("Class 500", "00000000-0000-0000-0000-000000000000")
UNFINISHED = frozenset(state for state in RunState if not state.is_final)
FEW = frozenset({"p1", "p3"})
MANY_PROJECTS = frozenset(f"p{number}" for number in range(1, 20, 2))

FILTERS = {
    "all": RunFilter(),
    "project": RunFilter(project="p1"),
    "the project of half of all": RunFilter(project="p0"),
    "a project without runs": RunFilter(project="nobody's"),
    "projects": RunFilter(projects=FEW),
    "more projects than are asked one by one": RunFilter(projects=MANY_PROJECTS | {f"x{number}" for number in range(10)}),
    "state": RunFilter(states=frozenset({RunState.FAILED})),
    "a rare state": RunFilter(states=frozenset({RunState.PAUSED})),
    "unfinished": RunFilter(states=UNFINISHED),
    "project and states": RunFilter(project="p1", states=frozenset({RunState.FAILED, RunState.LOST})),
    "projects and states": RunFilter(projects=FEW, states=UNFINISHED),
    "task": RunFilter(task="t7"),
    "task and project": RunFilter(task="t7", project="p7"),
    "task and state": RunFilter(task="t7", states=frozenset({RunState.LOST})),
    "kind": RunFilter(kind="outside"),
    "tag": RunFilter(tag="g7"),
    "tag and state": RunFilter(tag="g7", states=frozenset({RunState.FAILED})),
    "tag and project": RunFilter(tag="g7", project="p0"),
    "created_by": RunFilter(created_by="u7"),
    "created_by and state": RunFilter(created_by="u9", states=frozenset({RunState.CANCELLED})),
    "parent": RunFilter(parent=million.parent_of(5_001)),
    "parent and state": RunFilter(parent=million.parent_of(5_001), states=frozenset({RunState.FAILED})),
    "roots": RunFilter(is_root=True),
    "roots of a project": RunFilter(is_root=True, project="p1"),
    "text": RunFilter(text="500"),
    "created": RunFilter(created_from=at(1_000), created_to=at(9_000)),
    "created, of a project": RunFilter(project="p1", created_from=at(1_000), created_to=at(9_000)),
}


@dataclass
class Work:
    """What a query did, by EXPLAIN ANALYZE."""

    plan: list[str] = field(default_factory=list[str])
    scanned: set[str] = field(default_factory=set[str])
    """Tables that were read from one end to the other."""
    row_count: int = 0
    """Rows that were looked at."""
    sorted_count: int = 0

    def add(self, node: dict[str, Any], depth: int = 0) -> None:
        loops = node["Actual Loops"]
        table = node.get("Relation Name", "")
        self.plan.append(f"{'  ' * depth}{node['Node Type']} {node.get('Index Name', table)} rows={node['Actual Rows'] * loops:.0f}")
        if node["Node Type"] in {"Seq Scan", "Parallel Seq Scan"}:
            self.scanned.add(table)
        below = node.get("Plans", [])
        if "Sort" in node["Node Type"]:
            self.sorted_count += sum(round(each["Actual Rows"] * each["Actual Loops"]) for each in below)
        if table or "Index Name" in node:
            gone = sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
            self.row_count += round((node["Actual Rows"] + gone) * loops)
        for each in below:
            self.add(each, depth + 1)


@contextmanager
def a_million_runs(url: str) -> Iterator[Link]:
    """In a transaction of a reader, as each query has one."""
    asyncio.run(_make_tables(url))
    with psycopg.connect(url, autocommit=True) as connection:
        million.fill(connection)
    link = open_reader(make_engine(url, synchronous="OFF"))
    begin_read(link, None)
    link.cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")  # so that every row is counted in one place
    yield link
    close(link)


async def _make_tables(url: str) -> None:
    store = await SqlStore.open(url)
    await store.close()


def work_of(link: Link, statements: list[sa.Select[Any]]) -> Work:
    work = Work()
    for statement in statements:
        text = str(statement.compile(dialect=link.dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        link.cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}")
        work.add(link.cursor.fetchone()[0][0]["Plan"])
    return work


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Rows that a query may look at, of the million."""

    page: int = 1_000
    """For a page in the order of creation: hundreds, for runs that another filter leaves out are passed by."""
    sorted_page: int = 100_000
    """In another order: the index of that order is walked until the page is full, or the matches are put into order."""
    total: int = 100_000
    """For the total, which is counted to 10,000: until then, or to the last that an index gives."""


HALF_KNOWN = Limits(page=60_000)
"""Two filters of which no index knows both: one is walked, and the other looked at."""
LIMITS: dict[str, Limits] = {
    **dict.fromkeys(("task and state", "tag and state", "tag and project", "created_by and state"), HALF_KNOWN),
    # Part of a name is in no index: the order is walked until enough names hold it, and a total looks at each of them.
    "text": Limits(page=300_000, sorted_page=million.COUNT, total=million.COUNT + 1),
    # The newest by their end are looked at first, and what was created in a window long ago ended long ago.
    "created": Limits(sorted_page=million.COUNT),
}


def too_much(work: Work, limit: int) -> str | None:
    if work.scanned or work.sorted_count > SORT_LIMIT or work.row_count > limit:
        return f"{work.row_count} rows, {work.sorted_count} sorted, {work.scanned or 'nothing'} read whole\n" + "\n".join(work.plan)
    return None


def pages(name: str) -> Iterator[tuple[str, list[sa.Select[Any]], int]]:
    """What is asked for the pages of a list, and how many rows each may look at."""
    where, limits = FILTERS[name], LIMITS.get(name, Limits())
    for page in (Page(), Page(after=MIDDLE), Page(is_descending=False, after=MIDDLE)):
        yield f"{name}, {page}", list_statements(where, page), limits.page
    for sort in set(RunSort) - {RunSort.CREATED}:
        yield f"{name}, by {sort.value}", list_statements(where, Page(sort=sort)), limits.sorted_page


def test_lists_and_totals_of_a_million_runs_look_at_few(postgres_database: str) -> None:
    """All in one test: to make the runs is most of the work."""
    with a_million_runs(postgres_database) as link:
        _sees_what_the_others_must_not_do(link)
        asked = [each for name in FILTERS for each in pages(name)]
        asked += [(f"statistics of {of or 'all'}", outline_statements("t7", of, at(0), 1_000), 4_000) for of in (None, FEW)]
        found = {name: too_much(work_of(link, statements), limit) for name, statements, limit in asked}
        for name, where in FILTERS.items():
            # A walk through the table is one of them, where nearly every run matches: it ends after the first 10,000.
            work = work_of(link, [count_statement(where, COUNT_LIMIT)])
            found[f"total of {name}"] = "\n".join(work.plan) if work.row_count > LIMITS.get(name, Limits()).total else None
    wrong = [f"{name}: {text}" for name, text in found.items() if text is not None]
    assert not wrong, "\n\n".join(wrong)
    assert len(found) > 150


def _sees_what_the_others_must_not_do(link: Link) -> None:
    by_no_index = sa.select(sa.text("id")).select_from(sa.text("runs")).order_by(sa.text("metadata, created_by")).limit(5)
    work = work_of(link, [by_no_index])
    assert work.scanned == {"runs"}
    assert work.row_count == work.sorted_count == million.COUNT
    assert too_much(work, 2 * million.COUNT) is not None
