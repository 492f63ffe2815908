"""New passwords are judged: by the rules (`access/passwords.py`), then by whether they were stolen elsewhere, where that can be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from headway.access.passwords import check_password, normal
from headway.access.stolen import StolenPasswords, StolenUnknown
from headway.model.errors import WeakPassword

AT_ONCE = 4
"""Questions; each may hold a thread for some seconds."""

log = logging.getLogger("headway.web")


class NewPasswords:
    """One for each server."""

    def __init__(self, stolen: StolenPasswords | None = None) -> None:
        self._stolen = stolen
        self._places = asyncio.Semaphore(AT_ONCE)
        self.unknown_count = 0
        """Passwords of which it could not be found out whether they were stolen, and that were judged by the rules alone."""

    async def check(self, password: str, names: Iterable[str] = ()) -> None:
        """Raises `WeakPassword`. Nobody is kept from setting a password because somebody else does not answer."""
        check_password(password, names)
        if self._stolen is None:
            return
        async with self._places:
            try:
                is_stolen = await asyncio.to_thread(self._stolen.is_stolen, normal(password))
            except StolenUnknown as error:
                self.unknown_count += 1
                log.warning("Whether a new password was stolen elsewhere cannot be found out (%d so far): %s", self.unknown_count, error)
                return
        if is_stolen:
            raise WeakPassword(reason="it was stolen elsewhere, and guesses begin with it; take another, and change it there", why="stolen")
