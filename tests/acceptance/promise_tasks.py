"""Tasks whose every step can be counted afterwards."""

from __future__ import annotations

import threading

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""


@headway.task
def grade_sheets(sheets: int, seconds_each: float = 0.02) -> dict[str, int]:
    """Say one line a sheet, and record each sheet as a checkpoint; a next attempt goes on after the last one.

    Args:
        sheets: How many there are.
        seconds_each: What one takes.
    """
    run = headway.current_run()
    done = int(run.checkpoint or 0)
    begun_at = done
    for sheet in headway.track(range(done, sheets), unit="sheets"):
        headway.log(f"sheet {sheet}")
        PACE.wait(seconds_each)
        headway.checkpoint(sheet + 1)
    return {"sheets": sheets, "begun_at": begun_at}
