"""Keys that are derived for one algorithm each: one key is used by exactly one (RFC 8725 section 3.1, NIST SP 800-57 part 1 section 5.2).

What was there before there was a choice has the keys of `access/secret.py`; each algorithm that came beside it has one from here. Of
SHA-512, so that it stands by itself should SHA-256 fall.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(material: bytes, purpose: str, size: int) -> bytes:
    """`size` bytes for one purpose, which names the algorithm (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA512(), length=size, salt=None, info=b"headway/" + purpose.encode()).derive(material)
