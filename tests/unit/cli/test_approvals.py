"""`headway approvals`: listed, decided, withdrawn; and what is said where a command was turned into a request."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.cli.main import call
from headway.model.clock import iso
from tests.unit.cli.documents_server import DocumentsServer

RUN = "01a22258-5df6-7317-8493-6df32fee2fa8"
APPROVAL: dict[str, Any] = {
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14", "kind": "run.start", "state": "pending",
    "what": {"task": "grading:grade", "name": "Class 7b"}, "project": "exams", "run": RUN, "requested_by": "anna", "requested_at": iso(),
    "expires_at": iso((datetime.now(UTC) + timedelta(days=2, hours=9)).timestamp()), "needed": 2, "given": 1,
    "votes": [{"by": "ben", "at": iso(), "verdict": "approved", "reason": None}], "outcome": None, "settled_at": None, "reached": 0,
    "is_mine": False, "may_decide": True,
}  # fmt: skip
PATH = f"/approvals/{APPROVAL['id']}"
PAGE = {"items": [APPROVAL], "next_cursor": None, "total": None}
NOTHING = {"items": [], "next_cursor": None, "total": None}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    with DocumentsServer(answers) as server:
        code = call([*arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


def test_what_waits_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "approvals", answers={"GET /approvals": PAGE})
    assert (code, asked[0][1]) == (0, "limit=200&state=pending&state=approved")
    row = text.splitlines()[1]
    assert "6c8d0e14" in row
    assert "start Class 7b (grading:grade)" in row
    assert "anna (your vote)" in row
    assert "1/2" in row
    assert "2d" in row
    _, _, asked = answered(capsys, "approvals", "list", "--waiting", "--project", "exams", answers={"GET /approvals": PAGE})
    assert asked[0][1] == "limit=200&project=exams&waiting=true"
    _, text, asked = answered(capsys, "approvals", "--all", "--json", answers={"GET /approvals": PAGE})
    assert (json.loads(text), asked[0][1]) == (PAGE, "limit=200")
    _, text, _ = answered(capsys, "approvals", answers={"GET /approvals": NOTHING})
    assert "Nothing waits for approval." in text


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"kind": "run.delete", "what": {"run": RUN, "name": "a\x1b[31m", "task": None, "part": "run"}}, "delete a (-)"),
        ({"kind": "run.delete", "what": {"run": RUN, "name": "a", "task": "t", "part": "log"}}, "delete the log of a (t)"),
        ({"kind": "runs.cancel", "what": {"count": 12_000, "runs": []}, "project": None}, "cancel 12,000 runs"),
        ({"kind": "moon.shot", "what": {}}, "moon.shot"),
        ({"state": "refused", "is_mine": True, "may_decide": False}, "refused"),
    ],
)
def test_each_kind_is_told_in_words(capsys: pytest.CaptureFixture[str], change: dict[str, Any], shown: str) -> None:
    page = {**PAGE, "items": [APPROVAL | change]}
    _, text, _ = answered(capsys, "approvals", "--all", answers={"GET /approvals": page})
    assert shown in text.splitlines()[1]
    assert "\x1b[31m" not in text


@pytest.mark.parametrize("said", ["6c8d0e14", RUN[-8:], APPROVAL["id"], RUN])
def test_it_is_approved_by_whatever_id(capsys: pytest.CaptureFixture[str], said: str) -> None:
    of_run = {"GET /approvals": NOTHING if said == APPROVAL["id"] else PAGE}
    code, text, asked = answered(
        capsys, "approvals", "approve", said, "--reason", "fine",
        answers={**of_run, f"POST {PATH}/approve": {**APPROVAL, "given": 2, "state": "carried_out"}},
    )  # fmt: skip
    assert code == 0
    assert asked[-1] == (f"POST {PATH}/approve", "", {"reason": "fine"})
    assert "Approved and done: start Class 7b (grading:grade)." in text


def test_what_is_short_of_votes_waits_on(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = answered(capsys, "approvals", "approve", "0e14", answers={"GET /approvals": PAGE, f"POST {PATH}/approve": APPROVAL})
    assert "1 of 2" in text


def test_what_could_not_be_done_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    failed = {**APPROVAL, "state": "failed", "outcome": {"code": "run_not_found", "message": "There is no such run."}}
    code, text, _ = answered(capsys, "approvals", "approve", "0e14", answers={"GET /approvals": PAGE, f"POST {PATH}/approve": failed})
    assert code == 0
    assert "could not be done" in text
    assert "There is no such run." in text


def test_it_is_refused_with_a_reason_only(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, asked = answered(capsys, "approvals", "refuse", "0e14", answers={})
    assert (code, asked) == (2, [])
    assert "--reason" in text
    code, text, asked = answered(
        capsys, "approvals", "refuse", "0e14", "--reason", "no", answers={"GET /approvals": PAGE, f"POST {PATH}/refuse": {**APPROVAL, "state": "refused"}}
    )  # fmt: skip
    assert (code, asked[-1][2]) == (0, {"reason": "no"})
    assert "Refused: start Class 7b" in text


def test_it_is_withdrawn(capsys: pytest.CaptureFixture[str]) -> None:
    withdrawn = {**APPROVAL, "state": "withdrawn"}
    code, text, _ = answered(
        capsys, "approvals", "withdraw", "0e14", "--json", answers={"GET /approvals": PAGE, f"DELETE {PATH}": withdrawn}
    )
    assert (code, json.loads(text)) == (0, withdrawn)


def test_refusals_of_the_server_are_told_by_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    own = (403, {"code": "own_approval", "detail": "Somebody else has to decide."})
    code, text, _ = answered(
        capsys, "approvals", "approve", "0e14", "ffff", answers={"GET /approvals": PAGE, f"POST {PATH}/approve": own}
    )  # fmt: skip
    assert code == 4
    assert "Somebody else has to decide." in text
    assert "no such approval request" in text
    assert answered(capsys, "approvals", "approve", answers={})[0] == 2
    assert answered(capsys, "approvals", "list", "0e14", answers={})[0] == 2


def test_what_has_to_be_approved_first_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = {**APPROVAL, "kind": "run.delete", "what": {"run": RUN, "name": "Class 7b", "task": "t", "part": "run"}}
    code, text, _ = answered(capsys, "delete", RUN, "--yes", answers={f"DELETE /runs/{RUN}": (202, asked)})
    assert code == 0
    assert "Others have to approve it first: delete Class 7b (t). Request 6c8d0e14 waits for 2" in text
    many = {**APPROVAL, "kind": "runs.cancel", "what": {"count": 3, "runs": [RUN]}}
    code, text, _ = answered(capsys, "cancel", "--task", "t", "--yes", answers={"POST /runs/cancellations": (202, many)})
    assert code == 0
    assert "cancel 3 runs" in text
