"""The libraries in front of the door are not older than the last hole in them that we know of; why stands beside each."""

from __future__ import annotations

from importlib.metadata import version

import pytest

FLOORS = {
    "uvicorn": ((0, 53, 0), "a reader that never read held its answer in memory"),
    "starlette": (
        (1, 5, 1),
        "ranges of a file were counted in quadratic time (CVE-2025-62727), and before that multipart (CVE-2025-54121)",
    ),
    "h11": ((0, 16, 0), "chunks were read in two ways (CVE-2025-43859)"),
    "httptools": ((0, 6, 0), "older parsers of HTTP let smuggled requests through"),
    "websockets": ((13, 0), "what uvicorn expects"),
    "cryptography": ((48, 0, 0), "bundles OpenSSL, whose holes are its own; and ML-DSA"),
    "joserfc": ((1, 3, 4), "a token without end was read into memory (CVE-2025-65015)"),
    "redis": ((4, 5, 5), "answers of one connection reached another (CVE-2023-28858, CVE-2023-28859)"),
    "celery": ((5, 5, 0), "JSON alone is accepted by default, and Redis is connected to again"),
}


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_no_library_is_older_than_its_last_known_hole(package: str) -> None:
    floor, reason = FLOORS[package]
    found = tuple(int(part) for part in version(package).split(".")[: len(floor)] if part.isdigit())
    assert found >= floor, f"{package} {version(package)} is too old: {reason}"
