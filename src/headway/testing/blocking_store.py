"""The store that people run, for code without an event loop: an act is executed, and committed, in the thread that asks.

Transactions, statements and tables are those of `store/sql`; only its threads are missing. They would cost three changes of thread
for each act, half of what a run of nothing costs here.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from typing import TypeVar

from headway.model.clock import Clock
from headway.store.contract import Snapshot, Transaction
from headway.store.sql.engines import begin_read, begin_write, close, make_engine, open_reader, open_writer
from headway.store.sql.migrate import bring_up
from headway.store.sql.transaction import SqlSnapshot, SqlTransaction
from headway.testing.store import PLACE

T = TypeVar("T")


class BlockingStore:
    """An empty store that forgets all when it is closed. `write` and `read` may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._directory = tempfile.TemporaryDirectory(prefix="headway-", dir=PLACE)
        self._engine = make_engine(f"sqlite:///{self._directory.name}/headway.db", synchronous="OFF")
        self.epoch = bring_up(self._engine)
        self._transaction = SqlTransaction(open_writer(self._engine))
        self._snapshot = SqlSnapshot(open_reader(self._engine))
        self._lock = threading.Lock()

    def write(self, act: Callable[[Transaction], T]) -> T:
        """Run the act and commit. Raises what the act raises; then nothing of it is kept."""
        transaction = self._transaction
        with self._lock:
            begin_write(transaction.link, self._clock)
            try:
                answer = act(transaction)
            except BaseException:
                transaction.link.cursor.execute("ROLLBACK")
                raise
            finally:
                transaction.take_news()  # nobody listens
            transaction.link.cursor.execute("COMMIT")
            return answer

    def read(self, query: Callable[[Snapshot], T]) -> T:
        link = self._snapshot.link
        with self._lock:
            begin_read(link, self._clock)
            try:
                return query(self._snapshot)
            finally:
                link.cursor.execute("ROLLBACK")

    def close(self) -> None:
        for link in (self._transaction.link, self._snapshot.link):
            close(link)
        self._engine.dispose()
        self._directory.cleanup()
