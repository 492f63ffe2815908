"""What does it cost that people have rights, where somebody has many?

`authorise` by the rights of 50 grants (nanoseconds a question, asked in turns about 100 projects, of which half are theirs); and a page of
100 runs for somebody who may see 50 of 1,000 projects, out of a hundred thousand runs, on SQLite and on PostgreSQL.
The worst of them: their projects have none of the newest runs.

    python -m bench.access.rights [--stored 100000] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import tell

from cluster.servers import postgres
from headway.access.authorise import may, projects_where
from headway.access.principal import Principal
from headway.access.rights import add_up
from headway.model.account import Grant
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Head, Page, RunFilter, Snapshot, Transaction
from headway.store.sql.store import SqlStore

GRANTS = 50
PROJECTS = 1_000
PAGE = 100
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def somebody() -> Principal:
    """With a grant in every twentieth project."""
    grants = [
        Grant(id=new_id(), account="anna", role="operator", project=f"p{number * 20}", created_at=BEGAN, created_by="root")
        for number in range(GRANTS)
    ]
    return Principal(id="anna", account="anna", rights=add_up(grants, {}))


def ask(principal: Principal, rounds: int) -> None:
    projects = [f"p{number * 10}" for number in range(2 * GRANTS)]
    held = 0
    began = time.perf_counter()
    for _ in range(rounds):
        for project in projects:
            held += may(principal, Permission.RUN_START, project)
    seconds = time.perf_counter() - began
    assert held == rounds * GRANTS
    tell("authorise", grants=GRANTS, each_us=seconds / (rounds * len(projects)) * 1e6)


async def fill(store: SqlStore, stored: int) -> None:
    """The newest third is of projects that are nobody's here."""
    for first in range(0, stored, 1_000):
        runs: list[Run] = []
        for number in range(first, min(first + 1_000, stored)):
            project = number % PROJECTS if number < stored * 2 // 3 else (number % (PROJECTS // 20)) * 20 + 7
            at = BEGAN + timedelta(seconds=number)
            runs.append(
                Run(
                    id=new_id(), project=f"p{project}", kind="task", task="t", name=f"run {number}", state=RunState.SUCCEEDED,
                    queue="default", priority=0, created_at=at, created_by="anna", queued_at=at, started_at=at, finished_at=at,
                )
            )  # fmt: skip

        def act(tx: Transaction, runs: list[Run] = runs) -> None:
            tx.runs.insert(runs)
            tx.journal.open([Head(run=run.id) for run in runs])

        await store.write(act)


async def measure(address: str, backend: str, stored: int, rounds: int) -> None:
    store = await SqlStore.open(address)
    try:
        await fill(store, stored)
        projects = projects_where(somebody(), Permission.RUN_READ)

        def read(snapshot: Snapshot) -> list[Run]:
            return snapshot.runs.list(RunFilter(projects=projects), Page(limit=PAGE))

        took: list[float] = []
        for _ in range(rounds):
            began = time.perf_counter()
            assert len(await store.read(read)) == PAGE
            took.append((time.perf_counter() - began) * 1e3)
        took.sort()
        tell(f"list, {backend}", stored=stored, projects=GRANTS, p50_ms=took[len(took) // 2], p95_ms=took[int(len(took) * 0.95)])
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="10,000 stored")
    parser.add_argument("--stored", type=int, default=100_000)
    args = parser.parse_args()
    stored, rounds = (10_000, 20) if args.small else (args.stored, 100)
    ask(somebody(), 200 if args.small else 2_000)
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(f"sqlite:///{Path(directory) / 'headway.db'}", "sqlite", stored, rounds))
    with tempfile.TemporaryDirectory() as directory, postgres(Path(directory)) as server:
        asyncio.run(measure(server.url, "postgresql", stored, rounds))


if __name__ == "__main__":
    main()
