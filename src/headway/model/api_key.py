"""API keys: what a program shows instead of a person. Its secret is shown once, and kept as a seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

API_KEY_LIFE = timedelta(days=90)
LONGEST_API_KEY_LIFE = timedelta(days=400)
ROTATION_GRACE = timedelta(days=1)
"""For which the old secret stays good after a rotation, if nothing else is said."""
LONGEST_GRACE = timedelta(days=30)
API_KEYS_EACH = 100
"""Of one owner, those that have ended not counted."""
API_KEY_REMEMBERED = timedelta(days=30)
"""A key that has ended is still listed for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: str
    prefix: str
    """12 hexadecimal digits: the part of the key that is no secret, by which it is found and recognised."""
    secret_hash: str
    name: str
    """What its owner calls it: a program, a machine."""
    scopes: tuple[str, ...]
    """Permissions (``run:read``), those of one project (``project:<name>:run:read``), the verb may be ``*``."""
    owner: str
    """The id of the principal who made it, and as whom its bearer acts."""
    account: str | None = None
    """Whose rights bound it; None: those of `role`, for an owner without an account."""
    role: str | None = None
    created_at: datetime
    expires_at: datetime
    changed_at: datetime
    """When it was made, rotated or revoked: by this each server finds what it has not heard of."""
    used_at: datetime | None = None
    """To the minute."""
    old_secret_hash: str | None = None
    """That of before the last rotation, good until `old_until`."""
    old_until: datetime | None = None
    rotated_at: datetime | None = None
    revoked_at: datetime | None = None
