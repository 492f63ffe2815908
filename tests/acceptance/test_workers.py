"""A worker under load is drained or restarted, and nothing is lost."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import ROOT, Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]
SHEETS = 100


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    with Installation(home, environment={"HEADWAY_CHILDREN": "2"}) as running:
        yield running


def workers(installation: Installation) -> list[dict[str, Any]]:
    known = installation.connection
    return httpx2.get(f"{known['url']}/api/v1/workers", headers={"Authorization": f"Bearer {known['token']}"}).json()["items"]


def live(installation: Installation) -> dict[str, Any]:
    (found,) = eventually(lambda: [each for each in workers(installation) if each["state"] == "live"], 30, "a worker is live")
    return found


def answers(installation: Installation) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return bool(workers(installation))
    return False


def ask(installation: Installation, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headway.cli.main", "workers", *words], env=installation.environment, cwd=ROOT, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def begin(client: Client, count: int) -> list[str]:
    runs = [client.start("grade_sheets", {"sheets": SHEETS, "seconds_each": 0.02}).id for _ in range(count)]
    eventually(lambda: sum(client.get(run).state is RunState.RUNNING for run in runs) == 2, 20, "two are executed, and others wait")
    return runs


def test_a_restarted_worker_finishes_what_it_has_and_a_new_one_goes_on(installation: Installation) -> None:
    with installation.client() as client:
        runs = begin(client, 6)
        before = live(installation)
        held = {run for run in runs if client.get(run).state is RunState.RUNNING}
        ask(installation, "restart", before["id"])
        eventually(lambda: not psutil.pid_exists(before["pid"]), 30, "the old process has ended")
        after = live(installation)
        assert after["pid"] != before["pid"]
        assert [each["state"] for each in workers(installation) if each["id"] == before["id"]] == ["gone"]
        for run in runs:
            eventually(lambda run=run: client.get(run).state is RunState.SUCCEEDED, 60, "every run succeeds")
            (attempt,) = client.attempts(run)
            assert attempt.worker == (before["id"] if run in held else after["id"])
            assert client.result(run) == {"sheets": SHEETS, "begun_at": 0}


def test_restarted_now_it_gives_back_what_it_has(installation: Installation) -> None:
    with installation.client() as client:
        runs = begin(client, 2)
        before = live(installation)
        ask(installation, "restart", before["id"], "--now")
        eventually(lambda: live(installation)["pid"] != before["pid"], 30, "a new process works")
        for run in runs:
            eventually(lambda run=run: client.get(run).state is RunState.SUCCEEDED, 60, "every run succeeds")
            lines = [entry["text"] for entry in client.entries(run) if entry.get("text", "").startswith("sheet ")]
            assert sorted(set(lines)) == sorted(f"sheet {number}" for number in range(SHEETS))
            assert client.result(run)["sheets"] == SHEETS


def test_a_drained_worker_loses_nothing_and_stays_away(installation: Installation) -> None:
    with installation.client() as client:
        runs = begin(client, 4)
        worker = live(installation)
        held = {run for run in runs if client.get(run).state is RunState.RUNNING}
        ask(installation, "drain", worker["id"])
        ask(installation, "drain", worker["id"])
        eventually(lambda: not psutil.pid_exists(worker["pid"]), 30, "the process has ended")
        eventually(lambda: b"The worker was drained" in (installation.home / "serve.log").read_bytes(), 20, "the launcher says so")
        (gone,) = workers(installation)
        assert (gone["state"], gone["wish"], gone["run_count"]) == ("gone", "drain", 0)
        assert {run: client.get(run).state for run in runs} == {run: RunState.SUCCEEDED if run in held else RunState.QUEUED for run in runs}
        # A server that starts again is no reason to bring it back.
        server = installation.kill("server")
        eventually(lambda: installation.process("server").pid != server, 30, "there is a new server")
        eventually(lambda: answers(installation), 30, "it answers")
        assert workers(installation) == [gone]
    assert b"worker_process" not in b" ".join(
        b" ".join(part.encode() for part in child.cmdline())
        for child in psutil.Process(installation.launcher.pid).children()  # type: ignore[union-attr]
    )
