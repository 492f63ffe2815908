"""What happens in a trial of the cluster, all of it from its seed: which faults, in which order, on whom and for how long, and what is
asked for meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    WORKER_KILLED = "kill -9 of a worker"
    WORKER_STOPPED = "SIGSTOP of a worker, beyond its leases"
    WORKER_BEHIND = "SIGSTOP of a worker alone, until its runs are executed elsewhere"
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
    VALKEY_CUT = "all connections to Valkey cut"
    VALKEY_FLUSHED = "FLUSHALL"
    POSTGRES_UNREACHABLE = "a node cut off from PostgreSQL"
    VALKEY_UNREACHABLE = "a node cut off from Valkey"
    NODE_CUT_OFF = "a node cut off from both, beyond its leases"
    NODE_DEAF = "a node that no answer reaches"
    CLOCK_AHEAD = "a node's clock an hour ahead"
    CLOCK_BEHIND = "a node's clock an hour behind"
    CLOCK_FAST = "a node's clocks three times as fast"
    DATA_DISK_FULL = "PostgreSQL's disk full"
    WAL_DISK_FULL = "the disk of PostgreSQL's write-ahead log full"
    HOME_DISK_FULL = "a node's disk full, and its server killed"
    ARTIFACTS_DISK_FULL = "the disk of artifacts full"
    NEWS_LOST = "news and doorbells lost"
    NEWS_TWICE = "news and doorbells sent twice"
    POISON_FOR_WORKERS = "a run that kills each worker that executes it"
    POISON_FOR_CHILDREN = "a run that kills each child that executes it"
    POISON_FOR_COMPANY = "a coroutine that kills each child that executes it, and others"
    QUEUE_PAUSED = "a queue paused, its worker killed, FLUSHALL"
    RUNS_PAUSED = "runs paused, their worker killed, FLUSHALL"
    BELLS_LOST = "Celery's messages lost"
    BELLS_TWICE = "Celery's messages sent twice"
    BROKER_KILLED = "kill -9 of Celery's broker"
    BROKER_STOPPED = "SIGSTOP of Celery's broker"
    BROKER_FLUSHED = "FLUSHALL of Celery's broker"


LONGER_THAN_A_LEASE = frozenset({Fault.WORKER_STOPPED, Fault.WORKER_BEHIND, Fault.NODE_CUT_OFF})
PAUSES = frozenset({Fault.QUEUE_PAUSED, Fault.RUNS_PAUSED})
"""They last longer than a lease, too, so that what a dead worker held waits among the others."""
POISONS = frozenset({Fault.POISON_FOR_WORKERS, Fault.POISON_FOR_CHILDREN, Fault.POISON_FOR_COMPANY})
BELLS = (Fault.BELLS_LOST, Fault.BELLS_TWICE, Fault.BROKER_KILLED, Fault.BROKER_STOPPED, Fault.BROKER_FLUSHED)
"""Of a cluster whose workers are Celery's."""
EVERYWHERE = tuple(fault for fault in Fault if fault not in BELLS)
WITH_CELERY = (*BELLS, Fault.WORKER_KILLED, Fault.WORKER_TERMINATED, Fault.QUEUE_PAUSED, Fault.POISON_FOR_WORKERS)
CRASHES = (
    *[Fault.WORKER_KILLED] * 5, *[Fault.CHILD_KILLED] * 6, *[Fault.SERVER_KILLED] * 4, *[Fault.NODE_KILLED] * 2,
    *[Fault.POSTGRES_KILLED] * 2, Fault.POSTGRES_ABORTED,
)  # fmt: skip
"""What kills something, as often as it comes in twenty crashes."""
OUTAGES = (
    Fault.POSTGRES_KILLED, Fault.POSTGRES_ABORTED, Fault.POSTGRES_STOPPED, Fault.POSTGRES_CUT,
    Fault.VALKEY_KILLED, Fault.VALKEY_STOPPED, Fault.VALKEY_CUT, Fault.VALKEY_FLUSHED,
)  # fmt: skip
"""What takes away a server that nodes need, and no part of a node."""


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
    faults: Sequence[Fault] = EVERYWHERE
    """Seeds one after the other go through them."""
    lasting: Sequence[float] = (0.2, 1.0, 2.0, 4.0, 6.0)
    """Seconds that a cause lasts at most, where it lasts."""
    share_at_once: float = 0.2
    """Of the faults that are followed by the next before the cluster is well again."""
    pauses: tuple[float, float] = (0.2, 2.0)
    """Seconds between a fault (or the recovery from it) and the next."""
    numbers: Sequence[int] = (1, 10, 30, 60)
    """How far runs count."""
    starts: tuple[float, float] = (0.5, 2.0)
    """Seconds between two runs that one thread starts."""
    is_asking: bool = False
    """Nothing befalls the nodes themselves: each is asked all the time, must answer within seconds, and lives on."""


LARGE = Size(blows=len(EVERYWHERE), viewers=30, starters=4, watched_seconds=120.0)
SMALL = Size(blows=4, viewers=9, starters=2, watched_seconds=25.0)
CRASHING = Size(
    blows=100, viewers=9, starters=4, watched_seconds=60.0, faults=CRASHES, lasting=(0.2, 0.5, 1.0), share_at_once=0.8, pauses=(0.1, 1.0),
    numbers=(60, 300, 600, 1_200), starts=(2.0, 5.0),
)  # fmt: skip
"""Something dies every few seconds while much is recorded."""
AWAY = Size(
    blows=40, viewers=9, starters=2, watched_seconds=60.0, faults=OUTAGES, lasting=(1.0, 2.0, 4.0), share_at_once=0.0, pauses=(0.1, 0.5),
    is_asking=True,
)  # fmt: skip
"""What nodes need is away, again and again."""
NODES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    blows: tuple[Blow, ...]
    size: Size


def make_plan(seed: int, size: Size) -> Plan:
    """Seeds one after the other go through all the faults of the size."""
    dice = random.Random(seed)
    chosen = [size.faults[(seed * size.blows + number) % len(size.faults)] for number in range(size.blows)]
    dice.shuffle(chosen)
    return Plan(seed=seed, size=size, blows=tuple(_blow(dice, fault, size) for fault in chosen))


def _blow(dice: random.Random, fault: Fault, size: Size) -> Blow:
    seconds = dice.uniform(11.0, 14.0) if fault in LONGER_THAN_A_LEASE | PAUSES else dice.choice(size.lasting) * dice.uniform(0.5, 1.0)
    return Blow(
        fault=fault, node=dice.randrange(NODES), seconds=seconds, is_followed_at_once=dice.random() < size.share_at_once,
        pause=dice.uniform(*size.pauses),
    )  # fmt: skip


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


def next_wish(dice: random.Random, numbers: Sequence[int]) -> Wish:
    """`numbers`: how far it may count."""
    return Wish(
        task=dice.choice(["count", "count", "count_together"]), to=dice.choice(numbers), seconds=dice.choice([0.1, 1.0, 3.0, 5.0]),
        failures=dice.choice([0, 0, 0, 1, 2, 3]), is_asked_twice=dice.random() < 0.3,
        cancel_after=dice.uniform(0.0, 3.0) if dice.random() < 0.2 else None,
    )  # fmt: skip


def hesitating() -> Wish:
    """A run that says its first word after some seconds."""
    return alone("hesitate", to=20, seconds=1.0)


def alone(task: str, *, to: int = 1, seconds: float = 0.0) -> Wish:
    """A run that is left alone, and does not stumble."""
    return Wish(task=task, to=to, seconds=seconds, failures=0, is_asked_twice=False, cancel_after=None)
