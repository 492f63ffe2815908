"""A real installation: `headway serve` in a process of its own, with its own home and port, that a test may kill part by part."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from headway.sdk.client import Client
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


def import_path(*more: Path | str) -> str:
    """PYTHONPATH for a process of a test. The tree that the test stands in comes first: what is installed may be another one."""
    return os.pathsep.join(filter(None, [str(ROOT / "src"), *map(str, more)]))


class Installation:
    """Use as a context manager. What it writes stands in `<home>/serve.log`, and is shown when it does not start."""

    start_seconds = 30.0
    """Until a start has failed."""

    def __init__(
        self,
        home: Path,
        tasks: str = "tests.acceptance.promise_tasks",
        environment: Mapping[str, str] | None = None,
        directory: Path = ROOT,
        *,
        is_apart: bool = False,
        prefix: Sequence[str] = (),
    ) -> None:
        """`directory`: where it is started, and where its tasks may be imported from. A PYTHONPATH given here comes after our own tree.
        `is_apart`: Ctrl-C in the terminal does not reach it. `prefix`: a command that becomes the one that it is given."""
        self._is_apart = is_apart
        self._prefix = prefix
        self.home = home
        self.directory = directory
        self.environment = {
            **os.environ,
            "HEADWAY_HOME": str(home),
            "HEADWAY_PORT": "0",
            "HEADWAY_TASKS": tasks,
            **(environment or {}),
            "PYTHONPATH": import_path((environment or {}).get("PYTHONPATH", ROOT)),
        }
        self.launcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.serve()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def serve(self) -> None:
        """Start, and wait until a worker has told which tasks there are."""
        with (self.home / "serve.log").open("ab") as log:
            self.launcher = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", "headway.cli.main", "serve"],
                cwd=self.directory,
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=self._is_apart,
            )
        try:
            eventually(self._is_ready, self.start_seconds, "the server answers and has tasks")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{(self.home / 'serve.log').read_text(errors='replace')[-4000:]}") from error

    def _is_ready(self) -> bool:
        assert self.launcher is not None
        if self.launcher.poll() is not None:
            raise RuntimeError(
                f"headway serve ended with {self.launcher.returncode}: {(self.home / 'serve.log').read_text(errors='replace')[-4000:]}"
            )
        try:
            with self.client() as client:
                return bool(client.tasks())
        except Exception as error:
            raise AssertionError(repr(error)) from error

    @property
    def connection(self) -> dict[str, Any]:
        return json.loads((self.home / "connection.json").read_text())

    def client(self) -> Client:
        return Client(url=self.connection["url"], token=self.connection["token"])

    def process(self, role: str) -> psutil.Process:
        """The `server` or the `worker` process of this installation."""
        assert self.launcher is not None
        return eventually(lambda: self._find(role), 20, f"there is a {role} process")

    def _find(self, role: str) -> psutil.Process | None:
        assert self.launcher is not None
        for process in psutil.Process(self.launcher.pid).children():
            with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                if any(f"{role}_process" in part for part in process.cmdline()):
                    return process
        return None

    def kill(self, role: str) -> int:
        """kill -9 of one part, which is gone then; its process id."""
        process = self.process(role)
        process.kill()
        process.wait(20)
        return process.pid

    def stop(self) -> None:
        """As Ctrl-C would. Fails if anything is left over."""
        if self.launcher is None:
            return
        family = (
            [psutil.Process(self.launcher.pid), *psutil.Process(self.launcher.pid).children(recursive=True)]
            if self.launcher.poll() is None
            else []
        )
        if self.launcher.poll() is None:
            self.launcher.send_signal(signal.SIGINT)
        try:
            self.launcher.wait(30)
        except subprocess.TimeoutExpired:
            self.launcher.kill()
            self.launcher.wait(5)
        self.launcher = None
        _, alive = psutil.wait_procs(family, timeout=10)
        for process in alive:
            process.kill()
        assert not alive, f"left over after headway serve ended: {alive}"
