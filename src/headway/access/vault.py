"""Encrypts secrets at rest, with keys that stand in no database: those that are set, or one derived from the installation's secret.

What is sealed is bound to its place: the project, name and version are its associated data, so that a ciphertext that is moved to another
name, or put back after a newer version, does not open there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headway.access.secret import derive_key
from headway.model.errors import BadSetting, SecretUnreadable

NONCE_BYTES = 12
KEY_BYTES = 32
AES_256_GCM = "a"
"""How it was sealed stands in front of what is kept: another way is another letter, and old ones are read on. Without one it is this."""


class Vault:
    """The first key encrypts; all of them decrypt."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keys of 32 bytes each, the newest first."""
        self._keys = {key_id(key): key for key in keys}
        self.newest = key_id(keys[0])

    def seal(self, value: str, *, project: str | None, name: str, version: int) -> tuple[str, str]:
        """Id of the key, and what is kept."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._keys[self.newest]).encrypt(nonce, value.encode(), _place(project, name, version))
        return self.newest, f"{AES_256_GCM}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, key: str, project: str | None, name: str, version: int) -> str:
        """Raises `SecretUnreadable` where the key is not known here, or what is kept is not what was sealed in this place."""
        known = self._keys.get(key)
        if known is None:
            raise SecretUnreadable(name=name, reason=f"the key {key} is not among those of this process")
        way, dot, rest = sealed.partition(".")
        if dot and way != AES_256_GCM:
            raise SecretUnreadable(name=name, reason="it was sealed in a way that this version of Headway does not know")
        try:
            data = base64.b64decode(rest if dot else sealed, altchars=b"-_", validate=True)
            return AESGCM(known).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _place(project, name, version)).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SecretUnreadable(name=name, reason="what is kept was altered") from error


def open_vault(given: str | None, file: Path | None, secret: str | None) -> Vault | None:
    """From ``HEADWAY_SECRETS_KEY``, ``HEADWAY_SECRETS_KEY_FILE`` and the installation's secret, in this order; None: there is none of them.

    Raises `BadSetting` for a key that is none, and for a file that others can read.
    """
    keys = [_read_key(word, "HEADWAY_SECRETS_KEY") for word in (given or "").split(",") if word.strip()]
    if file is not None:
        keys += [_read_key(word, "HEADWAY_SECRETS_KEY_FILE") for word in _read_file(file).split() if word]
    if secret is not None:
        # Last: it opens what was sealed before there were keys of their own, and seals where there are none.
        keys.append(derive_key(secret, "secrets"))
    return Vault(keys) if keys else None


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"headway secrets key\n" + key).hexdigest()[:12]


def _place(project: str | None, name: str, version: int) -> bytes:
    return json.dumps(["headway secret", project, name, version], ensure_ascii=False).encode()


def _read_key(word: str, variable: str) -> bytes:
    try:
        key = base64.b64decode(_urlsafe(word), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSetting(name=variable, reason=f"a key is {KEY_BYTES} random bytes as base64url, such as of `openssl rand -base64 32`")
    return key


def _urlsafe(word: str) -> str:
    """Both spellings of base64 are taken, with and without their padding."""
    word = word.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return word + "=" * (-len(word) % 4)


def _read_file(file: Path) -> str:
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise BadSetting(name="HEADWAY_SECRETS_KEY_FILE", reason=f"other users can read it; run: chmod 600 {file}")
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(name="HEADWAY_SECRETS_KEY_FILE", reason=f"{file} cannot be read: {error}") from None
