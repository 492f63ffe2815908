"""Twenty thousand requests that are made from the server's own description, against a real server, on each push; `make security` sends more.
What is found is a defect of Headway or of its description; `security/excuses.py` has what is neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from security.generated import attack
from security.target import Target, target
from tests.waiting import SCALE

REQUESTS = 20_000
EXAMPLES = 75
"""For each operation, drawn by chance: with what covers the description, so many that one round is enough."""
SEED = 7
REACHED = REQUESTS // 10
"""Requests that must have done what they asked for: attacks that all end at the door try nothing else."""
LYING = {"lying": r"^/api/v1/(health/live|tasks|keys)$"}


@pytest.fixture
def attacked(tmp_path: Path) -> Path:
    path = tmp_path / "attacked"
    path.mkdir(mode=0o700)
    return path


@pytest.mark.timeout(900 * SCALE)
def test_no_request_that_the_description_allows_or_forbids_finds_a_mistake(attacked: Path, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with target(attacked) as running:
        server = running.installation.process("server").pid
        done = attack(running, tmp_path / "attacks", wanted=REQUESTS, seed=SEED, examples=EXAMPLES, say=print)
        assert not done.findings, "\n".join(f"{each.severity.name} {each.where}: {each.what}" for each in done.findings)
        assert done.sent >= REQUESTS, done.statuses
        assert sum(count for status, count in done.statuses.items() if status.startswith("2")) >= REACHED, done.statuses
        assert running.is_well()
        assert running.installation.process("server").pid == server, "it has not been started again"
        assert not running.complaints()


class Lying(Target):
    """Of which the description says what is not so."""

    def describe(self) -> dict[str, Any]:
        described = super().describe()
        paths = described["paths"]
        paths["/api/v1/health/live"]["get"]["security"] = [{"token": []}]
        paths["/api/v1/tasks"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}
        for parameter in paths["/api/v1/keys"]["get"]["parameters"]:
            if parameter["name"] == "limit":
                parameter["schema"]["maximum"] = 1_000_000
        return described


@pytest.mark.timeout(180 * SCALE)
def test_what_a_description_gets_wrong_is_found(attacked: Path, tmp_path: Path) -> None:
    with target(attacked) as running:
        lying = Lying(running.installation, running.seeds)
        done = attack(lying, tmp_path / "attacks", wanted=1, seed=SEED, examples=10, say=print, parts=LYING)
    found = {(each.where, each.what.partition(" ")[0]) for each in done.findings}
    assert {("GET /api/v1/health/live", "ST401"), ("GET /api/v1/tasks", "ST108"), ("GET /api/v1/keys", "ST202")} <= found, found
    assert all(each.is_failing for each in done.findings)
