"""`headway login` and `headway logout`: this machine's programs are signed in at a server, and out."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from headway.cli.main import call
from headway.sdk.sign_in import kept
from tests.unit.cli.documents_server import DocumentsServer

DEVICE = "019336e3-3333-7444-8555-666677778888"
TOKEN = f"e30.{base64.urlsafe_b64encode(json.dumps({'sid': DEVICE}).encode()).decode().rstrip('=')}.c2ln"
TOKENS: dict[str, Any] = {
    "token": TOKEN, "expires_in": 600, "refresh_token": "next", "refresh_expires_at": "2026-12-22T09:30:00.125Z",
}  # fmt: skip
GOOD = {"POST /tokens": (201, TOKENS)}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")
    monkeypatch.setenv("HEADWAY_HOME", str(tmp_path / "home"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = call(list(arguments))
    return code, "".join(capsys.readouterr())


def test_a_link_says_where_and_by_which_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with DocumentsServer(GOOD) as server:
        code, text = said(capsys, "login", f"{server.url}/sign-in?to=/runs#code=PvJ2-x_y", "--name", "lab")
        assert (code, server.asked) == (0, [("POST /tokens", "", {"code": "PvJ2-x_y", "name": "lab"})])
        assert f"Signed in at {server.url} as lab." in text
        assert TOKEN not in text
        assert (kept(server.url, tmp_path / "home") or pytest.fail("not kept")).token == TOKEN
        code, text = said(capsys, "login", f"{server.url}/sign-in#code=again", "--json")
        assert json.loads(text) == {"url": server.url, "name": server.asked[-1][2]["name"], "expires_at": TOKENS["refresh_expires_at"]}
        assert server.asked[-1][2]["name"].startswith("headway on ")


def test_a_code_alone_goes_to_the_server_that_is_meant_and_may_come_by_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with DocumentsServer(GOOD) as server:
        monkeypatch.setattr("sys.stdin", io.StringIO("PvJ2\nmore\n"))
        assert said(capsys, "login", "--url", server.url)[0] == 0
        assert server.asked[0][2]["code"] == "PvJ2"


@pytest.mark.parametrize("nonsense", ["not a link", "https://headway.example/runs", "https://headway.example/sign-in#code=", "", "a" * 600])
def test_what_is_no_link_is_said_to_be_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(nonsense))
    code, text = said(capsys, "login", *([nonsense] if nonsense else []))
    assert code == 2
    assert "headway open --print" in text


def test_a_link_of_another_server_than_the_one_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, "login", "https://one.example/sign-in#code=PvJ2", "--url", "https://two.example")
    assert (code, "another server" in text) == (2, True)


def test_a_code_that_is_used_says_so_and_nothing_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with DocumentsServer({"POST /tokens": (401, {"code": "sign_in_code_invalid", "detail": "This code is good no more."})}) as server:
        code, text = said(capsys, "login", f"{server.url}/sign-in#code=old")
        assert code not in (0, 2)
        assert text.strip()
        assert kept(server.url, tmp_path / "home") is None


def test_signing_out_tells_the_server_and_forgets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with DocumentsServer({**GOOD, f"DELETE /account/devices/{DEVICE}": (204, None)}) as server:
        said(capsys, "login", f"{server.url}/sign-in#code=PvJ2")
        code, text = said(capsys, "logout", "--url", server.url)
        assert (code, text.strip()) == (0, f"Signed out at {server.url}.")
        assert server.asked[-1][0] == f"DELETE /account/devices/{DEVICE}"
        assert kept(server.url, tmp_path / "home") is None
        assert "Nobody was signed in" in said(capsys, "logout", "--url", server.url)[1]


def test_a_server_that_will_not_hear_of_it_forgets_by_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with DocumentsServer({**GOOD, f"DELETE /account/devices/{DEVICE}": (403, {"code": "forbidden", "detail": "No."})}) as server:
        said(capsys, "login", f"{server.url}/sign-in#code=PvJ2")
        code, text = said(capsys, "logout", "--url", server.url)
        assert code == 0
        assert TOKENS["refresh_expires_at"] in text
        assert kept(server.url, tmp_path / "home") is None
        said(capsys, "login", f"{server.url}/sign-in#code=PvJ2")
        _, text = said(capsys, "logout", "--url", server.url, "--json")
        assert json.loads(text) == {"url": server.url, "was_signed_in": True, "is_server_told": False}
