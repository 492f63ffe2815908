"""What a live list asks: how many runs of a project are under way, and which were created last."""

from __future__ import annotations

import re

from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from tests.contract.material import a_run, after, insert, link_of
from tests.contract.test_store_indexes import has_scan, plan, prepared_statements


async def test_unfinished_runs_are_counted_by_state_and_project(store: SqlStore) -> None:
    states = [RunState.QUEUED, RunState.QUEUED, RunState.RUNNING, RunState.RETRYING, RunState.SUCCEEDED, RunState.LOST]
    await insert(store, *[a_run(project="p", state=state) for state in states], a_run(project="q", state=RunState.PAUSED))

    counts = await store.read(lambda s: s.runs.count_unfinished("p"))

    assert counts == {RunState.QUEUED: 2, RunState.RUNNING: 1, RunState.RETRYING: 1}
    assert await store.read(lambda s: s.runs.count_unfinished("nobody's")) == {}


async def test_a_long_queue_is_counted_to_a_limit(store: SqlStore) -> None:
    await insert(store, *[a_run(project="p") for _ in range(12)], a_run(project="p", state=RunState.RUNNING))

    assert await store.read(lambda s: s.runs.count_unfinished("p", limit=10)) == {RunState.QUEUED: 10, RunState.RUNNING: 1}


async def test_the_newest_runs_of_a_project_come_first_and_with_their_time(store: SqlStore) -> None:
    runs = [a_run(project="p", created_at=after(n // 2)) for n in range(8)]
    await insert(store, *runs, a_run(project="q", created_at=after(9)))

    newest = await store.read(lambda s: s.runs.newest("p", 5))

    assert newest == [(run.id, run.created_at) for run in reversed(runs[3:])]


async def test_both_walk_an_index_and_no_run_that_has_ended(store: SqlStore) -> None:
    await insert(store, *[a_run(project=f"p{n % 3}", state=RunState.RUNNING if n % 50 == 0 else RunState.SUCCEEDED) for n in range(2_000)])

    def act(tx: Transaction) -> list[str]:
        link = link_of(tx)
        link.cursor.execute("ANALYZE runs")  # of a table that it does not know PostgreSQL takes any index that helps a little
        statements = prepared_statements(tx.runs)
        asked = [statements["_count_unfinished"], statements["_newest"]]
        return [plan(link, each.text, (None,) * each.text.count("%s" if link.is_postgres else "?")) for each in asked]

    counting, newest = await store.write(act)
    # "Index Cond: ((project = $1) AND (state = 'queued'::text))", or without the project where the state alone is rare enough.
    by_state = [line for line in counting.splitlines() if re.search(r"(USING .*INDEX|Index Cond).*\bstate ?=", line)]
    assert len(by_state) == len([state for state in RunState if not state.is_final]), counting
    assert not has_scan(counting), counting
    assert not has_scan(newest), newest
