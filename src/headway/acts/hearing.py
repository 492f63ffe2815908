"""Whether Celery's workers hear what is sent to them, by what they write beside their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headway.store.places import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class DeafWorker:
    worker: str
    label: str
    """Its host and process id."""
    queues: tuple[str, ...]
    """Those that it does not hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """How it is with Celery's broker and those who listen to it."""

    is_away: bool
    """It does not answer."""
    deaf_workers: Sequence[DeafWorker]
    """Those that are alive and do not hear: they look for runs themselves, and are about to be replaced."""
    unheard_queues: Sequence[str]
    """Queues that are served, or have runs waiting, and no worker hears."""


def broker_state(workers: Sequence[Worker], queues: Sequence[str] = (), *, is_away: bool) -> BrokerState:
    """`workers`: those that are alive. `queues`: more than they serve, in which runs wait.

    Of a broker that is away nothing more is said.
    """
    callable_ones = [(worker, worker.echoes) for worker in workers if worker.echoes is not None]
    if is_away:
        return BrokerState(is_away=True, deaf_workers=[], unheard_queues=[])
    heard = {queue for worker, echoes in callable_ones for queue in worker.queues if queue not in echoes.deaf}
    # One that is no worker of Celery looks for itself: it needs no message.
    heard |= {queue for worker in workers if worker.echoes is None for queue in worker.queues}
    asked = {queue for worker, _ in callable_ones for queue in worker.queues} | set(queues)
    return BrokerState(
        is_away=False,
        deaf_workers=[
            DeafWorker(worker=worker.id, label=f"{worker.host}:{worker.pid}", queues=echoes.deaf)
            for worker, echoes in callable_ones
            if echoes.deaf
        ],
        unheard_queues=sorted(asked - heard),
    )
