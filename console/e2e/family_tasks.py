"""A task with children, for the end-to-end tests of the console."""

from __future__ import annotations

import threading

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task(resumable=True)
def one_class(number: int, pause: float = 0.1) -> int:
    """Grades a class; two of them have torn sheets.

    Args:
        number: Which one.
        pause: Seconds that it takes.
    """
    PACE.wait(pause)
    if number in (7, 12):
        raise ValueError(f"sheet {number} is torn")
    return number


@headway.task(resumable=True)
def school(classes: int = 40, pause: float = 0.1) -> int:
    """Grades classes, one child run each.

    Args:
        classes: How many there are.
        pause: Seconds for each.
    """
    wishes = [{"number": number, "pause": pause} for number in range(classes)]
    children = headway.map(one_class, wishes, cap=2, name=lambda wish: f"class {wish['number']}")
    return sum(end["state"] == "succeeded" for end in children.ends())
