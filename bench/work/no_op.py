"""How long until a run of nothing starts, how many a second go through, and what does a hundred that wait cost?

Two processes as in `headway serve`: this one starts runs (as the server does, without HTTP), the other is a worker; SQLite on
disk with ``synchronous=FULL``, the local bus between them. Start latency is from the call that starts the run to the first line
of the task, as the task itself reports it; results are stored. Ends by itself, prints one JSON line a figure.

    python -m bench.work.no_op [--seconds 10] [--offered 300] [--count 5000] [--children N] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.figures import tell
from headway.access.principal import SYSTEM
from headway.acts.start import StartRun, start
from headway.live.bus.contract import BusNews
from headway.live.bus.local import LocalBusClient, LocalBusServer
from headway.model.states import RunState
from headway.store.contract import Queued, RunFilter
from headway.store.sql.store import SqlStore
from headway.work.limits import Limits
from headway.work.local import local_worker

TASKS = """
import asyncio, time, headway

@headway.task
def no_op(offered_at: float) -> float:
    return time.time() - offered_at

@headway.task
async def wait(seconds: float) -> None:
    await asyncio.sleep(seconds)
"""


def sqlite(directory: Path) -> str:
    """Address of the store in a bench's directory."""
    return f"sqlite:///{directory}/headway.db"


async def be_worker(directory: Path, children: int, database: str) -> None:
    bus = LocalBusClient(directory / "bus.sock")
    store = await SqlStore.open(database, announce=bus.publish)
    worker = local_worker(
        store, sources=["bench_tasks"], artifacts=directory / "artifacts", cwd=directory, limits=Limits(children=children)
    )

    def receive(news: list[BusNews]) -> None:
        for each in news:
            if isinstance(each, Queued):
                worker.wake(each.queue)

    await bus.open(receive)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await worker.open()
    await stopped.wait()
    await worker.close()
    await bus.close()
    await store.close()


class Bench:
    def __init__(self, store: SqlStore, worker: psutil.Process) -> None:
        self.store = store
        self.worker = worker

    async def start(self, count: int, task: str, **parameters: float) -> list[str]:
        wishes = [StartRun(task=task, parameters=parameters) for _ in range(count)]
        return [run.id for run in await self.store.write(lambda tx: start(tx, wishes, SYSTEM))]

    async def count(self, *states: RunState) -> int:
        return await self.store.read(lambda snapshot: snapshot.runs.count(RunFilter(states=frozenset(states)), limit=1_000_000))

    async def until_ended(self, count: int, timeout: float = 120) -> None:
        deadline = time.monotonic() + timeout
        while await self.count(RunState.SUCCEEDED) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{await self.count(RunState.SUCCEEDED)} of {count} runs ended")
            await asyncio.sleep(0.02)

    async def latency(self, offered: float, seconds: float) -> None:
        before = await self.count(RunState.SUCCEEDED)
        runs: list[str] = []

        async def one() -> None:
            runs.extend(await self.start(1, "no_op", offered_at=time.time()))

        begin = time.perf_counter()
        waiting: set[asyncio.Task[None]] = set()
        number = 0
        while (now := time.perf_counter() - begin) < seconds:
            while number < now * offered:
                number += 1
                task = asyncio.create_task(one())
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            await asyncio.sleep(0.001)
        await asyncio.gather(*waiting)
        await self.until_ended(before + number)
        found = [float(await self.store.read(lambda snapshot, run=run: snapshot.details.result(run)) or b"nan") * 1000 for run in runs]
        found = sorted(found[len(found) // 20 :])
        shares = {f"p{share}_ms": pick(found, share / 100) for share in (50, 90, 99)}
        tell("start_latency", offered=offered, runs=number, **shares, max_ms=found[-1], load=psutil.getloadavg()[0])

    async def throughput(self, count: int) -> None:
        before = await self.count(RunState.SUCCEEDED)
        begin, busy = time.perf_counter(), self.busy()
        for _ in range(count // 100):
            await self.start(100, "no_op", offered_at=time.time())
        await self.until_ended(before + count)
        spent = {name: (after - busy.get(name, 0)) / count * 1e6 for name, after in self.busy().items()}
        tell(
            "throughput", runs=count, runs_per_second=round(count / (time.perf_counter() - begin)), load=psutil.getloadavg()[0],
            **{f"cpu_us_a_run_{name}": each for name, each in spent.items()},
        )  # fmt: skip

    def busy(self) -> dict[str, float]:
        """CPU seconds so far, by part."""
        here, there = psutil.Process().cpu_times(), self.worker.cpu_times()
        children = [child.cpu_times() for child in self.worker.children(recursive=True)]
        return {
            "starter": here.user + here.system,
            "worker": there.user + there.system,
            "children": sum(times.user + times.system for times in children),
        }

    async def memory(self, count: int = 100) -> None:
        before = await self.count(RunState.SUCCEEDED)
        await self.start(count, "wait", seconds=3)
        while await self.count(RunState.RUNNING) < count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        family = [self.worker, *self.worker.children(recursive=True)]
        each = {f"{process.pid}": round(process.memory_info().rss / 1e6, 1) for process in family}
        worker = each[str(self.worker.pid)]
        tell("memory_of_waiting_runs", runs=count, total_mb=round(sum(each.values()), 1), worker_mb=worker, processes=len(family))
        await self.until_ended(before + count)


def pick(found: list[float], share: float) -> float:
    return round(found[min(len(found) - 1, int(len(found) * share))], 2)


async def measure(directory: Path, arguments: argparse.Namespace) -> None:
    bus = LocalBusServer(directory / "bus.sock")
    store = await SqlStore.open(sqlite(directory), announce=bus.publish)
    await bus.open(lambda news: None)
    command = [sys.executable, "-m", "bench.work.no_op", "--worker", str(directory), "--children", str(arguments.children)]
    process = subprocess.Popen(command)
    try:
        while await store.read(lambda snapshot: snapshot.tasks.get("no_op")) is None:
            await asyncio.sleep(0.02)
        bench = Bench(store, psutil.Process(process.pid))
        await bench.start(100, "no_op", offered_at=time.time())
        await bench.until_ended(100)
        while len(bench.worker.children()) < arguments.children + 2:  # the spare and the shared child are still being born
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        tell("idle", worker_mb=bench.worker.memory_info().rss / 1e6)
        await bench.latency(arguments.offered, arguments.seconds)
        await bench.throughput(arguments.count)
        await bench.memory()
    finally:
        process.terminate()
        process.wait(20)
        await bus.close()
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    parser.add_argument("--small", action="store_true", help="3 s of latency, 1,000 runs of throughput")
    parser.add_argument("--children", type=int, default=Limits().children)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--offered", type=float, default=300)
    parser.add_argument("--count", type=int, default=5_000)
    arguments = parser.parse_args()
    if arguments.small:
        arguments.seconds, arguments.count = 3, 1_000
    if arguments.worker:
        asyncio.run(be_worker(arguments.worker, arguments.children, arguments.database or sqlite(arguments.worker)))
        return
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as name:
        (Path(name) / "bench_tasks.py").write_text(TASKS)
        asyncio.run(measure(Path(name), arguments))
    left = [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    if left:
        raise SystemExit(f"processes left over: {left}")


if __name__ == "__main__":
    main()
