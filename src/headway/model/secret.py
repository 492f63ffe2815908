"""Secrets that runs are given by name: what is kept of one, never its value in the clear."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

SECRET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SHORTEST_SECRET = 6
"""Characters. What is shorter stands in a log by chance, and masking it would make the log unreadable."""
LONGEST_SECRET = 32_768
SECRETS_LIMIT = 1_000
"""Of all projects together."""
SECRETS_OF_A_TASK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret, sealed."""

    name: str
    project: str | None
    """None: for runs of all projects; one of the project itself takes its place there."""
    version: int
    """1, 2, 3 …; the newest alone is kept."""
    key_id: str
    """Which key it is encrypted with."""
    sealed: str = field(repr=False)
    """The letter of the cipher, a dot, and base64url of nonce and ciphertext (`access/vault.py`)."""
    set_at: datetime
    set_by: str
