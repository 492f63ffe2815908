"""Keep the store small: small segments become blocks, and what is older than people want it goes.

The leader calls these now and then, a little at a time, so that no write transaction lasts long: each answers how much
it did, and is called again at once while that is not nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headway.acts.count import count
from headway.model.events import Facet
from headway.model.run import Run
from headway.model.states import ACTIVE, FINAL
from headway.store.contract import Deleted, Page, RunFilter, RunSort, Transaction

SETTLED_SECONDS = 60.0
"""Age from which a range is merged: younger ones are being read by viewers, and may still grow together."""
RUNS_AT_ONCE = 8
DELETED_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days a finished run is kept, and parts of its journal less long. None: for ever."""

    run_days: float | None = None
    log_days: float | None = None
    metric_days: float | None = None


def compact_finished(tx: Transaction) -> int:
    """Merge the segments of some final runs. How many segments were replaced, or runs found to need nothing."""
    done = 0
    for run in tx.journal.uncompacted(finished_before=tx.now - timedelta(seconds=SETTLED_SECONDS), limit=RUNS_AT_ONCE):
        done += 1 + sum(tx.journal.compact(run, facet, before=None) for facet in Facet)
    return done


def compact_running(tx: Transaction, after: str | None = None) -> str | None:
    """Merge what is older than a minute of one running run, the next after the run `after` (by age); its id, None at the end."""
    before = tx.now - timedelta(seconds=SETTLED_SECONDS)
    # What was created since then has nothing that old; many short runs would keep this busy for nothing.
    where = RunFilter(states=ACTIVE, created_to=before)
    running = tx.runs.list(where, Page(is_descending=False, limit=1, after=_place(tx, after)))
    if not running:
        return None
    for facet in Facet:
        tx.journal.compact(running[0].id, facet, before=before)
    return running[0].id


def _place(tx: Transaction, run: str | None) -> tuple[datetime, str] | None:
    found = tx.runs.get(run) if run else None
    return (found.created_at, found.id) if found else None


def prune_runs(tx: Transaction, retention: Retention) -> int:
    """Delete some final runs that are older than `run_days`, the oldest first. How many."""
    if retention.run_days is None:
        return 0
    old = _finished(tx, retention.run_days, None, DELETED_AT_ONCE)
    count(tx, [run.id for run in old])
    for run in old:
        tx.runs.delete(run.id)
    tx.announce(*[Deleted(run=run.id, project=run.project) for run in old])
    return len(old)


def prune_facet(tx: Transaction, facet: Facet, days: float | None) -> int:
    """Drop the facet of some final runs that are older than `days`; `first_kept` says so to whoever asks. How many runs.

    Where it stands is kept in the store: runs end in the order of time, so what lies behind the mark is done for good.
    """
    if days is None:
        return 0
    mark = f"pruned:{facet.value}"
    runs = _finished(tx, days, _read_mark(tx.meta.get(mark)), RUNS_AT_ONCE)
    for run in runs:
        if not _drop_whole(tx, run, facet):
            return len(runs)
        tx.meta.put(mark, f"{_finished_at(run).isoformat()} {run.id}")
    return len(runs)


def _drop_whole(tx: Transaction, run: Run, facet: Facet) -> bool:
    """Drop all that one call drops; whether nothing is left."""
    head = tx.journal.head(run.id)
    if head is None:
        return True
    end = (head.last_line if facet is Facet.LOG else head.last_seq) + 1
    return tx.journal.drop_front(run.id, facet, end) >= end or not tx.journal.read(run.id, facet, 1, end, limit=1)


def _finished(tx: Transaction, days: float, after: tuple[datetime, str] | None, limit: int) -> list[Run]:
    where = RunFilter(states=FINAL, finished_to=tx.now - timedelta(days=days))
    return tx.runs.list(where, Page(sort=RunSort.FINISHED, is_descending=False, limit=limit, after=after))


def _finished_at(run: Run) -> datetime:
    return run.finished_at or datetime.fromtimestamp(0, UTC)


def _read_mark(text: str | None) -> tuple[datetime, str] | None:
    if not text:
        return None
    at, _, run = text.partition(" ")
    return datetime.fromisoformat(at), run
