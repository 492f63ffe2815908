"""A circuit breaker before PostgreSQL: while it does not answer, whoever asks is told so at once.

A connection of its own asks for the time again and again, and so this process knows the database's. When none is answered for
`ANSWER_SECONDS`, the circuit opens: what waits fails with `StoreUnavailable`, and so does what comes later. The probe that was not
answered is the one that closes it again: by its answer, or by the next connection's. (A server that is stopped in its tracks, or a
network that swallows packets, closes no connection, and PostgreSQL's own time-outs are kept by the server.)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa

from headway.model.errors import StoreUnavailable

T = TypeVar("T")

PERIOD_SECONDS = 0.25
"""Between two questions of the probe."""
ANSWER_SECONDS = 1.5
"""PostgreSQL that has not answered the probe for so long is away: the breaker opens. With the period, and a little: whoever asks is told
within 2 s that there is no answer."""
CONNECT_SECONDS = 5
"""How long the probe's connection may take."""
_GRACE_SECONDS = 0.1
"""For an answer that has come while our own loop was busy."""
_CLOSE_SECONDS = 1.0
"""How long the end of the probe is waited for."""
_log = logging.getLogger("headway.store")


class Breaker:
    """Made in the event loop that asks the store; `close` ends it."""

    def __init__(self, url: sa.URL, heard: Callable[[datetime], object]) -> None:
        """`heard` is told the database's time whenever it was asked."""
        self._heard = heard
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._loop = asyncio.get_running_loop()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._opened: asyncio.Future[None] = self._loop.create_future()
        """Done while the circuit is open."""
        self._watch = self._loop.create_task(self._probe_again_and_again(), name="headway-breaker")

    @property
    def is_open(self) -> bool:
        return self._opened.done()

    async def hold(self, answer: asyncio.Future[T]) -> T:
        """What `answer` becomes. Raises `StoreUnavailable` as soon as the circuit is open; then nobody waits for `answer` any more, and
        what has not been begun will not be."""
        if not self.is_open:
            try:
                await asyncio.wait((answer, self._opened), return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                answer.cancel()
                raise
            if answer.done():
                return answer.result()
        answer.cancel()
        raise StoreUnavailable(reason="PostgreSQL does not answer")

    async def close(self) -> None:
        self._watch.cancel()
        await asyncio.wait([self._watch], timeout=_CLOSE_SECONDS)
        await self._disconnect()

    async def _probe_again_and_again(self) -> None:
        while True:
            probe = self._loop.create_task(self._probe())
            try:
                done, _ = await asyncio.wait({probe}, timeout=ANSWER_SECONDS)
                if not done:
                    done, _ = await asyncio.wait({probe}, timeout=_GRACE_SECONDS)
                if not done:
                    self._open("no answer")
                    await asyncio.wait({probe})
            except asyncio.CancelledError:
                probe.cancel()
                await asyncio.wait({probe}, timeout=_CLOSE_SECONDS)
                raise
            error = probe.exception()
            if error is None:
                self._close()
            else:
                self._open(str(error).strip() or type(error).__name__)
                await self._disconnect()
            await asyncio.sleep(PERIOD_SECONDS)

    async def _probe(self) -> None:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._address, autocommit=True, prepare_threshold=None, connect_timeout=CONNECT_SECONDS, application_name="headway-breaker"
            )
        answer = await self._connection.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        row = await answer.fetchone()
        if row is not None:
            self._heard(row[0].replace(tzinfo=UTC))

    def _open(self, why: str) -> None:
        if not self.is_open:
            _log.warning("PostgreSQL does not answer (%s); who asks is told so at once.", why.splitlines()[0])
            self._opened.set_result(None)

    def _close(self) -> None:
        if self.is_open:
            _log.warning("PostgreSQL answers again.")
            self._opened = self._loop.create_future()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()
