"""Which tokens and sessions have ended before their time, known in this process: all at its start, then by the news, and what the news
did not bring within 5 s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from headway.acts.revoke import revocations_since
from headway.live.hub import Hub
from headway.model.errors import HeadwayError
from headway.store.contract import Store

EVERY_SECONDS = 4.0
"""Between two looks for revocations of which the news was lost."""
OVERLAP = timedelta(minutes=1)
"""Clocks of servers differ, and a transaction is seen after the time that it bears."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

log = logging.getLogger("headway.assembly")


async def follow_revocations(store: Store, hub: Hub) -> None:
    """Tell the hub of all that there are, and from now on of those that come. Raises `StoreUnavailable`."""
    watch = RevocationWatch(store, hub.revoke)
    await watch.look()
    hub.spawn(watch.keep())


class RevocationWatch:
    def __init__(self, store: Store, heed: Callable[[str], None]) -> None:
        """`heed` is called with the id of each token and session, once."""
        self._store = store
        self._heed = heed
        self._known: dict[str, datetime] = {}
        self._since = BEGINNING

    async def look(self) -> None:
        """What has come since the last look; at first, all. Raises `StoreUnavailable`."""
        since = self._since
        found = await self._store.read(lambda snapshot: revocations_since(snapshot, since))
        for revocation in reversed(found):
            if revocation.id not in self._known:
                self._known[revocation.id] = revocation.revoked_at
                self._heed(revocation.id)
        if found:
            self._since = max(self._since, found[0].revoked_at - OVERLAP)
        # Only those can be found again that are not older than this.
        self._known = {revoked: at for revoked, at in self._known.items() if at >= self._since}

    async def keep(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.look()
            except HeadwayError as error:
                log.warning("Whether tokens were revoked cannot be found out: %s", error)
