"""Several workers of Celery at once: nothing is executed twice, whoever is stopped, killed or told to end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
import redis

from cluster.servers import Valkey
from headway.model.states import Outcome, RunState
from headway.sdk.client import Client
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]

TASKS = "tests.acceptance.doorbell_tasks"


class Doubling(threading.Thread):
    """Sends each message that waits in the broker once more, again and again, until `stop`."""

    def __init__(self, valkey: Valkey) -> None:
        super().__init__(daemon=True)
        self._redis: Any = cast("Any", redis).Redis(port=valkey.port)
        self._is_over = threading.Event()
        self.count = 0

    def run(self) -> None:
        while not self._is_over.wait(0.1):
            for key in list(self._redis.scan_iter("headway.default*")):
                messages = self._redis.lrange(key, 0, 199)
                if messages:
                    self._redis.lpush(key, *messages)
                    self.count += len(messages)

    def stop(self) -> None:
        self._is_over.set()
        self.join(10)
        self._redis.close()


@contextmanager
def more_workers(installation: Installation, count: int) -> Iterator[list[psutil.Popen]]:
    """`headway worker`, so many beside the one of `headway serve`."""
    with (installation.home / "workers.log").open("ab") as log:
        workers = [
            psutil.Popen(
                [sys.executable, "-m", "headway.cli.main", "worker"],
                cwd=installation.directory, env=installation.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
            for _ in range(count)
        ]  # fmt: skip
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.is_running():
                worker.resume()
                worker.terminate()
        for worker in workers:
            worker.wait(30)


@pytest.fixture
def environment(valkey: Valkey) -> dict[str, str]:
    return {"HEADWAY_BROKER_URL": valkey.url, "HEADWAY_CHILDREN": "2", "HEADWAY_GRACE_SECONDS": "1"}


def start(client: Client, task: str, directory: Path, count: int) -> list[str]:
    items = [{"parameters": {"directory": str(directory), "number": number}} for number in range(count)]
    return [run.id for run in client.start_many(task, items)]


def marks(directory: Path) -> Counter[int]:
    return Counter(map(int, (directory / "marks").read_text().split()))


def test_of_300_runs_with_doubled_messages_none_is_executed_twice(
    home: Path, tmp_path: Path, valkey: Valkey, environment: dict[str, str]
) -> None:
    with (
        Installation(home, TASKS, environment) as installation,
        more_workers(installation, 2),
        installation.client() as client,
    ):
        # The first ones, until all three have joined in.
        seen: set[str | None] = set()
        eventually(lambda: seen.update(workers_of(client, start(client, "nap", tmp_path, 12))) or len(seen) == 3, 60, "all take part")
        (tmp_path / "marks").unlink()

        doubling = Doubling(valkey)
        doubling.start()
        runs = start(client, "nap", tmp_path, 300)
        try:
            assert {client.wait(run, 120).state for run in runs} == {RunState.SUCCEEDED}
        finally:
            doubling.stop()
        assert doubling.count > 300, "there were many more messages than runs"
        assert marks(tmp_path) == Counter(range(300))
        assert {len(client.attempts(run)) for run in runs} == {1}
        assert workers_of(client, runs) == seen


def workers_of(client: Client, runs: list[str]) -> set[str | None]:
    for run in runs:
        client.wait(run, 30)
    return {client.attempts(run)[0].worker for run in runs}


def test_who_was_stopped_for_longer_than_its_lease_writes_nothing_when_it_goes_on(
    home: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    with Installation(home, TASKS, environment) as installation, installation.client() as client:
        run = client.start("talk", {"directory": str(tmp_path)}).id
        eventually(lambda: said_by(client, run), 20, "it talks")
        stopped = installation.process("worker")
        with more_workers(installation, 1) as (other,):
            stopped.suspend()
            try:
                eventually(lambda: client.get(run).attempt == 2 and client.get(run).state is RunState.RUNNING, 60, "it is tried again")
                eventually(lambda: len(set(said_by(client, run))) == 2, 20, "the second attempt talks")
            finally:
                stopped.resume()
            # The stopped worker learns of it at its next look, and ends the process that went on without it.
            first, second = dict.fromkeys(said_by(client, run))
            eventually(lambda: is_gone(first), 30, "it is ended")
            (tmp_path / "open").touch()
            assert client.wait(run, 30).state is RunState.SUCCEEDED
            said = said_by(client, run)
            assert said == sorted(said, key=[first, second].index), "the first attempt wrote nothing after it had lost the run"
            assert client.result(run) == second
            assert second in {child.pid for child in other.children(recursive=True)}
        assert [attempt.outcome for attempt in client.attempts(run)] == [Outcome.LOST, Outcome.SUCCEEDED]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def said_by(client: Client, run: str) -> list[int]:
    """Process ids of those that talked, line by line."""
    texts = [event["text"] for event in client.entries(run) if event["kind"] == "log.written"]
    return [int(text.removeprefix("process ")) for text in texts]


@pytest.mark.parametrize("remapped", [{}, {"REMAP_SIGTERM": "SIGQUIT"}], ids=["SIGTERM", "REMAP_SIGTERM"])
def test_who_is_told_to_end_under_load_gives_back_and_loses_nothing(
    home: Path, tmp_path: Path, environment: dict[str, str], remapped: dict[str, str]
) -> None:
    calm = {**environment, **remapped, "HEADWAY_GRACE_SECONDS": "0"}
    with Installation(home, TASKS, calm) as installation, more_workers(installation, 1) as others, installation.client() as client:
        held = client.start("talk", {"directory": str(tmp_path)}).id
        eventually(lambda: said_by(client, held), 20, "it talks")
        (child,) = set(said_by(client, held))
        workers = [installation.process("worker"), *others]
        (holder,) = (worker for worker in workers if child in {each.pid for each in worker.children(recursive=True)})
        runs = start(client, "nap", tmp_path, 60)
        eventually(lambda: (tmp_path / "marks").exists() and len(marks(tmp_path)) >= 5, 30, "they are being executed")
        holder.terminate()
        holder.wait(20)
        eventually(lambda: client.get(held).attempt == 2 and client.get(held).state is RunState.RUNNING, 30, "another goes on")
        (tmp_path / "open").touch()
        assert {client.wait(run, 60).state for run in [held, *runs]} == {RunState.SUCCEEDED}
        outcomes = {run: [attempt.outcome for attempt in client.attempts(run)] for run in [held, *runs]}
        assert outcomes[held] == [Outcome.RELEASED, Outcome.SUCCEEDED]
        assert {outcome for each in outcomes.values() for outcome in each} == {Outcome.RELEASED, Outcome.SUCCEEDED}
        assert set(marks(tmp_path)) == set(range(60))
        assert sum(marks(tmp_path).values()) <= sum(len(outcomes[run]) for run in runs)
