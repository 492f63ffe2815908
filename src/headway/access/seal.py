"""Secrets that are given out once and kept only as their seal: the codes of sign-in links, and the cookies of sessions."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from headway.access.secret import derive_key

SECRET_BYTES = 32
SECRET_LIMIT = 128
"""Characters. What is longer was not made here, and is not worth a hash."""


class Seal:
    """Keyed with the installation's secret: without it, what the store holds cannot even be compared with a guess, and a new
    secret ends all sessions, as it does all tokens."""

    limit = SECRET_LIMIT

    def __init__(self, secret: str) -> None:
        self._key = derive_key(secret, "sessions")

    @staticmethod
    def make() -> str:
        """A new secret of 256 bits, as text that an address or a cookie can carry."""
        return secrets.token_urlsafe(SECRET_BYTES)

    def of(self, secret: str) -> str:
        """The seal of a secret: 64 hexadecimal digits. Equal for equal secrets, and for nothing else."""
        return hmac.new(self._key, secret[:SECRET_LIMIT].encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    @property
    def name(self) -> str:
        """A short public name of this installation. Browsers keep cookies by host, not by port: two servers on one machine
        would sign each other's people out if their cookies had one name."""
        return hmac.new(self._key, b"name", hashlib.sha256).hexdigest()[:8]
