"""How many log lines a second go from user code to the disk, through everything that lies between?

A hundred runs are live at once in the worker's shared child and log as fast as they may, each giving way after every burst; pipe,
supervisor, spool, recorder, SQLite with ``synchronous=FULL``. Counted is what is committed, over the time from the first line
to the last commit. Ends by itself, prints one JSON line a figure.

    python -m bench.work.chatter [--runs 100] [--lines 2000] [--small]
    python -m bench.work.chatter --on postgresql --runs 200      # a PostgreSQL of its own, with fsync, on this machine too

On PostgreSQL also the share of HOT updates is told: rows of `heads` that were written anew in their own page, without a word to any index.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg

from bench.figures import tell
from bench.work import no_op
from cluster.servers import postgres
from headway.live.bus.local import LocalBusServer
from headway.model.states import RunState
from headway.store.contract import RunFilter
from headway.store.sql.store import SqlStore

TASKS = """
import asyncio, headway

@headway.task
async def chat(lines: int, burst: int) -> None:
    for number in range(0, lines, burst):
        for line in range(number, number + burst):
            headway.log("line %d of what this run has to say" % line)
        await asyncio.sleep(0)
"""


def hot_percent(database: str) -> float:
    """Of the updates of `heads` so far."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute("SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'heads'").fetchone()
    assert row is not None
    return 100 * row[0] / max(row[1], 1)


async def measure(directory: Path, database: str, runs: int, lines: int) -> None:
    bus = LocalBusServer(directory / "bus.sock")
    store = await SqlStore.open(database, announce=bus.publish)
    await bus.open(lambda news: None)
    command = [sys.executable, "-m", "bench.work.no_op", "--worker", str(directory), "--database", database, "--children", "2"]
    process = subprocess.Popen(command)
    try:
        while await store.read(lambda snapshot: snapshot.tasks.get("chat")) is None:
            await asyncio.sleep(0.02)
        bench = no_op.Bench(store, psutil.Process(process.pid))
        await asyncio.sleep(2)
        ended = 0
        for burst in (1, 10, 50):
            busy, begin = bench.busy(), time.perf_counter()
            started = await bench.start(runs, "chat", lines=lines, burst=burst)
            ended += runs
            await bench.until_ended(ended)
            seconds = time.perf_counter() - begin
            count = sum([(await store.read(lambda snapshot, run=run: snapshot.journal.tops([run])))[run][0] for run in started])
            spent = {f"cpu_us_an_event_{name}": (after - busy.get(name, 0)) / count * 1e6 for name, after in bench.busy().items()}
            tell(f"child_to_commit of {burst}", runs=runs, events=count, events_per_second=count / seconds, **spent)
        failed = await store.read(lambda snapshot: snapshot.runs.count(RunFilter(states=frozenset({RunState.FAILED}))))
        assert not failed
        if database.startswith("postgres"):
            tell("hot updates", percent=hot_percent(database))
    finally:
        process.terminate()
        process.wait(20)
        await bus.close()
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="500 lines a run")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--lines", type=int, default=2_000)
    arguments = parser.parse_args()
    lines = 500 if arguments.small else arguments.lines
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as name:
        (Path(name) / "bench_tasks.py").write_text(TASKS)
        with ExitStack() as stack:
            on_postgres = arguments.on == "postgresql"
            database = stack.enter_context(postgres(Path(name) / "postgres")).url if on_postgres else no_op.sqlite(Path(name))
            asyncio.run(measure(Path(name), database, arguments.runs, lines))
    left = [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    if left:
        raise SystemExit(f"processes left over: {left}")


if __name__ == "__main__":
    main()
