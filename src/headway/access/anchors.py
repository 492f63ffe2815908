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
        key = Ed25519PublicKey.from_public_bytes(_decode(anchor.key))
        key.verify(_decode(anchor.signature), signed_part(anchor))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    try:
        return len(_decode(text)) == 32
    except ValueError:
        return False


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
