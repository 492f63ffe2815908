"""PostgreSQL goes away under work: nothing that was reported is lost, the API says so at once, and all goes on by itself."""

from __future__ import annotations

import time
from pathlib import Path

import httpx2
import pytest

from cluster.servers import Postgres
from headway.model.states import RunState
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("only PostgreSQL can go away"),
]
AWAY_SECONDS = 4.0


def asked(installation: Installation) -> tuple[int, str | None, float]:
    """Status and Retry-After of a list of runs, and how long the answer took."""
    began = time.monotonic()
    connection = installation.connection
    answer = httpx2.get(f"{connection['url']}/api/v1/runs", headers={"Authorization": f"Bearer {connection['token']}"}, timeout=30)
    return answer.status_code, answer.headers.get("Retry-After"), time.monotonic() - began


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped in its tracks"])
def test_an_outage_of_the_database_is_told_and_outlived(home: Path, own_postgres: Postgres, is_killed: bool) -> None:
    with Installation(home, environment={"DATABASE_URL": own_postgres.url}) as installation, installation.client() as client:
        run = client.start("grade_sheets", {"sheets": 200}).id
        eventually(lambda: len(list(client.entries(run))) > 20, 30, "the run says something")
        if is_killed:
            own_postgres.kill()
            away(installation)
            own_postgres.start()
        else:
            with own_postgres.stopped():
                away(installation)
        began = time.monotonic()
        eventually(lambda: asked(installation)[0] == 200, 30, "the API answers again")
        back = time.monotonic() - began
        assert client.wait(run, 90).state is RunState.SUCCEEDED
        lines = [entry["text"] for entry in client.entries(run) if entry["kind"] == "log.written"]
        outcomes = [str(attempt.outcome) for attempt in client.attempts(run)]
    assert outcomes == ["succeeded"], "an outage is nobody's death"
    assert lines == [f"sheet {number}" for number in range(200)]
    assert back < 15


def away(installation: Installation) -> None:
    """The database is away: until the API has said so for some seconds."""
    eventually(lambda: asked(installation)[0] == 503, 20, "the API says that the store is away")
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        status, retry_after, seconds = asked(installation)
        assert (status, retry_after is not None) == (503, True)
        assert seconds < 2.5
