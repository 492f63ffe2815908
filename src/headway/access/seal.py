"""Secrets that are given out once and kept only as their seal: the codes of sign-in links, the cookies of sessions, API keys.

A seal by HMAC-SHA-256 is 64 hexadecimal digits; any other names its algorithm in front (`sha512:…`, `sha3-256:…`). New ones are made by the
algorithm that makes; what is kept is looked for by all that are taken (`find_sealed`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from headway.access.algorithms import Algorithms
from headway.access.derivation import derive
from headway.access.secret import derive_key

SECRET_BYTES = 32
SECRET_LIMIT = 128
"""Characters. What is longer was not made here, and is not worth a hash."""
SEAL_LIMIT = 135
"""Characters of the longest: the tag and 128 digits of SHA-512."""
Seals = tuple[str, ...]
"""Of one secret, by each algorithm that is taken, the one that makes first. No text alone: that would be a list of letters."""
Found = TypeVar("Found")
_USUAL = Algorithms()


@dataclass(frozen=True, slots=True)
class _Way:
    tag: str
    """Stands in front of a seal."""
    key: Callable[[str], bytes]
    """Of the installation's secret: each algorithm has one of its own."""
    hash: Callable[..., Any]


_WAYS: Mapping[str, _Way] = {
    "HMAC-SHA-256": _Way("", lambda secret: derive_key(secret, "sessions"), hashlib.sha256),
    "HMAC-SHA-512": _Way("sha512:", lambda secret: derive(secret.encode(), "HMAC-SHA-512 sessions", 64), hashlib.sha512),
    "HMAC-SHA3-256": _Way("sha3-256:", lambda secret: derive(secret.encode(), "HMAC-SHA3-256 sessions", 32), hashlib.sha3_256),
}
"""By the names of `algorithms.OFFERED`."""


class Seal:
    """Keyed with the installation's secret: without it, what the store holds cannot even be compared with a guess, and a new
    secret ends all sessions, as it does all tokens."""

    limit = SECRET_LIMIT

    def __init__(self, secret: str, algorithms: Algorithms = _USUAL) -> None:
        ways = [_WAYS[name] for name in algorithms.seals]
        self._keyed = [(way, way.key(secret)) for way in ways]
        self._mark_key = _WAYS["HMAC-SHA-256"].key(secret)

    @staticmethod
    def make() -> str:
        """A new secret of 256 bits, as text that an address or a cookie can carry."""
        return secrets.token_urlsafe(SECRET_BYTES)

    def of(self, secret: str) -> str:
        """The seal of a secret, by the algorithm that makes: what is to be kept. Equal for equal secrets, and for nothing else."""
        return _sealed(*self._keyed[0], secret)

    def each(self, secret: str) -> Seals:
        """Its seals by all algorithms that are taken: under one of them it is kept, if it is."""
        return tuple(_sealed(way, key, secret) for way, key in self._keyed)

    def matches(self, secret: str, seal: str) -> bool:
        """Whether the seal is that of the secret, by an algorithm that is taken. In a time that says nothing of either."""
        tag, _, _ = seal.rpartition(":")
        kept = seal.encode("utf-8", "replace")
        return any(
            hmac.compare_digest(_sealed(way, key, secret).encode(), kept) for way, key in self._keyed if way.tag.removesuffix(":") == tag
        )

    def is_by_maker(self, seal: str) -> bool:
        """Whether it is by the algorithm that makes: if not, it may be made anew when its secret is seen next."""
        return seal.rpartition(":")[0] == self._keyed[0][0].tag.removesuffix(":")

    def mark(self, text: str) -> str:
        """64 hexadecimal digits by which something is found again that is no secret. By HMAC-SHA-256 whichever algorithms are taken: nobody
        gets in by it, and the same text has the same mark before and after a change."""
        return _sealed(_WAYS["HMAC-SHA-256"], self._mark_key, text)

    @property
    def name(self) -> str:
        """A short public name of this installation. Browsers keep cookies by host, not by port: two servers on one machine
        would sign each other's people out if their cookies had one name."""
        return self.mark("name")[:8]


def find_sealed(find: Callable[[str], Found | None], seals: Seals) -> Found | None:
    """What is kept under one of them; with one algorithm taken, one look."""
    return next((found for seal in seals if (found := find(seal)) is not None), None)


def _sealed(way: _Way, key: bytes, secret: str) -> str:
    return way.tag + hmac.new(key, secret[:SECRET_LIMIT].encode("utf-8", "replace"), way.hash).hexdigest()
