"""Tasks that behave in all the ways in which tasks behave."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def wait_here(seconds: float = 60.0) -> str:
    """Say so, then wait."""
    headway.log("waiting")
    PACE.wait(seconds)
    return "waited"


@headway.task(concurrency_key="one at a time", concurrency_limit=1)
def in_turn(until: str | None = None) -> None:
    """Hold the only place until a file is there."""
    headway.log("it is my turn")
    while until is not None and not Path(until).exists():
        PACE.wait(0.02)


@headway.task(soft_timeout=0.4)
def too_slow() -> str:
    """Tidies up when its soft limit is reached, and says so."""
    try:
        PACE.wait(60)
    except headway.SoftTimeout:
        headway.log("tidying up")
        raise
    return "never"


@headway.task(timeout=0.4)
def hang() -> None:
    """Hears nothing."""
    while True:
        try:
            PACE.wait(60)
        except BaseException as error:
            print("not now", type(error).__name__)


@headway.task(retries=2, retry_delay=0.5)
def flaky() -> int:
    """Succeeds at the third try."""
    attempt = headway.current_run().attempt
    if attempt < 3:
        raise ConnectionError(f"try {attempt}")
    return attempt


@headway.task
def stubborn() -> None:
    """Ignores whatever it is asked."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    headway.log("started")
    while True:
        try:
            PACE.wait(60)
        except BaseException as error:
            print("ignoring", type(error).__name__)


@headway.task
def deadly() -> None:
    """Kills the worker that executes it."""
    headway.log("goodbye, worker")
    headway.checkpoint(None)  # returns when what was said is recorded
    os.kill(os.getppid(), signal.SIGKILL)
    PACE.wait(60)


@headway.task(resumable=True)
def steady(count: int = 40) -> int:
    """Counts, and can be paused after each number; says in which attempt it came to the end."""
    for number in headway.track(range(count)):
        headway.log(f"number {number}")
        threading.Event().wait(0.05)
    return headway.current_run().attempt
