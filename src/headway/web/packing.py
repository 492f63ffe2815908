"""Long JSON goes out packed (gzip) to whoever takes that: the 500 lines that a log opens with are 87 KB, and 6 KB packed.

Starlette's GZipMiddleware packs all that is long, and files of runs and streams are none of its business here.
"""

from __future__ import annotations

import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message

LEAST_BYTES = 1_400
"""What fits into one packet of a network gains nothing. Answers with secrets (tokens) are below it, so that none can be guessed from
the length of what it was packed with (BREACH)."""
MOST_BYTES = 1_000_000
"""Packing takes 5 ms a megabyte, and meanwhile nobody else is answered."""
_LEVEL = 1
"""Level 6 packs a tenth better and takes twice as long."""
_GZIP = 31
"""What zlib calls the form with gzip's head and tail."""


def is_packable(start: Message) -> bool:
    """Whether an answer's head announces JSON of a size that is worth packing."""
    headers = Headers(raw=start["headers"])
    if headers.get("content-type") != "application/json" or "content-encoding" in headers:
        return False
    return LEAST_BYTES <= int(headers.get("content-length", 0)) <= MOST_BYTES


def takes(accepted: str, coding: str) -> bool:
    """Whether who sent this Accept-Encoding takes answers in that coding (RFC 9110 section 12.5.3)."""
    taken = {name.strip().lower(): _quality(parameters) for name, _, parameters in (part.partition(";") for part in accepted.split(","))}
    return taken.get(coding, taken.get("*", 0.0)) > 0


def _quality(parameters: str) -> float:
    name, _, value = parameters.replace(" ", "").partition("=")
    try:
        return float(value) if name.lower() == "q" else 1.0
    except ValueError:
        return 0.0


def pack(start: Message, body: Message) -> None:
    """Pack a whole body, and say so in the head. Both messages are changed in place."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    body["body"] = packer.compress(body["body"]) + packer.flush()
    headers = MutableHeaders(raw=start["headers"])
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body["body"]))
    headers.add_vary_header("Accept-Encoding")
    if etag := headers.get("etag"):
        headers["etag"] = etag if etag.startswith("W/") else f"W/{etag}"
