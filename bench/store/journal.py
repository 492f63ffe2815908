"""What does the journal cost when much is stored, and when many read?

    python -m bench.store.journal             10 M events stored (minutes)
    python -m bench.store.journal --small     1 M events stored, 3 s a question

100 live runs report child-like lines. An act (`acts.record`) takes one batch of each run, as a worker's recorder does; four acts are
on their way at once, so that reports arrive while a commit waits for the disk.
SQLite, ``synchronous=FULL``. Prints one JSON line a figure. The floors:

- the cost of an event with 10 M stored is at most 1.3 times that with 200 k
- with 50 readers: no "database is locked", the write-ahead log at most 256 MB

It also says how many events a second it commits, but that is no figure for "child to commit": what feeds the journal runs in
the same process here and contends with the writer for the interpreter's lock. `bench/work/chatter.py` measures from real
children, and has the floors for batches of 10 and of 1.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import tell

from headway.acts.append import Append, fact
from headway.acts.record import Batch, Recorded, record
from headway.model.errors import HeadwayError
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Pace, Snapshot, Transaction
from headway.store.sql.store import SqlStore

RUN_COUNT = 100
FEEDER_COUNT = 4
LINE = (
    b'{"kind":"log.written","at":"2026-11-22T09:30:00.125Z","level":"info","stream":"log","logger":"grading.sheets",'
    b'"source":"sheets.py:118","text":"sheet %d of 1200: 48 answers read, 3 doubtful"}'
)
BAR = b'{"kind":"progress.reported","at":"2026-11-22T09:30:00.125Z","done":%d,"total":1200,"unit":"sheets"}'


@dataclass(slots=True)
class Reporter:
    """One live run, as its supervisor sees it."""

    run: str
    batch_no: int = 0
    done: int = 0

    def batch(self, size: int) -> Batch:
        """The next `size` events: nine lines, then a change of the bar."""
        self.batch_no += 1
        events: list[bytes] = []
        for _ in range(size):
            self.done += 1
            events.append(BAR % self.done if self.done % 10 == 0 else LINE % self.done)
        return Batch(run=self.run, fence=0, batch_no=self.batch_no, events=events, is_lenient=True)


async def open_runs(store: SqlStore, count: int = RUN_COUNT) -> list[Reporter]:
    now = datetime.now(UTC)
    runs = [
        Run(
            id=new_id(), project="default", kind="task", task="grade", name=f"class {n}", state=RunState.RUNNING, queue="default",
            priority=0, created_at=now, created_by="bench", queued_at=now, started_at=now, attempt=1,
        )
        for n in range(count)
    ]  # fmt: skip

    def act(tx: Transaction) -> None:
        tx.runs.insert(runs)
        append = Append(tx)
        for run in runs:
            append.open(run.id, run.project)
            append.add(run.id, fact("run.running", attempt=1))
        append.flush()

    await store.write(act)
    return [Reporter(run.id) for run in runs]


async def feed(store: SqlStore, reporters: Sequence[Reporter], size: int, until: float, limit: int) -> int:
    """Report until the time is over or `limit` events are committed; how many were."""
    count = 0
    while time.perf_counter() < until and count < limit:
        batches = [reporter.batch(size) for reporter in reporters]
        answers: list[Recorded | HeadwayError] = await store.write(lambda tx, batches=batches: record(tx, batches), pace=Pace.REPORT)
        refused = [answer for answer in answers if isinstance(answer, HeadwayError)]
        if refused:
            raise refused[0]
        count += size * len(reporters)
    return count


async def rate(store: SqlStore, reporters: Sequence[Reporter], size: int, seconds: float, limit: int = 2**62) -> tuple[int, float]:
    """(events, seconds)."""
    started = time.perf_counter()
    feeders = [feed(store, reporters, size, started + seconds, limit // FEEDER_COUNT) for _ in range(FEEDER_COUNT)]
    counts = await asyncio.gather(*feeders)
    return sum(counts), time.perf_counter() - started


def read_in_threads(url: str, runs: Sequence[str], ended: Any, answers: Any) -> None:
    """A process with 50 threads, each a reader of its own that reads without a pause."""
    failures: list[str] = []
    counts: list[int] = []
    threads = [threading.Thread(target=read_for_ever, args=(url, runs, ended, failures, counts)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put((sum(counts), failures))


def read_for_ever(url: str, runs: Sequence[str], ended: Any, failures: list[str], counts: list[int]) -> None:

    async def read() -> None:
        store = await SqlStore.open(url, reader_count=1)
        count = 0
        while not ended.is_set():
            run = runs[count % len(runs)]

            def query(snapshot: Snapshot, run: str = run) -> int:
                top = snapshot.journal.tops([run]).get(run, (0, 0))
                return len(snapshot.journal.read(run, Facet.LOG, max(1, top[1] - 500), top[1]))

            try:
                await store.read(query)
            except HeadwayError as error:
                failures.append(str(error))
            count += 1
        counts.append(count)
        await store.close()

    asyncio.run(read())


async def with_readers(url: str, store: SqlStore, reporters: Sequence[Reporter], seconds: float) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    ended, answers = context.Event(), context.Queue()
    process = context.Process(target=read_in_threads, args=(url, [reporter.run for reporter in reporters], ended, answers))
    process.start()
    largest = 0
    path = Path(url.removeprefix("sqlite:///") + "-wal")

    async def watch() -> None:
        nonlocal largest
        while not ended.is_set():
            largest = max(largest, path.stat().st_size if path.exists() else 0)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        await rate(store, reporters, 10, 2.0)  # until the readers have started
        count, took = await rate(store, reporters, 10, seconds)
    finally:
        ended.set()
        await watching
        reads, failures = await asyncio.to_thread(answers.get)
        process.join()
    return {
        "events_per_second": round(count / took), "wal_mb": round(largest / 1e6, 1), "reads": reads,
        "failed": len(failures) + store.figures.failed_count, "first": failures[:1],
    }  # fmt: skip


async def measure(directory: Path, *, stored: int, seconds: float) -> None:
    url = f"sqlite:///{directory}/headway.db"
    store = await SqlStore.open(url)
    reporters = await open_runs(store)
    for size in (10, 1, 50):
        count, took = await rate(store, reporters, size, seconds)
        tell(f"fed_within_the_process of {size}", events_per_second=count / took)
    count, took = await rate(store, reporters, 10, 3600, 200_000)
    few = took / count
    await rate(store, reporters, 50, 3600, stored)
    count, took = await rate(store, reporters, 10, 3600, 200_000)
    many = took / count
    file_mb = (directory / "headway.db").stat().st_size / 1e6
    tell("growth", stored=stored, cost_ratio=many / few, us_an_event_few=few * 1e6, us_an_event_many=many * 1e6, file_mb=file_mb)
    tell("readers", **await with_readers(url, store, reporters, seconds))
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="1 M events instead of 10 M, 3 s a question")
    parser.add_argument("--directory", default=os.environ.get("HEADWAY_BENCH_DIRECTORY"), help="where the file is made")
    arguments = parser.parse_args()
    logging.getLogger("headway.store").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="headway-bench-", dir=arguments.directory) as directory:
        stored, seconds = (1_000_000, 3.0) if arguments.small else (10_000_000, 10.0)
        asyncio.run(measure(Path(directory), stored=stored, seconds=seconds))


if __name__ == "__main__":
    main()
