"""Tasks for the tests of the command line."""

from __future__ import annotations

import threading
from typing import Any

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def mark(sheets: int = 5, seconds_each: float = 0.02, who: str = "7b") -> dict[str, Any]:
    """Mark some sheets.

    Args:
        sheets: How many.
        seconds_each: What one takes.
        who: Whose they are.
    """
    with headway.step("marking"):
        for sheet in headway.track(range(sheets), name="sheets", unit="sheets"):
            headway.log(f"sheet {sheet} of {who}", level="warning" if sheet == 3 else "info")
            PACE.wait(seconds_each)
    headway.metric("accuracy", 0.9877)
    return {"sheets": sheets, "mean": 6.8333}


@headway.task
def broken() -> None:
    """Fails."""
    headway.log("before the end")
    raise ValueError("there are no sheets")
