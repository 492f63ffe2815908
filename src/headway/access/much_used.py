"""Passwords that are used most, of those that are long enough: kept as hashes, made by `tools/much_used_passwords.py`.

The file beside this one is a line of text that says what it is, then the first `HASH_BYTES` bytes of the SHA-256 of each, sorted. It
is read when the first password is judged, and kept: some 77 kB.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from functools import cache
from pathlib import Path

HASH_BYTES = 8
"""With ten thousand of them, a password that is not in the list is taken for one of it once in 10^15."""
FILE = Path(__file__).with_name("much_used.bin")
ENCODING = "utf-8"


def hash_of(password: str) -> bytes:
    """As it stands in the list: the same for all ways in which it may be written large and small."""
    return hashlib.sha256(unicodedata.normalize("NFC", password).casefold().encode(ENCODING)).digest()[:HASH_BYTES]


@cache
def hashes() -> bytes:
    """All, one behind the other, sorted."""
    return FILE.read_bytes().partition(b"\n")[2]


def is_much_used(password: str) -> bool:
    """Whether the password is in the list, whatever is written large."""
    return holds(hash_of(password))


def holds(sought: bytes) -> bool:
    listed = hashes()

    def at(number: int) -> bytes:
        return listed[number * HASH_BYTES : (number + 1) * HASH_BYTES]

    return at(bisect_left(range(len(listed) // HASH_BYTES), sought, key=at)) == sought
