"""What happens in a trial of the cluster, all of it from its seed: which faults, in which order, on whom and for how long, and what is
asked for meanwhile."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    WORKER_KILLED = "kill -9 of a worker"
    WORKER_STOPPED = "SIGSTOP of a worker, beyond its leases"
    WORKER_TERMINATED = "SIGTERM of a worker"
    CHILD_KILLED = "kill -9 of a child"
    CHILD_STOPPED = "SIGSTOP of a child"
    SERVER_KILLED = "kill -9 of a server"
    SERVER_STOPPED = "SIGSTOP of a server"
    NODE_KILLED = "kill -9 of a node: launcher, server, worker"
    NODE_TERMINATED = "SIGTERM of a node"
    ROLLING_RESTART = "rolling restart of all nodes"
    POSTGRES_KILLED = "kill -9 of PostgreSQL"
    POSTGRES_ABORTED = "immediate shutdown of PostgreSQL"
    POSTGRES_STOPPED = "SIGSTOP of PostgreSQL"
    POSTGRES_CUT = "all connections to PostgreSQL cut"
    VALKEY_KILLED = "kill -9 of Valkey"
    VALKEY_STOPPED = "SIGSTOP of Valkey"
    VALKEY_FLUSHED = "FLUSHALL"
    NEWS_LOST = "news and doorbells lost"
    NEWS_TWICE = "news and doorbells sent twice"


LONGER_THAN_A_LEASE = frozenset({Fault.WORKER_STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One fault, as it is planned."""

    fault: Fault
    node: int
    seconds: float
    """How long its cause lasts, where it lasts."""
    is_followed_at_once: bool
    """The next one comes before the cluster is well again."""
    pause: float
    """Seconds between this one (or the recovery from it) and the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    blows: int
    viewers: int
    starters: int
    """Threads that start runs, one after the other."""
    watched_seconds: float
    """How long the runs that viewers look at take, where nothing befalls them."""


LARGE = Size(blows=19, viewers=30, starters=4, watched_seconds=120.0)
SMALL = Size(blows=4, viewers=9, starters=2, watched_seconds=25.0)
NODES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    blows: tuple[Blow, ...]
    size: Size


def make_plan(seed: int, size: Size, only: Fault | None = None) -> Plan:
    """Seeds one after the other go through all the faults; `only`: nothing but this one."""
    dice = random.Random(seed)
    faults = list(Fault)
    chosen = [only or faults[(seed * size.blows + number) % len(faults)] for number in range(size.blows)]
    dice.shuffle(chosen)
    return Plan(seed=seed, size=size, blows=tuple(_blow(dice, fault) for fault in chosen))


def _blow(dice: random.Random, fault: Fault) -> Blow:
    seconds = dice.uniform(11.0, 14.0) if fault in LONGER_THAN_A_LEASE else dice.choice([0.2, 1.0, 2.0, 4.0, 6.0]) * dice.uniform(0.5, 1.0)
    return Blow(
        fault=fault, node=dice.randrange(NODES), seconds=seconds, is_followed_at_once=dice.random() < 0.2, pause=dice.uniform(0.2, 2.0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A run that is started, and what is asked of it then."""

    task: str
    to: int
    seconds: float
    failures: int
    """So many attempts end by an exception; more than there are tries, and the run fails."""
    is_asked_twice: bool
    """Of two nodes at once, by one key."""
    cancel_after: float | None
    """Seconds after the answer; None: it is left alone."""


def next_wish(dice: random.Random) -> Wish:
    return Wish(
        task=dice.choice(["count", "count", "count_together"]), to=dice.choice([1, 10, 30, 60]), seconds=dice.choice([0.1, 1.0, 3.0, 5.0]),
        failures=dice.choice([0, 0, 0, 1, 2, 3]), is_asked_twice=dice.random() < 0.3,
        cancel_after=dice.uniform(0.0, 3.0) if dice.random() < 0.2 else None,
    )  # fmt: skip
