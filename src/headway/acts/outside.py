"""Runs that are not ours to execute: any program opens one, reports, and ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.finish import Finish, finish
from headway.acts.look import run_for
from headway.acts.reap import OUTSIDE
from headway.acts.record import Batch, Recorded, record
from headway.acts.start import announce_new, check_labels
from headway.model import events as e
from headway.model.errors import Conflict, DuplicateRun, HeadwayError, RunFinal, TooLarge
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import DEFAULT_PROJECT, DEFAULT_QUEUE, Attempt, Options, Run
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.places import Lease

OUTSIDE_LEASE_SECONDS = 60.0
"""An outside run that has not reported anything for so long is silent."""


class NotOutside(Conflict):
    """This run is executed by a worker of Headway; only that worker reports for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOutside:
    """Someone wants to record a run of their own."""

    name: str
    external_id: str | None = None
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    project: str = DEFAULT_PROJECT
    lost_after_seconds: float = 86_400.0
    idempotency_key: str | None = None
    """Asked again with the same key (the answer was lost), the same run is given once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    run: Run
    attempt: int
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    last_seq: int
    last_line: int
    lease_until: datetime
    wish: str | None


def open_outside(tx: Transaction, wish: OpenOutside, by: Principal) -> Opened:
    """A run that is running from this moment on. Raises `DuplicateRun` for an external id in use."""
    authorise(by, Permission.RUN_RECORD, wish.project)
    check_labels(name=wish.name, tags=wish.tags, metadata=wish.metadata)
    before = _opened_before(tx, wish, by)
    if before is not None:
        return before
    try:
        return _open(tx, wish, by)
    except DuplicateRun:
        # By another node, between our look and our insert, which has waited for its commit: now it is found.
        before = _opened_before(tx, wish, by)
        if before is None:
            raise
        return before


def _open(tx: Transaction, wish: OpenOutside, by: Principal) -> Opened:
    run = Run(
        id=new_id(),
        project=wish.project,
        kind="outside",
        task=None,
        name=wish.name,
        state=RunState.RUNNING,
        queue=DEFAULT_QUEUE,
        priority=0,
        created_at=tx.now,
        created_by=by.id,
        external_id=wish.external_id,
        tags=tuple(dict.fromkeys(wish.tags)),
        metadata=dict(wish.metadata),
        options=Options(lost_after_seconds=wish.lost_after_seconds),
        attempt=1,
        started_at=tx.now,
    )
    tx.runs.insert([run], idempotency_keys={run.id: wish.idempotency_key} if wish.idempotency_key else {}, have_new_ids=True)
    append = Append(tx)
    announce_new(append, run)
    append.head(run.id).fence = 1
    append.add(run.id, fact(e.ATTEMPT_STARTED, attempt=1, worker=OUTSIDE), attempt=1)
    tx.details.open_attempts([Attempt(run=run.id, number=1, fence=1, worker=OUTSIDE, started_at=tx.now)])
    tx.leases.take([Lease(run=run.id, attempt=1, fence=1, worker=OUTSIDE, until=_until(tx))])
    append.flush()
    return Opened(run=run, attempt=1, fence=1)


def _opened_before(tx: Transaction, wish: OpenOutside, by: Principal) -> Opened | None:
    if not wish.idempotency_key:
        return None
    if len(wish.idempotency_key) > e.NAME_LIMIT:
        raise TooLarge(what="The idempotency key", limit=f"{e.NAME_LIMIT} characters")
    run = tx.runs.find_by_idempotency_key(wish.idempotency_key, by.id)
    if run is None:
        return None
    if run.kind != OUTSIDE or run.name != wish.name:
        raise DuplicateRun(field="idempotency key", run=run.id)
    head = tx.journal.head(run.id)
    return Opened(run=run, attempt=run.attempt, fence=head.fence if head else 0)


def report(tx: Transaction, batch: Batch, by: Principal) -> Reported:
    """Record a batch of an outside run and renew its lease; an empty batch only renews, and needs no number of its own
    (`batch_no` 0). Raises what `record` answers."""
    found = _outside(tx, batch.run, by)
    if batch.batch_no > 0 or batch.events:
        answer = record(tx, [batch])[0]
        if isinstance(answer, HeadwayError):
            raise answer
    else:
        answer = _top(tx, found, batch.fence)
    return Reported(last_seq=answer.last_seq, last_line=answer.last_line, lease_until=_renew(tx, found, batch.fence), wish=answer.wish)


def end_outside(tx: Transaction, end: Finish, by: Principal) -> RunState:
    """End an outside run. Raises `RunFinal`, `StaleFence`, `BatchOutOfOrder`, `InvalidEvent`."""
    _outside(tx, end.run, by)
    answer = finish(tx, [end])[0]
    if isinstance(answer, HeadwayError):
        raise answer
    return answer


def report_progress(
    tx: Transaction, run: str, by: Principal, *, done: float | None = None, total: float | None = None, unit: str | None = None,
    stage: str | None = None, status_text: str | None = None, message: str | None = None,
) -> Run:  # fmt: skip
    """Progress of an outside run, for programs that count no batches. The last writer wins."""
    found = _outside(tx, run, by)
    if found.state.is_final:
        raise RunFinal(state=found.state.value, run=run)
    elapsed = round((tx.now - (found.started_at or tx.now)).total_seconds(), 3)
    append = Append(tx)
    head = append.head(run)
    if done is not None:
        append.add(
            run,
            fact(e.PROGRESS_REPORTED, done=done, total=total, unit=unit, message=message, elapsed_seconds=elapsed),
            attempt=found.attempt,
        )
    if stage is not None or status_text is not None:
        append.add(run, fact(e.STATUS_REPORTED, stage=stage, text=status_text), attempt=found.attempt)
    append.flush()
    _renew(tx, found, head.fence)
    return found


def _outside(tx: Transaction, run: str, by: Principal) -> Run:
    found = run_for(tx, run)
    authorise(by, Permission.RUN_RECORD, found.project, found.id)
    if found.kind != "outside":
        raise NotOutside(run=run)
    return found


def _top(tx: Transaction, run: Run, fence: int) -> Recorded:
    answer = record(tx, [Batch(run=run.id, fence=fence, batch_no=0, events=())])[0]
    if isinstance(answer, HeadwayError):
        raise answer
    return answer


def _renew(tx: Transaction, run: Run, fence: int) -> datetime:
    until = _until(tx)
    lease = tx.leases.get(run.id)
    if lease is not None and lease.silent_since is not None:
        tx.leases.set_silent(run.id, None)
        append = Append(tx)
        append.lock([run.id])
        append.add(run.id, fact(e.RUN_SILENT, is_silent=False), attempt=run.attempt)
        append.flush()
    tx.leases.renew({run.id: fence}, until)
    return until


def _until(tx: Transaction) -> datetime:
    return tx.now + timedelta(seconds=OUTSIDE_LEASE_SECONDS)
