"""A worker that reaches neither database nor Redis: it works through a server, which dies, and whose answers get lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from cluster.servers import Valkey
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import ROOT, import_path
from tests.cutting_proxy import CuttingProxy
from tests.tls import Authority, tls_front
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]
SHEETS = 15
NOBODY = "http://127.0.0.1:1"
SECRET = "nodes of one cluster sign alike: 7qXv0ZkT3hWm"


class Node:
    """A server without a worker."""

    def __init__(self, home: Path, shared: Mapping[str, str]) -> None:
        home.mkdir()
        self.home = home
        self.environment = {**os.environ, **shared, "HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", "PYTHONPATH": import_path(ROOT)}
        self.process = start(home, "headway.cli.server_process", environment=self.environment)

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.home / "log").read_text()
        with suppress(OSError, ValueError, httpx2.TransportError):
            return httpx2.get(f"{self.url}/api/v1/health/live").status_code == 200
        return False

    @property
    def connection(self) -> dict[str, Any]:
        return json.loads((self.home / "connection.json").read_text())

    @property
    def url(self) -> str:
        return self.connection["url"]

    def client(self) -> Client:
        return Client(url=self.url, token=self.connection["token"])

    def workers(self) -> list[dict[str, Any]]:
        return httpx2.get(f"{self.url}/api/v1/workers", headers={"Authorization": f"Bearer {self.connection['token']}"}).json()["items"]

    def token(self) -> bytes:
        """One for remote workers."""
        command = [sys.executable, "-m", "headway.cli.main", "token", "--scope", "project:default:worker:serve", "--days", "1"]
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=60, check=True).stdout


class Far:
    """Servers, and workers elsewhere that know an address and a token alone."""

    def __init__(self, home: Path, elsewhere: Path) -> None:
        self.home = home
        self.elsewhere = elsewhere
        self.nodes: list[Node] = []
        self.workers: list[subprocess.Popen[bytes]] = []

    def serve(self, count: int, shared: Mapping[str, str] = {}) -> list[Node]:
        self.nodes = [Node(self.home / f"node-{number}", shared) for number in range(count)]
        for node in self.nodes:
            eventually(node.answers, 60, "the server answers")
        return self.nodes

    def work(self, url: str, more: Mapping[str, str] = {}) -> subprocess.Popen[bytes]:
        (self.elsewhere / "token").write_bytes(self.nodes[-1].token())
        known = ("DATABASE_URL", "REDIS_URL", "HEADWAY_HOME", "HEADWAY_TOKEN", "HEADWAY_URL", "HEADWAY_PORT", "HEADWAY_SECRET")
        environment = {name: value for name, value in os.environ.items() if name not in known} | {"PYTHONPATH": import_path(ROOT), **more}
        words = ["worker", "--server", url, "--token-file", "token", "--home", str(self.elsewhere / "home"), "--children", "2"]
        worker = start(self.elsewhere, "headway.cli.main", *words, "--tasks", "tests.acceptance.remote_tasks", environment=environment)
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        """Workers last: they must be able to end without a server."""
        processes = [*[node.process for node in self.nodes], *self.workers]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        try:
            for process in processes:
                process.wait(30)
        finally:
            for process in processes:
                process.kill()
                process.wait()


def start(directory: Path, module: str, *words: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, *words]
    with (directory / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


@pytest.fixture
def far(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    made = Far(home, tmp_path_factory.mktemp("elsewhere"))
    try:
        yield made
    finally:
        made.stop()


def texts(client: Client, run: str) -> list[str]:
    entries = list(client.entries(run))
    assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
    return [entry["text"] for entry in entries if entry["kind"] == "log.written" and entry.get("logger") != "headway"]


def ended(client: Client, run: str, state: RunState = RunState.SUCCEEDED) -> None:
    eventually(lambda: client.get(run).state is state, 60, f"{run} is {state}")


def test_runs_go_on_through_servers_of_which_one_dies_and_answers_that_get_lost(far: Far, postgres_database: str, valkey: Valkey) -> None:
    shared = {
        "DATABASE_URL": postgres_database,
        "REDIS_URL": valkey.url,
        "HEADWAY_SECRET": SECRET,
        "ARTIFACTS_URL": (far.home / "kept").as_uri(),
    }
    first, second = far.serve(2, shared)
    counts: Counter[str] = Counter()

    def cut(method: str, path: str, body: bytes) -> bool:
        """The first answer with claims, and every seventh of those that write."""
        kind = path.rpartition("/")[2]
        if kind == "turns" and b'"attempt"' in body and not counts["claims"]:
            counts["claims"] = 1
            return True
        counts[kind] += 1
        return kind in {"turns", "parcels", "kin", "files"} and counts[kind] % 7 == 0

    with CuttingProxy(first.url, second.url) as proxy, second.client() as client:
        proxy.cut = cut
        far.work(proxy.url)
        eventually(lambda: len(client.tasks()) == 5, 30, "the worker has told its tasks")
        waiting = client.start("wait_long").id
        eventually(lambda: texts(client, waiting), 30, "it waits")
        client.cancel(waiting)
        graded = [client.start("grade_sheets", {"sheets": SHEETS}).id for _ in range(18)]
        families = [client.start("grade_class", {"classes": 3}).id for _ in range(2)]
        failing = [client.start("fail_once").id for _ in range(2)]
        kept = [client.start("keep_file", {"text": f"file {number}"}).id for number in range(2)]
        eventually(lambda: sum(client.get(run).state is RunState.SUCCEEDED for run in graded) >= 2, 60, "two have ended")
        first.process.kill()
        proxy.to = [second.url]
        for run in [*graded, *families, *failing, *kept]:
            ended(client, run)
        ended(client, waiting, RunState.CANCELLED)
        (worker,) = second.workers()
        assert (worker["is_remote"], worker["state"], worker["run_count"]) == (True, "live", 0)
        for run in graded:
            assert [attempt.worker for attempt in client.attempts(run)] == [worker["id"]]
            assert texts(client, run) == [f"sheet {number}" for number in range(SHEETS)]
            assert client.result(run) == {"sheets": SHEETS, "begun_at": 0}
            assert client.view(run)["progress"]["done"] == SHEETS
        for run in families:
            assert client.result(run) == 9
            assert len(list(client.list(parent=run))) == 3
        for run in failing:
            assert texts(client, run) == ["attempt 1", "attempt 2"]
            assert [attempt.outcome for attempt in client.attempts(run)] == ["failed", "succeeded"]
        for number, run in enumerate(kept):
            (artifact,) = client.artifacts(run)
            assert client.download(run, artifact, far.home / f"kept-{number}").read_text() == f"file {number}"
    assert {path.rpartition("/")[2] for path in proxy.lost} >= {"turns", "parcels"}
    assert not (far.elsewhere / "home" / "headway.db").exists()


def test_what_a_killed_remote_worker_held_goes_on_elsewhere(far: Far) -> None:
    (node,) = far.serve(1)
    worker = far.work(node.url)
    with node.client() as client:
        eventually(client.tasks, 30, "the worker has told its tasks")
        run = client.start("grade_sheets", {"sheets": 100, "seconds_each": 0.05}).id
        eventually(lambda: len(texts(client, run)) > 5, 30, "some sheets are graded")
        worker.kill()
        worker.wait()
        far.work(node.url)
        ended(client, run)
        lost, last = client.attempts(run)
        assert (lost.outcome, last.outcome) == ("lost", "succeeded")
        assert lost.worker != last.worker
        begun = client.result(run)["begun_at"]
        assert begun > 0
        said = texts(client, run)
        assert said[-(100 - begun) :] == [f"sheet {number}" for number in range(begun, 100)]
        assert set(said) == {f"sheet {number}" for number in range(100)}


def test_a_worker_that_hears_of_nobody_for_longer_than_a_lease_ends_what_it_executes(far: Far) -> None:
    (node,) = far.serve(1)
    with CuttingProxy(node.url) as proxy, node.client() as client:
        far.work(proxy.url)
        eventually(client.tasks, 30, "the worker has told its tasks")
        run = client.start("wait_long").id
        eventually(lambda: texts(client, run), 30, "it waits")
        pid = int(texts(client, run)[0].rpartition(" ")[2])
        proxy.to = [NOBODY]
        eventually(lambda: not psutil.pid_exists(pid), 30, "its process has ended")
        proxy.to = [node.url]
        eventually(lambda: len(texts(client, run)) == 2, 60, "it waits again")
        assert [attempt.outcome for attempt in client.attempts(run)] == ["lost", None]
        client.cancel(run)
        ended(client, run, RunState.CANCELLED)


@pytest.mark.one_database("what is new is the way to the server")
def test_a_worker_works_over_tls_and_trusts_no_other_authority(far: Far, tmp_path: Path) -> None:
    (node,) = far.serve(1)
    ours, others = Authority("ours"), Authority("another")
    trusted, stranger = ours.write(tmp_path / "ours.pem"), others.write(tmp_path / "others.pem")
    with node.client() as client, tls_front(node.url, ours.issue(tmp_path / "server.pem", "127.0.0.1")) as url:
        far.work(url, {"SSL_CERT_FILE": str(trusted)})
        eventually(lambda: any(task.name.endswith("grade_sheets") for task in client.tasks()), 60, "it has told its tasks")
        run = client.start("grade_sheets", {"sheets": SHEETS}).id
        ended(client, run)
        assert texts(client, run) == [f"sheet {sheet}" for sheet in range(SHEETS)]
        assert client.result(run) == {"sheets": SHEETS, "begun_at": 0}
        waiting = client.start("wait_long").id
        (said,) = eventually(lambda: texts(client, waiting), 30, "it waits")
        client.cancel(waiting)
        ended(client, waiting, RunState.CANCELLED)
        assert psutil.pid_exists(int(said.removeprefix("waiting in "))), "it was woken, and its process serves on"

        assert "unable to get local issuer certificate" in refusal(far, url, stranger)
    with tls_front(node.url, ours.issue(tmp_path / "elsewhere.pem", "headway.example.org")) as url:
        assert "IP address mismatch" in refusal(far, url, trusted)
    with tls_front(node.url, ours.issue(tmp_path / "old.pem", "127.0.0.1", days=-1)) as url:
        assert "certificate has expired" in refusal(far, url, trusted)


def refusal(far: Far, url: str, trusted: Path) -> str:
    """What a worker says that trusts this authority alone, and ends."""
    before = (far.elsewhere / "log").stat().st_size
    worker = far.work(url, {"SSL_CERT_FILE": str(trusted)})
    assert worker.wait(60) not in {0, None}
    said = (far.elsewhere / "log").read_bytes()[before:].decode()
    assert f"The certificate of {url} is not trusted" in said
    assert "SSL_CERT_FILE" in said
    assert "Traceback" not in said
    return said
