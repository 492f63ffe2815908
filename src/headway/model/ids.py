"""Identifiers: UUIDv7 (RFC 9562 section 5.7), so that ids sort by the time they were made."""

from __future__ import annotations

import os
import re
import threading
import time

_lock = threading.Lock()
_last = 0
ID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """A new UUIDv7. Ids made by one process are strictly increasing (RFC 9562 section 6.2, method 3:
    12 bits of sub-millisecond time, raised by one tick when the clock stands still or goes back)."""
    global _last
    tick = (time.time_ns() << 12) // 1_000_000
    with _lock:
        tick = _last = max(tick, _last + 1)
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    number = (tick >> 12) << 80 | 7 << 76 | (tick & 0xFFF) << 64 | 2 << 62 | random
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None
