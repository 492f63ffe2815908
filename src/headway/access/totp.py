"""Codes of authenticator apps (TOTP, RFC 6238), as all apps read them: HMAC-SHA-1, six digits, a new one every 30 seconds; and the recovery
codes for who has lost theirs."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
"""RFC 4226 section 4, R6: 160 bits are recommended."""
DIGITS = 6
STEP_SECONDS = 30
"""For which an app shows one code: what all of them take where nothing is said."""
WINDOW = 1
"""Steps before and after the one of now whose codes are taken: clocks of phones differ, and people type."""
RECOVERY_CODES = 10
RECOVERY_GROUPS, GROUP_LENGTH = 6, 4
"""120 bits: too many to be guessed, so that a seal is enough to keep one by."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
"""Of base32: no 0 and no 1, which look like letters."""
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
_RECOVERY = re.compile(rf"[{_ALPHABET}]{{{RECOVERY_GROUPS * GROUP_LENGTH}}}")


def make_secret() -> str:
    """As base32, which is how apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def make_recovery_codes() -> list[str]:
    """Ten, each of six groups of four characters."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(RECOVERY_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def code_of(secret: str, step: int) -> str:
    """The code that an app with this secret shows in this time step."""
    # Apps know no other hash; what SHA-1 is too weak for is not asked of an HMAC.
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
    return totp.generate(step * STEP_SECONDS).decode()


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def find_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, of those around now. All of them are compared, whichever it is."""
    current = step_at(now)
    found: int | None = None
    for step in range(current - WINDOW, current + WINDOW + 1):
        if hmac.compare_digest(code_of(secret, step), code):
            found = step
    return found


def read_code(text: str) -> str | None:
    """A code of an app, without the spaces that people put in; None: it is none."""
    plain = "".join(text.split())
    return plain if _CODE.fullmatch(plain) else None


def read_recovery_code(text: str) -> str | None:
    """A recovery code without its dashes, in small letters; None: it is none."""
    plain = "".join(letter for letter in text.lower() if letter not in "- \t")
    return plain if _RECOVERY.fullmatch(plain) else None


def address_for_app(secret: str, *, account: str, installation: str) -> str:
    """What the QR code says: the secret, whose it is and where (the `otpauth` address that Google's Key URI Format describes)."""
    issuer = f"Headway {installation}".replace(":", " ")
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    query = urlencode({"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"
