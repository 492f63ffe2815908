"""Signing in at a real server as a browser does: the printed link, the exchange, tokens, the end; and what gets nobody in."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from headway.web.console import find_console
from tests.acceptance.cli.commands import headway
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, verb: str, path: str, body: Any = None, **headers: str) -> Answer:
    """One request as it is given: nothing is made of dots or percent signs in its path."""
    place = urlsplit(url)
    wire = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        wire.putrequest(verb, path, skip_accept_encoding=True)
        for name, value in headers.items():
            wire.putheader(name.replace("_", "-"), value)
        wire.putheader("Content-Length", str(len(content or b"")))
        wire.endheaders(content)
        reply = wire.getresponse()
        return Answer(reply.status, reply.headers, reply.read())
    finally:
        wire.close()


def printed_link(home: Path) -> str:
    found = eventually(lambda: re.findall(r"http://\S+/sign-in#code=[\w-]+", (home / "serve.log").read_text()), 20, "the link is printed")
    return found[-1]


def exchange(link: str) -> Answer:
    url, _, code = link.partition("/sign-in#code=")
    return ask(url, "POST", "/api/v1/sessions", {"code": code}, Origin=url)


def test_from_the_printed_link_to_the_interface_and_out_again(home: Path) -> None:
    with Installation(home) as running:
        link = printed_link(home)
        url = running.connection["url"]
        assert link.startswith(url)
        signed = exchange(link)
        assert signed.status == 201, signed.body
        cookie = signed.headers["Set-Cookie"]
        assert "HttpOnly; SameSite=Strict" in cookie
        assert "Path=/api/v1/session;" in cookie
        assert signed.json["principal"]["role"] == "admin"
        own = {"Origin": url, "Cookie": cookie.split(";")[0]}

        token = ask(url, "POST", "/api/v1/session/tokens", **own).json
        assert ask(url, "GET", "/api/v1/tasks", Authorization=f"Bearer {token['token']}").status == 200
        assert ask(url, "GET", "/api/v1/tasks", **own).status == 401

        assert exchange(link).json["code"] == "sign_in_code_invalid"
        foreign = ask(url, "POST", "/api/v1/session/tokens", **(own | {"Origin": "https://evil.example"}))
        assert (foreign.status, foreign.json["code"]) == (403, "origin_refused")

        assert ask(url, "DELETE", "/api/v1/session", **own).status == 204
        ended = ask(url, "POST", "/api/v1/session/tokens", **own)
        assert (ended.status, ended.json["code"]) == (401, "session_ended")


def test_a_link_outlives_the_server_that_made_it_and_a_session_too(home: Path) -> None:
    with Installation(home) as running:
        link = printed_link(home)
        running.kill("server")
        eventually(lambda: _signs_in(link), 30, "the next server takes the link")
        assert exchange(link).status == 401
        asked = headway(home, "open", "--print")
        assert asked.code == 0, asked.err
        signed = exchange(asked.out.strip())
        own = {"Origin": running.connection["url"], "Cookie": signed.headers["Set-Cookie"].split(";")[0]}
        running.kill("server")
        eventually(lambda: _status(running, own) == 201, 30, "the next server knows the session")


def _signs_in(link: str) -> bool:
    try:
        return exchange(link).status == 201
    except OSError as error:
        raise AssertionError(repr(error)) from error


def _status(running: Installation, headers: dict[str, str]) -> int:
    try:
        return ask(running.connection["url"], "POST", "/api/v1/session/tokens", **headers).status
    except OSError as error:
        raise AssertionError(repr(error)) from error


@pytest.mark.one_database("what is answered comes from files, not from the store")
def test_what_a_person_gets_at_the_address_of_the_server(home: Path) -> None:
    is_built = find_console() is not None
    with Installation(home) as running:
        url = running.connection["url"]
        for path in ("/", "/runs/019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12", "/sign-in?to=/runs"):
            page = ask(url, "GET", path)
            assert page.status == (200 if is_built else 503)
            assert page.headers["Content-Type"] == "text/html; charset=utf-8"
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            head = ask(url, "HEAD", path)
            assert (head.status, head.body, head.headers["ETag"]) == (page.status, b"", page.headers["ETag"])
        for name in re.findall(rb'(?:src|href)="(/assets/[^"]+)"', page.body):
            asset = ask(url, "GET", name.decode(), Accept_Encoding="br")
            assert asset.status == 200
            assert "immutable" in asset.headers["Cache-Control"]
        assert ask(url, "GET", "/assets/nothing.js").status == 404


@pytest.mark.one_database("what is answered comes from files, not from the store")
def test_no_address_leads_to_a_file_of_the_machine(home: Path) -> None:
    (home / "canary").write_text("canary-7c1d")
    up = "../" * 12
    ways = [
        f"{up}{str(home)[1:]}/canary", "../index.html", up.replace(".", "%2e") + "etc/passwd", up.replace("/", "%2f") + "etc/passwd",
        up.replace("/", "\\") + "etc/passwd", "..%5c..%5cetc%5cpasswd", "%00", "a" * 10_000, "%2e%2e%2findex.html", f"/{home}/canary",
        "....//....//etc/passwd", ";/../etc/passwd", "%c0%ae%c0%ae/etc/passwd", "file:///etc/passwd",
    ]  # fmt: skip
    with Installation(home) as running:
        for path in [start + way for start in ("/", "/assets/", "/api/docs/") for way in ways]:
            answer = ask(running.connection["url"], "GET", path)
            assert answer.status in {200, 401, 404, 422, 503}, (path, answer.body)
            assert b"canary-7c1d" not in answer.body
            assert b"root:x:" not in answer.body
        assert ask(running.connection["url"], "GET", "/api/v1/health/live").status == 200
