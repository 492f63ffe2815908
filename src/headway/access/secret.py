"""The installation's secret: made at first start, kept for its owner's eyes only, and never weak.

Tokens are signed with keys derived from it, one for each purpose, so that a key for one purpose is of no use for another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from headway.model.errors import WeakSecret

SHORTEST = 32
"""Bytes. HS256 wants a key of at least the size of its hash (RFC 7518 section 3.2)."""
FEWEST_DISTINCT = 12
"""Different bytes; 32 random hexadecimal digits hold fewer than 12 only once in 100,000 times."""
_KNOWN = ("changeme", "change-me", "change_me", "secret", "password", "headway", "example", "your-secret", "insecure", "default")


def check_strength(secret: str) -> None:
    """Raise `WeakSecret` for what is short, repeats itself, or is made of words that documentation uses."""
    if len(secret.encode()) < SHORTEST:
        raise WeakSecret(reason=f"it is shorter than {SHORTEST} bytes")
    if len(set(secret)) < FEWEST_DISTINCT:
        raise WeakSecret(reason=f"it has fewer than {FEWEST_DISTINCT} different characters")
    lowered = secret.lower()
    if any(word in lowered for word in _KNOWN):
        raise WeakSecret(reason="it contains a word that guesses begin with")


def open_secret(home: Path, given: str | None = None) -> str:
    """The secret: the one that is set, else the one in ``home/secret``, made there when there is none yet.

    Raises `WeakSecret`, also when others than the owner can read the file.
    """
    if given is not None:
        check_strength(given)
        return given
    path = home / "secret"
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise WeakSecret(reason=f"other users can read it; run: chmod 600 {path}")
    secret = path.read_text(encoding="utf-8").strip()
    check_strength(secret)
    return secret


def _make(path: Path) -> None:
    """Written whole under another name and then linked, so that no start ever sees half a secret, and the first of two wins."""
    fresh = path.with_name(f".secret.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (HMAC as a pseudorandom function, as in HKDF-Expand)."""
    return hmac.new(secret.encode(), b"headway/" + purpose.encode(), hashlib.sha256).digest()
