"""`SqlStore`: the contract on SQLite or PostgreSQL, chosen by the URL alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from headway.model.clock import Clock, SystemClock
from headway.model.errors import StoreUnavailable
from headway.model.ids import new_id
from headway.store.contract import Announce, News, Pace, Snapshot, Transaction
from headway.store.sql.checkpointer import RESTART_BYTES, Checkpointer
from headway.store.sql.clock import StoreClock
from headway.store.sql.engines import breaker_for, make_engine, reason_of
from headway.store.sql.figures import Figures
from headway.store.sql.meta import EPOCH
from headway.store.sql.migrate import bring_up
from headway.store.sql.readers import READER_COUNT, Readers
from headway.store.sql.statements import SLOW_SECONDS
from headway.store.sql.writer import Writer

T = TypeVar("T")

_log = logging.getLogger("headway.store")

WRITES_LIMIT = 4096
"""Acts that may wait at once; whoever comes later waits before the queue."""
READS_LIMIT = 256
"""Queries that may wait at once; the same."""


def _say_nothing(news: Sequence[News]) -> None:
    """For a process in which nobody listens."""


class SqlStore:
    """A store that is open. Made by `open`; used from the event loop that opened it."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        epoch: str,
        clock: Clock | None,
        announce: Announce,
        synchronous: str,
        reader_count: int,
        wal_bytes: int,
        slow_seconds: float,
    ) -> None:
        self._engine = engine
        self._epoch = epoch
        self._announce = announce
        self._is_closed = False
        self.figures = Figures(connection_count=reader_count + 1, slow_seconds=slow_seconds)
        loop = asyncio.get_running_loop()
        self._writes = asyncio.Semaphore(WRITES_LIMIT)
        self._reads = asyncio.Semaphore(READS_LIMIT)
        self._writer = Writer(engine, clock=clock, announce=self._tell, loop=loop, figures=self.figures)
        self._readers = Readers(engine, clock=clock, figures=self.figures, count=reader_count)
        self._heard = StoreClock()
        self._clock: Clock = clock or (self._heard if engine.dialect.name == "postgresql" else SystemClock())
        self._breaker = breaker_for(engine, self._heard.set)
        self._checkpointer: Checkpointer | None = None
        if engine.dialect.name == "sqlite" and engine.url.database:
            self._checkpointer = Checkpointer(engine.url.database, self.figures, synchronous=synchronous, restart_bytes=wal_bytes)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        announce: Announce = _say_nothing,
        synchronous: str = "FULL",
        reader_count: int = READER_COUNT,
        wal_bytes: int = RESTART_BYTES,
        slow_seconds: float = SLOW_SECONDS,
    ) -> SqlStore:
        """Connect, bring the tables up to date, and start the threads.

        `url`: ``sqlite:////path/to/file`` or ``postgresql://…``. `clock`: whose time `Transaction.now` is; None: the database's
        (SQLite: this machine's), which is what several machines on one PostgreSQL need. `announce` is called in the event loop's
        thread after each commit. `synchronous`: SQLite's setting, ``FULL``, or ``OFF`` for tests. `wal_bytes`: above this SQLite's
        write-ahead log begins anew; above twice of it, it is truncated. `slow_seconds`: statements, acts and queries that take so long,
        or longer, are counted and told to the log. Raises `StoreUnavailable`.
        """
        engine = make_engine(url, synchronous=synchronous)
        try:
            epoch = await asyncio.to_thread(bring_up, engine)
        except Exception as error:
            reason = reason_of(error)
            if reason is None:
                raise
            raise StoreUnavailable(reason=reason) from error
        store = cls(
            engine,
            epoch=epoch,
            clock=clock,
            announce=announce,
            synchronous=synchronous,
            reader_count=reader_count,
            wal_bytes=wal_bytes,
            slow_seconds=slow_seconds,
        )
        await store._learn_time()
        return store

    async def _learn_time(self) -> None:
        if self._breaker is None:
            return
        try:
            self._heard.set(await self.read(lambda snapshot: snapshot.now))
        except BaseException:
            await self.close()
            raise

    @property
    def clock(self) -> Clock:
        """Whose time `Transaction.now` is, for what is decided without a transaction."""
        return self._clock

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def wal_bytes(self) -> int:
        return self.figures.wal_bytes

    @property
    def waiting_count(self) -> int:
        """Acts that wait to be written."""
        return self._writer.waiting_count

    def set_announce(self, announce: Announce) -> None:
        """Who is told from now on (assembly makes the store before its listeners)."""
        self._announce = announce

    def _tell(self, news: Sequence[News]) -> None:
        self._announce(news)

    async def write(self, act: Callable[[Transaction], T], *, pace: Pace = Pace.NOW) -> T:
        async with self._writes:
            answer = self._writer.submit(act, pace)
            return await (answer if self._breaker is None else self._breaker.hold(answer))

    async def read(self, query: Callable[[Snapshot], T]) -> T:
        async with self._reads:
            answer = asyncio.wrap_future(self._readers.submit(query))
            return await (answer if self._breaker is None else self._breaker.hold(answer))

    async def renew_epoch(self) -> str:
        """Make all positions that were given out worthless: after a restore or an import. Returns the new epoch."""
        epoch = new_id()
        await self.write(lambda transaction: transaction.meta.put(EPOCH, epoch))
        self._epoch = epoch
        return epoch

    async def close(self) -> None:
        """Commit what waits, and let go of the database. Later calls of the store raise `StoreUnavailable`."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._breaker is not None:
            await self._breaker.close()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self._engine.dispose()
