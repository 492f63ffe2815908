"""Passwords that were stolen elsewhere: looked up in a file, or asked for at a service, as the operator says (`HEADWAY_STOLEN_PASSWORDS`).

Both as Have I Been Pwned has them. The file: one line ``HASH:count`` for each password, sorted by the SHA-1 of it; forty gigabytes are
searched by halves, and never read. The service: it is told the first five of the forty digits, and answers with all that begin so
(k-anonymity), padded to a length that says nothing. SHA-1 is theirs, and protects nothing here.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from headway.access.outward import Outward, ask
from headway.model.errors import BadSetting, OutwardFailed, OutwardRefused

SECONDS = 4.0
"""Of one question to a service: somebody waits for the answer."""
ANSWER_LIMIT = 1 << 20
PREFIX = 5
_LINE_LIMIT = 128
"""Bytes: 40 digits, a colon, a count, an end of line."""
_LINE = re.compile(rb"([0-9A-Fa-f]{40})(:\d{1,20})?\s*")
_SUFFIX = re.compile(r"([0-9A-F]{35}):(\d{1,20})")
_SAMPLES = 64
"""Places of a file that are held against each other when the server starts."""


class StolenUnknown(Exception):
    """It cannot be said whether a password was stolen. The text says why, and holds nothing of the password."""


class StolenPasswords(Protocol):
    def is_stolen(self, password: str) -> bool:
        """`password`: as it is hashed here, NFC. Blocks: call it in a thread. Raises `StolenUnknown`."""
        ...


def sha1_of(password: str) -> str:
    """Forty digits, in capitals."""
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class StolenFile:
    """Opened for each question, so that a newer one can be put in its place."""

    def __init__(self, path: Path) -> None:
        """Raises `BadSetting` for what is no such file, and for one that is not sorted as far as 64 places tell."""
        self._path = path
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _bad(f"{path} cannot be read: {error.strerror}") from None
        try:
            _check(fd, path)
        except OSError as error:
            raise _bad(f"{path} cannot be read: {error.strerror}") from None
        finally:
            os.close(fd)

    def is_stolen(self, password: str) -> bool:
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StolenUnknown(f"the file cannot be read: {error.strerror}") from error
        try:
            return _holds(fd, sha1_of(password).encode())
        except (OSError, ValueError) as error:
            raise StolenUnknown(f"the file cannot be read: {error}") from error
        finally:
            os.close(fd)


def _bad(reason: str) -> BadSetting:
    return BadSetting(name="HEADWAY_STOLEN_PASSWORDS", reason=reason)


def _check(fd: int, path: Path) -> None:
    size = os.fstat(fd).st_size
    try:
        hashes = [found for at in range(_SAMPLES) if (found := _hash_from(fd, size * at // _SAMPLES)) is not None]
    except ValueError as error:
        raise _bad(f"{path} holds {error}; a file is wanted of lines HASH:count, sorted by SHA-1") from None
    if not hashes:
        raise _bad(f"{path} is empty")
    if hashes != sorted(hashes):
        raise _bad(f"{path} is not sorted by hash; there is another download that is")


def _holds(fd: int, sought: bytes) -> bool:
    """The first place is looked for from which on no line has a smaller hash."""
    low, high = 0, os.fstat(fd).st_size
    if high == 0:
        raise ValueError("it is empty")
    while low < high:
        middle = (low + high) // 2
        found = _hash_from(fd, middle)
        if found is None or found >= sought:
            high = middle
        else:
            low = middle + 1
    return _hash_from(fd, low) == sought


def _hash_from(fd: int, at: int) -> bytes | None:
    """The hash of the first line that begins there or later; None: there is none. Raises `ValueError` for what is no such line."""
    if at:
        before = os.pread(fd, _LINE_LIMIT, at - 1)
        end = before.find(b"\n")
        if end < 0 and len(before) == _LINE_LIMIT:
            raise ValueError(f"a line that is longer than {_LINE_LIMIT} bytes")
        if end < 0:
            return None
        at += end
    line, ending, _ = os.pread(fd, _LINE_LIMIT, at).partition(b"\n")
    if not line and not ending:
        return None
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"a line that is none of SHA-1, at byte {at}")
    return found[1].upper()


class StolenRanges:
    """A service of ranges: `api.pwnedpasswords.com/range`, or one's own."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._url = url.rstrip("/")
        # The operator has named it: it may be a machine of their own network. What it redirects to is not followed.
        self._where = Outward(hosts=frozenset({(urlsplit(url).hostname or "").lower()}))

    def is_stolen(self, password: str) -> bool:
        digits = sha1_of(password)
        try:
            answer = ask(
                f"{self._url}/{digits[:PREFIX]}", where=self._where, headers={"Add-Padding": "true"}, seconds=self._seconds,
                limit=ANSWER_LIMIT,
            )  # fmt: skip
        except (OutwardFailed, OutwardRefused) as error:
            raise StolenUnknown(error.message) from error
        if answer.status != 200:
            raise StolenUnknown(f"the service answers {answer.status}")
        lines = [
            _SUFFIX.fullmatch(line.strip().upper()) for line in answer.body.decode("ascii", errors="replace").splitlines() if line.strip()
        ]
        if not all(lines):
            raise StolenUnknown("the service answers with what is no list of hashes")
        # What a list is padded with has a count of 0.
        return any(line[1] == digits[PREFIX:] and int(line[2]) > 0 for line in lines if line is not None)


def find_stolen(setting: str | None) -> StolenPasswords | None:
    """What a setting names: an address, or a file. Raises `BadSetting`."""
    if setting is None:
        return None
    return StolenRanges(setting) if "://" in setting else StolenFile(Path(setting))
