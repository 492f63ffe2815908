"""Lists of somebody who may see many projects: the same as of all, filtered, and never by looking at what is not theirs."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from headway.model.ids import new_id
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.store.contract import Page, RunFilter, Transaction
from headway.store.sql.link import Link
from headway.store.sql.project_walk import lateral, one_by_one
from headway.store.sql.run_lists import walk_of
from headway.store.sql.store import SqlStore
from tests.contract.material import a_run, after, insert, link_of
from tests.contract.test_store_indexes import has_scan, plan

PROJECTS = [f"p{number:02}" for number in range(40)]
MINE = frozenset([*PROJECTS[::2], "none of this name"])
STATES = [RunState.QUEUED, RunState.SUCCEEDED, RunState.FAILED]


async def filled(store: SqlStore) -> list[Run]:
    """One project has most of the newest, some have few, some none, and many were made at one moment."""
    chance = random.Random(7)
    runs: list[Run] = []
    for number in range(600):
        project = "p00" if number > 400 and chance.random() < 0.7 else chance.choice(PROJECTS[:36])
        state = chance.choice(STATES)
        times = {"finished_at": after(number), "started_at": after(number)} if state in FINAL else {}
        runs.append(a_run(project=project, name=f"run {number % 5}", state=state, created_at=after(number // 3), **times))
    chance.shuffle(runs)
    await insert(store, *runs)
    return runs


def expected(runs: list[Run], where: RunFilter, *, is_descending: bool) -> list[str]:
    def fits(run: Run) -> bool:
        return (
            run.project in (where.projects or ())
            and (not where.states or run.state in where.states)
            and (where.text is None or where.text in run.name)
            and (where.created_to is None or run.created_at < where.created_to)
        )

    return [run.id for run in sorted(filter(fits, runs), key=lambda run: (run.created_at, run.id), reverse=is_descending)]


@pytest.mark.parametrize("is_descending", [True, False])
async def test_pages_of_many_projects_hold_all_that_is_theirs_in_order(store: SqlStore, is_descending: bool) -> None:
    runs = await filled(store)
    filters = [
        RunFilter(projects=MINE),
        RunFilter(projects=MINE, states=frozenset({RunState.FAILED, RunState.QUEUED})),
        RunFilter(projects=MINE, text="run 3", created_to=after(150)),
        RunFilter(projects=frozenset(PROJECTS), states=FINAL | {RunState.QUEUED}),
    ]
    for where in filters:
        whole = expected(runs, where, is_descending=is_descending)
        for limit in (5, 100):
            listed: list[str] = []
            page = Page(limit=limit, is_descending=is_descending)
            while len(listed) < 60 and (found := await store.read(lambda s, where=where, page=page: s.runs.list(where, page))):
                listed += [run.id for run in found]
                places = await store.read(lambda s, where=where, page=page: s.runs.places(where, page))
                assert places == [(run.created_at, run.id) for run in found]
                page = replace(page, after=(found[-1].created_at, found[-1].id))
            assert listed == whole[: len(listed)], (where, limit)
            assert len(listed) >= min(60, len(whole))


async def test_a_run_comes_whole(store: SqlStore) -> None:
    run = a_run(project="p00", tags=("a",), parameters={"n": 1}, name="é 汉")
    await insert(store, run)
    assert await store.read(lambda s: s.runs.list(RunFilter(projects=MINE), Page())) == [run]
    assert await store.read(lambda s: s.runs.list(RunFilter(projects=MINE, states=frozenset({RunState.LOST})), Page())) == []


@pytest.mark.parametrize(
    "where",
    [
        RunFilter(projects=MINE), RunFilter(projects=MINE, states=frozenset({RunState.FAILED})), RunFilter(projects=MINE, task="task 1"),
        RunFilter(projects=MINE, is_root=True),
    ],
)  # fmt: skip
async def test_each_project_is_walked_along_its_index(store: SqlStore, where: RunFilter) -> None:
    states = [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED]
    await insert(store, *[a_run(project=PROJECTS[n % 40], task=f"task {n % 3}", state=states[n % 3]) for n in range(2_000)])

    def act(tx: Transaction) -> list[str]:
        link: Link = link_of(tx)
        link.cursor.execute("ANALYZE runs")  # of a table that it does not know PostgreSQL takes any index that helps a little
        found: list[str] = []
        for page in (Page(), Page(after=(after(1), new_id())), Page(is_descending=False)):
            pairs, narrow = walk_of(where, page)
            statement: sa.Select[Any] = (lateral if link.is_postgres else one_by_one)(narrow, has_state=pairs[0][1] is not None)
            compiled: Any = statement.compile(dialect=link.dialect, compile_kwargs={"render_postcompile": True})
            found.append(plan(link, str(compiled), (None,) * len(compiled.positiontup)))
        return found

    for text in await store.write(act):
        assert not has_scan(text), text
        assert re.search(r"ix_runs_(project|project_state|task_project|roots)\b", text), text
