"""`headway demo`: a server in a home of its own, an example that really computes something, shown live to its result."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.cli.browsing import show_page
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote, identity
from headway.cli.screen.entries import EntryStyle
from headway.cli.showing import Showing, show
from headway.model.errors import HeadwayError, Unavailable

START_SECONDS = 60.0
"""A server of `headway demo` that is not ready after so long has failed."""
STOP_SECONDS = 15.0
"""It has so long to end, before SIGKILL."""
POLL_SECONDS = 0.02
"""Between two looks whether it is ready."""
LOG_SHOWN = 4_000
_CHECKOUT = Path(__file__).resolve().parents[3]
_GRADING_NEEDS = ("sklearn", "numpy", "PIL")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--size", choices=("small", "full"), default="full", help=words("option.demo.size"))
    parser.add_argument("--builtin", action="store_true", dest="is_builtin", help=words("option.demo.builtin"))
    parser.add_argument("--no-open", action="store_true", dest="is_closed", help=words("option.demo.no_open"))
    parser.add_argument("--keep", action="store_true", dest="is_kept", help=words("option.demo.keep"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    task: str | None
    """None: the first task that the modules define."""
    parameters: dict[str, Any]
    cwd: Path | None = None
    modules: str | None = None
    """None: those that the example's own `pyproject.toml` names."""


def run(args: argparse.Namespace, output: Output) -> int:
    if importlib.util.find_spec("fastapi") is None:
        from headway.cli.complaints import UsageError

        raise UsageError(output.words("needs_server_extra", module="fastapi"))
    home = _home()
    example = choose_example(args)
    output.note("demo.starting", home=home)
    server = start_server(home, example)
    try:
        remote = _wait_until_ready(server, home, output)
        output.note("demo.serving", url=remote.url, home=home)
        task = _wait_for_task(remote, example, output)
        run_id = identity(remote.start(task["name"], {"parameters": example.parameters}, None))
        output.note("demo.task", task=task["name"], home=home)
        _show_page(remote, run_id, output, is_closed=args.is_closed)
        style = EntryStyle(times="clock" if output.is_terminal else "none")
        code = show(remote, run_id, output, Showing(style=style, hint=output.words("demo.hint")))
        if args.is_kept and code is not Exit.INTERRUPTED:
            output.note("demo.kept", url=remote.url, pid=server.pid)
            return code
        if output.is_terminal and code is not Exit.INTERRUPTED:
            _stay(server, remote, home, output)
    except BaseException:
        stop_server(server)
        raise
    stop_server(server)
    output.note("demo.stopped", home=home)
    return code


def _show_page(remote: Remote, run_id: str, output: Output, *, is_closed: bool) -> None:
    """Say where the run is to be seen in a browser, and open it there for a person who sits before this terminal."""
    link = remote.sign_in_link(f"/runs/{run_id}")["url"]
    output.note("demo.open", url=link)
    if output.is_terminal and not is_closed:
        # Not waited for: some browsers answer only when their window is closed.
        threading.Thread(target=show_page, args=(link, dict(os.environ)), name="headway-browser", daemon=True).start()


def _stay(server: subprocess.Popen[bytes], remote: Remote, home: Path, output: Output) -> None:
    """Serve on while the person may look around in the browser: until Ctrl-C."""
    output.note("demo.stays", url=remote.url, home=home)
    with suppress(KeyboardInterrupt):
        server.wait()


def _home() -> Path:
    """HEADWAY_HOME, else `.demo` of a checkout, so that a second demo finds its database, else a directory that is temporary."""
    chosen = os.environ.get("HEADWAY_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if (_CHECKOUT / "pyproject.toml").is_file() and os.access(_CHECKOUT, os.W_OK):
        return _CHECKOUT / ".demo"
    return Path(tempfile.mkdtemp(prefix="headway-demo-"))


def choose_example(args: argparse.Namespace) -> Example:
    """The grading of answer sheets where it is there (a checkout, with what it needs), else the example that is built in."""
    grading = _CHECKOUT / "examples" / "grading"
    is_able = all(importlib.util.find_spec(name) is not None for name in _GRADING_NEEDS)
    if (grading / "pyproject.toml").is_file() and is_able and not args.is_builtin:
        return Example(task=None, parameters={"size": args.size}, cwd=grading)
    return Example(task="count-words", parameters={"files": 60 if args.size == "small" else 300}, modules="headway.cli.demo_task")


def start_server(home: Path, example: Example) -> subprocess.Popen[bytes]:
    """`headway serve` in a process of its own, on a free port; what it says goes to `serve.log` of its home."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "connection.json").unlink(missing_ok=True)
    environment = {**os.environ, "HEADWAY_HOME": str(home), "HEADWAY_PORT": os.environ.get("HEADWAY_PORT", "0")}
    for name in ("HEADWAY_URL", "HEADWAY_TOKEN", "HEADWAY_TASKS"):
        environment.pop(name, None)
    if example.modules:
        environment["HEADWAY_TASKS"] = example.modules
    with (home / "serve.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "headway.cli.main", "serve"],
            env=environment,
            cwd=example.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in this terminal is for the demo, which then ends the server in order.
            start_new_session=True,
        )


def _wait_until_ready(server: subprocess.Popen[bytes], home: Path, output: Output) -> Remote:
    """Until the server has written down where it is, and answers there. Raises `Unavailable` with its last words."""
    os.environ["HEADWAY_HOME"] = str(home)
    os.environ.pop("HEADWAY_URL", None)
    os.environ.pop("HEADWAY_TOKEN", None)
    deadline = time.monotonic() + START_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline and server.poll() is None:
        if (home / "connection.json").exists():
            try:
                remote = Remote()
                remote.get("/health/ready")
                return remote
            except HeadwayError:
                pass  # it is there in a moment
        pause.wait(POLL_SECONDS)
    log = (home / "serve.log").read_text(errors="replace")[-LOG_SHOWN:]
    raise Unavailable(output.words("demo.not_started", seconds=int(START_SECONDS), log=log))


def _wait_for_task(remote: Remote, example: Example, output: Output) -> Document:
    """Until a child has imported the example. Raises `Unavailable` if it cannot be imported."""
    deadline = time.monotonic() + START_SECONDS
    pause = threading.Event()
    broken = ""
    while time.monotonic() < deadline:
        tasks = remote.tasks()
        named = [task for task in tasks if example.task in (None, task["name"])]
        able = [task for task in named if not task.get("import_error")]
        if able:
            return able[0]
        broken = next((str(task["import_error"]) for task in tasks if task.get("import_error")), broken)
        if broken:
            break
        pause.wait(POLL_SECONDS)
    raise Unavailable(output.words("demo.no_task", reason=broken.strip() or "?"))


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """In order, and if that takes too long, without."""
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(STOP_SECONDS)
