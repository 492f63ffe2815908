"""Runs that kill whatever executes them, each time: they must come to an end, and take no other run with them."""

from __future__ import annotations

import time

from chaos.faults.plan import alone, hesitating
from chaos.faults.reach import NotFelt, Reach
from tests.waiting import eventually

BESIDE = 4
"""Runs that are executed beside it."""
END_SECONDS = 90.0
"""Three deaths of workers, each of which is noticed when a lease has run out."""
DEATHS = 2
"""So often it has killed at least, or it was no poison."""


class Poison:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def befall(self, task: str) -> None:
        """What becomes of it, and of the others, is for `poison_is_contained` to judge."""
        run = self._reach.start(alone(task))
        for _number in range(BESIDE):
            self._reach.start(hesitating())
        asked = "SELECT count(*) FROM runs WHERE id = %s AND finished_at > 0"
        eventually(lambda: self._reach.count(asked, run), END_SECONDS, "a run that kills whatever executes it is tried no more")
        self._reach.healed_at = time.time()
        died = self._reach.count("SELECT count(*) FROM attempts WHERE run_id = %s AND outcome IN ('lost', 'failed')", run)
        if died < DEATHS:
            raise NotFelt(f"the run has killed what executed it {died} times")
