"""What no single run can do and somebody must: reap, promote, keep house. Whoever reaches the store may do it; one process leads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from headway.acts.approvals import expire
from headway.acts.carry import approved, carry_out
from headway.acts.lease import LEASE_SECONDS
from headway.acts.reap import promote, reap, refresh
from headway.acts.tidy import Retention
from headway.model.errors import HeadwayError
from headway.store.contract import Snapshot, Store, Transaction
from headway.work.doorbell.bells import Bells
from headway.work.housekeeping import EVERY_SECONDS, Housekeeping

_log = logging.getLogger("headway.work")

TICK_SECONDS = 1.0
"""Between two looks at leases, limits and places that are free."""


async def try_to(what: str, do: Callable[[], Awaitable[object]]) -> bool:
    """Do it; a failure is logged as `what`, and does not end the loop."""
    try:
        await do()
    except HeadwayError as error:
        _log.warning("%s: %s", what, error)
        return False
    except Exception:  # noqa: BLE001  (a duty that fails once must be tried again)
        _log.exception("%s", what)
        return False
    return True


class Duties:
    """`run_reaper` and `run_housekeeping` are to be run as tasks."""

    def __init__(
        self,
        store: Store,
        *,
        holder: str,
        artifacts: Path,
        retention: Retention | None = None,
        bells: Bells | None = None,
        is_wanted: Callable[[Snapshot], bool] | None = None,
    ) -> None:
        """`holder`: of the lead. `is_wanted`: asked before each turn; None: always."""
        self._store = store
        self._holder = holder
        self._bells = bells or Bells()
        self._is_wanted = is_wanted
        self._housekeeping = Housekeeping(store, holder=holder, artifacts=artifacts, retention=retention or Retention())

    async def run_reaper(self) -> None:
        """After an absence of our own, nobody is declared dead for it; nor by one that is only now wanted."""
        loop = asyncio.get_running_loop()
        last = loop.time() if self._is_wanted is None else float("-inf")
        while True:
            gap, last = loop.time() - last, loop.time()
            if not await self._is_ours():
                last = float("-inf")
            elif gap > LEASE_SECONDS / 2:
                if gap != float("inf"):
                    _log.warning("The reaper was away for %.1f s; leases get a fresh period.", gap)
                if not await try_to("leases could not be refreshed", lambda: self._store.write(refresh)):
                    last = float("-inf")
            elif not await try_to("the reaper could not do its work", self._reap):
                last = float("-inf")
            await asyncio.sleep(TICK_SECONDS)

    async def _is_ours(self) -> bool:
        wanted = self._is_wanted
        try:
            return wanted is None or await self._store.read(wanted)
        except HeadwayError as error:
            _log.warning("It could not be read whether somebody else leads: %s", error)
            return False

    async def _reap(self) -> None:
        def act(tx: Transaction) -> int:
            return len(reap(tx, holder=self._holder)) + promote(tx) + expire(tx)

        await self._store.write(act)
        for approval in await self._store.read(approved):
            await carry_out(self._store, approval, parts=1)
        await self._bells.look(self._store, holder=self._holder)

    async def run_housekeeping(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if await self._is_ours():
                await try_to("housekeeping failed", self._housekeeping.turn)
