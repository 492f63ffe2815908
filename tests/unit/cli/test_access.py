"""`headway group`, `role` and `grant`: what they ask of a server, and what they make of its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

MADE = {"created_at": "2026-11-22T09:30:00.000Z", "created_by": "admin\x1b[31m"}
GROUP: dict[str, Any] = {"name": "class-7", "description": "Seven", "members": ["anna", "boris"], **MADE}
ROLE: dict[str, Any] = {
    "name": "canceller", "description": "", "is_built_in": False, "permissions": ["run:cancel"], "inherits": ["viewer"],
    "holds": ["run:cancel", "run:read"], **MADE,
}  # fmt: skip
GRANT: dict[str, Any] = {"id": "g-1", "account": None, "group": "class-7", "role": "viewer", "project": None, **MADE}
RIGHTS: dict[str, Any] = {
    "account": "anna", "is_active": False, "groups": ["class-7"], "everywhere": ["run:read"], "in_projects": {},
    "grants": [{"id": "g-1", "role": "viewer", "project": None, "group": "class-7", "permissions": ["run:read"]}],
}  # fmt: skip
EXISTS = (409, {"code": "group_exists", "detail": "There is already a group named class-7.", "name": "class-7"})


def asked(act: str, **what: Any) -> dict[str, Any]:
    return {"id": "a-1", "kind": "grant.add", "what": {"act": act, **what}, "needed": 2}


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None, "total": None}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str, list[Any]]:
    with DocumentsServer(answers) as server:
        code = call([*arguments, "--url", server.url])
        return code, "".join(capsys.readouterr()), server.asked


ALL: list[tuple[str, dict[str, Any], list[Any], list[str]]] = [
    ("group", {"GET /groups": page(GROUP)}, [("GET /groups", "limit=200", None)], ["class-7", "2", "Seven"]),
    ("group", {"GET /groups": page()}, [("GET /groups", "limit=200", None)], ["There are no groups."]),
    ("group show class-7", {"GET /groups/class-7": GROUP}, [("GET /groups/class-7", "", None)], ["Members: anna, boris"]),
    (
        "group add class-7 anna", {"POST /groups": (201, GROUP)},
        [("POST /groups", "", {"name": "class-7", "members": ["anna"]})], ["Members: anna, boris"],
    ),
    (
        "group add class-7 anna --description Seven", {"POST /groups": EXISTS, "PATCH /groups/class-7": GROUP},
        [
            ("POST /groups", "", {"name": "class-7", "members": ["anna"], "description": "Seven"}),
            ("PATCH /groups/class-7", "", {"add": ["anna"], "description": "Seven"}),
        ],
        ["Members"],
    ),
    ("group remove class-7 anna", {"PATCH /groups/class-7": GROUP}, [("PATCH /groups/class-7", "", {"remove": ["anna"]})], ["Members"]),
    ("group remove class-7", {"DELETE /groups/class-7": (204, None)}, [("DELETE /groups/class-7", "", None)], ["class-7 is deleted"]),
    ("role", {"GET /roles": page(ROLE)}, [("GET /roles", "", None)], ["canceller", "viewer"]),
    ("role show canceller", {"GET /roles/canceller": ROLE}, [("GET /roles/canceller", "", None)], ["Inherits from: viewer", "run:cancel"]),
    (
        "role add canceller --permission run:cancel --inherits viewer", {"PUT /roles/canceller": ROLE},
        [("PUT /roles/canceller", "", {"description": "", "permissions": ["run:cancel"], "inherits": ["viewer"]})], ["run:read"],
    ),
    ("role remove canceller", {"DELETE /roles/canceller": (204, None)}, [("DELETE /roles/canceller", "", None)], ["is deleted"]),
    ("grant --group class-7", {"GET /grants": page(GRANT)}, [("GET /grants", "group=class-7&limit=200", None)], ["group class-7", "everywhere"]),
    ("grant", {"GET /grants": page()}, [("GET /grants", "limit=200", None)], ["Nothing was given."]),
    (
        "grant add viewer --group class-7", {"POST /grants": (201, GRANT)},
        [("POST /grants", "", {"role": "viewer", "group": "class-7"})], ["group class-7 has the role viewer everywhere"],
    ),
    (
        "grant add admin --account anna --project exams", {"POST /grants": (202, asked("grant", role="admin", project="exams", name="anna"))},
        [("POST /grants", "", {"role": "admin", "account": "anna", "project": "exams"})],
        ["give anna the role admin (exams)", "waits for 2"],
    ),
    (
        "group add class-7 anna", {"POST /groups": EXISTS, "PATCH /groups/class-7": (202, asked("group", name="class-7", add=["anna"]))},
        [("POST /groups", "", {"name": "class-7", "members": ["anna"]}), ("PATCH /groups/class-7", "", {"add": ["anna"]})],
        ["let into the group class-7: anna"],
    ),
    (
        "role add head --permission grant:edit", {"PUT /roles/head": (202, asked("role", name="head", permissions=["grant:edit"]))},
        [("PUT /roles/head", "", {"description": "", "permissions": ["grant:edit"], "inherits": []})],
        ["let the role head hold: grant:edit"],
    ),
    ("grant remove g-1", {"DELETE /grants/g-1": (204, None)}, [("DELETE /grants/g-1", "", None)], ["Taken away: g-1"]),
    (
        "grant show anna --permission run:read --project p", {"GET /accounts/anna/rights": RIGHTS},
        [("GET /accounts/anna/rights", "permission=run%3Aread&project=p", None)], ["anna (disabled", "class-7", "run:read"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "answers", "asked", "shown"), ALL, ids=[each[0] for each in ALL])
def test_what_is_asked_and_shown(
    capsys: pytest.CaptureFixture[str], said: str, answers: dict[str, Any], asked: list[Any], shown: list[str]
) -> None:
    code, text, wishes = answered(capsys, *said.split(), answers=answers)
    assert (code, wishes) == (0, asked)
    assert [each for each in shown if each not in text] == []
    assert "\x1b" not in text


@pytest.mark.parametrize(("said", "answers"), [(each[0], each[1]) for each in ALL], ids=[each[0] for each in ALL])
def test_json_is_what_the_server_says(capsys: pytest.CaptureFixture[str], said: str, answers: dict[str, Any]) -> None:
    code, text, _ = answered(capsys, *said.split(), "--json", answers=answers)
    document = list(answers.values())[-1]
    document = document[1] if isinstance(document, tuple) else document
    assert code == 0
    assert json.loads(text) == document or document is None


@pytest.mark.parametrize(
    "said",
    ["group show", "role add", "grant remove", "group list --description x", "role show x --inherits viewer", "grant add viewer --role x"],
)
def test_what_cannot_be_meant_asks_nobody(capsys: pytest.CaptureFixture[str], said: str) -> None:
    code, _, asked = answered(capsys, *said.split(), answers={})
    assert (code, asked) == (2, [])


def test_who_is_refused_reads_whom_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = {"code": "forbidden", "detail": "You lack the permission grant:edit here.", "can_be_given_by": ["chief", "\x1b[31mevil"]}
    code, text, _ = answered(capsys, "grant", answers={"GET /grants": (403, refusal)})
    assert code not in {0, 2}
    assert "chief" in text
    assert "\x1b" not in text
