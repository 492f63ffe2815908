"""How soon is a run executed again whose worker died, and does a worker that only seemed dead write where it may no longer?

    python -m bench.cluster.recovery --kills 200 --freezes 200      # a quarter of an hour
    python -m bench.cluster.recovery --small                        # 12 of each

One node (server and worker) and workers of their own (``headway worker``) on a PostgreSQL with fsync and a Valkey. Runs that report ten
times a second are executed all over. Round by round half of the workers that hold a run are killed (kill -9), or stopped with all their
children (SIGSTOP) until their runs are executed elsewhere, and then let go on, as after a long pause of a virtual machine.

Told is the time from the signal until the run's next attempt begins, by the clocks of one machine. A stale write is an entry of an
attempt behind the beginning of the next one in the journal.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil

from bench.figures import tell
from cluster.whole import Cluster, cluster
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import ROOT, import_path
from tests.waiting import eventually

WORKER_COUNT = 12
RUN_COUNT = 14
"""At once. Each worker has two places, and half of the workers have to have room for all runs."""
HOLD_SECONDS = 3_600.0
RECOVERED_SECONDS = 60.0
SETTLING_SECONDS = 2.0
"""That a worker is left alone with what it finds after SIGCONT."""


class LoneWorker:
    """A ``headway worker`` process with a home of its own."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._environment = {**os.environ, **environment, "HEADWAY_HOME": str(home), "PYTHONPATH": import_path(ROOT)}
        self._log = home / "worker.log"
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "headway.cli.main", "worker", "--tasks", "bench.cluster.tasks", "--children", "2"],
                env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def signal(self, number: int) -> None:
        """To it and to all its children."""
        for process in [self.process, *self.process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def stop(self) -> None:
        family = [self.process, *self.process.children(recursive=True)] if self.process.is_running() else []
        with suppress(psutil.NoSuchProcess):
            self.process.kill()
        # Children end with their worker; nothing is left behind whatever they do.
        _, alive = psutil.wait_procs(family, timeout=5)
        for process in alive:
            process.kill()


class Scene:
    """Workers, runs, and who executes what."""

    def __init__(self, client: Client, workers: Sequence[LoneWorker]) -> None:
        self._client = client
        self._workers = workers
        self.seconds: list[float] = []
        self.runs: list[str] = []
        self.struck: dict[str, None] = {}
        """All runs that were lost once."""

    def begin(self) -> None:
        for run in self.runs:
            self._client.cancel(run)
        self.runs, self.struck, self.seconds = [], {}, []

    def fill(self) -> None:
        """Until as many runs are executed as there should be. One that was lost is ended: a run is not lost for ever, it fails."""
        for run in self.runs:
            if run in self.struck:
                self._client.cancel(run)
        self.runs = [run for run in self.runs if run not in self.struck]
        self.runs += [self._client.start("hold", {"seconds": HOLD_SECONDS}).id for _ in range(RUN_COUNT - len(self.runs))]
        eventually(lambda: all(self._client.get(run).state is RunState.RUNNING for run in self.runs), 60, "all runs are executed")

    def holders(self) -> dict[LoneWorker, list[str]]:
        """Lone workers, and the runs that they execute."""
        said: Any = self._client._get("/workers")
        by_pid = {worker.pid: worker for worker in self._workers}
        by_id = {each["id"]: by_pid[each["pid"]] for each in said["items"] if each["pid"] in by_pid}
        found: dict[LoneWorker, list[str]] = {}
        for run in self.runs:
            worker = by_id.get(self._client.attempts(run)[-1].worker)
            if worker is not None:
                found.setdefault(worker, []).append(run)
        return found

    def take_out(self, number: int, most: int) -> int:
        """Signal half of the workers that hold a run, at most so many; wait until all their runs are executed elsewhere. How many."""
        holders = self.holders()
        victims = list(holders)[: min(most, max(1, len(holders) // 2))]
        struck: dict[str, tuple[float, int]] = {}
        for victim in victims:
            attempts = {run: len(self._client.attempts(run)) for run in holders[victim]}
            victim.signal(number)
            struck |= {run: (time.time(), count) for run, count in attempts.items()}
        eventually(
            lambda: all(len(self._client.attempts(run)) > count for run, (_, count) in struck.items()), RECOVERED_SECONDS, "a next attempt"
        )
        self.struck |= dict.fromkeys(struck)
        for run, (at, count) in struck.items():
            self.seconds.append(self._client.attempts(run)[count].started_at.timestamp() - at)
        for victim in victims:
            if number == signal.SIGSTOP:
                victim.signal(signal.SIGCONT)
            else:
                victim.stop()
                victim.start()
        time.sleep(SETTLING_SECONDS)
        return len(victims)

    def stale_writes(self) -> int:
        """Entries of an attempt behind the beginning of a later one."""
        count = 0
        for run in self.struck:
            latest = 0
            for event in self._client.events(run):
                attempt = event.get("attempt", latest)
                count += attempt < latest
                latest = max(latest, attempt)
        return count


def strike(scene: Scene, name: str, number: int, count: int) -> None:
    scene.begin()
    done = 0
    while done < count:
        scene.fill()
        done += scene.take_out(number, count - done)
    found = sorted(scene.seconds)
    at = {f"p{share}_seconds": found[min(len(found) - 1, len(found) * share // 100)] for share in (50, 90, 99)}
    tell(name, workers=done, runs=len(found), **at, max_seconds=found[-1], stale_writes=scene.stale_writes())


def workers_of(stack: ExitStack, running: Cluster, home: Path) -> list[LoneWorker]:
    shared = {name: running.nodes[0].environment[name] for name in ("DATABASE_URL", "REDIS_URL", "ARTIFACTS_URL", "HEADWAY_SECRET")}
    workers: list[LoneWorker] = []
    for number in range(WORKER_COUNT):
        worker = LoneWorker(home / f"worker-{number}", {**shared, "HEADWAY_NODE": f"worker-{number}"})
        stack.callback(worker.stop)
        workers.append(worker)
    return workers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="12 of each")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--freezes", type=int, default=60)
    arguments = parser.parse_args()
    kills, freezes = (12, 12) if arguments.small else (arguments.kills, arguments.freezes)
    with tempfile.TemporaryDirectory(prefix="headway-bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        home = Path(name)
        running = stack.enter_context(cluster(home, node_count=1, tasks="bench.cluster.tasks", children=2))
        workers = workers_of(stack, running, home)
        client = stack.enter_context(Client(url=running.nodes[0].url, token=running.token))
        eventually(lambda: len(client._get("/workers")["items"]) > WORKER_COUNT, 60, "all workers are there")
        scene = Scene(client, workers)
        strike(scene, "killed workers", signal.SIGKILL, kills)
        strike(scene, "frozen workers", signal.SIGSTOP, freezes)


if __name__ == "__main__":
    main()
