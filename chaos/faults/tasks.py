"""The user code of a trial: it counts, says each number, and writes down what it was told is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from typing import Any

import headway
from chaos.faults.ledger import Page

_PACE = threading.Event()
"""Never set."""
BATCH = 5
"""Numbers between two checkpoints, at least."""
CHECKPOINTS = 40
"""Of a run at most, about."""
SILENT_SECONDS = 5.0
POINTS = 5
"""Each so many numbers a point of a metric says the number, too."""


class Stumbled(Exception):
    """What some runs do on purpose."""


class Count:
    """One attempt: from behind the last checkpoint to the end, or to the middle, where it stumbles as often as it was told."""

    def __init__(self, ledger: str, to: int, failures: int) -> None:
        run = headway.current_run()
        kept: dict[str, int] = run.checkpoint or {"number": 0, "failed": 0}
        self.failed = kept["failed"]
        self.numbers = range(kept["number"] + 1, to + 1)
        self._to = to
        self._batch = max(BATCH, to // CHECKPOINTS)
        self._failures = failures
        self._run, self._attempt = run.id, run.attempt
        self._page = Page(ledger, f"run-{run.id}-{run.attempt}-{os.getpid()}")
        self._page.write("started", run=self._run, attempt=self._attempt, first=self.numbers.start)

    def say(self, number: int) -> None:
        headway.log(f"number {number}", level="info")
        headway.progress(number, total=self._to)
        if number % POINTS == 0:
            headway.metric("number", number)

    def is_at_stone(self, number: int) -> bool:
        return number == max(1, self._to // 2) and self.failed < self._failures

    def is_due(self, number: int) -> bool:
        return number % self._batch == 0 or number == self._to or self.is_at_stone(number)

    def position(self, number: int) -> dict[str, int]:
        if self.is_at_stone(number):
            return {"number": number - 1, "failed": self.failed + 1}
        return {"number": number, "failed": self.failed}

    def kept(self, number: int) -> None:
        """The checkpoint behind this number is recorded, and so is all that was said before it."""
        self._page.write("recorded", run=self._run, attempt=self._attempt, first=self.numbers.start, last=number,
                         goes_on=self.position(number)["number"] + 1)  # fmt: skip
        if self.is_at_stone(number):
            raise Stumbled(f"at {number}")

    def close(self) -> None:
        self._page.close()


@headway.task(retries=2, retry_delay=0.1)
def count(ledger: str, to: int, seconds: float, failures: int = 0) -> dict[str, Any]:
    """Count, and say each number.

    Args:
        ledger: Directory of its pages.
        to: The last number.
        seconds: How long all of them take, about.
        failures: So many attempts end in the middle.
    """
    counting = Count(ledger, to, failures)
    try:
        for number in counting.numbers:
            counting.say(number)
            _PACE.wait(seconds / to)
            if counting.is_due(number):
                headway.checkpoint(counting.position(number))
                counting.kept(number)
    finally:
        counting.close()
    return {"counted": to}


@headway.task(retries=2, retry_delay=0.1)
def hesitate(ledger: str, to: int, seconds: float, failures: int = 0) -> dict[str, Any]:
    """The same, after some seconds in which nothing is said.

    Args:
        ledger: Directory of its pages.
        to: The last number.
        seconds: How long all of them take, about.
        failures: So many attempts end in the middle.
    """
    _PACE.wait(SILENT_SECONDS)
    return count(ledger, to, seconds, failures)


@headway.task(retries=2, retry_delay=0.1)
async def count_together(ledger: str, to: int, seconds: float, failures: int = 0) -> dict[str, Any]:
    """The same beside others in one process."""
    counting = Count(ledger, to, failures)
    try:
        for number in counting.numbers:
            counting.say(number)
            await asyncio.sleep(seconds / to)
            if counting.is_due(number):
                await headway.checkpoint(counting.position(number))
                counting.kept(number)
    finally:
        counting.close()
    return {"counted": to}


def _kill(ledger: str, pid: int) -> None:
    """End a process by force, which ends this one, too; and write down when."""
    run = headway.current_run()
    with Page(ledger, f"run-{run.id}-{run.attempt}-{os.getpid()}") as page:
        page.write("started", run=run.id, attempt=run.attempt, first=1)
        page.write("killed", run=run.id, attempt=run.attempt, at=time.time(), is_worker=pid != os.getpid())
    os.kill(pid, signal.SIGKILL)
    _PACE.wait(60)


@headway.task(retries=2, retry_delay=0.1)
def poison_worker(ledger: str, to: int, seconds: float, failures: int = 0) -> None:
    """Kill the worker.

    Args:
        ledger: Directory of its pages.
        to: Nothing; as the others have it.
        seconds: Nothing.
        failures: Nothing.
    """
    _kill(ledger, os.getppid())


@headway.task(retries=2, retry_delay=0.1)
def poison_child(ledger: str, to: int, seconds: float, failures: int = 0) -> None:
    """Kill the process that it is executed in.

    Args:
        ledger: Directory of its pages.
        to: Nothing; as the others have it.
        seconds: Nothing.
        failures: Nothing.
    """
    _kill(ledger, os.getpid())


@headway.task(retries=2, retry_delay=0.1)
async def poison_company(ledger: str, to: int, seconds: float, failures: int = 0) -> None:
    """Kill the process that it shares with others.

    Args:
        ledger: Directory of its pages.
        to: Nothing; as the others have it.
        seconds: Nothing.
        failures: Nothing.
    """
    _kill(ledger, os.getpid())
