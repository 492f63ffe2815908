"""Cursors: opaque to whoever is given one, and never trusted when they come back."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from typing import cast
from uuid import UUID

import orjson

_NUMBERED = struct.Struct(">16sq")
NUMBERED_BYTES = _NUMBERED.size
CURSOR_LIMIT = 7_000
"""Characters of the longest, of logs of all runs: an address has room for it and a filter (proxies take 8,000)."""


def pack(parts: Sequence[object], data: bytes = b"") -> str:
    """base64url (RFC 4648, without padding) of a JSON array; behind a full stop the same of `data`, if there is any.

    Bytes within the array would be encoded twice: of 200 runs that is the difference between 6.4 and 12 thousand characters of an
    address, of which proxies take 8 thousand.
    """
    return _text(orjson.dumps(parts)) + (f".{_text(data)}" if data else "")


def unpack(text: str) -> list[object]:
    """What `pack` was given without data, if it was that: the caller matches what it expects. Raises `ValueError`."""
    return cast("list[object]", orjson.loads(_bytes(text)))


def unpack_with_data(text: str) -> tuple[list[object], bytes]:
    """What `pack` was given. Raises `ValueError`."""
    parts, _, data = text.partition(".")
    return unpack(parts), _bytes(data)


def pack_numbers(runs: Iterable[tuple[str, int]]) -> bytes:
    """Runs with a number each (64 bits, signed), 24 bytes a run."""
    return b"".join(_NUMBERED.pack(UUID(run).bytes, number) for run, number in runs)


def unpack_numbers(data: bytes) -> list[tuple[str, int]]:
    """Raises `ValueError`."""
    try:
        return [(str(UUID(bytes=run)), number) for run, number in _NUMBERED.iter_unpack(data)]
    except struct.error as error:
        raise ValueError(str(error)) from error


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
