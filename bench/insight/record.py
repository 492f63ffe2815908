"""Real runs of real tasks, recorded for `bench/insight/recorded.jsonl`.

    python -m bench.insight.record [--rounds 26] [--minutes 18] [--small] [--output FILE]

A real `headway serve` executes the tasks of `bench/insight/kinds.py` one after the other, each time of another size, while a viewer
follows as a person would. Of each journal the file keeps how long the run took, its parameters, and what its leading bar said, thinned
to some ninety readings. It ends by itself: after `--minutes` no further round begins.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bench.figures import tell
from bench.insight.recorded import FILE, FORMAT, Recorded, write
from headway.model.course import course_of, reading_of
from headway.model.states import RunState
from headway.sdk.client import Client
from headway.sdk.news import Finished

ROOT = Path(__file__).resolve().parents[2]
READINGS = 90
RUN_SECONDS = 60.0
SIZES: dict[str, dict[str, tuple[int, int]]] = {
    "grade_class": {"students": (3, 6), "questions": (2, 5)},
    "bench.compress": {"files": (25, 110)},
    "bench.sort": {"chunks": (12, 55)},
    "bench.insert": {"batches": (30, 90)},
    "bench.pipeline": {"files": (15, 60)},
    "bench.threads": {"pieces": (20, 80)},
}
"""The kinds of task, and between which bounds their parameters are chosen."""


class Installation:
    """`headway serve` with the tasks, in a directory of its own."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", "HEADWAY_TASKS": "bench.insight.kinds"}
        for name in ("HEADWAY_URL", "HEADWAY_TOKEN"):
            environment.pop(name, None)
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT), str(ROOT / "examples" / "grading")]))
        command = [sys.executable, "-m", "headway.cli.main", "serve", "--json"]
        self.server = subprocess.Popen(command, cwd=ROOT, env={**environment, "PYTHONPATH": path}, stdout=subprocess.PIPE)
        assert self.server.stdout is not None
        if not self.server.stdout.readline():
            raise SystemExit("headway serve did not start")
        connection = json.loads((home / "connection.json").read_text())
        self.client = Client(url=connection["url"], token=connection["token"])
        deadline = time.monotonic() + RUN_SECONDS
        while not {task.name for task in self.client.tasks()} >= set(SIZES):
            if time.monotonic() > deadline:
                raise SystemExit("the tasks did not become known; are numpy, scipy and scikit-learn installed?")
            time.sleep(0.1)

    def close(self) -> None:
        self.client.close()
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)

    def record(self, task: str, parameters: dict[str, Any]) -> Recorded | None:
        """The run, watched to its end. None: it did not succeed."""
        run = self.client.start(task, parameters)
        for news in self.client.follow(run):
            if isinstance(news, Finished):
                break
        ended = self.client.wait(run, RUN_SECONDS)
        if ended.state is not RunState.SUCCEEDED or ended.started_at is None or ended.finished_at is None:
            print(f"{task} {parameters} ended as {ended.state}", file=sys.stderr)
            return None
        totals: dict[str, float] = {}
        said = [reading_of(event, ended.started_at, totals) for event in self.client.events(run)]
        readings = [reading for reading in said if reading is not None]
        duration = (ended.finished_at - ended.started_at).total_seconds()
        leading = course_of(duration, parameters, readings).bar
        of_bar = [reading for reading in readings if reading.bar == leading]
        step = max(1, -(-len(of_bar) // READINGS))
        kept = of_bar[::step]
        if kept and kept[-1] is not of_bar[-1]:
            kept.append(of_bar[-1])
        return Recorded(kind=task, duration_seconds=duration, parameters=parameters, readings=tuple(kept))


def choose(task: str, number: int, chance: Random) -> dict[str, Any]:
    chosen: dict[str, Any] = {name: chance.randint(low, high) for name, (low, high) in SIZES[task].items()}
    return chosen | ({"name": f"class {number}"} if task == "grade_class" else {}) | {"seed": chance.randrange(10_000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=26, help="runs of each kind")
    parser.add_argument("--minutes", type=float, default=18.0)
    parser.add_argument("--small", action="store_true", help="one round, and nothing is written")
    parser.add_argument("--output", type=Path, default=FILE)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = Random(given.seed)
    deadline = time.monotonic() + given.minutes * 60
    found: list[Recorded] = []
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        installation = Installation(Path(home))
        try:
            for number in range(1 if given.small else given.rounds):
                if time.monotonic() > deadline:
                    break
                for task in SIZES:
                    recorded = installation.record(task, choose(task, number, chance))
                    if recorded is not None:
                        found.append(recorded)
                        tell(
                            f"{task} {number}", seconds=recorded.duration_seconds, readings=len(recorded.readings), load=os.getloadavg()[0]
                        )
        finally:
            installation.close()
    if not given.small:
        about = {
            "format": FORMAT, "recorded_at": datetime.now(UTC).date().isoformat(), "made_by": "python -m bench.insight.record",
            "seed": given.seed, "runs": len(found), "cores": os.cpu_count(), "python": platform.python_version(),
        }  # fmt: skip
        write(given.output, about, found)


if __name__ == "__main__":
    main()
