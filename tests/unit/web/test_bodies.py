"""Bodies that only some parsers would take, and those that cost more than they should."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.web.office import Office, problem

JSON = {"Content-Type": "application/json"}
START = "/tasks/maths:add/runs"


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("deep array", b'{"parameters":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "malformed_body"),
        ("deep object", b'{"parameters":' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", 400, "malformed_body"),
        ("huge number", b'{"parameters":{"a":' + b"9" * 900_000 + b"}}", 400, "malformed_body"),
        ("NaN", b'{"parameters":{"a":NaN}}', 400, "malformed_body"),
        ("Infinity", b'{"parameters":{"a":Infinity}}', 400, "malformed_body"),
        ("overflow", b'{"parameters":{"a":1e400}}', 400, "malformed_body"),
        ("twice", b'{"parameters":{"a":1},"parameters":{"a":2}}', 400, "malformed_body"),
        ("twice inside", b'{"parameters":{"a":1,"a":2}}', 400, "malformed_body"),
        ("lone surrogate", b'{"parameters":{"a":1},"name":"\\ud800"}', 400, "malformed_body"),
        ("NUL", b'{"parameters":{"a":1},"name":"a\\u0000"}', 422, "invalid"),
        ("NUL in a name", b'{"parameters":{"a":1},"metadata":{"\\u0000":1}}', 422, "invalid"),
        ("byte order mark", b"\xef\xbb\xbf{}", 400, "malformed_body"),
        ("invalid UTF-8", b'{"name":"\xff"}', 400, "malformed_body"),
        ("two megabytes", b'{"name":"' + b"x" * 2_000_000 + b'"}', 413, "too_large"),
        ("trailing", b'{"parameters":{"a":1}} x', 400, "malformed_body"),
        ("single quotes", b"{'parameters':{'a':1}}", 400, "malformed_body"),
        ("empty", b"", 422, "invalid"),
        ("pickle", b"\x80\x04\x95\x00", 400, "malformed_body"),
    ],
)
async def test_json_is_read_strictly(office: Office, name: str, body: bytes, status: int, code: str) -> None:
    problem(await office.ask("POST", START, content=body, headers=JSON), status, code)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-7",
        "application/json; charset=utf-16", "application/jsonx", "application/octet-stream",
    ],
)  # fmt: skip
async def test_a_body_says_that_it_is_json(office: Office, content_type: str) -> None:
    body = b'{"parameters":{"a":1}}'
    problem(await office.ask("POST", START, content=body, headers={"Content-Type": content_type}), 415, "unsupported_media_type")


async def test_a_backslash_before_u0000_is_no_nul(office: Office) -> None:
    answer = await office.ask("POST", START, content=b'{"parameters":{"a":1},"name":"a\\\\u0000"}', headers=JSON)
    assert answer.status_code == 201
    assert answer.json()["name"] == "a\\u0000"


async def test_a_compressed_body_is_refused_unread(office: Office) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    problem(await office.ask("POST", START, content=b"\x1f\x8b" * 50, headers=headers), 415, "unsupported_media_type")


async def test_a_body_is_counted_though_it_does_not_say_its_length(office: Office) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    problem(await office.ask("POST", START, content=endless(), headers=JSON), 413, "too_large")
    assert sent <= 2_000_000


async def test_nobody_without_a_token_gets_a_body_read(office: Office) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    problem(await office.ask("POST", START, token=None, content=never(), headers=JSON), 401, "unauthorised")


@pytest.mark.parametrize("path", ["/runs/%00", "/runs?q=a%00b", "/tasks/%00"])
async def test_nul_in_an_address(office: Office, path: str) -> None:
    problem(await office.ask("GET", path), 422, "invalid")
