"""The audit log to another system, as it happens: each sealed row as a message of syslog (RFC 5424) over TLS (RFC 5425).

The store is the queue: rows have numbers without gaps, the number of the last one that went is kept there, and whatever the receiver
missed while it was away comes when it is back. TCP does not say what a receiver that fell over had not written yet, so each new
connection begins with the last rows again; whoever receives knows them by their numbers, and would see a gap.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from headway.model.audit import AuditOutcome, AuditRow
from headway.model.audit_chain import moment_text, row_to_json
from headway.model.errors import HeadwayError
from headway.store.contract import Snapshot, Store, Transaction

DUTY = "audit relay"
SENT_KEY = "audit_relayed"
"""In the store: number and hash of the last row that went."""
LEAD = timedelta(seconds=30)
"""Whoever relays and is not heard of for so long has another server take its place."""
ROWS_LIMIT = 100
"""Sent, and then noted, at once."""
AGAIN_COUNT = 100
"""Rows that a new connection begins with once more."""
EVERY_SECONDS = 1.0
"""Between two looks for rows that have not gone yet."""
AWAY_SECONDS = 15.0
"""After a failure, until the next try."""
SEND_SECONDS = 10.0
"""For a connection, and for each batch to be taken."""
TELL_SECONDS = 600.0
"""Between two lines of the log while the receiver stays away."""
TLS_PORT = 6_514
_AUDIT = 13
"""The facility "log audit"."""
_SEVERITIES = {AuditOutcome.DONE.value: 5, AuditOutcome.REFUSED.value: 4, AuditOutcome.FAILED.value: 3}

log = logging.getLogger("headway.assembly")


def syslog_message(row: AuditRow, host: str) -> bytes:
    """One row, framed by its length (RFC 5425 section 4.3). What it says is the JSON of an export, in ASCII."""
    said = json.dumps({"type": "row", **row_to_json(row)}, separators=(",", ":"))
    priority = _AUDIT * 8 + _SEVERITIES.get(row.outcome, 3)
    line = f"<{priority}>1 {moment_text(row.at)} {_word(host, 255)} headway - {_word(row.action, 32)} - {said}".encode()
    return b"%d %b" % (len(line), line)


def _word(text: str, limit: int) -> str:
    """As a field of the header takes it: printable ASCII without spaces."""
    return re.sub(r"[^!-~]", "_", text)[:limit] or "-"


class Syslog:
    """A connection to a receiver: `tls://host` (port 6514 unless it says another), or `tcp://` for one on this machine."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self._host = parts.hostname or ""
        self._port = parts.port or TLS_PORT
        self._context = ssl.create_default_context() if parts.scheme == "tls" else None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def is_open(self) -> bool:
        """False also once the other end has closed: it says nothing else."""
        return self._streams is not None and not self._streams[0].at_eof() and not self._streams[1].is_closing()

    async def open(self) -> None:
        """Raises OSError (`ssl.SSLError` among them) or TimeoutError."""
        self.close()
        async with asyncio.timeout(SEND_SECONDS):
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._context)

    async def send(self, messages: Sequence[bytes]) -> None:
        """Raises OSError or TimeoutError; then nobody knows how much of it arrived."""
        if self._streams is None:
            raise ConnectionError("it is closed")
        writer = self._streams[1]
        try:
            writer.transport.set_write_buffer_limits(high=0)
            writer.write(b"".join(messages))
            async with asyncio.timeout(SEND_SECONDS):
                await writer.drain()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Relay:
    """`keep` as a task; `turn` for whoever will not wait."""

    def __init__(
        self, store: Store, syslog: Syslog, *, holder: str, host: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        """`host`: what this server is called in the messages. `holder`: as whom it leads, where there are several."""
        self._store = store
        self._syslog = syslog
        self._holder = holder
        self._host = host
        self._monotonic = monotonic
        self._told_at: float | None = None

    async def keep(self) -> None:
        try:
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                try:
                    while await self.turn() == ROWS_LIMIT:
                        pass
                except (OSError, TimeoutError, HeadwayError) as error:
                    self._tell(error)
                    await asyncio.sleep(AWAY_SECONDS)
        finally:
            self._syslog.close()

    def close(self) -> None:
        self._syslog.close()

    async def turn(self) -> int:
        """Send what has not gone yet, `ROWS_LIMIT` rows at most; how many. Raises OSError, TimeoutError, `StoreUnavailable`."""
        rows = await self._store.read(self._waiting)
        if not rows or not await self._store.write(self._lead):
            return 0
        again: Sequence[AuditRow] = ()
        if not self._syslog.is_open:
            await self._syslog.open()
            first = max(1, (rows[0].number or 1) - AGAIN_COUNT)
            again = await self._store.read(lambda snapshot: snapshot.audit.sealed(first, limit=AGAIN_COUNT))
        number = rows[0].number or 0
        await self._syslog.send(
            [syslog_message(row, self._host) for row in [*(each for each in again if (each.number or 0) < number), *rows]]
        )
        last = rows[-1]
        await self._store.write(lambda tx: tx.meta.put(SENT_KEY, f"{last.number} {last.hash}"))
        if self._told_at is not None:
            log.warning("The audit log goes to %s again, up to row %d.", self._syslog.address, last.number)
            self._told_at = None
        return len(rows)

    def _waiting(self, snapshot: Snapshot) -> Sequence[AuditRow]:
        number, _, hash_ = (snapshot.meta.get(SENT_KEY) or "0 ").partition(" ")
        sent = int(number)
        if sent == 0:
            return snapshot.audit.sealed(1, limit=ROWS_LIMIT)
        rows = snapshot.audit.sealed(sent, limit=ROWS_LIMIT + 1)
        if rows and (rows[0].number or 0) > sent:
            return rows[:ROWS_LIMIT]  # it was pruned
        if rows and rows[0].hash == hash_:
            return rows[1:]
        if not rows and snapshot.audit.top() is None:
            return ()
        # The row that went is not there any more, or is another: whoever receives is to see it.
        log.error("The audit log is not the one that was sent to %s up to row %d: all of it is sent again.", self._syslog.address, sent)
        return snapshot.audit.sealed(1, limit=ROWS_LIMIT)

    def _lead(self, tx: Transaction) -> bool:
        return tx.meta.lead(DUTY, self._holder, tx.now + LEAD) is not None

    def _tell(self, error: BaseException) -> None:
        now = self._monotonic()
        if self._told_at is None or now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            log.error(
                "The audit log cannot be sent to %s: %s. What waits is kept, and sent later.", self._syslog.address, error or "timed out"
            )
