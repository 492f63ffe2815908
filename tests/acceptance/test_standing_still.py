"""A process that stands still holds what nobody can take from it: the launcher ends it, and another one goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from headway.model.errors import HeadwayError
from headway.model.states import RunState
from tests.acceptance.installation import Installation
from tests.acceptance.standing.sitecustomize import IMPATIENT_SECONDS
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]
SHEETS = 100


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    with Installation(home, environment={"PYTHONPATH": str(Path(__file__).parent / "standing")}) as running:
        yield running


def test_a_worker_that_stands_still_within_a_write_does_not_hold_up_the_others_for_long(installation: Installation) -> None:
    stopped = installation.process("worker")
    (installation.home / "stand-still").touch()
    eventually(lambda: stopped.status() == psutil.STATUS_STOPPED, 20, "the worker stands still")

    def starts() -> str:
        try:
            with installation.client() as client:
                return client.start("grade_sheets", {"sheets": 3}).id
        except HeadwayError as error:
            raise AssertionError(repr(error)) from error

    run = eventually(starts, 60, "runs are taken again")
    eventually(lambda: not _lives(stopped), 30, "the worker is ended")
    eventually(lambda: _state(installation, run) is RunState.SUCCEEDED, 60, "another worker executes it")
    assert "The worker process has given no sign of life for 6 s; it is killed." in (installation.home / "serve.log").read_text()


def test_a_server_that_stands_still_is_replaced_and_the_same_attempt_goes_on(installation: Installation) -> None:
    with installation.client() as client:
        run = client.start("grade_sheets", {"sheets": SHEETS}).id
    worker, stopped = installation.process("worker"), installation.process("server")
    stopped.suspend()
    eventually(lambda: not _lives(stopped), 30, "the server is ended")
    eventually(lambda: _state(installation, run) is RunState.SUCCEEDED, 90, "its run ends")
    with installation.client() as client:
        assert client.get(run).attempt == 1
    assert installation.process("worker").pid == worker.pid


def test_a_launcher_that_stood_still_itself_ends_nobody(installation: Installation) -> None:
    before = [installation.process(role).pid for role in ("server", "worker")]
    assert installation.launcher is not None
    stopped_at = time.monotonic()
    for pid in (installation.launcher.pid, *before):
        os.kill(pid, signal.SIGSTOP)
    eventually(lambda: time.monotonic() - stopped_at > IMPATIENT_SECONDS + 1, 30, "longer than it waits for a sign of life")
    os.kill(installation.launcher.pid, signal.SIGCONT)
    eventually(lambda: psutil.Process(installation.launcher.pid).status() != psutil.STATUS_STOPPED, 10, "the launcher goes on")  # type: ignore[union-attr]
    for pid in before:
        os.kill(pid, signal.SIGCONT)
    with installation.client() as client:
        assert eventually(client.tasks, 30, "the server answers")
    assert [installation.process(role).pid for role in ("server", "worker")] == before
    assert "no sign of life" not in (installation.home / "serve.log").read_text()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _state(installation: Installation, run: str) -> RunState:
    try:
        with installation.client() as client:
            return client.get(run).state
    except HeadwayError as error:
        raise AssertionError(repr(error)) from error
