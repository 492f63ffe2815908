"""Commands that ask a server and show its documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from headway.cli.main import call
from headway.cli.ps import draw_runs
from headway.cli.screen.text import cells
from headway.model.clock import iso
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.cli.material import RUN, Memory, at, log, moment, progress, texts, view_of

OTHER = "01a205e3-ef3b-7ffd-ad08-0775070b9999"
SCHEMA = {
    "type": "object",
    "properties": {
        "sheets": {"type": "integer", "default": 5, "description": "How many."},
        "size": {"enum": ["small", "full"]},
        "who": {"type": "string"},
    },
    "required": ["who"],
}
TASK = {
    "name": "mark",
    "description": "Mark sheets.\n\nAll of them.",
    "parameter_schema": SCHEMA,
    "options": {"max_attempts": 3, "tags": ["a"]},
}
BROKEN = {"name": "torn", "import_error": "Traceback\nImportError: no module"}
LISTED: dict[str, Any] = {"id": RUN, "name": "grade 7b", "state": "running", "task": "mark", "created_at": at(), "started_at": at(1)}
ENDED: dict[str, Any] = {"id": OTHER, "name": "grade 8a", "state": "failed", "task": "mark", "created_at": at(), "finished_at": at(9)}
VIEW = view_of(progress(12, 30, unit="sheets", elapsed_seconds=4.0), log("sheet 12"))
DETAIL: dict[str, Any] = {
    **LISTED, "state": "succeeded", "finished_at": at(9), "parameters": {"who": "7b", "sheets": 3}, "tags": ["exam"], "attempt": 2, "last_line": 4,
    "project": "default", "created_by": "lin",
    "view": {**view_of(progress(3, 3, unit="sheets")), "has_result": True, "state": "succeeded"},
    "attempts": [
        {"number": 1, "started_at": at(1), "ended_at": at(2), "outcome": "lost", "error": {"type": "", "message": "its worker is gone"}},
        {"number": 2, "started_at": at(2), "ended_at": at(9), "outcome": "succeeded", "error": None},
    ],
    "steps": [
        {"id": "2.1", "attempt": 2, "name": "outer", "parent": None, "outcome": "succeeded", "duration_seconds": 6.5},
        {"id": "2.2", "attempt": 2, "name": "inner", "parent": "2.1", "outcome": "succeeded", "duration_seconds": 0.5},
    ],
}  # fmt: skip
ENTRIES = [
    {**log("first"), "line": 1},
    {"kind": "step.started", "at": at(), "line": 2, "step": "2.1", "name": "outer"},
    {**log("third", "error"), "line": 3},
    {"kind": "step.ended", "at": at(), "line": 4, "step": "2.1", "outcome": "succeeded", "duration_seconds": 6.5},
]
ANSWERS: dict[str, Any] = {
    "GET /health/ready": {"ready": True},
    "GET /tasks": {"items": [TASK, BROKEN]},
    "GET /tasks/mark": TASK,
    "GET /tasks/torn": BROKEN,
    "GET /tasks/mrk": (404, {"code": "task_not_found", "detail": "There is no task mrk."}),
    "GET /runs": {"items": [{**LISTED, "view": VIEW}, {**ENDED, "view": {"state": "failed"}}]},
    f"GET /runs/{RUN}": DETAIL,
    f"GET /runs/{RUN}/artifacts": {"items": [{"name": "marks.csv", "size_bytes": 322, "media_type": "text/csv"}]},
    f"GET /runs/{RUN}/result": {"mean": 6.8333},
    f"GET /runs/{RUN}/entries": {"items": ENTRIES, "next_cursor": None},
    f"PUT /runs/{RUN}/cancellation": (202, {**LISTED, "state": "cancelling"}),
    f"PUT /runs/{OTHER}/cancellation": (409, {"code": "run_final", "detail": "The run has already ended (failed).", "state": "failed"}),
    f"POST /runs/{RUN}/retries": (201, {**LISTED, "id": OTHER}),
    "POST /runs/cancellations": {
        "matched": 12,
        "succeeded": 11,
        "failed_count": 1,
        "is_complete": True,
        "failed": [{"id": RUN, "problem": {"code": "run_final", "detail": "The run has already ended (failed)."}}],
        "skipped_count": 0,
        "skipped": [],
    },
    "POST /runs/retries": {
        "matched": 40,
        "succeeded": 2,
        "failed_count": 0,
        "failed": [],
        "skipped_count": 38,
        "skipped": [{"id": RUN, "ancestor": OTHER}],
        "is_complete": True,
        "next_cursor": None,
    },
    f"DELETE /runs/{RUN}": (204, None),
    f"DELETE /runs/{OTHER}": (409, {"code": "run_not_final", "detail": "The run is still running.", "state": "running"}),
    "POST /runs/deletions": {
        "matched": 3,
        "succeeded": 3,
        "failed_count": 0,
        "failed": [],
        "skipped_count": 0,
        "skipped": [],
        "is_complete": True,
    },
    f"PUT /runs/{RUN}/pause": (202, {**LISTED, "state": "pausing"}),
    f"PUT /runs/{RUN}/resumption": (202, {**LISTED, "state": "queued"}),
    "POST /tasks/mark/runs": (201, {**LISTED, "state": "queued"}),
    "GET /runs/order-7": DETAIL,
}


def answers() -> dict[str, Any]:
    """With a worker that has been heard of now: a suite on a busy machine may take longer than one counts as alive."""
    return {**ANSWERS, "GET /workers": {"items": [{"heartbeat_at": iso()}]}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentsServer]:
    with DocumentsServer(answers()) as running:
        monkeypatch.setenv("HEADWAY_URL", running.url)
        monkeypatch.setenv("HEADWAY_TOKEN", "t")
        monkeypatch.setenv("HEADWAY_LANG", "en")
        yield running


class Heard:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def ask(server: DocumentsServer, capsys: pytest.CaptureFixture[str]) -> Any:
    def asking(*arguments: str) -> Heard:
        code = call(arguments)
        captured = capsys.readouterr()
        return Heard(code, captured.out, captured.err)

    return asking


def test_ps_lists_runs_with_their_progress(ask: Any, server: DocumentsServer) -> None:
    heard = ask("ps", "--task", "mark", "-n", "5")
    assert heard.code == 0
    assert "40%  12 / 30 sheets" in heard.out
    assert "sheet 12" in heard.out
    query = server.asked[0][1]
    assert "task=mark" in query
    assert "state=running" in query
    assert "state=succeeded" not in query
    assert len(server.asked) == 1, "one request, however many runs"
    assert json.loads(ask("ps", "--all", "--json").out)["items"][0]["view"]["progress"]["done"] == 12


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_a_list_fits_the_terminal(width: int) -> None:
    rows = [{**LISTED, "name": "七年级二班期中考试" * 3, "view": VIEW}, ENDED]
    lines = texts(draw_runs(rows, moment(60), Memory(is_terminal=True, width=width)))
    assert len(lines) == 3
    assert all(cells(text) <= max(width, 46) for text in lines)


def test_no_runs_is_said_beside(ask: Any) -> None:
    assert draw_runs([], datetime.now(UTC), Memory()) == []


def test_tasks(ask: Any) -> None:
    heard = ask("tasks")
    assert "[sheets] [size] who" in heard.out
    assert "does not import" in heard.out
    explained = ask("tasks", "mark").out
    assert all(text in explained for text in ("All of them.", "= 5", "How many.", "small | full", "required", "headway run mark -p who=…"))
    assert "ImportError: no module" in ask("tasks", "torn").out
    assert json.loads(ask("tasks", "mark", "--json").out) == TASK


def test_show(ask: Any) -> None:
    shown = ask("show", "5050").out
    assert all(
        text in shown
        for text in (RUN, "✓ outer  6.5 s", "  ✓ inner", "? lost", "its worker is gone", "marks.csv", "mean  6.833", "exam", "lin")
    )
    assert json.loads(ask("show", RUN, "--result").out) == {"mean": 6.8333}
    assert json.loads(ask("show", "order-7", "--external", "--json").out)["artifacts"][0]["name"] == "marks.csv"


def test_logs(ask: Any, server: DocumentsServer) -> None:
    assert ask("logs", "last").out == "first\n▸ outer\nERROR third\n✓ outer  6.5 s\n"
    assert ask("logs", RUN, "--level", "error", "--only-logged").out == "ERROR third\n"
    assert [json.loads(text)["line"] for text in ask("logs", RUN, "--json").out.splitlines()] == [1, 2, 3, 4]
    ask("logs", RUN, "--tail", "2")
    assert "from=3" in server.asked[-1][1]
    assert ask("logs", RUN, "--tail", "0").out == ""


def test_cancel_tries_every_run(ask: Any, server: DocumentsServer) -> None:
    heard = ask("cancel", OTHER, RUN, "--reason", "a mistake")
    assert heard.code == 4
    assert "already ended" in heard.err
    assert heard.out == "070b5050  cancelling\n"
    assert server.asked[-1][2] == {"reason": "a mistake"}


@pytest.mark.parametrize(("command", "route"), [("pause", "pause"), ("resume", "resumption")])
def test_pause_and_resume(ask: Any, server: DocumentsServer, command: str, route: str) -> None:
    heard = ask(command, RUN, "--reason", "lunch")
    assert (heard.code, server.asked[-1][0], server.asked[-1][2]) == (0, f"PUT /runs/{RUN}/{route}", {"reason": "lunch"})
    assert json.loads(ask(command, RUN, "--json").out)["state"] in {"pausing", "queued"}


def test_pause_waits_until_it_has_come_true(ask: Any, server: DocumentsServer) -> None:
    heard = ask("pause", RUN, "--wait", "--json")
    assert json.loads(heard.out)["state"] == "succeeded"  # it ended before it came to a checkpoint


def test_delete_asks_first_and_tries_every_run(ask: Any, server: DocumentsServer) -> None:
    asked = ask("delete", OTHER, RUN)
    assert (asked.code, "--yes" in asked.err, "gone for good" in asked.err) == (2, True, True)
    assert not [each for each in server.asked if each[0].startswith("DELETE")]
    heard = ask("delete", OTHER, RUN, "--yes")
    assert (heard.code, heard.out) == (4, f"{RUN[-8:]} is deleted.\n")
    assert "still running" in heard.err
    assert json.loads(ask("delete", RUN, "--yes", "--json").out) == {"run": RUN, "is_deleted": True}


def test_delete_all_that_match(ask: Any, server: DocumentsServer) -> None:
    heard = ask("delete", "--task", "mark", "--state", "failed", "--yes")
    assert (heard.code, heard.out) == (0, "3 of 3 runs: done\n")
    assert server.asked[-1] == ("POST /runs/deletions", "state=failed&task=mark", {})


def test_cancel_all_that_match_asks_first_and_counts(ask: Any, server: DocumentsServer) -> None:
    heard = ask("cancel", "--task", "mark", "--state", "queued")
    assert (heard.code, "--yes" in heard.err, "12" in heard.err) == (2, True, True)
    assert server.asked[-1] == ("POST /runs/cancellations", "state=queued&task=mark", {"is_preview": True})

    heard = ask("cancel", "--task", "mark", "--yes", "--reason", "wrong class")
    assert (heard.code, heard.out) == (4, "11 of 12 runs: done\n")
    assert "070b5050" in heard.err
    assert "already ended" in heard.err
    assert server.asked[-1][2] == {"reason": "wrong class"}
    assert json.loads(ask("cancel", "--tag", "exam", "--yes", "--json").out)["succeeded"] == 11


@pytest.mark.parametrize(
    "arguments", [["cancel"], ["cancel", RUN, "--task", "mark"], ["pause", "--all", "--task", "mark"], ["cancel", "--all", "-w"]]
)
def test_it_must_be_plain_which_runs_are_meant(ask: Any, arguments: list[str]) -> None:
    heard = ask(*arguments)
    assert (heard.code, heard.out) == (2, "")
    assert "RUN" in heard.err


def test_all_that_failed_are_run_again_and_what_is_left_to_their_parents_is_said(ask: Any, server: DocumentsServer) -> None:
    heard = ask("retry", "--state", "failed", "--task", "mark")
    assert (heard.code, "40" in heard.err) == (2, True)
    assert server.asked[-1] == ("POST /runs/retries", "state=failed&task=mark", {"is_preview": True})
    heard = ask("retry", "--state", "failed", "--yes")
    assert (heard.code, heard.out) == (0, "2 of 40 runs: done\n")
    assert "38 are left to the runs that started them" in heard.err
    assert json.loads(ask("retry", "--all", "--yes", "--json").out)["skipped_count"] == 38


@pytest.mark.parametrize("arguments", [["-p", "sheets=9"], ["-w"], []])
def test_many_are_run_again_as_they_were(ask: Any, arguments: list[str]) -> None:
    heard = ask("retry", *arguments, *(["--state", "failed"] if arguments else []))
    assert (heard.code, "RUN" in heard.err) == (2, True)


def test_retry_puts_new_parameters_over_the_old(ask: Any, server: DocumentsServer) -> None:
    heard = ask("retry", RUN, "-p", "sheets=9")
    assert heard.out == OTHER + "\n"
    assert server.asked[-1][2] == {"parameters": {"who": "7b", "sheets": 9}}
    assert json.loads(ask("retry", RUN, "--json").out)["id"] == OTHER


def test_run_sends_what_was_asked_for(ask: Any, server: DocumentsServer) -> None:
    heard = ask("run", "mark", "-p", "who=7b", "--name", "n", "--tag", "x", "--priority", "3", "--after", "2026-11-22T09:30:00Z", "-d")
    assert heard.out == RUN + "\n"
    assert "headway watch" in heard.err
    assert server.asked[-1][2] == {
        "parameters": {"who": "7b"}, "name": "n", "tags": ["x"], "priority": 3, "run_after": "2026-11-22T09:30:00.000Z",
    }  # fmt: skip
    assert json.loads(ask("run", "mark", "-p", "who=7b", "-d", "--json").out)["state"] == "queued"


def test_run_refuses_before_anything_is_sent(ask: Any, server: DocumentsServer) -> None:
    assert ask("run", "mark").code == 2
    assert "Did you mean mark?" in ask("run", "mrk").err
    assert "ImportError: no module" in ask("run", "torn").err
    assert not [name for name, _, _ in server.asked if name.startswith("POST")]


@pytest.mark.parametrize(("said", "why"), [("zzzz", "no run zzzz"), ("abcd", "no run abcd"), ("070b", "no run 070b")])
def test_a_run_that_is_not_there(ask: Any, said: str, why: str) -> None:
    heard = ask("show", said)
    assert heard.code == 4
    assert why in heard.err


def test_doctor_hears_the_server_out(ask: Any) -> None:
    heard = ask("doctor", "--json")
    grades = {check["check"]: check["grade"] for check in json.loads(heard.out)["checks"]}
    assert (heard.code, grades["server"], grades["worker"], grades["tasks"]) == (1, "ok", "ok", "fail")


@pytest.mark.parametrize(
    ("changed", "check", "grade"),
    [
        ({"GET /workers": {"items": []}}, "worker", "fail"),
        ({"GET /workers": {"items": [{"heartbeat_at": "2020-01-01T00:00:00.000Z"}]}}, "worker", "fail"),
        ({"GET /workers": (403, {"code": "forbidden", "detail": "no"})}, "workers", "fail"),
        ({"GET /tasks": {"items": []}}, "tasks", "warn"),
        ({"GET /tasks": {"items": [TASK]}}, "tasks", "ok"),
        ({"GET /health/ready": (503, {"code": "unavailable", "detail": "no store"})}, "server", "fail"),
    ],
)
def test_what_doctor_finds(changed: dict[str, Any], check: str, grade: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    with DocumentsServer({**answers(), **changed}) as server:
        monkeypatch.setenv("HEADWAY_URL", server.url)
        call(["doctor", "--json"])
    found = {one["check"]: one["grade"] for one in json.loads(capsys.readouterr().out)["checks"]}
    assert found[check] == grade
