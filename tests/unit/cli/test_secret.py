"""`headway secret`: values come by standard input alone."""

from __future__ import annotations

import io
from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

KEPT: dict[str, Any] = {
    "name": "KEY", "project": None, "version": 3, "set_at": "2026-11-22T09:30:00.125Z", "set_by": "li", "is_current": False,
}  # fmt: skip
VALUE = "sk-Zq7w9Kx4"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call(["secret", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_a_value_comes_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{VALUE}\n"))
    code, text, asked = answered(capsys, "set", "KEY", "--project", "exams", answers={"PUT /secrets/KEY": KEPT})
    assert code == 0
    assert [(name, body) for name, _, body in asked] == [("PUT /secrets/KEY", {"value": VALUE, "project": "exams"})]
    assert text == "KEY is set: version 3.\n"


def test_a_value_of_several_lines_keeps_them(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\ntwo\n\n"))
    _, _, asked = answered(capsys, "set", "KEY", answers={"PUT /secrets/KEY": KEPT})
    assert asked[0][2]["value"] == "one\ntwo\n"


def test_an_argument_is_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(["secret", "set", "KEY", VALUE])
    assert ended.value.code == 2
    capsys.readouterr()
    for arguments in (["set"], ["list", "KEY"], ["rotate", "--project", "x"]):
        assert call(["secret", *arguments]) == 2
        assert "headway secret" in capsys.readouterr().err or arguments[0] == "rotate"


def test_no_value_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert call(["secret", "set", "KEY"]) == 2
    assert "no value" in capsys.readouterr().err


def test_list_delete_rotate(capsys: pytest.CaptureFixture[str]) -> None:
    page = {"items": [KEPT, {**KEPT, "project": "maths"}], "next_cursor": None, "total": None}
    code, text, _ = answered(capsys, answers={"GET /secrets": page})
    assert (code, text.splitlines()[1].split()[:3]) == (0, ["KEY", "(all)", "3"])
    assert "headway secret rotate" in text
    _, text, _ = answered(capsys, "list", "--project", "exams", answers={"GET /secrets": page})
    assert len(text.splitlines()) == 2
    code, text, _ = answered(capsys, "delete", "KEY", answers={"DELETE /secrets/KEY": {}})
    assert (code, text) == (0, "KEY is deleted.\n")
    code, text, _ = answered(capsys, "rotate", answers={"POST /secrets/rotations": {"count": 4}})
    assert (code, text) == (0, "Encrypted again: 4.\n")
