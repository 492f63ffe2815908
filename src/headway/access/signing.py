"""The keys with which tokens are signed, one after the other: the newest signs, and the older ones verify.

A key is derived from the installation's secret and its own name, so it is kept nowhere: the store knows names and times alone, and who
reads the store, or a backup of it, can sign nothing. A server that has not heard of a name takes no token that bears it; so a new key
begins to sign only when all have heard (`HEARD_WITHIN`).

Under one name there is a key for each algorithm that is taken: none serves two (RFC 8725 section 3.1), and each is as long as its hash
(RFC 7518 section 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from joserfc.jwk import OctKey

from headway.access.derivation import derive
from headway.access.secret import derive_key
from headway.model.signing_key import FIRST_KEY, SigningKey

HS256 = "HS256"
KEY_BYTES: Mapping[str, int] = {HS256: 32, "HS384": 48, "HS512": 64}
"""Of a key, and of a signature, by the name of the algorithm."""


class SigningKeys:
    """Those of one server process."""

    def __init__(self, secret: str, algorithms: Sequence[str] = (HS256,)) -> None:
        """`algorithms`: those that are taken."""
        self._secret = secret
        self._algorithms = algorithms
        self._keys = {FIRST_KEY: self._derive_all(FIRST_KEY)}
        self._begins: list[tuple[datetime, str]] = []
        """When each begins to sign, in order. Before the first of them `FIRST_KEY` does."""

    def hold(self, keys: Sequence[SigningKey]) -> None:
        """These are all that there are, as the store says; none: nobody has rotated yet."""
        names = {key.id for key in keys} or {FIRST_KEY}
        self._keys = {name: self._keys.get(name) or self._derive_all(name) for name in names}
        self._begins = sorted((key.signs_from, key.id) for key in keys)

    def signing(self, now: datetime) -> str:
        """The name of the key that signs at this time."""
        begun = [name for begins, name in self._begins if begins <= now]
        return begun[-1] if begun else FIRST_KEY if not self._begins else self._begins[0][1]

    def holds(self, name: str) -> bool:
        """False: there is no such key, or not any more."""
        return name in self._keys

    def get(self, name: str, algorithm: str) -> OctKey | None:
        """None: there is no such key, or not any more, or the algorithm is not taken."""
        return self._keys.get(name, {}).get(algorithm)

    def _derive_all(self, name: str) -> dict[str, OctKey]:
        return {algorithm: self._derive(name, algorithm) for algorithm in self._algorithms}

    def _derive(self, name: str, algorithm: str) -> OctKey:
        purpose = "access tokens" if name == FIRST_KEY else f"access tokens {name}"
        if algorithm == HS256:
            return OctKey.import_key(derive_key(self._secret, purpose))
        return OctKey.import_key(derive(self._secret.encode(), f"{algorithm} {purpose}", KEY_BYTES[algorithm]))
