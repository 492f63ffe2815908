"""Tasks for a worker of Celery."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def mark(directory: str, number: int) -> int:
    """Leaves a file for each time that it is executed."""
    with (Path(directory) / "marks").open("a") as marks:
        marks.write(f"{number}\n")
    return number


@headway.task
def gate(directory: str) -> str:
    """Goes on when it is let."""
    headway.log("at the gate")
    while not (Path(directory) / "open").exists():
        PACE.wait(0.02)
    return "through"


@headway.task(queue="night")
def night(directory: str, number: int) -> int:
    return mark(directory, number)


@headway.task
async def wait(directory: str) -> str:
    headway.log("waiting")
    return "waited"


@headway.task
def parent(directory: str) -> int:
    """Has as many children as there are places, and waits for them."""
    return sum(child.result() for child in [headway.start(mark, {"directory": directory, "number": number}) for number in (1, 2)])


@headway.task
def nap(directory: str, number: int) -> int:
    """Takes a tenth of a second, and leaves its mark at the end."""
    PACE.wait(0.1)
    return mark(directory, number)


@headway.task
def talk(directory: str) -> int:
    """Says who it is, again and again, until it is let go."""
    while not (Path(directory) / "open").exists():
        headway.log(f"process {os.getpid()}")
        PACE.wait(0.05)
    return os.getpid()
