"""A few reader threads with a connection each; every query has a short transaction of its own, so that it sees one moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from headway.model.clock import Clock
from headway.model.errors import StoreUnavailable
from headway.model.statements import Purpose
from headway.store.asking import Asker, present_asker
from headway.store.contract import Snapshot
from headway.store.sql.engines import begin_read, close, open_reader, reason_of
from headway.store.sql.figures import Figures
from headway.store.sql.statements import Watch
from headway.store.sql.transaction import SqlSnapshot

READER_COUNT = 4
"""Connections that read; one more writes."""


class Readers:
    def __init__(self, engine: sa.Engine, *, clock: Clock | None, figures: Figures, count: int = READER_COUNT) -> None:
        self._engine = engine
        self._clock = clock
        self._figures = figures
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="headway-reader")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._open: set[SqlSnapshot] = set()

    def submit(self, query: Callable[[Snapshot], Any]) -> Future[Any]:
        self._figures.asked_to_read()
        try:
            answer = self._pool.submit(self._read, query, time.monotonic(), present_asker())
        except RuntimeError as error:
            self._figures.no_longer_asked()
            raise StoreUnavailable(reason="it is closed") from error
        answer.add_done_callback(self._given_up)
        return answer

    def _given_up(self, answer: Future[Any]) -> None:
        if answer.cancelled():
            self._figures.no_longer_asked()

    def close(self) -> None:
        """Let the queries that run end, then close the connections. Blocks."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for snapshot in self._open:
            close(snapshot.link)
        self._open.clear()

    def _read(self, query: Callable[[Snapshot], Any], asked: float, asker: Asker | None) -> Any:
        self._figures.reading()
        self._figures.in_use(threading.get_ident())
        began = time.monotonic()
        try:
            snapshot = self._begin()
            started = time.monotonic()
            self._figures.waited_to_read(started - asked)
            self._own.watch.begins(query, asker)
            try:
                return query(snapshot)
            finally:
                self._end(snapshot)
                self._figures.took("query", query, time.monotonic() - started)
        except Exception as error:
            reason = reason_of(error)
            if reason is None:
                raise
            raise StoreUnavailable(reason=reason) from error
        finally:
            self._figures.was_read(time.monotonic() - began)
            self._figures.not_in_use(threading.get_ident())

    def _begin(self) -> SqlSnapshot:
        """A query may be begun twice, so a connection that was lost while idle is replaced without a word."""
        snapshot: SqlSnapshot | None = getattr(self._own, "snapshot", None)
        if snapshot is not None:
            try:
                begin_read(snapshot.link, self._clock)
            except Exception:  # noqa: BLE001 - whatever it was, a new connection tells
                self._drop(snapshot)
            else:
                return snapshot
        snapshot = self._own.snapshot = SqlSnapshot(open_reader(self._engine))
        self._own.watch = Watch(snapshot.link, self._figures.statements, Purpose.QUERY)
        with self._lock:
            self._open.add(snapshot)
        begin_read(snapshot.link, self._clock)
        return snapshot

    def _end(self, snapshot: SqlSnapshot) -> None:
        try:
            snapshot.link.rollback()
        except Exception:  # noqa: BLE001 - the query has its answer; the connection is of no more use
            self._drop(snapshot)

    def _drop(self, snapshot: SqlSnapshot) -> None:
        self._own.snapshot = None
        with self._lock:
            self._open.discard(snapshot)
        close(snapshot.link)
