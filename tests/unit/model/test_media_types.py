"""Files are what they are called, or are kept as bytes of unknown type."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import pytest

from headway.model.media_types import ANY, HEAD_BYTES, Typed, typed


def _png() -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + part(b"IDAT", zlib.compress(b"\0\0"))


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return packed.getvalue()


def _empty_zip() -> bytes:
    packed = io.BytesIO()
    zipfile.ZipFile(packed, "w").close()
    return packed.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504
PNG, JPEG, ZIP = _png(), b"\xff\xd8\xff\xe0\x00\x10JFIF\0", _zip()
RIGHT = [
    ("photo.png", "image/png", PNG), ("photo.PNG", "image/png", PNG), ("photo", "image/png", PNG), ("photo.png", ANY, PNG), ("photo.jpg", "image/jpeg", JPEG),
    ("a.gif", "image/gif", b"GIF89a\1\0\1\0"), ("a.webp", "image/webp", b"RIFF\x1a\0\0\0WEBPVP8L"),
    ("a.avif", "image/avif", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B"), ("a.avif", "image/avif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"),
    ("a.bmp", "image/bmp", b"BM\x3a\0\0\0"), ("a.tiff", "image/tiff", b"II*\0\x08\0\0\0"), ("a.pdf", "application/pdf", b"%PDF-1.7\n"),
    ("a.pdf", "application/pdf", b"\r\n" * 100 + b"%PDF-1.4\n"), ("a.zip", "application/zip", ZIP), ("a.zip", "application/zip", _empty_zip()),
    ("a.xlsx", OFFICE, ZIP), ("a.xlsx", OFFICE, OLE), ("a.xls", "application/vnd.ms-excel", OLE), ("a.gz", "application/gzip", gzip.compress(b"x", mtime=0)),
    ("a.csv.gz", "application/gzip", gzip.compress(b"x", mtime=0)), ("a.bz2", "application/x-bzip2", bz2.compress(b"x")), ("a.xz", "application/x-xz", lzma.compress(b"x")),
    ("a.csv", "text/csv", b"a,b\n1,2\n"), ("a.csv", "text/csv", b""), ("a.csv", "text/csv; charset=utf-8", "ä,b\n".encode()),
    ("a.txt", "text/plain; charset=latin1", b"\xe9"), ("a.csv", "text/csv; charset=gbk", "姓名,分数\n".encode("gbk")), ("a.txt", "text/plain", codecs.BOM_UTF16_LE + "hällo".encode("utf-16-le")),
    ("a.json", "application/json", codecs.BOM_UTF8 + b"{}"), ("a.log", "text/plain", b"\x1b[31mred\x1b[0m\r\n"), ("a.svg", "image/svg+xml", b"<svg/>"),
    ("page.html", "text/html", b"<script>alert(1)</script>"), ("a.md", "text/markdown", "x" * (HEAD_BYTES - 1) + "é"),
    ("model.bin", ANY, b"\0\1\2"), ("x.parquet", "application/vnd.apache.parquet", b"PAR1\0"), ("weights", "model/x-own", b"\xff\xfe\xfd"), ("a.ts", "video/mp2t", b"G\0\0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "media_type", "content"), RIGHT)
def test_what_is_what_it_is_called_keeps_its_type(name: str, media_type: str, content: bytes | str) -> None:
    content = content.encode() if isinstance(content, str) else content
    assert typed(name, media_type, content[:HEAD_BYTES]) == Typed(media_type=media_type)


WRONG = [
    ("photo.png", "image/png", b"<svg onload=alert(1)>", "image/png"), ("photo.png", "image/png", JPEG, "image/png"), ("photo.png", "image/png", b"", "image/png"),
    ("photo.png", ANY, b"MZ\x90\0", "image/png"), ("photo.png", "text/plain", b"MZ", "image/png"), ("photo.jpeg", "image/png", PNG, "image/jpeg"),
    ("a.webp", "image/webp", b"RIFF\x1a\0\0\0WAVEfmt ", "image/webp"), ("a.avif", "image/avif", b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "image/avif"),
    ("a.pdf", "application/pdf", b"<html>", "application/pdf"), ("a.pdf", "application/pdf", b"x" * 2_000 + b"%PDF-1.7", "application/pdf"),
    ("a.xlsx", OFFICE, b"a;b\n", OFFICE), ("a.zip", "application/zip", b"Rar!\x1a\7\1\0", "application/zip"), ("a.gz", ANY, b"plain", "application/gzip"),
    ("a.csv", "text/csv", PNG, "text/csv"), ("a.csv", "text/csv", b"a,b\0\n", "text/csv"), ("a.txt", "text/plain", b"MZ\x90\0\3", "text/plain"),
    ("a.csv", "text/csv", "姓名".encode("gbk"), "text/csv"), ("notes", "text/x-own", b"\xff\0", "text/x-own"), ("a.json", ANY, b"\x80", "application/json"),
    ("a.txt", "TEXT/Plain; charset=klingon", b"a", "text/plain"), ("a.txt", "text/plain; charset=iso-8859-1", b"MZ\x90\0\3", "text/plain"),
    ("page.html", "text/html; charset=utf-7", b"+ADw-script+AD4-", "text/html"), ("a.txt", "text/plain", codecs.BOM_UTF16_LE + b"\x00\xd8a\0", "text/plain"),
    ("a.csv.gz", "text/csv", gzip.compress(b"x", mtime=0), "text/csv"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "media_type", "content", "stated"), WRONG)
def test_what_is_something_else_is_bytes_of_unknown_type(name: str, media_type: str, content: bytes, stated: str) -> None:
    assert typed(name, media_type, content) == Typed(media_type=ANY, stated_type=stated)


def test_what_somebody_else_looks_at_is_not_judged() -> None:
    assert typed("photo.png", "image/png", None) == Typed(media_type="image/png")
