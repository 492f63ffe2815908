"""How many requests of all kinds a second does a cluster answer, how soon, and what does the death of a worker cost those who ask?

    python -m bench.cluster.mixed [--connections 24] [--seconds 12] [--small]

A cluster of its own (`cluster/`): PostgreSQL with fsync, Valkey, two nodes with a worker each. A client process asks both nodes over
keep-alive connections, each waiting for its answer before it asks again, what a console and scripts ask: `MIX` below. Halfway a worker is
killed (kill -9; its launcher starts it again). An answer that is not the expected one, or a connection that breaks, is an error.

Beside it a program asks the database a read of one run 20 times a second, on a connection that it keeps: how long the database needs
meanwhile, with its way there and back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.figures import tell
from cluster.whole import Cluster, cluster
from headway.sdk.client import Client
from tests.waiting import eventually

MIX = {
    "a run": 40,
    "its log": 20,
    "the list": 15,
    "what is under way": 10,
    "start": 15,
}
"""Percent. A run: ``GET /runs/{id}``; its log: its first 100 events; the list: the 50 newest runs; start: a run of nothing, which a worker
then executes."""
SEEDED_RUNS = 300
PROBES_A_SECOND = 20


class Caller:
    """One connection to one node."""

    def __init__(self, url: str, token: str, runs: Sequence[str], seed: int) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._token = token
        self._runs = runs
        self._random = random.Random(seed)
        self.took: list[tuple[str, float]] = []
        self.errors: list[str] = []

    async def ask_until(self, ends: float) -> None:
        while time.monotonic() < ends:
            try:
                reader, writer = await asyncio.open_connection(self._host, self._port)
                while time.monotonic() < ends:
                    await self._ask(reader, writer)
                writer.close()
            except (OSError, EOFError, ValueError) as error:
                self.errors.append(repr(error))

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = self._random.choices(list(MIX), MIX.values())[0]
        run = self._random.choice(self._runs)
        verb, path, body, expected = {
            "a run": ("GET", f"/runs/{run}", b"", 200),
            "its log": ("GET", f"/runs/{run}/events?limit=100", b"", 200),
            "the list": ("GET", "/runs?limit=50", b"", 200),
            "what is under way": ("GET", "/runs?state=running&limit=50", b"", 200),
            "start": ("POST", "/tasks/no_op/runs", b'{"parameters":{"number":1}}', 201),
        }[kind]
        head = f"{verb} /api/v1{path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAuthorization: Bearer {self._token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        self.took.append((kind, time.perf_counter() - began))
        if not answer.startswith(b"HTTP/1.1 %d" % expected):
            self.errors.append(f"{kind}: {answer[:40]!r}")


async def be_client(urls: Sequence[str], runs: Sequence[str], connections: int, seconds: float) -> None:
    callers = [Caller(urls[number % len(urls)], os.environ["HEADWAY_BENCH_TOKEN"], runs, number) for number in range(connections)]
    began = time.monotonic()
    await asyncio.gather(*[caller.ask_until(began + seconds) for caller in callers])
    took = [each for caller in callers for each in caller.took]
    errors = [each for caller in callers for each in caller.errors]
    print(json.dumps({"seconds": time.monotonic() - began, "cpu": time.process_time(), "took": took, "errors": errors}))


def percentile(found: list[float], share: float) -> float:
    """In milliseconds."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))] * 1000


def probe(database: str, runs: Sequence[str], client: subprocess.Popen[str]) -> list[float]:
    """Seconds of each read, until the client has ended."""
    found: list[float] = []
    with psycopg.connect(database, autocommit=True) as connection:
        while client.poll() is None:
            began = time.perf_counter()
            connection.execute(
                "SELECT * FROM runs JOIN heads ON heads.run_id = runs.id WHERE runs.id = %s", (runs[len(found) % len(runs)],)
            )
            found.append(time.perf_counter() - began)
            time.sleep(max(0.0, 1 / PROBES_A_SECOND - found[-1]))
    return found


def spent(running: Cluster) -> dict[str, float]:
    """CPU seconds so far, by part. Of processes that have ended nothing is left: what a killed worker used is missing."""
    parts: dict[str, list[psutil.Process]] = {"servers": [], "workers": []}
    for node in running.nodes:
        parts["servers"].append(psutil.Process(node.process("server").pid))
        worker = psutil.Process(node.process("worker").pid)
        parts["workers"] += [worker, *worker.children(recursive=True)]
    database = psutil.Process(running.postgres.pid)
    parts["postgres"] = [database, *database.children(recursive=True)]
    parts["valkey"] = [psutil.Process(running.valkey.pid)]
    found: dict[str, float] = {}
    for name, processes in parts.items():
        times = [process.cpu_times() for process in processes if process.is_running()]
        found[name] = sum(each.user + each.system for each in times)
    return found


def seed(running: Cluster) -> list[str]:
    """Runs to be looked at, all of them executed."""
    with Client(url=running.nodes[0].url, token=running.token) as client:
        started = [client.start("no_op", {"number": number}).id for number in range(SEEDED_RUNS)]
        eventually(lambda: client.get(started[-1]).state.is_final, 60, "the runs to be looked at are executed")
    return started


def measure(connections: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home, cluster(Path(home), tasks="bench.cluster.tasks") as running:
        runs = seed(running)
        program = [sys.executable, "-m", "bench.cluster.mixed", "--connections", str(connections), "--seconds", str(seconds)]
        program += ["--client", *[node.url for node in running.nodes]]
        environment = {**os.environ, "HEADWAY_BENCH_TOKEN": running.token, "HEADWAY_BENCH_RUNS": " ".join(runs)}
        with (Path(home) / "answers.json").open("w+") as answers:
            before = spent(running)
            client = subprocess.Popen(program, env=environment, stdout=answers, text=True)
            killing = subprocess.Popen(
                [sys.executable, "-c", f"import os,time; time.sleep({seconds / 2}); os.kill({running.nodes[0].process('worker').pid}, 9)"]
            )
            probed = probe(running.postgres.url, runs, client)
            after = spent(running)
            assert client.returncode == 0
            assert killing.wait() == 0
            answers.seek(0)
            said: dict[str, Any] = json.load(answers)
        took: list[tuple[str, float]] = said["took"]
        every = [each for _, each in took]
        tell(
            "mixed requests", connections=connections, requests_per_second=len(every) / said["seconds"], p50_ms=percentile(every, 0.5),
            p90_ms=percentile(every, 0.9), p99_ms=percentile(every, 0.99), errors_percent=100 * len(said["errors"]) / max(len(every), 1),
        )  # fmt: skip
        for error in sorted(set(said["errors"]))[:5]:
            print(error, file=sys.stderr)
        for kind in MIX:
            of_kind = [each for name, each in took if name == kind]
            tell(f"mixed requests: {kind}", count=len(of_kind), p50_ms=percentile(of_kind, 0.5), p90_ms=percentile(of_kind, 0.9))
        costs = {name: 1_000 * (after[name] - before[name]) / len(every) for name in after}
        tell("processor time a request", **{f"{name}_ms": cost for name, cost in costs.items()}, client_ms=1_000 * said["cpu"] / len(every))
        tell("database meanwhile", count=len(probed), p50_ms=percentile(probed, 0.5), p90_ms=percentile(probed, 0.9))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="4 s")
    parser.add_argument("--connections", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--client", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        asyncio.run(be_client(arguments.client, os.environ["HEADWAY_BENCH_RUNS"].split(), arguments.connections, arguments.seconds))
    else:
        measure(arguments.connections, 4.0 if arguments.small else arguments.seconds)


if __name__ == "__main__":
    main()
