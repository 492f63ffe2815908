"""Whether there is room for more runs that wait: the limits of queues and the quotas of projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from headway.acts.places import NO_RULES, places_of
from headway.model.errors import QueueFull, QuotaReached
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Transaction

RETRY_SECONDS = 10
"""When to ask again. Nobody knows when room will be; a queue that was full is seldom empty a second later."""


def check_room(tx: Transaction, runs: Sequence[Run]) -> None:
    """Raises `QueueFull` or `QuotaReached` if so many more would be too many; all or none are let in."""
    new = [run for run in runs if run.state is RunState.QUEUED]
    for name, count in Counter(run.queue for run in new).items():
        limit = tx.queues.get(name).queued_limit
        if limit is not None and tx.runs.queued(queue=name, limit=limit + 1) + count > limit:
            raise QueueFull(queue=name, limit=limit, retry_in_seconds=RETRY_SECONDS)
    for project, count in Counter(run.project for run in new).items():
        quota = tx.queues.quota(project)
        limit = quota.queued_limit if quota is not None else None
        if limit is not None and tx.runs.queued(project=project, limit=limit + 1) + count > limit:
            raise QuotaReached(project=project, limit=limit, retry_in_seconds=RETRY_SECONDS)


def set_aside(runs: Sequence[Run]) -> list[Run]:
    """Of runs that share a key no more than may be executed at once stand in the queue; the others wait beside it, so
    that ten thousand of one key do not have to be looked through for what stands behind them."""
    counts: Counter[str] = Counter()
    placed: list[Run] = []
    for run in runs:
        blocked_on: str | None = None
        if run.state is RunState.QUEUED:
            for place, limit in places_of(run, NO_RULES, ""):
                counts[place] += 1
                if counts[place] > limit:
                    blocked_on = blocked_on or place
        placed.append(run if blocked_on is None else replace(run, blocked_on=blocked_on))
    return placed
