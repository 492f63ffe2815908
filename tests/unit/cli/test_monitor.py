"""`headway monitor` and `headway stats` as a terminal shows them."""

from __future__ import annotations

from typing import Any

import pytest

from headway.cli.main import call
from headway.cli.stats import draw_statistics
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.cli.material import Memory, texts

SAMPLE: dict[str, Any] = {
    "levels": {"viewers": 950.0, "websocket": 900.0, "sse": 40.0, "poll": 10.0, "stalled": 3.0, "channels": 7.0, "rows": 20.0},
    "counts": {"sent_bytes": 4_096, "deliveries": 1_234, "resumes": 5, "gaps": 1, "resets": 0, "reconnects": 6, "refused": 2, "folded": 9},
    "p50": {"lag": 0.021},
    "p95": {"lag": 0.05},
}
PAGES = {"pages_found": [3, None, 1_994], "pages_read": [1, None, 2]}
GATEWAY: dict[str, Any] = {
    "gateways": [{"name": "server@lab-3", "label": None, "current": SAMPLE, "counts": PAGES}],
    "flags": [
        {"gateway": "server@lab-3", "kind": "pool", "value": 0.95, "bound": 0.9},
        {"gateway": "server@lab-3", "kind": "lag", "value": 2.5, "bound": 1.0},
        {"gateway": "server@lab-3", "kind": "churn", "value": 6.1, "bound": 2.0},
        {"gateway": "server@lab-3", "kind": "lost_news", "value": 3.0, "bound": 0.0},
    ],
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_viewers_what_they_were_told_and_what_is_not_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("HEADWAY_LANG", language)
    answers = {f"GET /monitor/{name}": {} for name in ("system", "tasks", "apis", "database")}
    with DocumentsServer({**answers, "GET /monitor/gateway": GATEWAY}) as server:
        assert call(["monitor", "--url", server.url]) == 0
    text = capsys.readouterr().out
    rows = [each.split() for each in text.splitlines() if each.startswith("server@lab-3 ")]
    assert rows[0][1:8] == ["950", "900", "40", "10", "3", "7", "20"]
    assert rows[1][-7:] == ["1,234", "9", "5", "1", "0", "6", "2"]
    assert [each for each in ("95%", "HEADWAY_MAX_CONNECTIONS", "6.1") if each not in text] == []
    assert rows[2][1:] == ["1,997", "3", "99.8%"]
    assert text.count("server@lab-3") == 7


def test_where_nobody_asked_for_old_lines_there_is_no_share_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = {"gateways": [{"name": "server@lab-3", "current": SAMPLE, "counts": {"pages_found": [0, None], "pages_read": [0, None]}}]}
    answers = {f"GET /monitor/{name}": {} for name in ("system", "tasks", "apis", "database")}
    with DocumentsServer({**answers, "GET /monitor/gateway": quiet}) as server:
        assert call(["monitor", "--lang", "en", "--minutes", "30", "--url", server.url]) == 0
    text = capsys.readouterr().out
    assert "Old lines for viewers who catch up, by page, in 30 minutes" in text
    assert [each.split() for each in text.splitlines() if each.startswith("server@lab-3 ")][2] == ["server@lab-3", "0", "0", "–"]


def test_a_queue_in_which_nobody_waits_has_no_oldest_wait(capsys: pytest.CaptureFixture[str]) -> None:
    levels = {
        "full": {"queued": 3.0, "running": 1.0, "oldest_seconds": 61.0},
        "idle": {"queued": 0.0, "running": 2.0, "oldest_seconds": 0.0},
    }
    queues = [{"name": name, "current": {"levels": each}} for name, each in levels.items()]
    answers = {f"GET /monitor/{name}": {} for name in ("system", "apis", "database", "gateway")}
    with DocumentsServer({**answers, "GET /monitor/tasks": {"queues": queues, "at_work": []}}) as server:
        assert call(["monitor", "--lang", "en", "--url", server.url]) == 0
    rows = [each.split() for each in capsys.readouterr().out.splitlines()]
    assert ["full", "3", "1m", "1s", "1"] in rows
    assert ["idle", "0", "–", "2"] in rows


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


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_connections_are_shown_with_how_long_one_was_waited_for(capsys: pytest.CaptureFixture[str], language: str) -> None:
    current = {
        "levels": {"size_bytes": 1.0, "connections": 5.0, "in_use": 0.3125},
        "counts": {"commit": 3, "slow": 0},
        "p50": {"commit": 0.002},
        "p95": {"commit": 0.002, "read_wait": 0.0004, "write_wait": 0.25},
    }
    older = {**current, "levels": {"size_bytes": 1.0}}
    processes = [{"name": "server@a", "current": current}, {"name": "server@b", "current": older}]
    parts: dict[str, Any] = {f"GET /monitor/{part}": {} for part in ("tasks", "apis", "gateway")}
    system = {"canary": CANARY, "hosts": [], "servers": [], "workers": []}
    with DocumentsServer({**parts, "GET /monitor/system": system, "GET /monitor/database": {"processes": processes}}) as server:
        assert call(["monitor", "--lang", language, "--url", server.url]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "0.31/5" in line]
    assert row.split()[0] == "server@a"
    assert "250" in row


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


@pytest.mark.parametrize(
    ("broker", "shown", "absent"),
    [
        (None, [], ["Celery"]),
        ({"is_away": True, "deaf_workers": [], "unheard_queues": []}, ["does not answer"], ["lab:7"]),
        (
            {"is_away": False, "deaf_workers": [{"worker": "w", "label": "lab:7", "queues": ["night"]}], "unheard_queues": ["gpu"]},
            ["worker lab:7 hears nothing of night", "hears the queue gpu"],
            ["does not answer"],
        ),
    ],
)
def test_what_celerys_workers_do_not_hear_is_flagged(
    capsys: pytest.CaptureFixture[str], broker: dict[str, Any] | None, shown: list[str], absent: list[str]
) -> None:
    parts: dict[str, Any] = {f"GET /monitor/{part}": {} for part in ("tasks", "apis", "database", "gateway")}
    system = {"canary": CANARY, "hosts": [], "servers": [], "workers": [], "broker": broker}
    with DocumentsServer({**parts, "GET /monitor/system": system}) as server:
        assert call(["monitor", "--lang", "en", "--url", server.url]) == 0
    said = capsys.readouterr().out
    assert [text for text in shown if text not in said] == []
    assert [text for text in absent if text in said] == []
