"""Encrypts secrets at rest, with keys that stand in no database: those that are set, or one derived from the installation's secret.

By which cipher stands in front of what is kept, so that several can lie side by side: the first that is chosen encrypts, all of them
decrypt (`access/algorithms.py`).

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
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag

from headway.access.algorithms import Algorithms
from headway.access.ciphers import AES_256_GCM, KEY_BYTES, NONCE_BYTES, open_ciphers
from headway.access.secret import derive_key
from headway.model.errors import BadSetting, SecretUnreadable

_LETTERS: Mapping[str, str] = {AES_256_GCM: "a", "AES-256-GCM-SIV": "s", "ChaCha20-Poly1305": "c"}
"""By which cipher something was sealed stands in front of it. Without one it is the first."""
_CIPHERS = {letter: name for name, letter in _LETTERS.items()}
_USUAL = Algorithms()


class Vault:
    """The first key encrypts, by the first cipher; all of them decrypt, by all that are taken."""

    def __init__(self, keys: Sequence[bytes], *, algorithms: Algorithms = _USUAL) -> None:
        """Keys of 32 bytes each, the newest first. Raises `BadSetting` where OpenSSL lacks a cipher."""
        self._keys = {key_id(key): key for key in keys}
        self._ciphers = {each: open_ciphers(key, algorithms.secrets) for each, key in self._keys.items()}
        self.newest = key_id(keys[0])
        self.maker = algorithms.secrets[0]
        """The cipher that encrypts."""

    def seal(self, value: str, *, project: str | None, name: str, version: int) -> tuple[str, str]:
        """Id of the key, and what is kept."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.newest][self.maker].encrypt(nonce, value.encode(), _place(project, name, version))
        return self.newest, f"{_LETTERS[self.maker]}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, key: str, project: str | None, name: str, version: int) -> str:
        """Raises `SecretUnreadable` where the key is not known here, the cipher is not taken, or what is kept is not what was sealed in
        this place."""
        ciphers = self._ciphers.get(key)
        if ciphers is None:
            raise SecretUnreadable(name=name, reason=f"the key {key} is not among those of this process")
        by, text = _parts(sealed)
        if by is None:
            raise SecretUnreadable(name=name, reason="it was sealed in a way that this version of Headway does not know")
        if by not in ciphers:
            raise SecretUnreadable(name=name, reason=f"it was sealed by {by}, which HEADWAY_ALGORITHMS of this process does not name")
        try:
            data = base64.b64decode(text, altchars=b"-_", validate=True)
            return ciphers[by].decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _place(project, name, version)).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SecretUnreadable(name=name, reason="what is kept was altered") from error

    def is_current(self, sealed: str, *, key: str) -> bool:
        """Whether it was sealed with the newest key, by the cipher that encrypts."""
        return key == self.newest and _parts(sealed)[0] == self.maker


def open_vault(given: str | None, file: Path | None, secret: str | None, *, algorithms: Algorithms = _USUAL) -> Vault | None:
    """From ``HEADWAY_SECRETS_KEY``, ``HEADWAY_SECRETS_KEY_FILE`` and the installation's secret, in this order; None: there is none of them.

    Raises `BadSetting` for a key that is none, for a file that others can read, and where OpenSSL lacks a cipher.
    """
    keys = [_read_key(word, "HEADWAY_SECRETS_KEY") for word in (given or "").split(",") if word.strip()]
    if file is not None:
        keys += [_read_key(word, "HEADWAY_SECRETS_KEY_FILE") for word in _read_file(file).split() if word]
    if secret is not None:
        # Last: it opens what was sealed before there were keys of their own, and seals where there are none.
        keys.append(derive_key(secret, "secrets"))
    return Vault(keys, algorithms=algorithms) if keys else None


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"headway secrets key\n" + key).hexdigest()[:12]


def _parts(sealed: str) -> tuple[str | None, str]:
    """The cipher, None for one that is not known here, and what it has made."""
    letter, dot, text = sealed.partition(".")
    return (_CIPHERS.get(letter), text) if dot else (AES_256_GCM, sealed)


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
