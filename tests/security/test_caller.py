"""Whoever attacks gets in again, whatever the attacks have done to their account."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from security.caller import Caller, connection
from security.target import target
from tests.waiting import SCALE


@pytest.mark.timeout(120 * SCALE)
def test_an_attacker_gets_in_though_others_must_approve_of_administrators(tmp_path: Path) -> None:
    home = tmp_path / "attacked"
    home.mkdir(mode=0o700)
    with target(home):
        caller = Caller(home, "attacker")
        first = caller.credentials()
        owner = {"Authorization": f"Bearer {connection(home)['token']}"}
        _ask(home, "POST", "/accounts", owner, {"name": "grace", "role": "admin"})  # somebody has to be left
        for project in ("default", "class-7?"):
            _ask(home, "PUT", f"/projects/{quote(project)}/protection", owner, {"grant_admin": 2, "run_delete": 1})
        _ask(home, "PATCH", "/accounts/attacker-0", owner, {"is_active": False})
        second = caller.credentials()
        assert second.cookie != first.cookie
        answer = _ask(home, "GET", "/accounts", {"Authorization": f"Bearer {second.token}"})
        assert "attacker-1" in {each["name"] for each in answer.json()["items"]}


def _ask(home: Path, method: str, path: str, headers: dict[str, str], body: object = None) -> httpx2.Response:
    answer = httpx2.request(method, f"{connection(home)['url']}/api/v1{path}", headers=headers, json=body, timeout=20)
    assert answer.status_code < 300, answer.text
    return answer
