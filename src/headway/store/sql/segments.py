"""How the events of one append are kept: one event a line, by a named format. A format once written stays readable.

| format | body |
|---|---|
| ``jsonl`` | the lines, joined by a newline |
| ``lz4`` | an LZ4 block of that, behind its size: live segments above 1 KB |
| ``zstd`` | a Zstandard frame of that: what compaction makes |
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import orjson
import zstandard

from headway.model.errors import StoreUnavailable
from headway.model.events import Facet

COMPRESS_ABOVE = 1024
"""Bytes from which a live segment is compressed."""
FACET_BITS = {Facet.LOG: 1, Facet.VIEW: 2, Facet.METRIC: 4}
"""`runs.compacted_facets`."""
_LZ4: Any = import_module("lz4.block")  # it has no types
_SEQ = b'{"seq":'


def _unzip(body: bytes) -> bytes:
    # A decompressor is not to be shared between threads, and making one costs less than a microsecond.
    return zstandard.ZstdDecompressor().decompress(body)


_READERS: Mapping[str, Callable[[bytes], bytes]] = {"jsonl": bytes, "lz4": _LZ4.decompress, "zstd": _unzip}


def encode_live(lines: Sequence[bytes]) -> tuple[str, bytes, int]:
    """(format, body, size before compression) of a segment as it is appended. Raises `ValueError` if a line is no line."""
    raw = lines[0] if len(lines) == 1 else b"\n".join(lines)
    if raw.count(b"\n") != len(lines) - 1:
        raise ValueError("an event's JSON holds a newline")
    size = len(raw)
    if size > COMPRESS_ABOVE:
        return "lz4", _LZ4.compress(raw), size
    return "jsonl", raw, size


def encode_block(raw: bytes) -> tuple[str, bytes]:
    """(format, body) of a block of many segments."""
    if len(raw) <= COMPRESS_ABOVE:
        return "jsonl", raw
    return "zstd", zstandard.ZstdCompressor(level=3).compress(raw)


def decode(format_: str, body: bytes | memoryview) -> bytes:
    """The lines, joined by newlines. Raises `StoreUnavailable` for a format of the future."""
    reader = _READERS.get(format_)
    if reader is None:
        raise StoreUnavailable(reason=f"it holds a segment of the format {format_!r}, which this version of Headway cannot read")
    return reader(bytes(body))


def seq_of(line: bytes) -> int:
    """The `seq` of a recorded event. The recorder writes it first, so the JSON is hardly ever parsed."""
    if line.startswith(_SEQ):
        digits = line[7 : line.index(b",", 7)] if b"," in line[7:28] else b""
        if digits.isdigit():
            return int(digits)
    return orjson.loads(line)["seq"]


def slice_from(lines: list[bytes], facet: Facet, segment_first: int, first: int) -> int:
    """Index of the first line of a segment that is at position `first` or behind it."""
    if first <= segment_first:
        return 0
    if facet is Facet.LOG:
        return first - segment_first
    return bisect_left(lines, first, key=seq_of)
