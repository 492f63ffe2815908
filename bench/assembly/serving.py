"""`headway serve` with a task of the package, in a home of its own: what benches of the assembly look at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

START_SECONDS = 60.0
_HEADWAY = (sys.executable, "-m", "headway.cli.main")


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[psutil.Process]:
    """The launcher, when the worker has registered its task. `settings`: more of the environment. Raises `SystemExit`."""
    environment = {
        **os.environ,
        "HEADWAY_HOME": str(home),
        "HEADWAY_PORT": "0",
        "HEADWAY_TASKS": "headway.cli.demo_task",
        "HEADWAY_URL": "",
        **settings,
    }
    launcher = subprocess.Popen([*_HEADWAY, "serve", "--json"], env=environment, stdout=subprocess.PIPE)
    try:
        assert launcher.stdout is not None
        if not launcher.stdout.readline():
            raise SystemExit("headway serve did not start")
        _wait_for_task(environment)
        yield psutil.Process(launcher.pid)
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(30)


def _wait_for_task(environment: dict[str, str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "count-words" not in subprocess.run([*_HEADWAY, "tasks"], env=environment, capture_output=True, text=True, check=False).stdout:
        if time.monotonic() > deadline:
            raise SystemExit(f"the task was not found within {START_SECONDS:g} s")
