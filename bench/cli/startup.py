"""How long does a client command take, from the shell's fork to its end?

Each command is a fresh process, against a real `headway serve`; the floor is 0.2 s of wall time. Beside it, what a process cannot
do without (bare Python), and what the usual libraries would add: an argument parser, an HTTP client and a live display.

    python -m bench.cli.startup [--times 20 | --small]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import tell

START_SECONDS = 90.0
_HEADWAY = (sys.executable, "-m", "headway.cli.main")
_PEERS = {
    "python, nothing": "pass",
    "python, import click and rich.live": "import click, rich.live",
    "python, import httpx2": "import httpx2",
}


def measure(command: Sequence[str], times: int, environment: dict[str, str]) -> tuple[float, float, float, float]:
    """Best, median and 95th percentile of wall time, and mean processor time, in seconds. The best is what a quiet machine gives."""
    walls: list[float] = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        walls.append(time.perf_counter() - began)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return min(walls), statistics.median(walls), statistics.quantiles(walls, n=20)[-1], spent / times


def serve(home: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    server = subprocess.Popen([*_HEADWAY, "serve", "--json"], env=environment, stdout=subprocess.PIPE)
    deadline = time.monotonic() + START_SECONDS
    assert server.stdout is not None
    if not server.stdout.readline() or time.monotonic() > deadline:
        raise SystemExit("headway serve did not start")
    while "count-words" not in subprocess.run([*_HEADWAY, "tasks"], env=environment, capture_output=True, text=True, check=False).stdout:
        if time.monotonic() > deadline:
            raise SystemExit("the task was not found")
    return server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--small", action="store_true", help="5 times")
    arguments = parser.parse_args()
    times = 5 if arguments.small else arguments.times
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        environment = {
            **os.environ, "HEADWAY_HOME": directory, "HEADWAY_PORT": "0", "HEADWAY_TASKS": "headway.cli.demo_task", "HEADWAY_URL": "",
        }  # fmt: skip
        server = serve(home, environment)
        try:
            started = subprocess.run(
                [*_HEADWAY, "run", "count-words", "-p", "files=3", "--json"], env=environment, capture_output=True, text=True, check=True
            )
            run = json.loads(started.stdout.splitlines()[0])["run"]
            commands: dict[str, Sequence[str]] = {name: (sys.executable, "-c", code) for name, code in _PEERS.items()}
            for line in ("--help", "version", "ps --all", "tasks", f"show {run}", f"logs {run}", f"watch {run}"):
                commands["headway " + line.replace(run, "RUN")] = (*_HEADWAY, *line.split())
            worst = 0.0
            for name, command in commands.items():
                best, median, tail, spent = measure(command, times, environment)
                tell(name, best_ms=best * 1000, median_ms=median * 1000, p95_ms=tail * 1000, cpu_ms=spent * 1000)
                if name.startswith("headway") and "watch" not in name:
                    worst = max(worst, median)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    tell("slowest", median_ms=worst * 1000)


if __name__ == "__main__":
    main()
