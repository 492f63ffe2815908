"""Cursors: opaque to whoever is given one, and never trusted when they come back."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import cast

import orjson


def pack(parts: Sequence[object]) -> str:
    """base64url (RFC 4648, without padding) of a JSON array."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def unpack(text: str) -> list[object]:
    """What `pack` was given, if it was that: the caller matches what it expects. Raises `ValueError`."""
    return cast("list[object]", orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)))
