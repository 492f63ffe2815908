"""Bars that programs draw, through a real server and worker: progress in the journal, and hardly a line in the log."""

from __future__ import annotations

import http.server
import random
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headway.sdk.client import Client
from tests.acceptance.bars_tasks import TQDM
from tests.acceptance.cli.commands import HEADWAY, Terminal, environment, headway
from tests.acceptance.installation import Installation

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(120),
    pytest.mark.one_database("it asks what is read of a terminal; what is stored of it is like any report"),
]

COUNT = 10_000
SIZE = 3_000_000
PACE = threading.Event()
"""Never set: a wait on it is the time that a slow network takes."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("bars")
    home.chmod(0o700)
    with Installation(home, tasks="tests.acceptance.bars_tasks", environment={"HEADWAY_CHILDREN": "2"}) as running:
        yield running


@pytest.fixture
def client(served: Installation) -> Iterator[Client]:
    with served.client() as client:
        yield client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a slow server, with a file that pip can install."""
    wheel = tmp_path_factory.mktemp("site") / "large-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("large/data.bin", random.Random(7).randbytes(SIZE))
        archive.writestr("large-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: large\nVersion: 1.0\n")
        archive.writestr("large-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("large-1.0.dist-info/RECORD", "")
    content = wheel.read_bytes()

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for start in range(0, len(content), 100_000):
                self.wfile.write(content[start : start + 100_000])
                PACE.wait(0.02)

        def log_message(self, *_about: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/{wheel.name}"
    server.shutdown()
    serving.join()
    server.server_close()


def done(client: Client, task: str, **parameters: Any) -> list[dict[str, Any]]:
    """All events of a run of this task, which succeeds."""
    run = client.wait(client.start(task, parameters), 60)
    assert run.state == "succeeded", run.error
    return list(client.events(run))


def recorded(client: Client, name: str) -> list[dict[str, Any]]:
    (run,) = [run for run in client.list(limit=50) if run.name == name]
    return list(client.events(client.wait(run, 60)))


def bars(events: list[dict[str, Any]]) -> dict[str, tuple[Any, Any, Any]]:
    """Of each bar, by name: how far it came, of what, and whether it is closed."""
    found = [event for event in events if event["kind"] == "progress.reported"]
    return {event.get("name", ""): (event["done"], event.get("total"), event.get("is_closed", False)) for event in found}


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in events if event["kind"] == "log.written"]


@pytest.mark.parametrize("task", ["with_tqdm", "with_tqdm_async"])
def test_tqdm_in_a_task(client: Client, task: str) -> None:
    events = done(client, task, count=COUNT)
    assert bars(events) == {"sheets": (COUNT, COUNT, True)}
    assert len(texts(events)) == 1


def test_rich_in_a_task(client: Client) -> None:
    events = done(client, "with_rich", count=COUNT)
    assert bars(events) == {"Working": (100, 100, True)}
    assert len(texts(events)) == 1


def test_a_program_that_a_task_starts(client: Client) -> None:
    events = done(client, "with_a_program", command=[sys.executable, "-c", TQDM.format(count=COUNT)])
    assert bars(events) == {"sheets": (COUNT, COUNT, True)}
    assert len(texts(events)) == 1


def test_pip_in_a_task(client: Client, site: str, tmp_path: Path) -> None:
    """Before 25.1 it draws nothing into a pipe; whichever it is, its output is lines that can be read, and few."""
    pip = [sys.executable, "-m", "pip", "--isolated", "download", "--no-deps", "--no-cache-dir", "--no-index", "-d", str(tmp_path), site]
    events = done(client, "with_a_program", command=pip)
    assert not [text for text in texts(events) if "\r" in text]
    assert 2 <= len(texts(events)) < 10


def test_bars_of_a_program_leave_the_header_to_the_task(client: Client) -> None:
    run = client.wait(client.start("with_own_progress", {"count": 100}), 60)
    view = client.view(run)
    assert (view["progress"]["done"], view["progress"]["total"]) == (2, 4)
    assert {bar.get("name") for bar in view["bars"].values()} == {None, "sheets"}


def test_processes_that_draw_at_once(client: Client) -> None:
    events = done(client, "with_processes")
    assert len(texts(events)) < 20
    assert set(bars(events)) <= {f"part {number}" for number in range(4)}


def test_exec_of_a_program_that_draws(served: Installation, client: Client) -> None:
    said = headway(served.home, "exec", "--name", "drawn", "--", sys.executable, "-c", TQDM.format(count=COUNT))
    assert said.code == 0
    assert f"sheets: 100%|██████████| {COUNT}/{COUNT}" in said.err
    events = recorded(client, "drawn")
    assert bars(events) == {"sheets": (COUNT, COUNT, True)}
    assert len(texts(events)) == 1


def test_exec_at_a_terminal_is_a_terminal_for_the_command(served: Installation, client: Client) -> None:
    """What was drawn stands there; the command sees a terminal of the same size; and the run has the bar."""
    code = (
        "import os, sys; from rich.progress import track\nfor _ in track(range(50), 'Working'): pass\n"
        "print(os.get_terminal_size(1), sys.stdin.isatty(), sys.stderr.isatty())"
    )
    with Terminal(served.home, "exec", "--name", "looked on", "--", sys.executable, "-c", code, columns=93, rows=31) as terminal:
        exit_code, _ = terminal.end()
    assert exit_code == 0
    assert "\x1b[?25l" in terminal.written
    assert "columns=93, lines=31) True True" in terminal.written
    events = recorded(client, "looked on")
    assert bars(events) == {"Working": (100, 100, True)}
    assert [text[-9:] for text in texts(events)][-1] == "True True"
    assert len(texts(events)) == 2


def test_exec_with_a_terminal_that_is_not_there(served: Installation, client: Client, site: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "--isolated",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--no-index",
        "-d",
        str(tmp_path),
        site,
    ]
    said = headway(served.home, "exec", "--pty", "--name", "pip at a terminal", "--", *command)
    assert said.code == 0, said.err
    assert "━━━" in said.out
    events = recorded(client, "pip at a terminal")
    ((name, (so_far, total, is_closed)),) = bars(events).items()
    assert name == "large-1.0-py3-none-any.whl"
    assert so_far == total == 3_000_000
    assert is_closed
    assert len(texts(events)) < 10


def test_exec_plain_reads_no_bars(served: Installation, client: Client) -> None:
    said = headway(served.home, "exec", "--plain", "--name", "as lines", "--", sys.executable, "-c", TQDM.format(count=100))
    assert said.code == 0
    events = recorded(client, "as lines")
    assert not bars(events)
    assert len(texts(events)) == 1


@pytest.mark.parametrize("program", ["curl", "wget"])
def test_programs_that_download(served: Installation, client: Client, site: str, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    options = {"curl": ["-o", "/dev/null"], "wget": ["-O", "/dev/null"]}[program]
    said = headway(served.home, "exec", "--pty", "--name", program, "--", program, *options, site)
    assert said.code == 0, said.err
    events = recorded(client, program)
    ((so_far, total, is_closed),) = bars(events).values()
    assert so_far == total
    assert is_closed
    assert len(texts(events)) < 12


def test_record_of_a_program_that_draws(served: Installation, client: Client) -> None:
    code = f"import headway\nwith headway.record('recorded'):\n    {TQDM.format(count=COUNT).replace(chr(10), chr(10) + '    ')}"
    ran = subprocess.run([sys.executable, "-c", code], env=environment(served.home), capture_output=True, text=True, check=True)
    assert f"sheets: 100%|██████████| {COUNT}/{COUNT}" in ran.stderr
    events = recorded(client, "recorded")
    assert bars(events) == {"sheets": (COUNT, COUNT, True)}
    assert len(texts(events)) == 1


def test_without_a_terminal_ctrl_c_reaches_the_command(served: Installation) -> None:
    """--pty gives the command a terminal for its output only: signals and standard input stay as they were."""
    code = "import sys\nprint('ready', sys.stdout.isatty(), flush=True)\ntry: print('got', input())\nexcept KeyboardInterrupt: sys.exit(9)"
    command = [*HEADWAY, "exec", "--pty", "--name", "asks", "--", sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment(served.home), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready True\n"
        out, _ = process.communicate(b"answer\n", timeout=60)
    assert (process.returncode, out) == (0, b"got answer\n")
