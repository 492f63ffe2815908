"""What a run must hold to be executed: places, each one of a number that its key has.

Places of its concurrency key, among its siblings, of its project's quota and of its queue's limit; on its last try, the worker's
one place for suspects; and a start under its rate limit. What is held stands in the lease and is given back with it. A run that does
not get a place is set aside (`blocked_on`) until one of that key is free: however many wait for it, nobody else waits behind them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from headway.model.events import NAME_LIMIT
from headway.model.queue import Queue, Quota, RateLimit
from headway.model.run import Run
from headway.store.contract import Queued, Snapshot, Transaction

POISON_LIMIT = 3
"""Worker deaths after which a run is no longer tried."""
BLOCKS_LIMIT = 200
"""Keys that one look at what is held up goes through."""


class Scope(Enum):
    """Whose places they are: the word in front of the key."""

    KEY = "key"
    FAMILY = "family"
    PROJECT = "project"
    QUEUE = "queue"
    RATE = "rate"
    SUSPECTS = "suspects"

    def place(self, name: str) -> str:
        return f"{self.value}:{name}"


def scope_of(place: str) -> tuple[Scope, str]:
    scope, _, name = place.partition(":")
    return Scope(scope), name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What people have said of queues and projects."""

    queues: Mapping[str, Queue]
    quotas: Mapping[str, Quota]

    def is_paused(self, queue: str) -> bool:
        found = self.queues.get(queue)
        return found is not None and found.is_paused

    def running_limit(self, queue: str) -> int | None:
        found = self.queues.get(queue)
        return None if found is None else found.running_limit


NO_RULES = Rules(queues={}, quotas={})


def read_rules(tx: Transaction | Snapshot) -> Rules:
    return Rules(queues={queue.name: queue for queue in tx.queues.list()}, quotas={quota.project: quota for quota in tx.queues.quotas()})


def places_of(run: Run, rules: Rules, worker: str) -> list[tuple[str, int]]:
    """Keys and how many there are of each, in the order in which they are asked for."""
    places: list[tuple[str, int]] = []
    queue, quota = rules.queues.get(run.queue), rules.quotas.get(run.project)
    if queue is not None and queue.running_limit is not None:
        places.append((Scope.QUEUE.place(run.queue), queue.running_limit))
    if quota is not None and quota.running_limit is not None:
        places.append((Scope.PROJECT.place(run.project), quota.running_limit))
    if run.options.concurrency_key is not None:
        places.append((Scope.KEY.place(run.options.concurrency_key), run.options.concurrency_limit or 1))
    if run.options.family_key is not None:
        places.append((Scope.FAMILY.place(run.options.family_key), run.options.family_limit or 1))
    if _is_suspect(run):
        places.append((Scope.SUSPECTS.place(worker), 1))
    return places


def _is_suspect(run: Run) -> bool:
    """Whether one more death ends it as poisoned. Of those that were on a worker each time it died perhaps one is to blame: a
    worker executes them one after the other, or the innocent would be poisoned along with it."""
    return run.lost_count >= POISON_LIMIT - 1


def rate_of(run: Run) -> RateLimit | None:
    """A rate limit counts tries: each attempt asks for a start."""
    options = run.options
    if options.rate_limit_count is None:
        return None
    key = Scope.RATE.place(options.rate_limit_key or run.task or "")
    return RateLimit(key=key, count=options.rate_limit_count, seconds=options.rate_limit_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    places: tuple[str, ...] = ()
    refused: str | None = None
    """Key of the place that the run did not get; then it holds none."""


def take_places(tx: Transaction, run: Run, rules: Rules, *, worker: str) -> Taken:
    """Take all that the run needs, or nothing. `give_back_places` undoes it when the attempt ends."""
    taken: list[str] = []
    for key, limit in places_of(run, rules, worker):
        if not tx.slots.take(key, limit):
            tx.slots.give_back(taken)
            return Taken(refused=key)
        taken.append(key)
    rate = rate_of(run)
    if rate is not None and not tx.queues.take_rate(rate):
        tx.slots.give_back(taken)
        return Taken(refused=rate.key)
    return Taken(places=tuple(taken))


def queued_news(runs: Iterable[Run]) -> list[Queued]:
    """That these may be claimed, for whoever tells workers of it."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.queue, []).append(run)
    return [Queued(queue=queue, count=len(of), priority=max(run.priority for run in of)) for queue, of in groups.items()]


def queued_in(queues: Mapping[str, int]) -> list[Queued]:
    """The same, where only their number is known."""
    return [Queued(queue=queue, count=count) for queue, count in sorted(queues.items())]


def give_back_places(tx: Transaction, run: Run) -> None:
    """Before the lease is released: it says what the attempt holds."""
    lease = tx.leases.get(run.id)
    if lease is None or not lease.places:
        return
    tx.slots.give_back(lease.places)
    # After the places: whoever was refused meanwhile is seen now.
    queues = Counter(queue for place in lease.places for queue in tx.runs.unblock(place, 1))
    queues[run.queue] = max(1, queues[run.queue])
    tx.announce(*queued_in(queues))


def unblock_free(tx: Transaction) -> int:
    """Let those go on for whom there is room by now: a rate limit has recovered, or a limit was raised. How many keys had room."""
    queues: Counter[str] = Counter()
    count = 0
    for place in tx.runs.blocks(BLOCKS_LIMIT):
        free = _free(tx, place)
        if free:
            count += 1
            queues.update(tx.runs.unblock(place, free))
    tx.announce(*queued_in(queues))
    return count


def _free(tx: Transaction, place: str) -> int:
    if scope_of(place)[0] is Scope.RATE:
        return tx.queues.rate_free(place)
    usage = tx.slots.usage(place)
    return 1 if usage is None else max(0, usage[1] - usage[0])


def key_for(template: str | None, parameters: Mapping[str, Any]) -> str | None:
    """``exam-{exam}`` with the run's parameters put in. What they do not have stays as it is written."""
    if template is None or "{" not in template:
        return template
    return _NAME.sub(lambda found: str(parameters.get(found[1], found[0])), template)[:NAME_LIMIT]


_NAME = re.compile(r"\{(\w+)\}")
