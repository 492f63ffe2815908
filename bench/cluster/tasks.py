"""What the benches of a cluster let its workers do."""

from __future__ import annotations

import time

import headway


@headway.task
def no_op(number: int) -> int:
    return number


@headway.task
def tell_time(rate: float, seconds: float) -> None:
    """A line each 1 / `rate` seconds that says when it was written, for viewers to take its age."""
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        headway.log("now", mark=f"{time.time():.6f}")
        number += 1
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))


@headway.task(retries=0)
def hold(seconds: float) -> None:
    """Keep a place, and say so ten times a second."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        headway.log("still here")
        time.sleep(0.1)


@headway.task
def mark(seconds: float) -> int:
    """Sheets, marked at four a second: a bar, a metric and now and then a line, as real tasks report."""
    sheets = range(int(seconds * 4))
    for sheet in headway.track(sheets):
        headway.metric("score", sheet % 7)
        if sheet % 4 == 0:
            headway.log("marked", sheet=sheet)
        time.sleep(0.25)
    return len(sheets)
