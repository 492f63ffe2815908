"""A real installation watches itself: a run that burns is seen in its samples, and a canary goes the whole way and disturbs nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headway.sdk.http import Http
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = pytest.mark.acceptance
HELD = 96 * 1024 * 1024
TASKS = f"""
import time

import headway

@headway.task
def burn(seconds: float = 6.0) -> int:
    held = bytearray({HELD})
    for at in range(0, len(held), 4096):
        held[at] = 1
    end, turns = time.process_time() + seconds, 0
    while time.process_time() < end:
        turns += 1
    return turns
"""


@pytest.fixture
def installation(tmp_path: Path) -> Any:
    tasks = tmp_path / "burning.py"
    tasks.write_text(TASKS)
    environment = {"HEADWAY_SAMPLE_SECONDS": "1", "HEADWAY_CANARY_SECONDS": "1", "HEADWAY_CHILDREN": "1"}
    home = tmp_path / "home"
    home.mkdir()
    with Installation(home, tasks=str(tasks), environment=environment) as opened:
        yield opened


def ask(client: Any, path: str, **query: Any) -> Any:
    http: Http = client._http
    return http.request("GET", path, query=query).json()


def highest(series: dict[str, Any], name: str) -> float:
    return max((value for value in series["levels"].get(name, []) if value is not None), default=0.0)


def test_a_run_that_burns_and_holds_is_seen_and_the_canary_beside_it(installation: Installation) -> None:
    with installation.client() as client:
        eventually(lambda: (ask(client, "/health/ready")["canary"] or {}).get("age_seconds") is not None, 30, "a canary came through")
        run = client.start("burn", {"seconds": 6.0})
        found = eventually(
            lambda: (said := ask(client, f"/runs/{run.id}/samples", step=1)["series"]) and highest(said, "cpu") > 0 and said, 20, "a sample"
        )
        assert highest(found, "memory_bytes") > HELD
        # The only child is busy, and still a canary finds a way: it takes the one that is warm beyond the limit.
        before = ask(client, "/health/ready")["canary"]
        eventually(
            lambda: (
                (now := ask(client, "/health/ready")["canary"]) and now["age_seconds"] < before["age_seconds"] + 1 and not now["is_late"]
            )
        )
        eventually(lambda: client.get(run.id).state == "succeeded", 60, "the run ends")
        found = ask(client, f"/runs/{run.id}/samples", step=1)["series"]
        # One loop can burn one processor and no more; how much of it it got depends on who else is here.
        assert 20 < highest(found, "cpu") < 115
        system = eventually(lambda: (said := ask(client, "/monitor/system"))["workers"] and said, 20, "a worker's sample")
        assert system["hosts"][0]["current"]["levels"]["cpus"] >= 1
        assert system["canary"]["failed_count"] == 0
        listed = ask(client, "/runs", total="true")
        assert (listed["total"], [each["id"] for each in listed["items"]]) == (1, [run.id]), "canaries are in nobody's list"
        apis = eventually(lambda: (said := ask(client, "/monitor/apis"))["routes"] and said, 20, "routes were sampled")
        assert any(each["route"] == "GET /api/v1/health/ready" for each in apis["routes"])
        tasks = ask(client, "/tasks")["items"]
        assert [task["name"] for task in tasks] == ["burn"]
