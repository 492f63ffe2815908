"""`headway worker` as a worker of Celery: messages ring, the store says what is executed, and a lost or doubled message changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import redis

from cluster.servers import Valkey
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import Installation
from tests.waiting import eventually

# Celery has no types.
Celery: Any = import_module("celery").Celery
OperationalError: type[Exception] = import_module("kombu.exceptions").OperationalError

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(120),
    pytest.mark.one_database("it asks what becomes of messages; test_celery_workers.py asks on both what the store decides"),
]

TASKS = "tests.acceptance.doorbell_tasks"


class Shop:
    """An installation whose worker is Celery's, with one place, and a gate that holds it."""

    def __init__(self, installation: Installation, client: Client, valkey: Valkey, directory: Path) -> None:
        self.installation = installation
        self.client = client
        self.valkey = valkey
        self.directory = directory
        self.app: Any = Celery(broker=valkey.url)
        self.redis: Any = cast("Any", redis).Redis(port=valkey.port)

    def inspect(self, what: str) -> Any:
        """What Celery's workers say of themselves."""
        # A connection of its own: Celery keeps those that it has, also to a broker that was killed.
        with self.app.connection_for_write() as connection:
            answer = getattr(self.app.control.inspect(timeout=5.0, limit=1, connection=connection), what)()
        assert answer, f"no worker answered {what}"
        (said,) = answer.values()
        return said

    def heard_count(self) -> int:
        """Messages that the worker has taken."""
        return int(self.inspect("stats")["total"].get("headway.run", 0))

    def answers(self) -> bool:
        """Whether Celery's worker does."""
        try:
            return self.heard_count() >= 0
        except (AssertionError, OSError, OperationalError):
            return False

    def readiness(self) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", urlsplit(self.installation.connection["url"]).port or 0, timeout=5)
        try:
            connection.request("GET", "/api/v1/health/ready")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def worker(self) -> dict[str, Any]:
        """The only one that has not ended, as it reports."""
        connection = HTTPConnection("127.0.0.1", urlsplit(self.installation.connection["url"]).port or 0, timeout=5)
        try:
            connection.request("GET", "/api/v1/workers", headers={"Authorization": f"Bearer {self.installation.connection['token']}"})
            items = json.loads(connection.getresponse().read())["items"]
        finally:
            connection.close()
        there = [each for each in items if each["state"] != "gone"]
        assert len(there) == 1
        return there[0]

    def echoes(self) -> dict[str, Any]:
        """What the worker hears of itself."""
        found = self.worker()["echoes"]
        assert found is not None
        return found

    def is_running_at(self, run: str, *, attempt: int) -> bool:
        found = self.client.get(run)
        return found.attempt == attempt and found.state is RunState.RUNNING

    def hold(self) -> str:
        """A run that takes the only place until `let_go`."""
        run = self.client.start("gate", {"directory": str(self.directory)}).id
        eventually(lambda: self.client.get(run).state is RunState.RUNNING, 20, "the gate is held")
        return run

    def let_go(self) -> None:
        (self.directory / "open").touch()

    def clear(self) -> None:
        for path in self.directory.glob("[om]*"):
            path.unlink()

    def mark(self, count: int) -> list[str]:
        items = [{"parameters": {"directory": str(self.directory), "number": number}} for number in range(count)]
        return [run.id for run in self.client.start_many("mark", items)]

    def marks(self) -> Counter[str]:
        path = self.directory / "marks"
        return Counter(path.read_text().split()) if path.exists() else Counter()

    def messages(self) -> dict[bytes, list[bytes]]:
        """What waits in the broker, by list."""
        return {key: self.redis.lrange(key, 0, -1) for key in self.redis.scan_iter("headway.*")}

    def message_count(self) -> int:
        return sum(map(len, self.messages().values()))


