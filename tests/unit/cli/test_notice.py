"""`headway notice`: told, listed, taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.cli.main import call
from headway.model.clock import iso
from tests.unit.cli.documents_server import DocumentsServer

NOTICE: dict[str, Any] = {
    "id": "n-1", "title": "Maintenance at 18:00", "level": "warning", "user": None, "created_by": "admin",
    "created_at": iso(), "expires_at": iso((datetime.now(UTC) + timedelta(hours=2, minutes=50)).timestamp()),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call(["notice", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_everybody_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "Maintenance at 18:00", "--level", "warning", "--for", "2h", answers={"POST /notices": NOTICE})
    assert (code, asked) == (0, [("POST /notices", "", {"title": "Maintenance at 18:00", "level": "warning", "expires_in": 7_200})])
    assert "Told everybody, for 2h" in text
    assert "--withdraw n-1" in text


def test_one_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, asked = answered(capsys, "Hello", "--user", "li", answers={"POST /notices": {**NOTICE, "user": "li"}})
    assert asked[0][2] == {"title": "Hello", "level": "info", "expires_in": 86_400, "user": "li"}
    assert "Told li" in text


def test_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"items": [NOTICE], "next_cursor": None, "total": None}
    _, text, _ = answered(capsys, answers={"GET /notices": found})
    row = text.splitlines()[1].split()
    assert row[:3] == ["n-1", "warning", "everybody"]
    assert row[3].startswith("2h")
    assert "Maintenance at 18:00" in text
    _, text, _ = answered(capsys, "--json", answers={"GET /notices": found})
    assert json.loads(text) == found
    _, text, _ = answered(capsys, answers={"GET /notices": {**found, "items": []}})
    assert "Nothing is told." in text


def test_one_is_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "--withdraw", "n-1", answers={"DELETE /notices/n-1": {}})
    assert (code, [name for name, _, _ in asked]) == (0, ["DELETE /notices/n-1"])
    assert "Taken back: n-1." in text


@pytest.mark.parametrize("arguments", [("Hello", "--withdraw", "n-1"), ("Hello", "--for", "soon")])
def test_what_cannot_be_meant_is_not_sent(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, text, asked = answered(capsys, *arguments, answers={})
    assert (code, asked) == (2, [])
    assert text
