"""What has ended before its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

REVOCATIONS_KEPT = 100_000
"""So many are known to each server, the newest; about 100 bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A token that is good no more, or all tokens of a session."""

    id: str
    """The token's `jti`, or the id of the session."""
    revoked_at: datetime
    ends_at: datetime
    """When the last token that this is about would have ended by itself: from then on nobody need remember it."""
    by: str
