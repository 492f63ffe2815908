"""`headway serve` as people run it: it starts two processes, keeps both alive, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from headway.model.states import RunState
from tests.acceptance.installation import ROOT, Installation, import_path
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.one_database("it asks for the processes, ports and files of a home; test_survival.py asks on both what they record"),
]


def refused(home: Path, **environment: str) -> str:
    """What `headway serve` says when it does not start; it must end by itself, and with an error."""
    chosen: Mapping[str, str] = {
        **os.environ, "PYTHONPATH": import_path(), "HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", "HEADWAY_TASKS": "", **environment,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "headway.cli.main", "serve"],
        cwd=ROOT,
        env=dict(chosen),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode not in {0, -9}, done
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_it_starts_says_where_and_ends(home: Path) -> None:
    with Installation(home) as running:
        assert running.launcher is not None
        for name in ("connection.json", "secret", "server.lock"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600, name
        # A worker knows its tasks a moment before the launcher hears that it is ready.
        eventually(lambda: running.connection["url"] in (home / "serve.log").read_text(), 20, "it says where")
        assert running.connection["token"] not in (home / "serve.log").read_text()
        launcher = running.launcher
        began = time.monotonic()
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(20) == 0
        assert time.monotonic() - began < 12
        running.stop()


def test_what_a_test_starts_is_the_tree_it_stands_in(home: Path, tmp_path: Path) -> None:
    (tmp_path / "whence.py").write_text("import headway\n\n\n@headway.task\ndef whence() -> str:\n    return headway.__file__\n")
    with Installation(home, tasks=str(tmp_path / "whence.py"), environment={"PYTHONPATH": ""}) as running, running.client() as client:
        run = client.start("whence").id
        client.wait(run, 30)

        assert Path(client.result(run)) == ROOT / "src/headway/__init__.py"


def test_an_idle_installation_is_small(home: Path) -> None:
    with Installation(home) as running:
        used = {role: running.process(role).memory_info().rss for role in ("server", "worker")}
        assert sum(used.values()) <= 200_000_000, used


def test_a_second_server_is_refused_with_the_reason(home: Path, tmp_path: Path) -> None:
    with Installation(home) as running:
        pid = running.process("server").pid
        assert str(pid) in refused(home)
        assert str(pid) in refused(tmp_path / "other", DATABASE_URL=f"sqlite:///{home / 'headway.db'}")
        with running.client() as client:
            assert client.tasks()


def test_what_keeps_it_from_starting(home: Path) -> None:
    assert "HEADWAY_PORT" in refused(home, HEADWAY_PORT="none")
    (home / "file").touch()
    assert "cannot be made" in refused(home / "file" / "home")
    assert "weak" in refused(home, HEADWAY_SECRET="changeme")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "HEADWAY_PORT" in refused(home, HEADWAY_PORT=str(taken.getsockname()[1]))
    (home / "headway.db").write_bytes(b"this is no database " * 100)
    assert refused(home)


def test_what_dies_is_started_again(home: Path) -> None:
    with Installation(home) as running:
        before = running.connection["url"]
        for role in ("server", "worker", "server"):
            killed = running.kill(role)
            eventually(lambda role=role, killed=killed: running.process(role).pid != killed, 20, f"another {role}")
        eventually(lambda: bool(_tasks(running)), 30, "the server answers again")
        assert running.connection["url"] == before


def _tasks(running: Installation) -> list[object]:
    try:
        with running.client() as client:
            return list(client.tasks())
    except Exception as error:
        raise AssertionError(repr(error)) from error


def test_without_its_launcher_the_server_ends_and_the_worker_finishes(home: Path) -> None:
    running = Installation(home)
    with running:
        server, worker = running.process("server"), running.process("worker")
        with running.client() as client:
            run = client.start("grade_sheets", {"sheets": 100, "seconds_each": 0.05}).id
            eventually(lambda: client.get(run).state == RunState.RUNNING, 20, "the run is under way")
        assert running.launcher is not None
        running.launcher.kill()
        running.launcher.wait(5)
        _, alive = psutil.wait_procs([server], timeout=5)
        assert not alive, "a server without its launcher keeps the next one out"
        assert worker.is_running()
        _, alive = psutil.wait_procs([worker], timeout=40)
        assert not alive
    with running, running.client() as client:
        # The home is free again, and what was begun was finished by the attempt that had begun it.
        ended = client.get(run)
        assert (ended.state, ended.attempt) == (RunState.SUCCEEDED, 1)
