"""What does it cost to keep a parent's picture of its ten thousand children true?

A real worker (as in `bench.work.no_op`) executes a parent that maps a task that does nothing over so many numbers. Its family is counted
once a second while it goes on. Told is what one count costs with all children there, how many there were, and their share of the CPU time
of everything that executing the family took (the worker and its child processes).

    python -m bench.work.family [--count 10000] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import psutil

from bench.figures import tell
from bench.work.no_op import Bench
from headway.access.principal import SYSTEM
from headway.acts.family import count_children, family_of
from headway.acts.start import StartRun, start
from headway.live.bus.local import LocalBusServer
from headway.model.events import CHILDREN_COUNTED, Facet
from headway.store.contract import Snapshot
from headway.store.sql.store import SqlStore

TASKS = """
import headway

@headway.task
def no_op(number: int) -> int:
    return number

@headway.task
def parent(count: int) -> int:
    return sum(headway.map(no_op, range(count)))
"""
ROUNDS = 50


async def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        (directory / "bench_tasks.py").write_text(TASKS)
        bus = LocalBusServer(directory / "bus.sock")
        await bus.open(lambda news: None)
        store = await SqlStore.open(f"sqlite:///{directory}/headway.db", announce=bus.publish)
        process = subprocess.Popen([sys.executable, "-m", "bench.work.no_op", "--worker", str(directory), "--children", "2"])
        try:
            bench = Bench(store, psutil.Process(process.pid))
            while await store.read(lambda snapshot: snapshot.tasks.get("parent")) is None:
                await asyncio.sleep(0.02)
            await asyncio.sleep(1)
            before = cpu_seconds(bench.worker)
            began = time.perf_counter()
            run = (await store.write(lambda tx: start(tx, [StartRun(task="parent", parameters={"count": count})], SYSTEM)))[0]
            await bench.until_ended(count + 1, timeout=600)
            seconds = time.perf_counter() - began
            spent = cpu_seconds(bench.worker) - before
            result = await store.read(lambda snapshot: snapshot.details.result(run.id))
            assert result is not None
            assert orjson.loads(result) == sum(range(count))
            counts = len(await store.read(lambda snapshot: told(snapshot, run.id)))
            each = await cost(store, run.id, lambda snapshot: count_children(snapshot, [run.id]))
            look = await cost(store, run.id, lambda snapshot: family_of(snapshot, run.id))
            share = 100 * counts * each / spent
            tell(
                "roll-up", children=count, seconds=seconds, runs_per_second=count / seconds, cpu_seconds=spent, counts=counts,
                count_ms=each * 1e3, share_percent=share, family_page_ms=look * 1e3,
            )  # fmt: skip
        finally:
            process.terminate()
            process.wait(30)
            await store.close()
            await bus.close()


def told(snapshot: Snapshot, run: str) -> list[bytes]:
    events = snapshot.journal.read(run, Facet.VIEW, 1, 2**53, limit=100_000, max_bytes=1 << 30)
    return [event for event in events if CHILDREN_COUNTED.encode() in event]


async def cost(store: SqlStore, run: str, ask: Callable[[Snapshot], object]) -> float:
    """CPU seconds of one look, the median of many."""

    def read(snapshot: Snapshot) -> float:
        began = time.thread_time()
        ask(snapshot)
        return time.thread_time() - began

    took = sorted([await store.read(read) for _ in range(ROUNDS)])
    return took[len(took) // 2]


def cpu_seconds(worker: psutil.Process) -> float:
    """Of the worker and its child processes, those that have ended included."""
    times = worker.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for child in worker.children(recursive=True):
        child_times = child.cpu_times()
        spent += child_times.user + child_times.system
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="500 children")
    parser.add_argument("--count", type=int, default=10_000)
    args = parser.parse_args()
    asyncio.run(measure(500 if args.small else args.count))


if __name__ == "__main__":
    main()
