"""The keys with which tokens are signed, one after the other: the newest signs, and the older ones verify.

A key is derived from the installation's secret and its own name, so it is kept nowhere: the store knows names and times alone, and who
reads the store, or a backup of it, can sign nothing. A server that has not heard of a name takes no token that bears it; so a new key
begins to sign only when all have heard (`HEARD_WITHIN`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from joserfc.jwk import OctKey

from headway.access.secret import derive_key
from headway.model.signing_key import FIRST_KEY, SigningKey


class SigningKeys:
    """Those of one server process."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._keys = {FIRST_KEY: self._derive(FIRST_KEY)}
        self._begins: list[tuple[datetime, str]] = []
        """When each begins to sign, in order. Before the first of them `FIRST_KEY` does."""

    def hold(self, keys: Sequence[SigningKey]) -> None:
        """These are all that there are, as the store says; none: nobody has rotated yet."""
        names = {key.id for key in keys} or {FIRST_KEY}
        self._keys = {name: self._keys.get(name) or self._derive(name) for name in names}
        self._begins = sorted((key.signs_from, key.id) for key in keys)

    def signing(self, now: datetime) -> str:
        """The name of the key that signs at this time."""
        begun = [name for begins, name in self._begins if begins <= now]
        return begun[-1] if begun else FIRST_KEY if not self._begins else self._begins[0][1]

    def get(self, name: str) -> OctKey | None:
        """None: there is no such key, or not any more."""
        return self._keys.get(name)

    def _derive(self, name: str) -> OctKey:
        purpose = "access tokens" if name == FIRST_KEY else f"access tokens {name}"
        return OctKey.import_key(derive_key(self._secret, purpose))
