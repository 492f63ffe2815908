"""The run of a trial that a worker executes."""

from __future__ import annotations

import random
import threading

import headway

_PACE = threading.Event()
"""Never set."""


@headway.task
def report_by_dice(seed: int, seconds: float, lines: int) -> dict[str, int]:
    """Say lines, report progress and metrics, in an order and in portions that come from the seed.

    Args:
        seed: Whoever gives the same gets the same lines.
        seconds: How long it takes, about.
        lines: How many there are.
    """
    dice = random.Random(seed)
    said = 0
    pause = seconds / max(1, lines / 8)
    while said < lines:
        portion = min(lines - said, dice.choice([1, 1, 3, 12, 23]))
        for _ in range(portion):
            said += 1
            headway.log(f"line {said} {'ü' * dice.randrange(80)}", portion=portion)
        headway.progress(said, total=lines, message=dice.choice(["", "on its way"]))
        if dice.random() < 0.3:
            headway.metric("loss", dice.random())
        _PACE.wait(pause)
    return {"said": said}
