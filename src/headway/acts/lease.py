"""Keep the right to write: renewed from outside user code, judged by the store's clock alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from headway.acts.claim import LEASE_SECONDS, RENEW_SECONDS
from headway.store.contract import Transaction

__all__ = ["LEASE_SECONDS", "RENEW_SECONDS", "renew"]


def renew(tx: Transaction, *, worker: str, held: Mapping[str, int]) -> dict[str, str | None]:
    """Prolong the leases of {run: fence}. Answers {run: wish}; a run that is absent is no longer this worker's."""
    return tx.leases.renew(held, tx.now + timedelta(seconds=LEASE_SECONDS))
