"""What we promise whatever is killed: nothing recorded is lost or doubled, and work goes on.

Real server, real worker, real viewers; kill -9 in the middle.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import connect

from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError
from headway.model.run import Attempt, Run
from headway.model.states import Outcome, RunState
from headway.sdk.client import Client
from tests.acceptance.installation import ROOT, Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]
SHEETS = 300


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    with Installation(home) as running:
        yield running


class PlainViewer(threading.Thread):
    """A viewer with nothing but a WebSocket and this page of code: reconnects by itself, and asks from where it stands."""

    def __init__(self, installation: Installation, run: str) -> None:
        super().__init__(daemon=True)
        self.installation, self.channel = installation, f"run:{run}"
        self.lines: list[int] = []
        self.texts: list[str] = []
        self.finished: list[dict[str, Any]] = []
        self.gaps: list[dict[str, Any]] = []
        self.connections = 0
        self.position: list[Any] | None = None

    def run(self) -> None:
        while not self.finished:
            try:
                self._watch()
            except (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError, KeyError, ValueError):
                threading.Event().wait(0.1)  # the server is away: what a page does before it tries again

    def _watch(self) -> None:
        at = self.installation.connection
        url = at["url"].replace("http", "ws", 1) + "/api/v1/live"
        with connect(url, subprotocols=["headway.live.v1"], compression=None, open_timeout=5) as socket:  # type: ignore[list-item]
            self.connections += 1
            start = {"position": self.position} if self.position else {"line": 0}
            socket.send(
                json.dumps(
                    [
                        {"type": "hello", "version": 1, "token": at["token"]},
                        {"type": "subscribe", "id": "1", "channel": self.channel, "from": start},
                    ]
                )
            )
            while not self.finished:
                for message in json.loads(socket.recv(timeout=60)):
                    self._take(socket, message)

    def _take(self, socket: Any, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribed":
                self.position = [message["epoch"], self.position[1] if self.position else 0, self.position[2] if self.position else 0]
            case "snapshot" | "patch" if self.position:
                self.position[2] = message["seq"]
            case "entries" if self.position:
                for number, entry in enumerate(message["entries"], message["first"]):
                    self.lines.append(number)
                    self.texts.append(entry.get("text", entry["kind"]))
                    self.position[1] = number
            case "gap" if message["facet"] == "log":
                self.gaps.append(message)
            case "finished":
                self.finished.append(message)
            case "heartbeat":
                socket.send(json.dumps([{"type": "pong", "n": message["n"]}]))


def _until_sheet(client: Client, run: str, sheet: int) -> None:
    def has_come() -> bool:
        return any(entry.get("text") == f"sheet {sheet}" for entry in client.entries(run))

    eventually(has_come, 60, f"sheet {sheet} is graded")


def _ended(installation: Installation, run: str) -> tuple[Run, Sequence[Attempt]]:
    """The run once it is final, and its attempts; the server may be away in between."""

    def is_final() -> tuple[Run, Sequence[Attempt]] | None:
        try:
            with installation.client() as client:
                found = client.get(run)
                return (found, client.attempts(run)) if found.state.is_final else None
        except HeadwayError as error:
            raise AssertionError(repr(error)) from error

    return eventually(is_final, 90, "the run has ended")


def test_kill_9_of_the_server_the_same_attempt_goes_on_and_viewers_lose_and_double_nothing(installation: Installation) -> None:
    """Invariants I1, I5, I6."""
    with installation.client() as client:
        run = client.start("grade_sheets", {"sheets": SHEETS}).id
        viewer = PlainViewer(installation, run)
        viewer.start()
        watch = subprocess.Popen(
            [sys.executable, "-m", "headway.cli.main", "watch", run, "--json"],
            cwd=ROOT, env={**installation.environment, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        _until_sheet(client, run, 20)
    worker = installation.process("worker").pid

    killed = installation.kill("server")

    assert installation.process("server").pid != killed
    ended, _ = _ended(installation, run)
    viewer.join(60)
    out, err = watch.communicate(timeout=60)
    assert ended.state is RunState.SUCCEEDED
    assert ended.attempt == 1
    assert installation.process("worker").pid == worker
    with installation.client() as client:
        entries = list(client.entries(run))
    assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["text"] for entry in entries if entry["kind"] == "log.written"] == [f"sheet {n}" for n in range(SHEETS)]
    assert viewer.connections >= 2
    assert viewer.lines == list(range(1, len(entries) + 1))
    assert viewer.gaps == []
    assert [end["state"] for end in viewer.finished] == ["succeeded"]
    assert watch.returncode == 0, err
    assert _sheets_said(out) == [f"sheet {n}" for n in range(SHEETS)]


def _sheets_said(output: str) -> list[str]:
    """The sheets in what `headway watch --json` printed, in order, as often as they stand there."""
    said: list[str] = []
    for row in output.splitlines():
        told = json.loads(row)
        for entry in told.get("entries", [told]):
            text = entry.get("text") or entry.get("entry", {}).get("text", "")
            if text.startswith("sheet "):
                said.append(text)
    return said


def test_kill_9_of_the_worker_the_next_attempt_starts_within_20_s_from_the_last_sheet(installation: Installation) -> None:
    """Invariants I2 and I3."""
    with installation.client() as client:
        run = client.start("grade_sheets", {"sheets": SHEETS}).id
        _until_sheet(client, run, 20)
    children = installation.process("worker").children(recursive=True)

    installation.kill("worker")
    killed_at = time.time()

    eventually(
        lambda: not any(child.is_running() and child.status() != "zombie" for child in children), 10, "the worker's children are gone"
    )
    ended, attempts = _ended(installation, run)
    assert ended.state is RunState.SUCCEEDED
    assert [attempt.outcome for attempt in attempts] == [Outcome.LOST, Outcome.SUCCEEDED]
    with installation.client() as client:
        entries = list(client.entries(run))
        result = client.result(run)
    restarted = next(entry for entry in entries if entry["kind"] == "attempt.started" and entry["attempt"] == 2)
    assert parse_iso(restarted["at"]).timestamp() - killed_at <= 20
    first = [
        entry["text"]
        for entry in entries
        if entry["kind"] == "log.written" and entry["attempt"] == 1 and entry["text"].startswith("sheet ")
    ]
    second = [
        entry["text"]
        for entry in entries
        if entry["kind"] == "log.written" and entry["attempt"] == 2 and entry["text"].startswith("sheet ")
    ]
    assert result["begun_at"] >= 20
    assert second == [f"sheet {n}" for n in range(result["begun_at"], SHEETS)]
    assert first == [f"sheet {n}" for n in range(len(first))]
    assert len(first) - result["begun_at"] in {0, 1}, "only the sheet in hand may be graded again"


def test_a_second_server_on_the_same_home_is_refused_with_the_reason(installation: Installation) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "headway.cli.main", "serve"],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert second.returncode != 0
    assert "already serving" in second.stderr + second.stdout
    with installation.client() as client:
        assert client.tasks()


def test_the_launcher_leaves_nothing_behind(home: Path) -> None:
    with Installation(home) as running:
        assert running.process("server").pid != running.process("worker").pid != os.getpid()
