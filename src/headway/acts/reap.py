"""What nobody else will do: end attempts whose worker is gone, and queue the runs whose time has come.

One process leads, by a lease on a row with a fence. The caller counts its own absence: after a gap in which it could
not reach the store, `refresh` comes before the next `reap`, so that an outage never looks like the death of all workers.
"""

from __future__ import annotations

from datetime import timedelta

from headway.acts.append import Append, fact
from headway.acts.change import change_state
from headway.acts.claim import LEASE_SECONDS
from headway.acts.finish import end_attempt
from headway.acts.places import queued_news, unblock_free
from headway.model import events as e
from headway.model.states import Outcome, RunState
from headway.store.contract import Transaction
from headway.store.places import Lease

DUTY = "reaper"
LEAD_SECONDS = 5.0
"""A leader that is silent for so long is followed by another."""
BATCH = 200
"""Runs handled in one transaction, so that none is long."""
OUTSIDE = "outside"
"""The worker of a lease that an outside program holds."""


def lead(tx: Transaction, *, holder: str) -> bool:
    """Whether `holder` leads now; a leader that falls silent is followed within `LEAD_SECONDS`."""
    return tx.meta.lead(DUTY, holder, tx.now + timedelta(seconds=LEAD_SECONDS)) is not None


def reap(tx: Transaction, *, holder: str) -> list[str]:
    """End the attempts whose lease has run out. The runs concerned; none when another process leads."""
    if not lead(tx, holder=holder):
        return []
    expired = tx.leases.expired(tx.now, BATCH)
    if not expired:
        return []
    append = Append(tx)
    heads = append.lock([lease.run for lease in expired])
    runs = {run.id: run for run in tx.runs.get_many([lease.run for lease in expired])}
    reaped: list[str] = []
    for lease in expired:
        run, head = runs.get(lease.run), heads.get(lease.run)
        if run is None or head is None or not run.state.is_active:
            tx.leases.release([lease.run])
            continue
        if lease.worker == OUTSIDE and not _is_lost(tx, lease, run.options.lost_after_seconds):
            _fall_silent(tx, append, lease)
            continue
        end_attempt(tx, append, head, run, Outcome.LOST, {"code": "worker_lost", "message": _LOST[lease.worker == OUTSIDE]})
        reaped.append(run.id)
    append.flush()
    return reaped


_LOST = {False: "The worker that executed this attempt is gone.", True: "The program that reported this run has fallen silent."}


def _is_lost(tx: Transaction, lease: Lease, after_seconds: float) -> bool:
    return lease.silent_since is not None and (tx.now - lease.silent_since).total_seconds() >= after_seconds


def _fall_silent(tx: Transaction, append: Append, lease: Lease) -> None:
    if lease.silent_since is None:
        tx.leases.set_silent(lease.run, tx.now)
        append.add(lease.run, fact(e.RUN_SILENT, is_silent=True), attempt=lease.attempt)


def refresh(tx: Transaction) -> int:
    """After a gap of the reaper's own: every lease gets a fresh period. How many there are."""
    return tx.leases.prolong_all(tx.now + timedelta(seconds=LEASE_SECONDS))


def promote(tx: Transaction) -> int:
    """Queue the scheduled and retrying runs that are due, and let those be claimed for which a place has become free. How many
    were queued."""
    unblock_free(tx)
    due = tx.runs.due(BATCH)
    if not due:
        return 0
    append = Append(tx)
    append.lock([run.id for run in due])
    for run in due:
        change_state(tx, append, run, RunState.QUEUED)
    append.flush()
    tx.announce(*queued_news(due))
    return len(due)