@pytest.fixture
def shop(home: Path, tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    environment = {"HEADWAY_BROKER_URL": valkey.url, "HEADWAY_CHILDREN": "1", "HEADWAY_GRACE_SECONDS": "1"}
    with Installation(home, TASKS, environment) as installation, installation.client() as client:
        yield Shop(installation, client, valkey, tmp_path)


def test_each_run_is_rung_for_once_and_celery_sees_what_is_executed(shop: Shop) -> None:
    eventually(shop.answers, 20, "the Celery worker is there")
    queues = {queue["name"] for queue in shop.inspect("active_queues")}
    assert {queue for queue in queues if "@" not in queue} == {"headway.default", "headway.night"}

    gate = shop.hold()
    assert [task["name"] for task in shop.inspect("active")] == ["headway.run"]
    runs = shop.mark(5)
    eventually(lambda: shop.message_count() == 5, 10, "five messages wait")
    assert shop.inspect("stats")["pool"]["max-concurrency"] == 1
    shop.let_go()
    assert [shop.client.wait(run, 20).state for run in [gate, *runs]] == [RunState.SUCCEEDED] * 6
    assert shop.marks() == Counter("01234")
    assert shop.heard_count() == 6, "none of them was found in another way"
    night = shop.client.start("night", {"directory": str(shop.directory), "number": 7})
    assert shop.client.wait(night.id, 20).state is RunState.SUCCEEDED
    shop.clear()
    who_waits_for_children_holds_no_place_and_coroutines_need_none(shop)


def test_emptying_the_broker_and_doubling_its_messages_change_nothing(shop: Shop) -> None:
    gate = shop.hold()
    runs = shop.mark(4)
    eventually(lambda: shop.message_count() == 4, 10, "their messages wait")
    for key, messages in shop.messages().items():
        shop.redis.lpush(key, *messages)
    assert shop.message_count() == 8, "each message is there twice"
    shop.let_go()
    assert {shop.client.wait(run, 20).state for run in [gate, *runs]} == {RunState.SUCCEEDED}
    eventually(lambda: shop.message_count() == 0, 20, "the second ones have found nothing to do")
    assert shop.marks() == Counter("0123")

    shop.clear()
    gate = shop.hold()
    runs = shop.mark(4)
    eventually(lambda: shop.message_count() == 4, 10, "their messages wait")
    shop.valkey.empty()
    eventually(lambda: shop.message_count() == 4, 20, "they are missing, and sent again")
    shop.let_go()
    assert {shop.client.wait(run, 20).state for run in [gate, *runs]} == {RunState.SUCCEEDED}
    assert shop.marks() == Counter("0123")
    assert [len(shop.client.attempts(run)) for run in runs] == [1] * 4


def who_waits_for_children_holds_no_place_and_coroutines_need_none(shop: Shop) -> None:
    run = shop.client.start("parent", {"directory": str(shop.directory)})
    assert shop.client.wait(run.id, 30).state is RunState.SUCCEEDED
    assert shop.marks() == Counter("12")

    gate = shop.hold()
    waiting = shop.client.start("wait", {"directory": str(shop.directory)})
    assert shop.client.wait(waiting.id, 20).state is RunState.SUCCEEDED
    shop.let_go()
    assert shop.client.wait(gate, 20).state is RunState.SUCCEEDED


def test_while_the_broker_is_away_the_worker_looks_for_itself(shop: Shop) -> None:
    eventually(shop.answers, 20, "the Celery worker is there")
    shop.valkey.kill()
    runs = shop.mark(3)
    assert {shop.client.wait(run, 30).state for run in runs} == {RunState.SUCCEEDED}
    reasons = eventually(lambda: shop.readiness()["reasons"], 20, "health speaks of it")
    assert any("broker" in reason for reason in reasons)

    shop.valkey.start()
    eventually(lambda: not shop.readiness()["reasons"], 30, "health does so no longer")
    eventually(shop.answers, 30, "the Celery worker has come back")
    before = shop.heard_count()
    run = shop.mark(1)[0]
    assert shop.client.wait(run, 20).state is RunState.SUCCEEDED
    eventually(lambda: shop.heard_count() > before, 10, "it is rung for again")


def test_a_worker_that_is_told_to_stop_gives_runs_back_with_their_place_and_lets_short_ones_end(shop: Shop) -> None:
    gate = shop.hold()
    (behind,) = shop.mark(1)
    worker = shop.installation.process("worker")
    worker.terminate()
    worker.wait(15)
    eventually(lambda: shop.is_running_at(gate, attempt=2), 30, "the next worker executes it, before what was queued behind it")
    assert [attempt.outcome for attempt in shop.client.attempts(gate)] == ["released", None]
    assert shop.client.get(behind).state is RunState.QUEUED
    shop.let_go()
    assert {shop.client.wait(run, 20).state for run in (gate, behind)} == {RunState.SUCCEEDED}
    assert shop.marks() == Counter("0")

    shop.clear()
    gate = shop.hold()
    worker = shop.installation.process("worker")
    eventually(shop.answers, 20, "the new Celery worker hears what it is told")
    shop.app.control.shutdown()
    shop.let_go()  # within its second of grace
    worker.wait(15)
    assert shop.client.wait(gate, 20).state is RunState.SUCCEEDED
    assert len(shop.client.attempts(gate)) == 1


def test_a_worker_that_has_gone_deaf_is_flagged_and_replaced(home: Path, tmp_path: Path, valkey: Valkey) -> None:
    environment = {"HEADWAY_BROKER_URL": valkey.url, "HEADWAY_CHILDREN": "2", "HEADWAY_GRACE_SECONDS": "1", "HEADWAY_ECHO_SECONDS": "4"}
    with Installation(home, TASKS, environment) as installation, installation.client() as client:
        shop = Shop(installation, client, valkey, tmp_path)
        eventually(shop.answers, 20, "the Celery worker is there")
        heard = eventually(lambda: shop.echoes()["heard_at"], 20, "it has heard itself")
        assert set(heard) == {"default", "night"}
        assert shop.readiness()["broker"] == {"is_away": False, "deaf_workers": 0, "unheard_queues": 0}

        gate = shop.hold()  # one of two places: there is room, and something to give back
        deaf = installation.process("worker")
        shop.app.control.cancel_consumer("headway.night")
        eventually(lambda: shop.echoes()["deaf"] == ["night"], 20, "it says so itself")
        assert shop.readiness()["broker"] == {"is_away": False, "deaf_workers": 1, "unheard_queues": 1}
        assert any("Celery" in reason for reason in shop.readiness()["reasons"])
        night = client.start("night", {"directory": str(shop.directory), "number": 7})
        assert client.wait(night.id, 20).state is RunState.SUCCEEDED, "it looks for itself meanwhile"

        deaf.wait(30)
        eventually(lambda: shop.is_running_at(gate, attempt=2), 30, "another process goes on with what it gave back")
        assert [attempt.outcome for attempt in client.attempts(gate)] == ["released", None]
        shop.let_go()
        assert client.wait(gate, 20).state is RunState.SUCCEEDED
        eventually(lambda: set(shop.echoes()["heard_at"]) == {"default", "night"}, 30, "which hears")
        eventually(lambda: not shop.readiness()["reasons"], 10, "all is well")
        assert "(code 75)" in (home / "serve.log").read_text()


HANGING = """
import sys, threading
from headway.work.doorbell import celery_worker, door

def hang(step, consumer):
    consumer.app.door.hear(True)
    print("Celery's thread hangs", flush=True)
    threading.Event().wait()

celery_worker.Hearing.start = hang
door.LAST_SECONDS = 1.0
from headway.cli.worker_process import main
sys.exit(main())
"""
"""A worker of Celery whose main thread, which is Celery's, stands still as soon as it could listen; and 1 s for its end, not 10."""


def test_a_deaf_worker_whose_celery_hangs_gives_back_what_it_has_and_is_ended_by_force(home: Path, tmp_path: Path, valkey: Valkey) -> None:
    environment = {"HEADWAY_BROKER_URL": valkey.url, "HEADWAY_CHILDREN": "1", "HEADWAY_GRACE_SECONDS": "0"}
    with Installation(home, TASKS, environment) as installation, installation.client() as client:
        shop = Shop(installation, client, valkey, tmp_path)
        eventually(shop.answers, 20, "the Celery worker is there")
        known = installation.connection
        drain = ["workers", "drain", shop.worker()["id"], "--url", known["url"]]
        first = installation.process("worker")
        subprocess.run([sys.executable, "-m", "headway.cli.main", *drain], env=installation.environment, check=True, timeout=60)
        first.wait(30)
        run = client.start("gate", {"directory": str(tmp_path)}).id
        with (home / "hanging.log").open("wb") as log:
            hanging = subprocess.Popen(
                [sys.executable, "-c", HANGING], cwd=installation.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**installation.environment, "HEADWAY_ECHO_SECONDS": "4"},
            )  # fmt: skip
        try:
            eventually(lambda: shop.is_running_at(run, attempt=1), 30, "it looks for itself, and finds the run")
            eventually(lambda: hanging.poll() is not None, 60, "the process has ended, though Celery has not")
        finally:
            hanging.kill()
            hanging.wait(10)
        said = (home / "hanging.log").read_text()
        assert hanging.returncode == 75
        assert "Celery's thread hangs" in said
        assert "Celery does not end; the process is ended without it." in said
        assert client.get(run).state is RunState.QUEUED
        assert [attempt.outcome for attempt in client.attempts(run)] == ["released"], "nothing was lost with it"


