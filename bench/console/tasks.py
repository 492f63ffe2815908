"""What the benches of the console look at: a run that says when it said something, and runs with long logs."""

from __future__ import annotations

import threading
import time

import headway

PACE = threading.Event()
"""Never set: a wait on it is time that passes."""


@headway.task
def ticking(seconds: float = 20.0, per_second: float = 10.0) -> int:
    """Says at which time it says it, in the line itself (seconds since 1970), and moves a bar."""
    count = int(seconds * per_second)
    for number in headway.track(range(count), unit="ticks"):
        headway.log(f"tick {number} mark={time.time():.6f}")
        PACE.wait(1 / per_second)
    return count


@headway.task
def flood(lines: int = 200_000) -> int:
    """Writes so many lines as fast as they are taken."""
    for number in range(1, lines + 1):
        headway.log(f"line {number} of {lines}: a sheet was read, 48 answers, 3 of them doubtful, nothing else to say")
    return lines


@headway.task
def steady(seconds: float = 600.0, per_second: int = 1_000) -> int:
    """So many lines a second, in ten parts a second."""
    began, said = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while said < passed * per_second:
            said += 1
            headway.log(f"line {said}: a sheet was read, 48 answers, 3 of them doubtful")
        PACE.wait(0.1)
    return said


@headway.task
def stepping(steps: int = 12) -> dict[str, int]:
    """A run with steps, metrics, warnings and a result: what a page shows when it is not empty."""
    for number in range(steps):
        with headway.step(f"part {number + 1}"):
            for index in headway.track(range(20), unit="sheets"):
                headway.log(f"sheet {index + 1} of part {number + 1}")
                headway.metric("confidence", 0.9 + index / 250)
            headway.log.warning(f"a doubtful answer in part {number + 1}")
    return {"parts": steps, "sheets": steps * 20}
