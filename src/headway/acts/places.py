"""What a run must hold to be executed: a place of its concurrency key; and, on its last try, the worker's one place for suspects."""

from __future__ import annotations

from headway.model.run import Run
from headway.store.contract import Queued, Transaction

POISON_LIMIT = 3
"""Worker deaths after which a run is no longer tried."""


def take_places(tx: Transaction, run: Run, *, worker: str) -> bool:
    """Take all that the run needs, or nothing. `give_back_places` undoes it when the attempt ends."""
    taken: list[str] = []
    for key, most in _places(run, worker):
        if not tx.slots.take(key, most):
            tx.slots.give_back(taken)
            return False
        taken.append(key)
    return True


def give_back_places(tx: Transaction, run: Run) -> None:
    """Before the lease is released: it says which worker executed the attempt."""
    if not _needs_any(run):
        return
    lease = tx.leases.get(run.id)
    tx.slots.give_back([key for key, _ in _places(run, lease.worker if lease is not None else "")])
    tx.announce(Queued(queue=run.queue))


def _needs_any(run: Run) -> bool:
    return run.options.concurrency_key is not None or _is_suspect(run)


def _is_suspect(run: Run) -> bool:
    """Whether one more death ends it as poisoned. Of those that were on a worker each time it died perhaps one is to blame: a
    worker executes them one after the other, or the innocent would be poisoned along with it."""
    return run.lost_count >= POISON_LIMIT - 1


def _places(run: Run, worker: str) -> list[tuple[str, int]]:
    places: list[tuple[str, int]] = []
    if run.options.concurrency_key is not None:
        places.append((run.options.concurrency_key, run.options.concurrency_limit or 1))
    if _is_suspect(run):
        places.append((f"headway: last tries on {worker}", 1))
    return places
