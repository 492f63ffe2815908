"""What is turned away is told in the log and counted, without a value of it, and fills no disk."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import httpx2
import pytest

from headway.testing.clock import FakeClock
from headway.web.app import create_app
from headway.web.guard import GuardLimits
from headway.web.rejections import CALLERS, LINES_BURST, SPAN_SECONDS, TOLD, Rejections
from tests.raw_http import talk
from tests.unit.web.office import Office
from tests.unit.web.test_database import exposed, of
from tests.unit.web.test_guard import serving

MARK = "xyzzy-7f3a"
"""Stands in everything that is sent: it may be in no line of the log."""


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "headway.web"]


@asynccontextmanager
async def whole_app(office: Office) -> AsyncGenerator[httpx2.AsyncClient]:
    """With the console around the interface, as a server has it."""
    transport = httpx2.ASGITransport(create_app(office.desk), client=("203.0.113.9", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://headway.test") as client:
        yield client


WRONG: list[tuple[str, str, dict[str, Any], str, int, str]] = [
    ("POST", "/api/v1/tasks/maths:add/runs", {"json": {"parameters": {"a": MARK}}}, "invalid_parameters", 422, "POST /api/v1/tasks/{task}/runs"),
    ("POST", "/api/v1/tasks/maths:add/runs", {"json": {MARK: 1}}, "invalid", 422, "POST /api/v1/tasks/{task}/runs"),
    ("POST", "/api/v1/tasks/maths:add/runs", {"content": f"{{{MARK}"}, "malformed_body", 400, "POST /api/v1/tasks/{task}/runs"),
    ("GET", "/api/v1/runs", {"params": {"limit": MARK}}, "invalid", 422, "GET /api/v1/runs"),
    ("GET", "/api/v1/runs", {"params": {"cursor": MARK}}, "invalid_cursor", 400, "GET /api/v1/runs"),
    ("PATCH", "/api/v1/runs", {"json": {"a": MARK}}, "method_not_allowed", 405, "unknown"),
    ("POST", "/api/v1/tasks/maths:add/runs", {"content": MARK, "headers": {"content-type": "text/xml"}}, "unsupported_media_type", 415, "POST /api/v1/tasks/{task}/runs"),
    ("POST", "/api/v1/tasks/maths:add/runs", {"content": f'"{MARK * 120_000}"'}, "too_large", 413, "POST /api/v1/tasks/{task}/runs"),
    ("POST", "/api/v1/sessions", {"json": {"code": MARK}, "headers": {"origin": f"https://{MARK}.example"}}, "origin_refused", 403, "POST /api/v1/sessions"),
    ("GET", f"/api/v1/..%2f..%2f{MARK}", {}, "not_found", 404, "unknown"),
    ("POST", f"/{MARK}", {}, "method_not_allowed", 405, "console"),
    ("GET", f"/assets/{MARK}", {}, "not_found", 404, "console"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more", "code", "status", "place"), WRONG, ids=[f"{one[3]} {one[1][:20]}" for one in WRONG])
async def test_what_does_not_fit_is_told_without_a_value_of_it(
    office: Office, caplog: pytest.LogCaptureFixture, method: str, path: str, more: dict[str, Any], code: str, status: int, place: str
) -> None:
    content_type = {"content-type": "application/json"} if "content" in more else {}
    headers = {"authorization": f"Bearer {office.admin}", **content_type, **more.pop("headers", {})}
    async with whole_app(office) as client:
        answer = await client.request(method, path, headers=headers, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    (line,) = lines(caplog)
    assert line.startswith(f"refused: {code} ({status}) at {place}, from 203.0.113.9, by ")
    assert line.endswith(f"request {answer.headers['x-request-id']}")
    assert MARK not in caplog.text
    assert office.admin not in caplog.text
    assert (await exposed(office))[of("headway_rejected_requests_total", code=code)] == 1


async def test_who_is_known_is_named(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": MARK}})
    assert ", by somebody, " in lines(caplog)[0]


async def test_what_ordinary_programs_ask_is_not_told(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/runs/01934f00-0000-7000-8000-000000000000", "/runs?limit=5"):
        await office.ask("GET", path)
    await office.ask("GET", "/runs", token=None)
    assert not lines(caplog)
    assert not TOLD & {401, 404}


DOOR = {
    "unknown_host": b"GET / HTTP/1.1\r\nHost: xyzzy-7f3a.example\r\n\r\n",
    "malformed_request": b"GET /xyzzy-7f3a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "too_large": b"POST /xyzzy-7f3a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n",
    "head_too_large": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"xyzzy-7f3a" * 9_000 + b"\r\n\r\n",
    "request_timeout": b"GET /xyzzy-7f3a HTTP/1.1\r\nHost: loc",
}


@pytest.mark.parametrize("code", DOOR)
async def test_what_the_guard_refuses_is_told(caplog: pytest.LogCaptureFixture, code: str) -> None:
    rejections = Rejections()
    limits = GuardLimits(hosts=frozenset({"localhost"}), head_seconds=0.3, body_bytes=1_000)
    async with serving(limits, rejections) as port:
        said = await talk(port, DOOR[code])
    (line,) = lines(caplog)
    assert line.startswith(f"refused: {code} (")
    assert "at the door, from 127.0.0.1, by -, request " in line
    assert line.rpartition(" ")[2].encode() in said, "the id that the caller was told"
    assert MARK not in caplog.text
    assert rejections.counts == {code: 1}


async def test_behind_a_proxy_it_is_the_caller_who_is_named(caplog: pytest.LogCaptureFixture) -> None:
    limits = GuardLimits(hosts=frozenset({"localhost"}), trusted_proxies=(ip_network("127.0.0.1"),))
    async with serving(limits, Rejections()) as port:
        await talk(port, b"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n")
    assert ", from 198.51.100.7, " in lines(caplog)[0]


async def test_a_connection_that_is_opened_and_not_used_is_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rejections = Rejections()
    async with serving(GuardLimits(head_seconds=0.2), rejections) as port:
        assert (await talk(port, b"")).startswith(b"HTTP/1.1 408")
    assert not lines(caplog)
    assert not rejections.counts


# --- bounds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_what_comes_again_is_told_as_a_number_each_minute(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    rejections = Rejections(clock.monotonic)
    for _ in range(413):
        rejections.tell("invalid", 422, place="GET /x", address="203.0.113.9")
    rejections.tell("too_large", 413, place="GET /x", address="203.0.113.9")
    rejections.turn()
    assert len(lines(caplog)) == 2
    clock.advance(SPAN_SECONDS)
    rejections.turn()
    assert lines(caplog)[2:] == ["refused 412 more of the same in the last minute: invalid, from 203.0.113.9"]
    rejections.tell("invalid", 422, place="GET /x", address="203.0.113.9")
    clock.advance(SPAN_SECONDS)
    rejections.turn()
    assert lines(caplog)[3:] == ["refused 1 more of the same in the last minute: invalid, from 203.0.113.9"]
    clock.advance(SPAN_SECONDS)
    rejections.turn()
    rejections.tell("invalid", 422, place="GET /x", address="203.0.113.9")
    assert lines(caplog)[4].startswith("refused: invalid (422)"), "after a quiet minute it is new again"
    assert rejections.counts == {"invalid": 415, "too_large": 1}


def test_at_the_end_what_was_counted_is_told(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    rejections = Rejections(clock.monotonic)
    for _ in range(3):
        rejections.tell("invalid", 422, place="GET /x", address="203.0.113.9")
    rejections.turn(is_last=True)
    assert "refused 2 more" in lines(caplog)[1]


def test_who_comes_from_everywhere_fills_neither_log_nor_memory(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    rejections = Rejections(clock.monotonic)
    count = 20_000
    for number in range(count):
        rejections.tell("invalid", 422, place="GET /x", address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(lines(caplog)) == LINES_BURST
    assert len(rejections._spans) <= CALLERS  # pyright: ignore[reportPrivateUsage]
    clock.advance(SPAN_SECONDS)
    rejections.turn()
    assert lines(caplog)[LINES_BURST:] == [f"refused {count - LINES_BURST} more in the last minute, of too many callers to name each"]
    assert rejections.counts == {"invalid": count}


def test_a_network_of_ipv6_counts_as_one_caller(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    rejections = Rejections(clock.monotonic)
    for number in range(1, 500):
        rejections.tell("invalid", 422, place="GET /x", address=f"2001:db8::{number:x}")
    assert len(lines(caplog)) == 1
