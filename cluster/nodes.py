"""A node: a server and a worker, as `headway serve` starts them, in a home of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from cluster.servers import free_port

ROOT = Path(__file__).parents[1]
START_SECONDS = 90.0
STOP_SECONDS = 30.0


class NodeFailed(Exception):
    """A node has not started; the end of its log says why."""


class Node:
    """`start`, then `wait`; `kill` ends one of its processes, which `headway serve` starts again."""

    def __init__(self, name: str, home: Path, environment: Mapping[str, str]) -> None:
        """`environment`: what all nodes of the cluster share."""
        self.name = name
        self.port = free_port()
        self._home = home
        self._launcher: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ, **environment, "HEADWAY_HOME": str(home), "HEADWAY_NODE": name, "HEADWAY_PORT": str(self.port),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "examples" / "grading")]),
        }  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return str(json.loads((self._home / "connection.json").read_text())["token"])

    def start(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        with (self._home / "serve.log").open("ab") as log:
            command = [sys.executable, "-m", "headway.cli.main", "serve"]
            self._launcher = subprocess.Popen(
                command, cwd=self._home, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def wait(self) -> None:
        """Until the server is ready and its worker has told which tasks there are. Raises `NodeFailed`."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline or self._launcher is None or self._launcher.poll() is not None:
                raise NodeFailed(f"node {self.name}: {(self._home / 'serve.log').read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError, urllib.error.URLError, ValueError, KeyError):
            return bool(self.get("/tasks")["items"]) and bool(self.get("/health/ready")["ok"])
        return False

    def get(self, path: str) -> Any:
        """An answer of the REST API of this node. Raises `OSError` while it is away."""
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """As `get`."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", data=body, headers=headers, method=method)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    def pid(self, role: str) -> int | None:
        """Of the ``server`` or the ``worker``; None: it is being started again."""
        assert self._launcher is not None
        for process in psutil.Process(self._launcher.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if any(part.endswith(f"{role}_process") for part in process.cmdline()):
                    return process.pid
        return None

    def kill(self, role: str) -> None:
        """kill -9."""
        pid = self.pid(role)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._launcher is None:
            return
        family = [psutil.Process(self._launcher.pid), *psutil.Process(self._launcher.pid).children(recursive=True)]
        self._launcher.send_signal(signal.SIGINT)
        _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for process in left:
            process.kill()
        self._launcher.wait()
        self._launcher = None
