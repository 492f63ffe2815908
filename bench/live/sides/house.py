"""A real `headway serve` with one outside run that many look at, and a process full of viewers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from bench.assembly.serving import serving

from headway.model.clock import iso
from headway.model.errors import HeadwayError
from headway.sdk.client import Client

ROLE = "headway.cli.server_process"
_ENDING_SECONDS = 10.0


class House:
    """What the benches of many viewers share."""

    def __init__(self, launcher: psutil.Process, home: Path) -> None:
        self._launcher = launcher
        there: dict[str, Any] = json.loads((home / "connection.json").read_text())
        self.client = Client(url=there["url"], token=there["token"])
        opened: Any = self.client._post("/runs", {"name": "watched by many"})
        self.run: str = opened["run"]["id"]
        self._fence: int = opened["fence"]
        self._port = there["url"].rpartition(":")[2]
        self._token: str = there["token"]
        self._batch_no = 0
        self._crowds: list[subprocess.Popen[str]] = []

    def server(self) -> psutil.Process | None:
        for process in self._launcher.children():
            with suppress(psutil.Error):
                if ROLE in process.cmdline():
                    return process
        return None

    def resident(self) -> int:
        server = self.server()
        return server.memory_info().rss if server else 0

    def crowd(self) -> subprocess.Popen[str]:
        """A process of viewers. It obeys lines (`bench/live/sides/crowd.py`)."""
        command = [sys.executable, "-m", "bench.live.sides.crowd", self._port, self._token, self.run]
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._crowds.append(made)
        return made

    def say(self, lines: int, size: int) -> None:
        """Report so many lines of `size` characters, each marked with the time; until it is acknowledged, whoever was killed."""
        self._batch_no += 1
        made = f"{time.time():.6f}"
        event = {"kind": "log.written", "at": iso(), "level": "info", "text": "x" * size, "context": {"mark": made}}
        batch = {"fence": self._fence, "batch_no": self._batch_no, "events": [event] * lines}
        while True:
            try:
                self.client._post(f"/runs/{self.run}/events", batch)
                return
            except HeadwayError as error:
                if not getattr(error, "is_retryable", True):
                    raise
                time.sleep(0.1)

    @contextmanager
    def saying(self, lines: int, size: int, every: float) -> Iterator[list[int]]:
        """Meanwhile, in a thread. What it gives is one number: how many batches were acknowledged."""
        stopped, said = threading.Event(), [0]

        def report() -> None:
            due = time.monotonic()
            while not stopped.is_set():
                self.say(lines, size)
                said[0] += 1
                due += every
                stopped.wait(max(0.0, due - time.monotonic()))

        thread = threading.Thread(target=report)
        thread.start()
        try:
            yield said
        finally:
            stopped.set()
            thread.join()

    def close(self) -> None:
        for crowd in self._crowds:
            crowd.kill()
            crowd.wait(_ENDING_SECONDS)
        self.client.close()


@contextmanager
def house() -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    settings = {"HEADWAY_PORT": port, "HEADWAY_MAX_CONNECTIONS": "18000", "HEADWAY_CANARY_SECONDS": "0"}
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home, serving(Path(home), **settings) as launcher:
        opened = House(launcher, Path(home))
        try:
            yield opened
        finally:
            opened.close()


def ask(crowd: subprocess.Popen[str], line: str) -> str:
    """Raises `SystemExit` when the viewers have ended."""
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(line + "\n")
    crowd.stdin.flush()
    answer = crowd.stdout.readline().strip()
    if not answer:
        raise SystemExit("the process of the viewers has ended")
    return answer
