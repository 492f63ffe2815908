"""Keys, links and the keys that sign, at a real server by the command line: what is good, until when, and that nothing restarts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.cli.commands import headway
from tests.acceptance.installation import Installation
from tests.acceptance.web.test_sign_in import ask
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(120),
    pytest.mark.one_database("what is looked at are keys and how they end; their tables are compared in tests/contract"),
]


def status(url: str, token: str, path: str = "/api/v1/runs") -> int:
    return ask(url, "GET", path, Authorization=f"Bearer {token}").status


def test_rotating_with_an_end_signs_programs_out_and_the_installation_goes_on(home: Path) -> None:
    with Installation(home) as running:
        url, before = running.connection["url"], running.connection["token"]
        server = running.process("server").pid
        made = headway(home, "key", "create", "nightly", "--scope", "run:*", "--json")
        key = json.loads(made.out)
        assert status(url, key["key"]) == 200
        assert status(url, key["key"], "/api/v1/workers") == 403

        run = json.loads(ask(url, "POST", "/api/v1/runs", {"name": "x"}, Authorization=f"Bearer {before}").body)["run"]["id"]
        link = json.loads(headway(home, "share", run, "--json").out)["url"]
        visit = ask(url, "POST", "/api/v1/share-tokens", {"code": link.partition("#code=")[2]}).json
        assert status(url, visit["token"], f"/api/v1/runs/{run}") == 200
        assert status(url, visit["token"], "/api/v1/workers") == 403

        headway(home, "token", "rotate-keys", "--end-old")
        eventually(lambda: running.connection["token"] != before, 10, "the connection file has a token of the new key")
        eventually(lambda: status(url, before) == 401, 10, "the old token is good no more")
        assert status(url, running.connection["token"]) == 200
        assert status(url, visit["token"], f"/api/v1/runs/{run}") == 401
        assert status(url, headway(home, "token").out.strip()) == 200, "a token by hand is signed with the new key"
        assert status(url, key["key"]) == 200, "an API key is signed by nobody"

        headway(home, "key", "revoke", key["id"])
        eventually(lambda: status(url, key["key"]) == 401, 10, "the key is good no more")
        assert running.process("server").pid == server, "nothing was started again"
        secret, code = key["key"][-64:], link.partition("#code=")[2]
    for file in home.rglob("*"):
        if file.is_file() and file.name != "connection.json":
            held = file.read_bytes()
            assert secret.encode() not in held, f"the key stands in {file.name}"
            assert code.encode() not in held, f"the code of the link stands in {file.name}"
