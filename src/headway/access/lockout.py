"""How long nobody signs in by password under a name that was tried too often.

Names are counted whether or not there is such an account: who tries one learns nothing about it. The owner of a locked account still
gets in by a sign-in link, or by a provider.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from headway.access.seal import Seal

FREE_TRIES = 10
"""Wrong passwords in a row, of which the last one locks."""
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)
SLOTS = 1 << 17
"""For the names of nobody: so many are counted apart, and no more rows are ever kept, whatever is tried."""


def lock_until(failed_count: int, now: datetime) -> datetime | None:
    """What follows from so many wrong passwords in a row: nothing, or a lock, twice as long with each. In a day that is a dozen guesses,
    then one a day."""
    beyond = failed_count - FREE_TRIES
    if beyond < 0:
        return None
    return now + min(LONGEST_LOCK, FIRST_LOCK * (1 << min(beyond, 16)))


def slot_of(name: str, seal: Seal) -> int:
    """Where the wrong passwords of a name without an account are counted. The name itself is not kept: people type passwords there."""
    digest = hashlib.sha256(seal.mark(f"name {name[:100]}").encode()).digest()
    return int.from_bytes(digest[:4], "big") % SLOTS
