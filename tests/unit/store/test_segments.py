"""The formats of a segment's body, and finding one's place in it."""

from __future__ import annotations

import pytest

from headway.model.errors import StoreUnavailable
from headway.model.events import Facet
from headway.store.sql.segments import COMPRESS_ABOVE, decode, encode_block, encode_live, slice_from

LINES = [b'{"seq":%d,"kind":"x","text":"%s"}' % (seq, b"a" * 100) for seq in (3, 4, 9, 12)]


def test_small_segments_are_kept_as_they_are() -> None:
    assert encode_live(LINES[:1]) == ("jsonl", LINES[0], len(LINES[0]))
    format_, body, size = encode_live(LINES[:2])
    assert (format_, body.split(b"\n"), size) == ("jsonl", LINES[:2], len(body))


@pytest.mark.parametrize("count", [20, 2000])
def test_what_was_compressed_can_be_read(count: int) -> None:
    lines = LINES * count
    raw = b"\n".join(lines)
    format_, body, size = encode_live(lines)
    assert (format_, size) == ("lz4", len(raw))
    assert len(body) < size
    assert decode(format_, body) == raw
    format_, body = encode_block(raw)
    assert format_ == "zstd"
    assert decode(format_, memoryview(body)) == raw


def test_a_small_block_stays_text() -> None:
    assert encode_block(b"x" * COMPRESS_ABOVE) == ("jsonl", b"x" * COMPRESS_ABOVE)


def test_a_newline_within_an_event_is_refused() -> None:
    with pytest.raises(ValueError, match="newline"):
        encode_live([b'{"seq":1,\n}'])
    with pytest.raises(ValueError, match="newline"):
        encode_live([b'{"seq":1}', b'{"seq":2}\n'])


def test_a_format_of_the_future() -> None:
    with pytest.raises(StoreUnavailable):
        decode("snappy", b"")


@pytest.mark.parametrize(("first", "index"), [(1, 0), (3, 0), (4, 1), (5, 2), (9, 2), (12, 3), (13, 4)])
def test_the_place_of_a_seq(first: int, index: int) -> None:
    assert slice_from(LINES, Facet.VIEW, 3, first) == index


def test_the_place_of_a_line() -> None:
    assert slice_from(LINES, Facet.LOG, 10, 12) == 2
