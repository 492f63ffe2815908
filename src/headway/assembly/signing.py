"""Which keys sign and verify tokens, known in this process: all at its start, then by the news, and what the news did not bring within
5 s. A rotation needs no restart of anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from headway.access.tokens import Tokens
from headway.acts.signing import SIGNING_KEYS, signing_keys
from headway.live.bus.contract import BusNews
from headway.model.errors import HeadwayError
from headway.store.contract import Store
from headway.store.news import Changed

EVERY_SECONDS = 4.0
"""Between two looks for a rotation of which the news was lost."""

log = logging.getLogger("headway.assembly")


def _do_nothing() -> None:
    """For a process that keeps no token of its own."""


class SigningWatch:
    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens
        self.turned: Callable[[], object] = _do_nothing
        """Called when another key signs than at the look before."""
        self._signing: str | None = None
        self._is_told = asyncio.Event()

    async def look(self) -> None:
        """Raises `StoreUnavailable`."""
        self._tokens.keys.hold(await self._store.read(signing_keys))
        signing = self._tokens.keys.signing(self._tokens.clock.now())
        before, self._signing = self._signing, signing
        if before not in (None, signing):
            self.turned()

    def hear(self, news: Sequence[BusNews]) -> None:
        if any(isinstance(item, Changed) and item.what == SIGNING_KEYS for item in news):
            self._is_told.set()

    async def keep(self) -> None:
        """Look again and again."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_told.wait(), EVERY_SECONDS)
            self._is_told.clear()
            try:
                await self.look()
            except HeadwayError as error:
                log.warning("Whether there is a new signing key cannot be found out: %s", error)
