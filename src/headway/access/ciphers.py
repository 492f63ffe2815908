"""The ciphers that encrypt what is kept, each with a key of its own. Their names are those of `access/algorithms.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV, ChaCha20Poly1305

from headway.access.derivation import derive
from headway.model.errors import BadSetting

NONCE_BYTES = 12
"""Of each of them: random, and new for each text."""
KEY_BYTES = 32
AES_256_GCM = "AES-256-GCM"
MADE_BY: Mapping[str, Callable[[bytes], Cipher]] = {
    AES_256_GCM: AESGCM,
    "AES-256-GCM-SIV": AESGCMSIV,
    "ChaCha20-Poly1305": ChaCha20Poly1305,
}
"""Of their keys. With SIV (RFC 8452) a nonce that comes twice tells no more than that a text did."""


class Cipher(Protocol):
    """Authenticated encryption with associated data (RFC 5116)."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Raises `InvalidTag`, or `ValueError` for what is too short to be anything."""
        ...


def open_ciphers(key: bytes, names: Sequence[str]) -> dict[str, Cipher]:
    """These, in this order. AES-256-GCM has the key itself, as it always had; the others have one that is derived from it.

    Raises `BadSetting` where OpenSSL lacks one.
    """
    try:
        return {name: MADE_BY[name](key if name == AES_256_GCM else derive(key, name, KEY_BYTES)) for name in names}
    except UnsupportedAlgorithm:
        reason = f"the OpenSSL of this machine does not offer each of {', '.join(names)}"
        raise BadSetting(name="HEADWAY_ALGORITHMS", reason=reason) from None
