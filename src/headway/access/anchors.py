"""Who signs the anchors of the audit log: keys of its own, derived from the installation's secret, and their public halves, with which
anybody can check a signature and nobody can make one.

A public key of Ed25519 is base64url alone; any other names its algorithm in front (`ed448:…`, `ml-dsa-65:…`). The key is under the
signature, and is trusted as it is spelt: an anchor cannot be said to be of another algorithm.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from headway.access.algorithms import Algorithms
from headway.access.derivation import derive
from headway.access.secret import derive_key
from headway.model.audit_chain import Anchor, signed_part, whole_milliseconds
from headway.model.errors import BadSetting

KEY_LIMIT = 2_613
"""Characters of the longest public key: the tag and 1,952 bytes of ML-DSA-65 (FIPS 204 section 4) as base64url."""
PUBLIC_KEY = r"^((ed448|ml-dsa-65):)?[A-Za-z0-9_-]{43,2603}$"
"""What any of them looks like: `is_public_key` says whether it is one."""
_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = frozenset({0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8})
"""What keys of small order say of themselves (RFC 8032 section 5.1.2, without the sign): with such a key a signature that nobody made is
good for one message in eight at least, and libraries take it."""
_PRIME_448 = 2**448 - 2**224 - 1
_SMALL_448 = frozenset({0, 1, _PRIME_448 - 1})
"""The same of edwards448, whose points of small order are four; what is not below the prime is no key (RFC 8032 section 5.2.3)."""
_USUAL = Algorithms()


@dataclass(frozen=True, slots=True)
class _Way:
    tag: str
    """Stands in front of a public key."""
    private: Callable[[str], Any]
    """The private key that follows from the installation's secret."""
    public: Callable[[bytes], Any]
    is_good: Callable[[bytes], bool]
    """Whether a public key is one by which somebody signs."""


def _ed25519(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive_key(secret, "audit anchors"))


def _ed448(secret: str) -> Ed448PrivateKey:
    return Ed448PrivateKey.from_private_bytes(derive(secret.encode(), "Ed448 audit anchors", 57))


def _ml_dsa_65(secret: str) -> MLDSA65PrivateKey:
    return MLDSA65PrivateKey.from_seed_bytes(derive(secret.encode(), "ML-DSA-65 audit anchors", 32))


def _is_good_ed25519(data: bytes) -> bool:
    return len(data) == 32 and int.from_bytes(data, "little") & ~(1 << 255) not in _SMALL


def _is_good_ed448(data: bytes) -> bool:
    y = int.from_bytes(data[:56], "little")
    return len(data) == 57 and data[56] & 0x7F == 0 and y < _PRIME_448 and y not in _SMALL_448


def _is_good_ml_dsa_65(data: bytes) -> bool:
    """Any of that length: each can have been made (FIPS 204 algorithm 23 refuses none)."""
    return len(data) == 1_952


_WAYS: Mapping[str, _Way] = {
    "Ed25519": _Way("", _ed25519, Ed25519PublicKey.from_public_bytes, _is_good_ed25519),
    "Ed448": _Way("ed448:", _ed448, Ed448PublicKey.from_public_bytes, _is_good_ed448),
    "ML-DSA-65": _Way("ml-dsa-65:", _ml_dsa_65, MLDSA65PublicKey.from_public_bytes, _is_good_ml_dsa_65),
}
"""By the names of `algorithms.OFFERED`: Ed25519 and Ed448 (RFC 8032, both pure), ML-DSA-65 (FIPS 204, pure, without a context)."""


class Signer:
    """A new secret is new keys: anchors of before then hold for whoever names the old public key. `algorithms` says by which anchors are
    signed and taken, and by which rows are hashed. Raises `BadSetting` where OpenSSL lacks one of them."""

    def __init__(self, secret: str, algorithms: Algorithms = _USUAL) -> None:
        private = _private_keys(secret)
        if missing := [name for name in algorithms.anchors if name not in private]:
            raise BadSetting(name="HEADWAY_ALGORITHMS", reason=f"the OpenSSL of this machine does not offer {', '.join(missing)}")
        public = {name: _WAYS[name].tag + _encode(key.public_key().public_bytes_raw()) for name, key in private.items()}
        self._private = private[algorithms.anchors[0]]
        self.algorithms = algorithms
        self.keys = tuple(public[name] for name in algorithms.anchors)
        """Public keys of all algorithms that are taken: what was signed before another one was put first still holds."""
        self.key = self.keys[0]
        self.own = frozenset(public.values())
        """Those of all algorithms that there are: who signed with one of them had this secret, or has broken the algorithm."""

    def anchor(self, kind: str, number: int, hash: str, at: datetime) -> Anchor:
        bare = Anchor(kind=kind, number=number, hash=hash, at=whole_milliseconds(at), key=self.key, signature="")
        return replace(bare, signature=_encode(self._private.sign(signed_part(bare))))


def is_signed(anchor: Anchor) -> bool:
    """Whether the anchor was signed by the key that it names, with the algorithm of that key. Whose key that is, and whether its algorithm
    is taken, is another question. One that OpenSSL cannot check here (ML-DSA before 3.5) is not signed."""
    try:
        way, data = _read(anchor.key)
        if not way.is_good(data):
            return False
        way.public(data).verify(_decode(anchor.signature), signed_part(anchor))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    """Whether it can be one, of any algorithm that there is, by which somebody signs."""
    try:
        way, data = _read(text)
    except ValueError:
        return False
    return way.is_good(data)


def _read(text: str) -> tuple[_Way, bytes]:
    """Raises `ValueError`."""
    tag, colon, plain = text.rpartition(":")
    way = next((way for way in _WAYS.values() if way.tag == tag + colon), None)
    if way is None:
        raise ValueError("of no algorithm that there is")
    return way, _decode(plain)


def _private_keys(secret: str) -> dict[str, Any]:
    """By the name of the algorithm, of those that OpenSSL has here: ML-DSA came with 3.5."""
    found: dict[str, Any] = {}
    for name, way in _WAYS.items():
        with suppress(UnsupportedAlgorithm):
            found[name] = way.private(secret)
    return found


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
