"""Share links: one run, to be read by whoever has the link, until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SHARE_LINK_LIFE = timedelta(days=7)
LONGEST_SHARE_LINK_LIFE = timedelta(days=90)
SHARE_LINKS_EACH = 50
"""Of one run, those that have ended not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLink:
    id: str
    code_hash: str
    """Of what stands in the link; who reads the store cannot follow it."""
    run: str
    label: str
    """What its maker calls it: for whom it is."""
    created_at: datetime
    created_by: str
    expires_at: datetime
    opened_count: int = 0
    """How often somebody has come by it; going on where one is does not count."""
    opened_at: datetime | None = None
    """When it was last asked for a token."""
    revoked_at: datetime | None = None
