"""An installation whose database is behind PgBouncer in transaction mode does all that it does without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from cluster.bouncer import Bouncer
from headway.model.states import RunState
from tests.acceptance.installation import Installation
from tests.beside import database_of
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("PgBouncer stands before PostgreSQL"),
]
SHEETS = 40


def transactions(bouncer: Bouncer, database: str) -> int:
    """That went through PgBouncer, by its own count."""
    with psycopg.connect(bouncer.url("pgbouncer"), autocommit=True, prepare_threshold=None, row_factory=psycopg.rows.dict_row) as console:
        rows = console.execute("SHOW STATS").fetchall()
    return next((int(row["total_xact_count"]) for row in rows if row["database"] == database), 0)


def sampled(installation: Installation) -> list[dict[str, Any]]:
    """The newest samples of the database, of server and worker."""
    connection = installation.connection
    answer = httpx2.get(
        f"{connection['url']}/api/v1/monitor/database", headers={"Authorization": f"Bearer {connection['token']}"}, timeout=30
    )
    return [each["current"] for each in answer.json()["processes"] if each["current"]]


def test_a_run_goes_its_whole_way_behind_pgbouncer(home: Path, bounced_database: str, postgres_bouncer: Bouncer) -> None:
    environment = {"DATABASE_URL": bounced_database, "HEADWAY_SAMPLE_SECONDS": "1"}
    with Installation(home, environment=environment) as installation, installation.client() as client:
        run = client.start("grade_sheets", {"sheets": SHEETS}).id
        assert client.wait(run, 90).state is RunState.SUCCEEDED
        lines = [entry["text"] for entry in client.entries(run) if entry["kind"] == "log.written"]
        served = transactions(postgres_bouncer, database_of(bounced_database))
        said = eventually(lambda: (found := sampled(installation))[1:] and found, 30, "samples of both processes")
    assert lines == [f"sheet {number}" for number in range(SHEETS)]
    assert served > 50, "and all of it went through PgBouncer"
    for process in said:
        assert {"read_wait", "write_wait"} <= set(process["p95"])
        assert process["levels"]["connections"] == 5
        assert 0 < process["levels"]["in_use"] < 5
