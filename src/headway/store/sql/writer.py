"""The one writer thread: takes the acts that wait, gives them one transaction, commits, and lets the loop know.

Why a thread and a group: a commit with ``synchronous=FULL`` waits for the disk, and whatever arrives meanwhile shares the
next one. Why a savepoint an act: one that raises is undone alone.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from headway.model.clock import Clock
from headway.model.errors import StoreUnavailable
from headway.model.statements import Purpose
from headway.store.asking import Asker, present_asker
from headway.store.contract import Announce, News, Pace, Transaction
from headway.store.sql.engines import begin_write, close, impatient, is_held_elsewhere, is_in_transaction, open_writer, reason_of, set_now
from headway.store.sql.figures import Figures
from headway.store.sql.statements import Watch
from headway.store.sql.transaction import SqlTransaction
from headway.store.sql.turns import Turns

_log = logging.getLogger("headway.store")

GAP_SECONDS = 0.0015
"""What reports leave free after a commit, so that other processes get their turn."""
GROUP_LIMIT = 256
GROUP_SECONDS = 0.05
"""A transaction that has lasted this long takes no further act."""
_SAVEPOINT = "act"


@dataclass(slots=True)
class _Waiting:
    act: Callable[[Transaction], Any]
    pace: Pace
    answer: asyncio.Future[Any]
    since: float
    """When it was asked for."""
    asker: Asker | None
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the connection that writes. `submit` and `close` belong to the event loop, all else to the thread."""

    def __init__(
        self, engine: sa.Engine, *, clock: Clock | None, announce: Announce, loop: asyncio.AbstractEventLoop, figures: Figures
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._announce = announce
        self._loop = loop
        self._figures = figures
        self._transaction: SqlTransaction | None = None
        self._watch: Watch | None = None
        """Of the connection that the transaction is on."""
        self._turns = Turns(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None
        self._gate = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._urgent_count = 0
        self._is_closing = False
        self._last_commit = 0.0
        self._thread = threading.Thread(target=self._live, name="headway-writer", daemon=True)
        self._thread.start()

    # --- the loop's side -------------------------------------------------------------------------------------------

    def submit(self, act: Callable[[Transaction], Any], pace: Pace) -> asyncio.Future[Any]:
        waiting = _Waiting(act, pace, self._loop.create_future(), time.monotonic(), present_asker())
        with self._gate:
            if self._is_closing:
                raise StoreUnavailable(reason="it is closed")
            self._queue.append(waiting)
            if pace is Pace.NOW:
                self._urgent_count += 1
            self._gate.notify()
        return waiting.answer

    def close(self) -> None:
        """Commit what waits, then end the thread. Blocks."""
        with self._gate:
            self._is_closing = True
            self._gate.notify()
        self._thread.join()

    def _settle(self, group: Sequence[_Waiting], news: Sequence[News]) -> None:
        for waiting in group:
            if not waiting.answer.done():
                if waiting.error is not None:
                    waiting.answer.set_exception(waiting.error)
                else:
                    waiting.answer.set_result(waiting.result)
        if news:
            try:
                self._announce(news)
            except Exception:  # noqa: BLE001 - a listener's mistake is not the act's
                _log.exception("news of a commit could not be announced")

    @property
    def waiting_count(self) -> int:
        """Acts that no transaction has taken yet."""
        return len(self._queue)

    # --- the thread's side -----------------------------------------------------------------------------------------

    def _live(self) -> None:
        while (group := self._next_group()) is not None:
            news: list[News] = []
            try:
                news = self._write(group)
            except BaseException as error:  # noqa: BLE001 - those who wait are told, and the thread lives on
                self._fail(group, error)
            self._figures.not_in_use(self)
            if self._turns is not None:
                self._turns.ended()
            self._last_commit = time.monotonic()
            try:
                self._loop.call_soon_threadsafe(self._settle, group, news)
            except RuntimeError:
                _log.warning("the event loop ended before %d acts were answered", len(group))
        self._disconnect()
        if self._turns is not None:
            self._turns.close()

    def _next_group(self) -> list[_Waiting] | None:
        with self._gate:
            while True:
                if self._queue:
                    remaining = self._last_commit + GAP_SECONDS - time.monotonic()
                    if self._urgent_count or remaining <= 0 or self._is_closing:
                        return self._take()
                    self._gate.wait(remaining)
                elif self._is_closing:
                    return None
                else:
                    self._gate.wait()

    def _take(self) -> list[_Waiting]:
        group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_LIMIT))]
        self._urgent_count -= sum(waiting.pace is Pace.NOW for waiting in group)
        return [waiting for waiting in group if not waiting.answer.cancelled()]

    def _put_back(self, rest: list[_Waiting]) -> None:
        with self._gate:
            self._queue.extendleft(reversed(rest))
            self._urgent_count += sum(waiting.pace is Pace.NOW for waiting in rest)

    def _write(self, group: list[_Waiting]) -> list[News]:
        if not group:
            return []
        started = time.monotonic()
        self._figures.in_use(self)
        transaction = self._begin()
        begun = time.monotonic()
        link = transaction.link
        if len(group) == 1:
            if not self._attempt(transaction, group[0], is_alone=True):
                link.rollback()
                return []
        else:
            self._together(transaction, group, started + GROUP_SECONDS)
        news = list(transaction.take_news())
        if not is_in_transaction(link):
            raise StoreUnavailable(reason="the database gave the transaction up")
        assert self._watch is not None
        try:
            self._watch.commit(len(group))
        except Exception as error:
            if len(group) > 1 or not link.is_postgres or reason_of(error) is not None:
                raise
            group[0].error = error  # the act had ended well, and something that it left to be sent was refused (`Link.later`)
            link.rollback()
            return []
        self._figures.committed(len(group), time.monotonic() - started)
        self._figures.waited_to_write(begun - waiting.since for waiting in group)
        return news

    def _begin(self) -> SqlTransaction:
        """A transaction on the connection we have, or, if PostgreSQL has closed that one meanwhile, on a new one."""
        transaction = self._transaction
        if transaction is not None:
            try:
                begin_write(transaction.link, self._clock, self._turns)
            except Exception:
                if not transaction.link.is_postgres:
                    raise
                _log.debug("the writer's connection has gone", exc_info=True)
                self._disconnect()
            else:
                return transaction
        transaction = self._transaction = SqlTransaction(open_writer(self._engine))
        self._watch = Watch(transaction.link, self._figures.statements, Purpose.ACT)
        begin_write(transaction.link, self._clock, self._turns)
        return transaction

    def _together(self, transaction: SqlTransaction, group: list[_Waiting], until: float) -> None:
        link = transaction.link
        for number, waiting in enumerate(group):
            if number and time.monotonic() > until:
                self._put_back(group[number:])
                del group[number:]
                break
            if number == 1:
                impatient(link)
            if number and self._clock is not None:
                set_now(link, self._clock)
            link.savepoint(_SAVEPOINT)
            if self._attempt(transaction, waiting):
                link.release(_SAVEPOINT)
                continue
            try:
                link.rollback_to(_SAVEPOINT)
            except Exception:
                waiting.error = None  # not the act's: there is no transaction any more, and all of the group are told so
                raise
            if number and is_held_elsewhere(waiting.error):
                # The acts before it hold rows too, perhaps those that the other process waits for. So they are committed
                # now, and this act is run again as the first of the next transaction, where it may wait.
                waiting.error = None
                self._put_back(group[number:])
                del group[number:]
                break

    def _attempt(self, transaction: SqlTransaction, waiting: _Waiting, *, is_alone: bool = False) -> bool:
        """Run an act; whether it went well. What ends the whole transaction is raised."""
        started = time.monotonic()
        said = transaction.said_count
        assert self._watch is not None
        self._watch.begins(waiting.act, waiting.asker)
        try:
            waiting.result = waiting.act(transaction)
            if not is_alone:
                transaction.link.send()  # what it broke is its own; alone, it goes with the COMMIT
        except Exception as error:
            transaction.unsay(said)
            reason = reason_of(error)
            waiting.error = error if reason is None else _unavailable(reason, error)
            if reason is not None and not transaction.link.is_postgres:
                raise  # SQLite has undone an unknown part of the transaction: a full disk, an I/O error
            return False
        finally:
            self._figures.took("act", waiting.act, time.monotonic() - started)
        return True

    def _fail(self, group: Sequence[_Waiting], error: BaseException) -> None:
        """Nothing of the group is kept. The next one begins on a new connection, so the store recovers by itself."""
        _log.warning("a transaction of %d acts failed: %s", len(group), error)
        self._figures.failed(len(group))
        reason = error.fields.get("reason", str(error)) if isinstance(error, StoreUnavailable) else reason_of(error) or repr(error)
        for waiting in group:
            if waiting.error is None:
                waiting.error = _unavailable(reason, error)
        self._disconnect()

    def _disconnect(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            close(transaction.link)


def _unavailable(reason: str, cause: BaseException) -> StoreUnavailable:
    error = StoreUnavailable(reason=reason)
    error.__cause__ = cause
    return error
