"""The audit log of a server: what was refused is written, what was written is sealed, and what is too old is pruned."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from headway.access.anchors import Signer
from headway.acts.seal import ROWS_LIMIT, Sealed, is_sealing_due, prune_audit, seal, thin_anchors
from headway.model.errors import HeadwayError, StoreUnavailable
from headway.store.contract import Store
from headway.web.refusals import Refusals

EVERY_SECONDS = 1.0
TIDY_TURNS = 600
"""Turns between two looks for what is too old."""

log = logging.getLogger("headway.assembly")


class Sealing:
    """`keep` as a task; `turn` for whoever will not wait; `end` before the store is closed."""

    def __init__(self, store: Store, signer: Signer, refusals: Refusals, *, holder: str, keep_days: float) -> None:
        self._store = store
        self._signer = signer
        self._refusals = refusals
        self._holder = holder
        self._keep_days = keep_days
        self._known: Sealed | None = None

    async def keep(self) -> None:
        turns = 0
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            turns += 1
            try:
                await self.turn()
                if turns % TIDY_TURNS == 1:
                    await self.tidy()
            except HeadwayError as error:
                log.warning("The audit log could not be sealed: %s", error)

    async def turn(self) -> None:
        """Write and seal what there is. Raises `StoreUnavailable`."""
        await self._refusals.flush()
        while await self._store.read(lambda snapshot: is_sealing_due(snapshot, self._known)):
            before = self._known
            sealed = await self._store.write(lambda tx: seal(tx, self._signer, holder=self._holder, known=self._known))
            if sealed is None:
                # Another leads, and writes what is to be said of the chain; here it is only looked at.
                self._known = None
                return
            self._known = sealed
            if before is not None and sealed.number < before.number:
                log.error("The audit log ended at %d, and ends at %d now: rows were taken away.", before.number, sealed.number)
            if sealed.count < ROWS_LIMIT:
                return

    async def tidy(self) -> None:
        """Once in a while. Raises `StoreUnavailable`."""
        if not await self._store.read(lambda snapshot: snapshot.audit.newest_anchor() is not None):
            return
        await self._store.write(thin_anchors)
        gone = 1
        while gone:
            gone = await self._store.write(lambda tx: prune_audit(tx, self._signer, self._keep_days))

    async def end(self) -> None:
        """What was refused in the last second is not lost with the process."""
        with suppress(StoreUnavailable):
            await self._refusals.flush()
