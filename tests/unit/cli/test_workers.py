"""`headway workers`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

LIVE: dict[str, Any] = {
    "id": "019336e1-7b1c-7d3a-9b1e-4f2a6c8d0e13", "host": "lab-3", "pid": 4711, "version": "0.1.0", "state": "live",
    "started_at": "2026-11-22T09:00:00.000Z", "heartbeat_at": "2026-11-22T09:30:01.000Z", "ended_at": None, "slots": 4, "run_count": 2,
    "queues": ["default", "ocr"], "tasks": [], "wish": None, "is_now": False, "wished_by": None, "wished_at": None, "cpu": None,
    "memory_bytes": None,
}  # fmt: skip
LEAVING = {**LIVE, "id": "019336e1-7b1c-7d3a-9b1e-000000000e13", "state": "draining", "wish": "restart", "wished_by": "li"}
ANSWERS: dict[str, Any] = {"GET /workers": {"items": [LIVE, LEAVING], "next_cursor": None, "total": None}}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def asked(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any] = ANSWERS) -> tuple[int, str, list[Any]]:
    with DocumentsServer(answers) as server:
        code = call(["workers", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_workers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = asked(capsys)
    assert code == 0
    rows = [each for each in text.splitlines() if "lab-3:4711" in each]
    assert [part in rows[0] for part in ("live", "2/4", "default, ocr", "0.1.0")] == [True] * 4
    assert "draining (restart, by li)" in rows[1]
    code, text, _ = asked(capsys, "--json")
    assert json.loads(text) == {"items": [LIVE, LEAVING]}
    code, text, _ = asked(capsys, answers={"GET /workers": {"items": []}})
    assert (code, "No worker" in text) == (0, True)


@pytest.mark.parametrize(("act", "more", "is_now"), [("drain", (), False), ("restart", ("--now",), True)])
def test_one_is_asked_by_the_end_of_its_id(capsys: pytest.CaptureFixture[str], act: str, more: tuple[str, ...], is_now: bool) -> None:
    answers = {**ANSWERS, f"POST /workers/{LIVE['id']}/{act}": LIVE}
    code, text, calls = asked(capsys, act, "8d0e13", *more, answers=answers)
    assert code == 0
    assert calls[-1] == (f"POST /workers/{LIVE['id']}/{act}", "", {"is_now": is_now})
    assert LIVE["id"] in text
    code, text, _ = asked(capsys, act, "8d0e13", "--json", answers=answers)
    assert json.loads(text) == LIVE


@pytest.mark.parametrize("words", [("drain",), ("drain", "0e13"), ("--now",), ("drain", "")])
def test_what_is_unclear_asks_nothing_of_anybody(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, text, calls = asked(capsys, *words)
    assert (code, [method for method, *_ in calls]) == (2, ["GET /workers"])
    assert text
