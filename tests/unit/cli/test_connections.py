"""`headway connections`: the list, one that is ended, a sweep."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

ADA: dict[str, Any] = {
    "id": "5f0c2a91-17", "user": "ada", "node": "north", "transport": "sse", "address": "10.0.3.17", "channels": ["run:1", "runs:default"],
    "channel_count": 5, "lag_lines": 12_040, "age_seconds": 421.5, "unread_seconds": 14.2, "silent_seconds": None, "is_stale": True,
}  # fmt: skip
NEW: dict[str, Any] = {
    "id": "5f0c2a91-18", "user": None, "node": "south", "transport": "websocket", "address": "", "channels": [], "channel_count": 0, "lag_lines": 0,
    "age_seconds": 0.5, "unread_seconds": 0.0, "silent_seconds": 0.2, "is_stale": False,
}  # fmt: skip
LIST = {"items": [ADA, NEW], "next_cursor": None, "total": 9}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call(["connections", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_who_is_connected_and_how_many_more(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = answered(capsys, answers={"GET /live/connections": LIST})
    rows = [each.split() for each in text.splitlines()]
    assert code == 0
    assert rows[1][:8] == ["5f0c2a91-17", "ada", "north", "sse", "10.0.3.17", "run:1", "runs:default", "+3"]
    assert "12,040" in rows[1]
    assert rows[2][:5] == ["5f0c2a91-18", "–", "south", "websocket", "–"]
    assert "7 more" in text
    code, text, _ = answered(capsys, "--json", answers={"GET /live/connections": LIST})
    assert json.loads(text) == LIST


def test_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = answered(capsys, answers={"GET /live/connections": {"items": [], "next_cursor": None, "total": 0}})
    assert "Nobody is connected." in text


def test_one_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "--end", "5f0c2a91-17", answers={"DELETE /live/connections/5f0c2a91-17": ADA})
    assert code == 0
    assert [name for name, _, _ in asked] == ["DELETE /live/connections/5f0c2a91-17"]
    assert "Ended: 5f0c2a91-17 of ada." in text


def test_a_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "--sweep", answers={"POST /live/connections/sweeps": {"ended_count": 2, "asked_count": 1}})
    assert code == 0
    assert asked == [("POST /live/connections/sweeps", "", {})]
    assert "Stale connections ended: 3." in text


def test_both_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({}) as server:
        with pytest.raises(SystemExit) as end:
            call(["connections", "--sweep", "--end", "x", "--url", server.url])
        assert (end.value.code, server.asked) == (2, [])
    assert "--end" in capsys.readouterr().err
