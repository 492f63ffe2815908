"""`headway queues`, and what `show` and `ps` say of waiting runs and of families."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from headway.cli.main import call
from headway.model.clock import iso
from tests.unit.cli.documents_server import DocumentsServer

OCR: dict[str, Any] = {
    "name": "ocr", "is_paused": True, "paused_by": "li", "paused_at": None, "running_limit": 4, "queued_limit": None,
    "states": {"queued": 120, "running": 3, "cancelling": 1}, "worker_count": 2,
}  # fmt: skip
MAIL: dict[str, Any] = {
    **OCR,
    "name": "mail",
    "is_paused": False,
    "paused_by": None,
    "running_limit": None,
    "states": {},
    "worker_count": 0,
}
QUEUES = {"items": [MAIL, OCR], "next_cursor": None, "total": None}
RUN = "01a21bf2-37c1-727a-a471-14b9d5a4c860"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


OTHER = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0eff"


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call([*arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_queues_are_listed_with_what_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = answered(capsys, "queues", answers={"GET /queues": QUEUES})
    rows = {words[0]: words for words in (each.split() for each in text.splitlines())}
    assert code == 0
    assert rows["mail"][1:] == ["open", "0", "0", "0"]
    assert rows["ocr"][1:] == ["paused", "by", "li", "120", "4", "2", "4/-"]
    code, text, _ = answered(capsys, "queues", "--json", answers={"GET /queues": QUEUES})
    assert json.loads(text) == {"items": [MAIL, OCR]}


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (("pause", "ocr"), {"is_paused": True}),
        (("resume", "ocr"), {"is_paused": False}),
        (("limit", "ocr", "--running", "4", "--queued", "none"), {"running_limit": 4, "queued_limit": None}),
        (("limit", "ocr", "--queued", "9"), {"queued_limit": 9}),
    ],
)
def test_a_queue_is_changed_and_shown_as_it_is_then(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], change: object) -> None:
    code, text, asked = answered(capsys, "queues", *words, answers={"GET /queues": QUEUES, "PATCH /queues/ocr": OCR})
    assert code == 0
    assert asked[0] == ("PATCH /queues/ocr", "", change)
    assert "ocr" in text
    assert "mail" not in text


@pytest.mark.parametrize("words", [("pause",), ("limit", "ocr"), ("limit", "ocr", "--running", "some")])
def test_what_is_missing_is_said_and_nothing_is_changed(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with DocumentsServer({}) as server:
        try:
            code = call(["queues", *words, "--url", server.url])
        except SystemExit as end:
            code = int(end.code or 0)
        assert code != 0
        assert server.asked == []
    assert capsys.readouterr().err


def test_a_queued_run_says_why_it_waits_and_a_parent_how_its_children_are(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = {
        "run": RUN, "state": "queued", "cause": "queue_paused", "detail": "", "until": None, "queue": "ocr", "project": None, "task": None,
        "key": None, "by": "li", "limit": None, "ahead": None, "holders": [], "expected_start_at": "2026-11-27T07:40:00.000Z",
    }  # fmt: skip
    children = {"total": 40, "done": 17.5, "succeeded": 15, "failed": 2, "running": 4, "queued": 19}
    document = {"id": RUN, "name": "grade_school", "state": "queued", "view": {"state": "queued", "children": children}}
    answers = {f"GET /runs/{RUN}": document, f"GET /runs/{RUN}/waiting": waiting, f"GET /runs/{RUN}/artifacts": {"items": []}}
    code, text, _ = answered(capsys, "show", RUN, answers=answers)
    assert code == 0
    assert "The queue ocr is paused, by li." in text
    assert "17/40 · 19 queued · 4 running · 2 failed" in text
    assert "2026-11-27T07:40:00.000Z" in text


def test_a_retry_says_on_whose_children_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    run = {"id": RUN, "name": "grade the school", "state": "running", "view": {}, "metadata": {"retry_of": OTHER}}
    answers = {
        f"GET /runs/{RUN}": run,
        f"GET /runs/{RUN}/artifacts": {"items": [], "next_cursor": None, "total": None},
        f"GET /runs/{RUN}/family": {"before": [{"run": OTHER, "name": "grade the school", "succeeded": 38}]},
    }
    code, text, _ = answered(capsys, "show", RUN, answers=answers)
    assert (code, f"38 of the children of {OTHER} that succeeded" in text) == (0, True), text


def test_the_expected_start_is_shown_as_a_range(capsys: pytest.CaptureFixture[str]) -> None:
    ends = {f"expected_start_{end}": iso(time.time() + seconds) for end, seconds in (("from", 61), ("at", 90), ("to", 301))}
    waiting = {
        "run": RUN, "state": "queued", "cause": "workers_busy", "detail": "", "until": None, "queue": None, "project": None, "task": None,
        "key": None, "by": None, "limit": 4, "ahead": 7, "holders": [], **ends,
    }  # fmt: skip
    document = {"id": RUN, "name": "grade", "state": "queued", "view": {"state": "queued"}}
    answers = {f"GET /runs/{RUN}": document, f"GET /runs/{RUN}/waiting": waiting, f"GET /runs/{RUN}/artifacts": {"items": []}}
    _, text, _ = answered(capsys, "show", RUN, answers=answers)
    assert "All places of the workers are taken (4). 7 runs of its queue stand before it." in text
    assert re.search(r"expected in 1–6 min  20", text), text


def test_ps_shows_children_only_where_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {"GET /runs": {"items": []}}
    for words, is_asked in ((("ps",), True), (("ps", "--children"), False), (("ps", "--task", "grade_class"), False)):
        _, _, asked = answered(capsys, *words, answers=answers)
        assert ("is_root=true" in asked[0][1]) is is_asked


def test_ps_rolls_up_the_children_of_a_parent_that_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    done = {"total": 40, "done": 40, "succeeded": 38, "failed": 2}
    stale = {"total": 3, "done": 1, "failed": 1, "running": 2}
    ended = {"task": "school", "created_at": "2026-11-27T07:40:00Z", "finished_at": "2026-11-27T07:50:00Z"}
    rows: list[dict[str, object]] = [
        {"id": RUN, "name": "grade_school", "state": "succeeded", "view": {"state": "succeeded", "children": done}, **ended},
        {"id": OTHER, "name": "grade_anyway", "state": "failed", "view": {"state": "failed", "children": stale}, **ended},
        {"id": "b", "name": "childless", "state": "succeeded", "view": {"state": "succeeded", "message": "at the end"}, **ended},
    ]
    family = {"total": 3, "done": 3, "states": {"succeeded": 2, "failed": 1}, "cells": "fss"}
    answers = {"GET /runs": {"items": rows}, f"GET /runs/{OTHER}/family": family}

    code, text, asked = answered(capsys, "ps", "--all", answers=answers)

    assert code == 0
    lines = {name: row for row in text.splitlines() for name in ("grade_school", "grade_anyway", "childless") if name in row}
    assert "40/40 · 2 failed" in lines["grade_school"]
    assert "3/3 · 1 failed" in lines["grade_anyway"]
    assert "/" not in lines["childless"].replace("2026/", "")
    assert len([path for path, *_ in asked if path.endswith("/family")]) == 1
