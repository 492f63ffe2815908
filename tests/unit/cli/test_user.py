"""`headway user`: made, listed, disabled, given links."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

ADA: dict[str, Any] = {
    "name": "ada", "display_name": "Ada King", "email": "ada@example.org", "is_active": True, "has_password": True, "has_second_factor": False, "language": None,
    "theme": None, "time_zone": None, "created_at": "2026-11-22T09:30:00.125Z", "created_by": "admin", "password_changed_at": None,
    "locked_until": None, "approval": None,
}  # fmt: skip
LINK = {"url": "http://headway.test/sign-in#code=PvJ2", "code": "PvJ2", "expires_at": "2026-11-25T09:30:00.125Z"}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call(["user", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_one_is_made_and_its_link_printed(capsys: pytest.CaptureFixture[str]) -> None:
    made = {**ADA, "has_password": False, "link": LINK}
    code, text, asked = answered(capsys, "add", "ada", "--role", "admin", "--email", "ada@example.org", answers={"POST /accounts": made})
    assert (code, asked) == (0, [("POST /accounts", "", {"name": "ada", "email": "ada@example.org", "role": "admin"})])
    assert LINK["url"] in text.splitlines()
    assert "once, until 2026-11-25T09:30:00.125Z" in text
    assert "may do nothing" not in text
    _, text, _ = answered(capsys, "add", "ada", "--json", answers={"POST /accounts": made})
    assert json.loads(text) == made


def test_a_password_comes_by_standard_input_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("tulips under a cold moon\r\nmore\n"))
    code, text, asked = answered(capsys, "add", "ada", "--password-stdin", answers={"POST /accounts": {**ADA, "link": None}})
    assert (code, asked[0][2]) == (0, {"name": "ada", "password": "tulips under a cold moon"})
    assert "tulips" not in text
    assert "may do nothing yet" in text
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, text, asked = answered(capsys, "add", "ada", "--password-stdin", answers={})
    assert (code, asked) == (2, [])


def test_they_are_listed_page_by_page(capsys: pytest.CaptureFixture[str]) -> None:
    items = [
        ADA,
        {**ADA, "name": "boris", "is_active": False, "email": None},
        {**ADA, "name": "cara\x1b[31m", "locked_until": "2026-11-22T09:45:00.000Z", "has_password": False},
    ]
    found = {"items": items, "next_cursor": None, "total": 3}
    code, text, asked = answered(capsys, "list", answers={"GET /accounts": found})
    assert code == 0
    assert [row.split()[:2] for row in text.splitlines()[1:3]] == [["ada", "active"], ["boris", "disabled"]]
    assert "locked" in text
    assert "\x1b[31m" not in text
    assert asked[0][1] == "limit=200"
    _, text, asked = answered(capsys, "list", "ada", "--json", answers={"GET /accounts": found})
    assert [each["name"] for each in json.loads(text)["items"]] == ["ada", "boris", "cara\x1b[31m"]
    assert asked[0][1] == "q=ada&limit=200"
    _, text, _ = answered(capsys, "list", answers={"GET /accounts": {**found, "items": []}})
    assert "There is no account." in text


@pytest.mark.parametrize(
    ("act", "change", "says"),
    [
        ("disable", {"is_active": False}, "Disabled: ada."),
        ("enable", {"is_active": True}, "Enabled: ada."),
        ("unlock", {"is_locked": False}, "Unlocked: ada."),
    ],
)
def test_what_is_done_to_one(capsys: pytest.CaptureFixture[str], act: str, change: Any, says: str) -> None:
    code, text, asked = answered(capsys, act, "ada", answers={"PATCH /accounts/ada": ADA})
    assert (code, asked) == (0, [("PATCH /accounts/ada", "", change)])
    assert says in text


def test_who_has_lost_a_second_factor_has_it_taken_off(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "drop-factor", "ada/..", answers={"DELETE /accounts/ada%2F../second-factor": {}})
    assert (code, asked) == (0, [("DELETE /accounts/ada%2F../second-factor", "", None)])
    assert "by password alone" in text
    _, text, _ = answered(capsys, "list", answers={"GET /accounts": {"items": [{**ADA, "has_second_factor": True}], "next_cursor": None}})
    assert "by password and code" in text


def test_one_is_shown_and_gets_a_link(capsys: pytest.CaptureFixture[str]) -> None:
    shown = {
        **ADA,
        "identities": [{"id": "4f0c", "issuer": "https://sso.example", "subject": "7", "created_at": "2026-11-22T09:30:00.125Z"}],
    }
    code, text, _ = answered(capsys, "show", "ada", answers={"GET /accounts/ada": shown})
    assert code == 0
    assert "At https://sso.example: 7 (identity 4f0c)" in text
    code, text, asked = answered(
        capsys, "unlink", "ada", "--identity", "4f0c/..", answers={"DELETE /accounts/ada/identities/4f0c%2F..": {}}
    )
    assert (code, asked[0][0]) == (0, "DELETE /accounts/ada/identities/4f0c%2F..")
    assert "Taken off: ada" in text
    code, text, _ = answered(capsys, "link", "ada", answers={"POST /accounts/ada/password-links": LINK})
    assert (code, LINK["url"] in text) == (0, True)
    _, text, asked = answered(capsys, "show", "a/../b", "--json", answers={"GET /accounts/a%2F..%2Fb": shown})
    assert asked[0][0] == "GET /accounts/a%2F..%2Fb"
    assert json.loads(text) == shown


@pytest.mark.parametrize(
    "arguments",
    [("show",), ("add",), ("list", "--role", "admin"), ("link", "ada", "--password-stdin"), ("unlink", "ada"),
     ("show", "ada", "--identity", "4f0c")],
)  # fmt: skip
def test_what_cannot_be_meant_is_not_sent(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, text, asked = answered(capsys, *arguments, answers={})
    assert (code, asked) == (2, [])
    assert text


def test_who_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = answered(
        capsys,
        "show",
        "eve",
        answers={"GET /accounts/eve": (404, {"code": "account_not_found", "detail": "There is no account eve.", "account": "eve"})},
    )
    assert code != 0
    assert "eve" in text
