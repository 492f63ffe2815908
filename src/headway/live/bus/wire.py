"""News as bytes: a length (4 bytes), a header as JSON, and behind it the entries as they are.

    length of what follows | length of header | header | entry entry … point point …

An entry was JSON when it was recorded; the header says how long each is, so nothing is encoded or parsed twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain
from typing import Any, cast

import orjson

from headway.live.bus.contract import BusNews, ConnectionWished, SweepWished, Watched
from headway.store.contract import Appended, Deleted, Queued, Wished
from headway.store.news import AccessChanged, Changed, Noticed, Revoked, WorkerWished
from headway.store.samples import Sampled

MESSAGE_LIMIT = 16_777_216
"""Bytes of one message. A larger one is not sent: the hub reads it from the journal."""
_LENGTHS = struct.Struct(">II")
_Plain = (
    Changed
    | Queued
    | Wished
    | Deleted
    | Watched
    | ConnectionWished
    | SweepWished
    | Sampled
    | Noticed
    | Revoked
    | WorkerWished
    | AccessChanged
)
_PLAIN: dict[str, type[_Plain]] = {
    "changed": Changed,
    "queued": Queued,
    "wished": Wished,
    "deleted": Deleted,
    "watched": Watched,
    "connection_wished": ConnectionWished,
    "sweep_wished": SweepWished,
    "sampled": Sampled,
    "noticed": Noticed,
    "revoked": Revoked,
    "worker_wished": WorkerWished,
    "access_changed": AccessChanged,
}
_WORDS = {cls: word for word, cls in _PLAIN.items()}
_APPENDED = (
    "run", "project", "first_seq", "last_seq", "first_line", "last_line", "patch", "event_count", "log_hash", "final_state", "recorded_at",
    "is_run_changed",
)  # fmt: skip


class Garbled(Exception):
    """The peer does not speak this language; the connection is of no use any more."""


def encode(news: BusNews) -> bytes:
    """One message, with its length in front."""
    if isinstance(news, Appended):
        header = orjson.dumps(
            {
                "is": "appended",
                **{name: getattr(news, name) for name in _APPENDED},
                "entries": [len(entry) for entry in news.entries],
                "points": [len(point) for point in news.points],
            }
        )
        body = b"".join(chain((header,), news.entries, news.points))
    else:
        header = body = orjson.dumps(
            {"is": _WORDS[type(news)], **{name: getattr(news, name) for name in news.__slots__}}, default=_set_as_list
        )
    return _LENGTHS.pack(len(body) + 4, len(header)) + body


class Decoder:
    """Bytes in any pieces in, news out."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[BusNews]:
        """Raises `Garbled` for what no peer of this version sends."""
        self._waiting += data
        start = 0
        try:
            while len(self._waiting) - start >= _LENGTHS.size:
                length, header_length = _LENGTHS.unpack_from(self._waiting, start)
                if not 4 <= length <= MESSAGE_LIMIT or header_length > length - 4:
                    raise Garbled(f"a message of {length} bytes")
                end = start + 4 + length
                if len(self._waiting) < end:
                    break
                body = bytes(self._waiting[start + 8 : end])
                start = end
                yield _decode(body, header_length)
        finally:
            del self._waiting[:start]


def _decode(body: bytes, header_length: int) -> BusNews:
    try:
        header: dict[str, Any] = orjson.loads(body[:header_length])
        word = header.pop("is")
        if word == "access_changed":
            return AccessChanged(accounts=frozenset(header["accounts"]), number=header["number"])
        if word != "appended":
            return _PLAIN[word](**header)
        at = header_length
        entries, at = _cut(body, at, header.pop("entries"))
        points, at = _cut(body, at, header.pop("points"))
        return Appended(**header, entries=entries, points=points)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Garbled(str(error)) from error


def _set_as_list(value: Any) -> list[Any]:
    if isinstance(value, frozenset):
        return sorted(cast("frozenset[Any]", value))
    raise TypeError(type(value).__name__)


def _cut(body: bytes, at: int, sizes: list[int]) -> tuple[list[bytes], int]:
    parts: list[bytes] = []
    for size in sizes:
        parts.append(body[at : at + size])
        at += size
    return parts, at
