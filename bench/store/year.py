"""What does a year of statistics and samples weigh in the store?

An installation of 3 hosts and 5 tasks, each with a server and a worker a host: every row that the monitor and the tallies hold after
a year, as far as each is kept, put into a SQLite file by the store's own statements. `runs`: how many runs are executed at once, each
for ten minutes, all day.

    python -m bench.store.year [--runs 5 | --small]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.figures import tell

from headway.model.histogram import bucket_of
from headway.model.samples import KEPT, Grain, Sample, SampleKind
from headway.model.states import RunState
from headway.model.tally import FINE_KEPT, GRAINS, Sums, TallyKey, floor_of
from headway.store.sql.store import SqlStore

T = TypeVar("T")

HOSTS = 3
TASKS = 5
ROUTES = 25
RUN_SECONDS = 600
SAMPLE_SECONDS = 30
NOW = datetime(2026, 11, 27, tzinfo=UTC)
AT_ONCE = 2_000
_HOST = ("cpu", "cpus", "load", "memory_bytes", "memory_total_bytes", "swap_bytes", "disk_bytes", "disk_total_bytes",
         "received_bytes_per_second", "sent_bytes_per_second", "read_bytes_per_second", "written_bytes_per_second")  # fmt: skip
_KINDS: tuple[tuple[SampleKind, int, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (SampleKind.HOST, HOSTS, _HOST, (), ()),
    (SampleKind.SERVER, HOSTS, ("cpu", "memory_bytes", "threads", "files"), (), ("lag",)),
    (SampleKind.WORKER, HOSTS, ("cpu", "memory_bytes", "busy", "slots", "children"), (), ("lag",)),
    (SampleKind.QUEUE, TASKS, ("queued", "running", "oldest_seconds"), (), ()),
    (SampleKind.ENDED, 1, (), ("succeeded", "failed", "events"), ()),
    (SampleKind.ROUTE, ROUTES, (), ("calls", "client_errors", "errors"), ("took",)),
    (SampleKind.DATABASE, 2 * HOSTS, ("reading", "readers", "waiting", "wal_bytes", "size_bytes"),
     ("commit", "act", "failed", "read", "slow"), ("commit", "query")),
    (SampleKind.GATEWAY, HOSTS, ("viewers", "channels", "rows"), ("sent_bytes", "holes", "lost_news", "dropped_news"), ()),
    (SampleKind.CANARY, HOSTS, ("age_seconds",), ("succeeded", "failed"), ("took",)),
)  # fmt: skip


def samples(grain: Grain, kept: timedelta, runs: int) -> Iterator[Sample]:
    seconds = grain.value or SAMPLE_SECONDS
    buckets = {bucket_of(0.001 * 1.1**n): 3 + n for n in range(6 if grain is Grain.TAKEN else 18)}
    for step in range(int(kept.total_seconds()) // seconds):
        at = NOW - timedelta(seconds=step * seconds)
        for kind, count, levels, counts, spreads in _KINDS:
            for n in range(count):
                named = dict.fromkeys(levels, 1234567.89 + step)
                yield Sample(
                    kind=kind, name=f"some name of it {n}", at=at, seconds=seconds, levels=named,
                    peaks={} if grain is Grain.TAKEN else {name: value * 1.5 for name, value in named.items()},
                    counts=dict.fromkeys(counts, 120), spreads=dict.fromkeys(spreads, buckets),
                )  # fmt: skip
        # Every run has rows of its own: in an hour six come after each other in one place.
        each = max(1, seconds // RUN_SECONDS)
        for n in range(runs * each):
            levels = {"cpu": 98.7, "memory_bytes": 1.2e8, "processes": 1.0, "sharing": 1.0}
            yield Sample(kind=SampleKind.RUN, name=f"01hf{step:08d}{n:014d}", at=at, seconds=seconds, levels=levels, peaks=levels)


def tallies() -> Iterator[tuple[TallyKey, Sums]]:
    histogram = {bucket_of(RUN_SECONDS * 1.1**n): 2 for n in range(8)}
    sums = Sums(states={RunState.SUCCEEDED: 16}, durations=histogram, waits=histogram, duration_micros=10**9, queue_micros=10**6)
    for grain in GRAINS:
        kept = timedelta(days=365) if grain == GRAINS[0] else FINE_KEPT
        for step in range(int(kept.total_seconds()) // grain):
            at = floor_of(NOW, grain) - timedelta(seconds=step * grain)
            for n in range(TASKS):
                yield TallyKey(grain=grain, at=at, project="default", task=f"school.tasks:task_{n}", created_by="anna", kind="task"), sums


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


async def measure(home: Path, runs: int, share: float) -> None:
    store = await SqlStore.open(f"sqlite:///{home / 'year.db'}", synchronous="OFF")
    rows: Counter[str] = Counter()
    size = await _size(store)
    for grain, kept in KEPT.items():
        for some in _batches(samples(grain, kept * share, runs)):
            await store.write(lambda tx, grain=grain, some=some: tx.samples.put(grain, some))
            rows["samples"] += len(some)
            rows["samples of runs"] += sum(each.kind is SampleKind.RUN for each in some)
    with_samples = await _size(store)
    for some in _batches(tallies()):
        await store.write(lambda tx, some=some: tx.rollups.add(dict(some)))
        rows["tallies"] += len(some)
    with_tallies = await _size(store)
    await store.close()
    tell("year_samples", rows=rows["samples"], rows_of_runs=rows["samples of runs"], mb=(with_samples - size) / 1e6)
    tell("year_tallies", rows=rows["tallies"], mb=(with_tallies - with_samples) / 1e6)


async def _size(store: SqlStore) -> int:
    return await store.read(lambda snapshot: snapshot.samples.size_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs at once")
    parser.add_argument("--small", action="store_true", help="a twentieth of the samples")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        asyncio.run(measure(Path(home), arguments.runs, 0.05 if arguments.small else 1.0))


if __name__ == "__main__":
    main()
