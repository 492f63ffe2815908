"""A worker that reaches neither database nor Redis: it works through a server, which dies, and whose answers get lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import ROOT, import_path
from tests.cutting_proxy import CuttingProxy
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]
SHEETS = 15


class Far:
    """A server without a worker, and workers elsewhere that know its address alone."""

    def __init__(self, home: Path, elsewhere: Path) -> None:
        self.home = home
        self.elsewhere = elsewhere
        self.port = "0"
        self.server: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.at_server = {**os.environ, "HEADWAY_HOME": str(home), "PYTHONPATH": import_path(ROOT)}

    def serve(self) -> None:
        self.server = self._start("headway.cli.server_process", cwd=self.home, env={**self.at_server, "HEADWAY_PORT": self.port})
        eventually(self._answers, 30, "the server answers")
        self.port = self.connection["url"].rpartition(":")[2]

    def _answers(self) -> bool:
        with suppress(OSError, ValueError, httpx2.TransportError):
            return httpx2.get(f"{self.connection['url']}/api/v1/health/live").status_code == 200
        return False

    def work(self, url: str) -> subprocess.Popen[bytes]:
        """A worker that has no more than an address and a token."""
        made = subprocess.run(
            [sys.executable, "-m", "headway.cli.main", "token", "--scope", "project:default:worker:serve", "--days", "1"],
            env=self.at_server, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        (self.elsewhere / "token").write_bytes(made.stdout)
        known = ("DATABASE_URL", "REDIS_URL", "HEADWAY_HOME", "HEADWAY_TOKEN", "HEADWAY_URL", "HEADWAY_PORT")
        env = {name: value for name, value in os.environ.items() if name not in known} | {"PYTHONPATH": import_path(ROOT)}
        worker = self._start(
            "headway.cli.main", "worker", "--server", url, "--token-file", "token", "--home", str(self.elsewhere / "home"),
            "--tasks", "tests.acceptance.remote_tasks", "--children", "2", cwd=self.elsewhere, env=env,
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def _start(self, module: str, *words: str, cwd: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *words], cwd=cwd, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def connection(self) -> dict[str, Any]:
        return json.loads((self.home / "connection.json").read_text())

    def client(self) -> Client:
        return Client(url=self.connection["url"], token=self.connection["token"])

    def seen(self) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.connection['token']}"}
        return httpx2.get(f"{self.connection['url']}/api/v1/workers", headers=headers).json()["items"]

    def stop(self) -> None:
        for process in [*self.workers, self.server]:
            if process is not None and process.poll() is None:
                process.terminate()
        for process in [*self.workers, self.server]:
            if process is not None:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


@pytest.fixture
def far(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    made = Far(home, tmp_path_factory.mktemp("elsewhere"))
    try:
        made.serve()
        yield made
    finally:
        made.stop()


def texts(client: Client, run: str) -> list[str]:
    entries = list(client.entries(run))
    assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
    return [entry["text"] for entry in entries if entry["kind"] == "log.written" and entry.get("logger") != "headway"]


def ended(client: Client, run: str, state: RunState = RunState.SUCCEEDED) -> None:
    eventually(lambda: client.get(run).state is state, 60, f"{run} is {state}")


def test_runs_go_on_through_a_server_that_dies_and_answers_that_get_lost(far: Far) -> None:
    with CuttingProxy(far.connection["url"]) as proxy:
        counts: dict[str, int] = {}

        def cut(method: str, path: str, body: bytes) -> bool:
            """The first answer with claims, and every seventh of those that write."""
            name = path.rpartition("/")[2]
            if name == "turns" and b'"attempt"' in body and "claims" not in counts:
                counts["claims"] = 1
                return True
            counts[name] = counts.get(name, 0) + 1
            return name in {"turns", "parcels", "kin", "files"} and counts[name] % 7 == 0

        proxy.cut = cut
        far.work(proxy.url)
        with far.client() as client:
            eventually(lambda: len(client.tasks()) == 5, 30, "the worker has told its tasks")
            waiting = client.start("wait_long").id
            eventually(lambda: texts(client, waiting), 30, "it waits")
            client.cancel(waiting)
            graded = [client.start("grade_sheets", {"sheets": SHEETS}).id for _ in range(18)]
            families = [client.start("grade_class", {"classes": 3}).id for _ in range(2)]
            failing = [client.start("fail_once").id for _ in range(2)]
            kept = [client.start("keep_file", {"text": f"file {number}"}).id for number in range(2)]
            eventually(lambda: sum(client.get(run).state is RunState.SUCCEEDED for run in graded) >= 2, 60, "two have ended")
            assert far.server is not None
            far.server.kill()
            far.server.wait()
            far.serve()
        with far.client() as client:
            for run in [*graded, *families, *failing, *kept]:
                ended(client, run)
            ended(client, waiting, RunState.CANCELLED)
            (worker,) = far.seen()
            assert (worker["is_remote"], worker["state"], worker["run_count"]) == (True, "live", 0)
            for run in graded:
                assert texts(client, run) == [f"sheet {number}" for number in range(SHEETS)]
                assert client.result(run) == {"sheets": SHEETS, "begun_at": 0}
                assert [attempt.worker for attempt in client.attempts(run)] == [worker["id"]]
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
    url = far.connection["url"]
    worker = far.work(url)
    with far.client() as client:
        eventually(client.tasks, 30, "the worker has told its tasks")
        run = client.start("grade_sheets", {"sheets": 100, "seconds_each": 0.05}).id
        eventually(lambda: len(texts(client, run)) > 5, 30, "some sheets are graded")
        worker.kill()
        worker.wait()
        far.work(url)
        ended(client, run)
        lost, last = client.attempts(run)
        assert (lost.outcome, last.outcome) == ("lost", "succeeded")
        assert lost.worker != last.worker
        begun = client.result(run)["begun_at"]
        assert begun > 0
        said = texts(client, run)
        assert said[-(100 - begun) :] == [f"sheet {number}" for number in range(begun, 100)]
        assert set(said) == {f"sheet {number}" for number in range(100)}
