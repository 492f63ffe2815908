"""Whether the database is the one that was served here last. One that was put back from a copy numbers its new events as others
were numbered before, so positions that viewers hold must not count in it: the store gets a new epoch.

A mark is written into the database and into a file beside it, and changed every minute: a copy that is older than that has a mark
which the file no longer knows.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from pathlib import Path

from headway.model.errors import HeadwayError
from headway.store.sql.store import SqlStore

MARK = "mark"
"""Key of the mark in the store."""
MARK_SECONDS = 60.0
"""Between two marks by which an older file in the store's place is recognised."""

log = logging.getLogger("headway.store")


class Lineage:
    """Of a store that lives in a file, while one server holds it. `path` is where its marks are kept, outside of it."""

    def __init__(self, store: SqlStore, path: Path, *, pause_seconds: float = MARK_SECONDS) -> None:
        self._store = store
        self._path = path
        self._pause_seconds = pause_seconds
        self._mark: str | None = None

    async def check(self) -> bool:
        """Call before anybody is served. Whether the store goes on where it was; if not, its epoch has been renewed."""
        self._mark = await self._store.read(lambda snapshot: snapshot.meta.get(MARK))
        known = await asyncio.to_thread(self._known)
        goes_on = self._mark in known if self._mark is not None else not known
        if not goes_on:
            log.warning("The database is not the one that was served here last; viewers will be shown its runs anew.")
            await self._store.renew_epoch()
        await self.mark()
        return goes_on

    async def mark(self) -> None:
        """Change the mark. The file knows the old one and the new one before the store has the new one: killed at any moment, the
        store is still recognised."""
        fresh = secrets.token_hex(8)
        await asyncio.to_thread(self._write, [mark for mark in (self._mark, fresh) if mark is not None])
        await self._store.write(lambda tx: tx.meta.put(MARK, fresh))
        self._mark = fresh

    async def keep(self) -> None:
        """Mark again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._pause_seconds)
            try:
                await self.mark()
            except (HeadwayError, OSError) as error:
                log.warning("The database could not be marked: %s", error)

    def _known(self) -> list[str]:
        try:
            return self._path.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            return []

    def _write(self, marks: list[str]) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(marks))
        fresh.replace(self._path)
