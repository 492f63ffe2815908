"""Whether a file is what it is called: its first bytes, against the media type that it was given and the end of its name.

Only kinds of which that can be said: those that the console shows, those that browsers and offices act upon, and archives. Of all
others nothing is said. The signatures are those of the formats' own specifications: PNG (ISO/IEC 15948) 5.2, JPEG (T.81) B.1.1, GIF89a
17, WebP (RFC 9649) 2.4, AVIF 4, TIFF 6.0 section 2, PDF (ISO 32000-1) 7.5.2 and annex H.3, ZIP (APPNOTE 4.3), GZIP (RFC 1952) 2.3,
XZ 2.1.1.1, Zstandard (RFC 8878) 3.1, OLE compound files (MS-CFB 2.2), into which offices put what has a password.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HEAD_BYTES = 65_536
"""So much of a file is looked at."""
ANY = "application/octet-stream"
"""The type of what is not known."""

Test = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a file is kept as."""

    media_type: str
    stated_type: str | None = None
    """Media type that was given, or that the name stands for, and that the content is not; then `media_type` is `ANY`. None: nothing is
    wrong."""


@dataclass(frozen=True, slots=True)
class Kind:
    is_one: Test
    media_types: frozenset[str]
    endings: Mapping[str, str]
    """Of names, each with the media type that it stands for."""


def _begins(*signatures: bytes) -> Test:
    return lambda head: head.startswith(signatures)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_avif(head: bytes) -> bool:
    size = int.from_bytes(head[:4], "big")
    brands = head[8 : min(size, 256)]
    return head[4:8] == b"ftyp" and any(brands[at : at + 4] in {b"avif", b"avis"} for at in range(0, len(brands), 4))


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:1_024]


def is_text(head: bytes) -> bool:
    """Whether it is text as far as it goes: UTF-8 without a zero byte, or UTF-16 that says so. It may end within a character."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(head, "utf-16")
    return b"\0" not in head and _decodes(head, "utf-8")


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


_ZIP = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."


def _kind(is_one: Test, endings: Mapping[str, str], *more: str) -> Kind:
    return Kind(is_one, frozenset({*endings.values(), *more}), endings)


KINDS = (
    _kind(_begins(b"\x89PNG\r\n\x1a\n"), {"png": "image/png"}, "image/apng"),
    _kind(_begins(b"\xff\xd8\xff"), {"jpg": "image/jpeg", "jpeg": "image/jpeg"}, "image/jpg"),
    _kind(_begins(b"GIF87a", b"GIF89a"), {"gif": "image/gif"}),
    _kind(_is_webp, {"webp": "image/webp"}),
    _kind(_is_avif, {"avif": "image/avif"}),
    _kind(_begins(b"BM"), {"bmp": "image/bmp"}, "image/x-ms-bmp"),
    _kind(_begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), {"tif": "image/tiff", "tiff": "image/tiff"}),
    _kind(_is_pdf, {"pdf": "application/pdf"}),
    _kind(_begins(*_ZIP), {
        "zip": "application/zip", "odt": _OPEN + "text", "ods": _OPEN + "spreadsheet", "odp": _OPEN + "presentation",
        "epub": "application/epub+zip", "jar": "application/java-archive", "npz": "application/zip", "whl": "application/zip",
    }, "application/x-zip-compressed"),
    _kind(_begins(*_ZIP, _OLE), {
        "docx": _OFFICE + "wordprocessingml.document", "xlsx": _OFFICE + "spreadsheetml.sheet",
        "pptx": _OFFICE + "presentationml.presentation",
    }),
    _kind(_begins(_OLE), {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}),
    _kind(_begins(b"\x1f\x8b"), {"gz": "application/gzip", "tgz": "application/gzip"}, "application/x-gzip"),
    _kind(_begins(b"BZh"), {"bz2": "application/x-bzip2"}, "application/bzip2", "application/x-bzip"),
    _kind(_begins(b"\xfd7zXZ\0"), {"xz": "application/x-xz"}),
    _kind(_begins(b"\x28\xb5\x2f\xfd"), {"zst": "application/zstd"}),
    _kind(is_text, {
        "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values",
        "json": "application/json", "jsonl": "application/x-ndjson", "ndjson": "application/x-ndjson", "yaml": "application/yaml",
        "yml": "application/yaml", "toml": "application/toml", "ini": "text/plain", "cfg": "text/plain", "py": "text/x-python",
        "js": "text/javascript", "mjs": "text/javascript", "sql": "application/sql", "sh": "application/x-sh", "htm": "text/html",
        "html": "text/html", "xhtml": "application/xhtml+xml", "svg": "image/svg+xml", "xml": "application/xml", "css": "text/css",
        "diff": "text/x-diff", "patch": "text/x-diff",
    }, "application/javascript", "application/x-yaml", "application/x-python", "application/rtf"),
)  # fmt: skip
_BY_TYPE = {media_type: kind for kind in KINDS for media_type in kind.media_types}
_BY_ENDING = {ending: (kind, media_type) for kind in KINDS for ending, media_type in kind.endings.items()}
_TEXT = KINDS[-1]


def typed(name: str, media_type: str, head: bytes | None) -> Typed:
    """What a file is kept as: what is what it is called keeps the media type that it was given. `head`: the first `HEAD_BYTES` bytes, or
    all; None: somebody else looks."""
    if head is None:
        return Typed(media_type=media_type)
    given = media_type.partition(";")[0].strip().lower()
    kind = _BY_TYPE.get(given) or (_TEXT if given.startswith("text/") else None)
    if kind is not None and not _fits(kind, media_type, head):
        return Typed(media_type=ANY, stated_type=given)
    by_name = _BY_ENDING.get(name.rpartition(".")[2].lower()) if "." in name else None
    if by_name is not None and not _fits(by_name[0], media_type, head):
        return Typed(media_type=ANY, stated_type=by_name[1])
    return Typed(media_type=media_type)


def _fits(kind: Kind, media_type: str, head: bytes) -> bool:
    """Text may have been given with the charset that it is written in: then it is that one."""
    stated = media_type.partition("charset=")[2].strip() if kind is _TEXT else ""
    if not stated:
        return kind.is_one(head)
    try:
        charset = codecs.lookup(stated).name
    except (LookupError, ValueError):
        return False
    if charset in {"utf-8", "ascii"}:
        return is_text(head)
    return charset in CHARSETS and _decodes(head, charset) and (b"\0" not in head or charset.startswith("utf-16"))


CHARSETS = frozenset({
    "gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "iso8859-1", "iso8859-2", "iso8859-15",
    "cp1250", "cp1251", "cp1252", "koi8-r", "utf-16", "utf-16-le", "utf-16-be",
})  # fmt: skip
"""Of text that says so, as Python calls them. Others are ways to write pages past the eyes of those who look, such as UTF-7."""
