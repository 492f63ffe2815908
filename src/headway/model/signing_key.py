"""The keys with which tokens are signed: their names and times. The keys themselves are kept nowhere (`access/signing.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_KEY = "first"
"""The key of an installation that has never rotated. Its tokens name none."""
HEARD_WITHIN = timedelta(seconds=15)
"""A new key signs so long after it was made: by then every server knows it, also one that did not hear the news (5 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    id: str
    """Stands in the header of its tokens (`kid`)."""
    created_at: datetime
    signs_from: datetime
    """From when it signs, until the next one does."""
    created_by: str
