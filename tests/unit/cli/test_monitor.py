"""`headway monitor` and `headway stats` as a terminal shows them."""

from __future__ import annotations

from typing import Any

import pytest

from headway.cli.main import call
from headway.cli.stats import draw_statistics
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.cli.material import Memory, texts

CANARY = {"age_seconds": 2.0, "took_seconds": 0.02, "is_late": False, "failed_count": 0, "reason": None, "period_seconds": 15.0}
HOST = {"name": "here", "label": None, "current": {"levels": {"cpu": 12.0}, "counts": {}, "p50": {}, "p95": {}}, "levels": {}}
SPREAD = {"p50": 61.0, "p95": 3_700.0, "mean": 70.0, "count": 9}
OUTCOMES = {
    "runs": {"succeeded": 9}, "count": 9, "success_rate": 1.0, "duration_seconds": SPREAD, "queue_seconds": SPREAD,
    "failed_attempts": 0, "lost_attempts": 0, "per_hour": 0.375,
}  # fmt: skip


def monitored(capsys: pytest.CaptureFixture[str], hosts: list[Any]) -> str:
    parts: dict[str, Any] = {f"GET /monitor/{part}": {} for part in ("tasks", "apis", "database", "gateway")}
    with DocumentsServer({**parts, "GET /monitor/system": {"canary": CANARY, "hosts": hosts, "servers": [], "workers": []}}) as server:
        assert call(["monitor", "--lang", "en", "--url", server.url]) == 0
    return capsys.readouterr().out


def test_an_installation_that_has_just_started_says_that_nothing_was_measured_yet(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no sample yet" in monitored(capsys, [])
    assert "no sample yet" not in monitored(capsys, [HOST])


def test_a_narrow_terminal_shows_names_of_tasks_and_goes_without_a_column() -> None:
    groups = [{**OUTCOMES, "key": "grade_school"}, {**OUTCOMES, "key": "import_students"}]
    said = {"groups": groups, "total": OUTCOMES}
    narrow, wide = (texts(draw_statistics(said, "task", Memory(is_terminal=True, width=width))) for width in (80, 120))
    assert narrow[1].startswith("grade_school ")
    assert max(map(len, narrow)) <= 80
    assert "P95" in narrow[0]
    assert "PER HOUR" not in narrow[0]
    assert "PER HOUR" in wide[0]
