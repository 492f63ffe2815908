"""Runs one bench: a process of its own, a time limit, and nothing left over when it has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil

from bench.figures import Figures, heard
from bench.peers import environment
from bench.questions import Bench

ROOT = Path(__file__).resolve().parents[1]
MARK = "HEADWAY_BENCH_MARK"
"""Every process of a bench inherits it, however it was started: so those that are left over are found."""
_ENDING_SECONDS = 5.0
_LAST_LINES = 5


@dataclass(slots=True, kw_only=True)
class Finding:
    """What came of one bench."""

    figures: Figures = field(default_factory=Figures)
    seconds: float = 0.0
    load: float = 0.0
    """Of the machine in the minute before it began."""
    failure: str = ""
    """Why there are no figures, or fewer; empty when all went well."""
    skipped: str = ""
    """Why it was not run."""


def run(bench: Bench, *, is_small: bool, say: Callable[[str], None]) -> Finding:
    """Run it to its end. `say` gets a line whenever a figure is found. A bench that fails is told in the finding, not raised."""
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        try:
            command, surroundings = _command(bench, Path(home), is_small=is_small, say=say)
        except environment.NotToBeHad as error:
            return Finding(skipped=f"the peers cannot be had here: {error}")
        return follow(command, surroundings, bench.limit_seconds, say)


def _command(bench: Bench, home: Path, *, is_small: bool, say: Callable[[str], None]) -> tuple[list[str], dict[str, str]]:
    size = bench.small if is_small else bench.full
    if bench.is_peer:
        path = ROOT / (bench.module.replace(".", "/") + ".py")
        return [str(environment.python(say)), str(path), *size], environment.surroundings(home)
    return [sys.executable, "-m", bench.module, *size], dict(os.environ)


def follow(command: list[str], surroundings: dict[str, str], limit: float, say: Callable[[str], None]) -> Finding:
    """Run a command until its end, or for `limit` seconds; afterwards none of the processes that it started is there."""
    mark = uuid4().hex
    finding = Finding(load=round(os.getloadavg()[0], 2))
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**surroundings, MARK: mark}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints,
            text=True, start_new_session=True,
        )  # fmt: skip
        listening = threading.Thread(target=_listen, args=(process, finding, say), daemon=True)
        listening.start()
        is_late, left_over = False, list[str]()
        try:
            process.wait(limit)
            left_over = _lasting(mark)
        except subprocess.TimeoutExpired:
            is_late = True
        finally:
            _end(_marked(mark))
            process.wait()
            listening.join(_ENDING_SECONDS)
        complaints.seek(0)
        # What is indented are the frames of a traceback, with places on this machine.
        said = [line for line in complaints.read().splitlines() if line.strip() and not line[0].isspace()]
        reason = " / ".join(said[-_LAST_LINES:])
    finding.seconds = round(time.monotonic() - began, 1)
    if is_late:
        finding.failure = f"ended after its limit of {limit:g} s"
    elif process.returncode:
        finding.failure = f"ended with {process.returncode}: {reason}"
    elif left_over:
        finding.failure = f"left processes over: {', '.join(left_over)}"
    elif not finding.figures:
        finding.failure = "said no figure"
    return finding


def _listen(process: subprocess.Popen[str], finding: Finding, say: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            figure = heard(line)
            if figure:
                name, values = figure
                finding.figures[name] = values
                say(f"{name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))


def _marked(mark: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _lasting(mark: str) -> list[str]:
    """What is still there after a moment of grace: processes that were told to end may be about to."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while (left := _marked(mark)) and time.monotonic() < deadline:
        psutil.wait_procs(left, timeout=0.2)
    return [f"{process.pid} {process.name()}" for process in left if process.is_running()]


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(processes, timeout=_ENDING_SECONDS)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=_ENDING_SECONDS)


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