def test_nobody_is_deaf_for_a_broker_that_is_away_or_for_having_been_stopped(home: Path, tmp_path: Path, valkey: Valkey) -> None:
    environment = {"HEADWAY_BROKER_URL": valkey.url, "HEADWAY_CHILDREN": "1", "HEADWAY_ECHO_SECONDS": "4"}
    with Installation(home, TASKS, environment) as installation, installation.client() as client:
        shop = Shop(installation, client, valkey, tmp_path)
        eventually(lambda: shop.echoes()["heard_at"], 20, "it has heard itself")
        worker = installation.process("worker")
        valkey.kill()
        eventually(lambda: shop.readiness()["broker"]["is_away"], 20, "the broker is away")
        # Longer than it takes to be replaced, by what the worker itself writes every second.
        beats = {shop.worker()["heartbeat_at"]}
        eventually(lambda: beats.add(shop.worker()["heartbeat_at"]) or len(beats) > 10, 60, "time goes by")
        assert shop.echoes()["deaf"] == []
        valkey.start()
        before = shop.echoes()["heard_at"]["default"]
        eventually(lambda: shop.echoes()["heard_at"]["default"] > before, 30, "it hears again")

        worker.suspend()
        try:
            eventually(lambda: shop.readiness().get("code") == "unavailable", 60, "for longer than a lease")
        finally:
            worker.resume()
        before = shop.echoes()["heard_at"]["default"]
        eventually(lambda: shop.echoes()["heard_at"]["default"] > before, 30, "it hears again")
        assert installation.process("worker").pid == worker.pid


def test_without_celery_or_with_another_broker_it_is_said_at_the_start(home: Path) -> None:
    for url, reason in {"amqp://here": "redis://", "redis://": "redis://"}.items():
        environment = {**os.environ, "HEADWAY_BROKER_URL": url}
        done = subprocess.run(
            [sys.executable, "-m", "headway.cli.main", "worker"], env=environment, capture_output=True, text=True, timeout=20, check=False
        )
        assert done.returncode != 0
        assert "HEADWAY_BROKER_URL" in done.stderr
        assert reason in done.stderr
