"""How many events a second does a PostgreSQL take of workers, in batches of ten and of one, over 200 live runs?

    python -m bench.store.ingest             5 s a question
    python -m bench.store.ingest --small     2 s

Each worker is a process with the real store and the real act (`acts.record`): 64 runs' batches a transaction, as a worker's recorder
gathers them, two transactions on their way at once, so that one is made while the other waits for the disk. The PostgreSQL is one of
its own with fsync, on this very machine: client and server share its cores. Counted is what is committed.

Prints one JSON line a figure: events a second; how many updates of `heads` were HOT (written anew in their own page, without a word to
any index); how large `heads` has grown against what its rows hold; bytes of write-ahead log an event.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from bench.figures import tell
from bench.store.journal import Reporter, open_runs

from cluster.servers import postgres
from headway.acts.record import record
from headway.model.errors import HeadwayError
from headway.store.contract import Pace
from headway.store.sql.store import SqlStore

RUN_COUNT = 200
WORKER_COUNT = 2
AT_ONCE = 2
GATHERED = 64
"""Batches in a transaction, as `work/recorder.py` has it."""


async def feed(store: SqlStore, reporters: Sequence[Reporter], size: int, until: float) -> int:
    """Report in turns, each run once a turn; how many events were committed."""
    count = 0
    while time.monotonic() < until:
        for first in range(0, len(reporters), GATHERED):
            batches = [reporter.batch(size) for reporter in reporters[first : first + GATHERED]]
            answers = await store.write(lambda tx, batches=batches: record(tx, batches), pace=Pace.REPORT)
            refused = [answer for answer in answers if isinstance(answer, HeadwayError)]
            if refused:
                raise refused[0]
            count += size * len(batches)
    return count


async def be_worker(database: str, size: int, seconds: float) -> None:
    """Opens its runs, says so, waits for a line, then reports; prints how many events were committed in how many seconds."""
    store = await SqlStore.open(database)
    reporters = await open_runs(store, RUN_COUNT // WORKER_COUNT)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.monotonic()
    shares = [reporters[number::AT_ONCE] for number in range(AT_ONCE)]
    counts = await asyncio.gather(*[feed(store, share, size, began + seconds) for share in shares])
    print(sum(counts) / (time.monotonic() - began), flush=True)
    await store.close()


def measure(database: str, size: int, seconds: float) -> None:
    command = [sys.executable, "-m", "bench.store.ingest", "--worker", database, "--size", str(size), "--seconds", str(seconds)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) for _ in range(WORKER_COUNT)]
    with psycopg.connect(database, autocommit=True) as connection:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == "open"
        before = _looked_up(connection)
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
        rates = [float(worker.stdout.readline()) for worker in workers if worker.stdout is not None]
        for worker in workers:
            if worker.wait(30):
                raise SystemExit("a worker failed")
        after = _looked_up(connection)
    hot, updates, wal = (later - earlier for later, earlier in zip(after, before, strict=True))
    tell(
        f"postgresql, batches of {size}", runs=RUN_COUNT, events_per_second=sum(rates), hot_percent=100 * hot / max(updates, 1),
        wal_bytes_an_event=wal / (sum(rates) * seconds),
    )  # fmt: skip


def _looked_up(connection: psycopg.Connection) -> tuple[int, int, int]:
    """HOT updates of `heads`, all of its updates, bytes of write-ahead log: each since the beginning."""
    row = connection.execute(
        "SELECT n_tup_hot_upd, n_tup_upd, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
        " FROM pg_stat_user_tables WHERE relname = 'heads'"
    ).fetchone()
    assert row is not None
    return row


async def prepare(database: str) -> None:
    await (await SqlStore.open(database)).close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="2 s a question")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--size", type=int, default=10, help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    seconds = 2.0 if arguments.small else arguments.seconds
    if arguments.worker:
        asyncio.run(be_worker(arguments.worker, arguments.size, arguments.seconds))
        return
    for size in (10, 1):
        with tempfile.TemporaryDirectory(prefix="headway-bench-") as name, postgres(Path(name) / "postgres") as server:
            asyncio.run(prepare(server.url))
            measure(server.url, size, seconds)


if __name__ == "__main__":
    main()
