"""Runs, segments and leases to fill a store with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from headway.model.clock import iso
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Head, Segment, Transaction
from headway.store.places import Lease
from headway.store.sql.link import Link
from headway.store.sql.store import SqlStore
from headway.store.sql.transaction import SqlTransaction
from headway.testing.clock import START

AT = iso(START.timestamp())


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_run(**fields: Any) -> Run:
    """A queued run of a task, made at the start of time."""
    given: dict[str, Any] = {
        "id": new_id(), "project": "default", "kind": "task", "task": "count", "name": "count", "state": RunState.QUEUED, "queue": "default",
        "priority": 0, "created_at": START, "created_by": "anna", "queued_at": START,
    }  # fmt: skip
    return Run(**(given | fields))


async def insert(store: SqlStore, *runs: Run, **keys: Any) -> None:
    """Runs with their heads."""

    def act(tx: Transaction) -> None:
        tx.runs.insert(runs, **keys)
        tx.journal.open([Head(run=run.id) for run in runs])

    await store.write(act)


def an_event(seq: int, line: int | None = None, text: str = "") -> bytes:
    own = {"seq": seq} if line is None else {"seq": seq, "line": line}
    return orjson.dumps(own | {"kind": "log.written", "at": AT, "level": "info", "text": text or f"event {seq}"})


def a_segment(run: str, facet: Facet, positions: Sequence[int], seqs: Sequence[int], text: str = "") -> Segment:
    lines = [an_event(seq, position if facet is Facet.LOG else None, text) for position, seq in zip(positions, seqs, strict=True)]
    return Segment(
        run=run, facet=facet, first=positions[0], last=positions[-1], first_seq=seqs[0], last_seq=seqs[-1],
        first_at=AT, last_at=AT, count=len(lines), levels={"info": len(lines)} if facet is Facet.LOG else {}, lines=lines,
    )  # fmt: skip


def append_mixed(tx: Transaction, run: str, log_count: int, view_count: int, text: str = "") -> None:
    """One append: entries first, then changes of the view."""
    head = tx.journal.lock([run])[run]
    seq, line = head.last_seq, head.last_line
    segments: list[Segment] = []
    if log_count:
        segments.append(a_segment(run, Facet.LOG, range(line + 1, line + log_count + 1), range(seq + 1, seq + log_count + 1), text))
    if view_count:
        seqs = range(seq + log_count + 1, seq + log_count + view_count + 1)
        segments.append(a_segment(run, Facet.VIEW, seqs, seqs, text))
    head.last_line, head.last_seq = line + log_count, seq + log_count + view_count
    tx.journal.append([head], segments)


def a_lease(run: str, **fields: Any) -> Lease:
    given: dict[str, Any] = {"run": run, "attempt": 1, "fence": 1, "worker": "w1", "until": after(9)}
    return Lease(**(given | fields))


def put(key: str, value: str) -> Callable[[Transaction], None]:
    """The smallest act there is."""

    def act(tx: Transaction) -> None:
        tx.meta.put(key, value)

    return act


def link_of(tx: Transaction) -> Link:
    """The connection below an act, for tests that do to it what an act must not."""
    assert isinstance(tx, SqlTransaction)
    return tx.link


async def write_together(store: SqlStore, *acts: Callable[[Transaction], Any]) -> list[Any]:
    """The acts in one transaction, for they all wait while another act takes its time; their answers, errors included."""
    entered, release = threading.Event(), threading.Event()

    def block(tx: Transaction) -> None:
        entered.set()
        assert release.wait(10)

    first = asyncio.create_task(store.write(block))
    await asyncio.to_thread(entered.wait, 10)
    waiting = [asyncio.create_task(store.write(act)) for act in acts]
    await asyncio.sleep(0)
    release.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)
