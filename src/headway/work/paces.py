"""How long the runs of each task take here, so that very short ones may be claimed ahead.

Between the end of one run and the start of the next stands a commit. A child that is given a run of a millisecond at a
time spends its life waiting for commits; with a few claimed ahead it does not, and one commit carries several ends and claims
(measured: half the processor time a run).
"""

from __future__ import annotations

from collections import deque

QUICK_SECONDS = 0.02
"""A task whose last runs were all over within this is quick: runs of it are claimed ahead."""
_REMEMBERED = 8
_TASKS_LIMIT = 1_000
AHEAD = 4
"""Runs claimed ahead for each child that is busy with a quick one."""
PATIENCE_SECONDS = 0.25
"""A run that was claimed ahead and still has no child is given back for others to take."""


class Paces:
    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}

    def note(self, task: str, seconds: float) -> None:
        if task not in self._seconds and len(self._seconds) >= _TASKS_LIMIT:
            return
        self._seconds.setdefault(task, deque(maxlen=_REMEMBERED)).append(seconds)

    def is_quick(self, task: str) -> bool:
        """Whether all of its last eight runs were over within `QUICK_SECONDS`."""
        known = self._seconds.get(task)
        return known is not None and len(known) == _REMEMBERED and max(known) <= QUICK_SECONDS
