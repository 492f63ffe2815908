"""For whom a worker may be called: what waits for nothing else. One process asks, as for the reaper's other duties."""

from __future__ import annotations

from headway.acts.claim import which_are_open
from headway.acts.places import read_rules
from headway.acts.reap import lead
from headway.model.canary import CANARY_QUEUE
from headway.store.contract import Transaction

COUNT_LIMIT = 1_000
"""Runs of one queue that are counted."""


def unclaimed(tx: Transaction, *, holder: str) -> dict[str, int]:
    """By queue that is neither paused nor full: how many runs could be claimed. None when another process leads."""
    if not lead(tx, holder=holder):
        return {}
    counts = tx.runs.in_line(limit=COUNT_LIMIT)
    counts.pop(CANARY_QUEUE, None)
    return {queue: counts[queue] for queue in which_are_open(tx, list(counts), read_rules(tx))}
