"""Find the run that an act is about."""

from __future__ import annotations

from headway.model.errors import RunNotFound
from headway.model.run import Run
from headway.store.contract import Snapshot, Transaction


def run_for(tx: Transaction | Snapshot, run: str) -> Run:
    """The run with this id. Raises `RunNotFound`."""
    found = tx.runs.get(run)
    if found is None:
        raise RunNotFound(run=run)
    return found
