"""A sign-in by a provider that has begun: sealed into a cookie of the browser that began it, so that nothing is kept here for people who
never come back, and nobody else can end it."""

from __future__ import annotations

import base64
import binascii
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from headway.access.algorithms import Algorithms
from headway.access.ciphers import NONCE_BYTES, open_ciphers
from headway.access.secret import derive_key

PENDING_LIFE = timedelta(minutes=10)
SEALED_LIMIT = 3_000
"""Characters: a browser keeps 4,096 of a cookie."""
_PURPOSE = b"headway sign-in by provider"
_USUAL = Algorithms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    state: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636): whoever has the code alone has nothing."""
    to: str
    """The page where it ends: a path of ours."""
    account: str | None = None
    """The identity is to be bound to this account, whose owner asked for it; None: to be found."""
    session: str | None = None
    """The one that the browser has already, which ends as another one begins."""
    ends_at: float
    """Seconds since 1970."""


class PendingSeal:
    """Encrypted and signed with a key of the installation: the verifier is nobody else's to read, and nothing can be changed."""

    def __init__(self, secret: str, *, algorithms: Algorithms = _USUAL) -> None:
        """Raises `BadSetting` where OpenSSL lacks a cipher."""
        self._ciphers = list(open_ciphers(derive_key(secret, "pending sign-ins"), algorithms.secrets).values())

    def close(self, pending: Pending) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, json.dumps(asdict(pending)).encode(), _PURPOSE)
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, text: str, now: datetime) -> Pending | None:
        """None for what is not ours, was changed, or is too old."""
        if len(text) > SEALED_LIMIT:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            pending = Pending(**json.loads(self._decrypt(raw)))
        except (binascii.Error, ValueError, InvalidTag, TypeError):
            return None
        return pending if now.timestamp() < pending.ends_at else None

    def _decrypt(self, raw: bytes) -> bytes:
        """By each cipher that is taken: it is kept for ten minutes, and says nothing of how it was made. Raises `InvalidTag`."""
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _PURPOSE)
        raise InvalidTag
