"""Who signs the anchors of the audit log: a key of its own, derived from the installation's secret, and its public half, with which anybody
can check a signature and nobody can make one."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headway.access.secret import derive_key
from headway.model.audit_chain import Anchor, signed_part, whole_milliseconds

_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = frozenset({0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8})
"""What keys of small order say of themselves (RFC 8032 section 5.1.2, without the sign): with such a key a signature that nobody made is
good for one message in eight at least, and libraries take it."""


class Signer:
    """Ed25519 (RFC 8032). A new secret is a new key: anchors of before then hold for whoever names the old public key."""

    def __init__(self, secret: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(derive_key(secret, "audit anchors"))
        self.key = _encode(self._private.public_key().public_bytes_raw())

    def anchor(self, kind: str, number: int, hash: str, at: datetime) -> Anchor:
        bare = Anchor(kind=kind, number=number, hash=hash, at=whole_milliseconds(at), key=self.key, signature="")
        return replace(bare, signature=_encode(self._private.sign(signed_part(bare))))


def is_signed(anchor: Anchor) -> bool:
    """Whether the anchor was signed by the key that it names. Whose key that is, is another question."""
    try:
        if not is_public_key(anchor.key):
            return False
        key = Ed25519PublicKey.from_public_bytes(_decode(anchor.key))
        key.verify(_decode(anchor.signature), signed_part(anchor))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    """Whether it can be one of Ed25519 by which somebody signs."""
    try:
        data = _decode(text)
    except ValueError:
        return False
    return len(data) == 32 and int.from_bytes(data, "little") & ~(1 << 255) not in _SMALL


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
