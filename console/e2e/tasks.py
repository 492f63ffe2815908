"""Tasks for the end-to-end tests of the console: quick, slow, failing, chatty."""

from __future__ import annotations

import threading
from typing import Literal

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def quick(name: str = "world") -> dict[str, str]:
    """Greets, and is done.

    Args:
        name: Whom to greet.
    """
    headway.log(f"hello {name}")
    return {"greeting": f"hello {name}"}


@headway.task(tags=["slow"])
def slow(count: int = 600, pause: float = 0.1, unit: str = "sheets") -> int:
    """Counts up in three steps, with a bar, until it is done or cancelled.

    Args:
        count: How many things there are.
        pause: Seconds for each.
        unit: What is counted.
    """
    with headway.step("prepare"):
        headway.log("preparing")
    with headway.step("count"):
        for index in headway.track(range(count), unit=unit):
            if index % 10 == 0:
                headway.log(f"counted {index}")
            if index % 25 == 24:
                headway.log.warning(f"number {index} is doubtful")
            headway.metric("value", index % 17)
            PACE.wait(pause)
    return count


@headway.task(resumable=True)
def steady(count: int = 400, pause: float = 0.05) -> int:
    """Counts up, and can be paused after each number.

    Args:
        count: How far.
        pause: Seconds for each.
    """
    for index in headway.track(range(count), unit="numbers"):
        headway.log(f"number {index}")
        PACE.wait(pause)
    return count


@headway.task
def failing(kind: Literal["value", "key"] = "value") -> None:
    """Fails with a traceback.

    Args:
        kind: What goes wrong.
    """
    headway.log("this will not end well")
    if kind == "key":
        raise KeyError("nobody")
    raise ValueError("the third sheet has no name")


@headway.task
def chatty(lines: int = 2_000) -> int:
    """Writes many lines at all levels.

    Args:
        lines: How many lines to write.
    """
    for index in range(1, lines + 1):
        if index % 500 == 0:
            headway.log.error(f"line {index}: this one is an error")
        elif index % 100 == 0:
            headway.log.warning(f"line {index}: this one is a warning")
        else:
            print(f"line {index}: the quick brown fox jumps over the lazy dog")  # noqa: T201 - what a task prints is what is tested
    return lines
