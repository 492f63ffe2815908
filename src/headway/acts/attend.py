"""A worker says that it is there, and what it holds; it hears what is wanted of it and of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from headway.acts.lease import renew
from headway.store.contract import Transaction
from headway.store.places import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    wish: str | None
    """``drain`` or ``restart``: what somebody wants of the worker."""
    is_now: bool
    wishes: Mapping[str, str | None]
    """Of each run that it still holds. A run that is absent is another's."""
    watched: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many look at a run now, as far as the worker is not told otherwise."""


def attend(tx: Transaction, worker: Worker, held: Mapping[str, int], *, is_new: bool = False) -> Attended:
    """Renew the heartbeat, and the leases of {run: fence}. `is_new`: what was asked of an earlier one of that id is over."""
    present = replace(worker, heartbeat_at=tx.now)
    (tx.workers.join if is_new else tx.workers.beat)(present)
    row = tx.workers.get(worker.id)
    return Attended(
        wish=row.wish if row is not None else None,
        is_now=row.is_now if row is not None else False,
        wishes=renew(tx, worker=worker.id, held=held) if held else {},
    )
