"""The task that every child brings along, so that the way through it can be tried without a line of anybody's code."""

from __future__ import annotations

from headway.model.canary import CANARY_TASK
from headway.model.run import Options
from headway.sdk.log import log
from headway.sdk.task import Task


def sing() -> str:
    """Say one line, and end."""
    log.info("The way is open.")
    return "open"


CANARY = Task(sing, name=CANARY_TASK, options=Options())
"""Not registered: it is in nobody's catalogue."""
