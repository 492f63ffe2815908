"""Devices: programs that a person has signed in, and that renew their tokens by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DEVICE_LIFE = timedelta(days=30)
REPEAT_WITHIN = timedelta(seconds=10)
"""A refresh token that was used may come once more within so long: its answer was lost on the way. It buys the same again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """All tokens that came from one sign-in code: if one of its refresh tokens is used twice, none of them is good any more."""

    id: str
    subject: str
    role: str | None
    scopes: tuple[str, ...]
    account: str | None = None
    """Whose rights its tokens have, which then name none themselves."""
    name: str
    """What the program says of itself: at most 200 characters, believed by nobody."""
    number: int = 1
    """Of the refresh token that is good; each use raises it."""
    created_at: datetime
    renewed_at: datetime
    expires_at: datetime
