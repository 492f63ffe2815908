"""What remote workers execute: whose lines, files and children can be counted afterwards."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def grade_sheets(sheets: int, seconds_each: float = 0.02) -> dict[str, int]:
    """One line a sheet, and each a checkpoint; a next attempt goes on after the last one."""
    done = int(headway.current_run().checkpoint or 0)
    for sheet in headway.track(range(done, sheets), unit="sheets"):
        headway.log(f"sheet {sheet}")
        PACE.wait(seconds_each)
        headway.checkpoint(sheet + 1)
    return {"sheets": sheets, "begun_at": done}


@headway.task
def grade_class(classes: int) -> int:
    """A family: each of its children grades a few sheets."""
    return sum(each["sheets"] for each in headway.map(grade_sheets, [{"sheets": 3, "seconds_each": 0.0} for _ in range(classes)]))


@headway.task(retries=1, retry_delay=0.01)
def fail_once() -> int:
    """Fails at its first attempt."""
    run = headway.current_run()
    headway.log(f"attempt {run.attempt}")
    if run.attempt == 1:
        raise ValueError("torn")
    return run.attempt


@headway.task
def keep_file(text: str) -> None:
    """An artifact, written down first."""
    path = Path("kept.txt").absolute()
    path.write_text(text, encoding="utf-8")
    headway.artifact(path)


@headway.task
def wait_long() -> None:
    """Until somebody cancels it."""
    headway.log(f"waiting in {os.getpid()}")
    PACE.wait(300)
