"""`headway monitor`: what it says of the live gateway."""

from __future__ import annotations

from typing import Any

import pytest

from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

SAMPLE: dict[str, Any] = {
    "levels": {"viewers": 950.0, "websocket": 900.0, "sse": 40.0, "poll": 10.0, "stalled": 3.0, "channels": 7.0, "rows": 20.0},
    "counts": {"sent_bytes": 4_096, "deliveries": 1_234, "resumes": 5, "gaps": 1, "resets": 0, "reconnects": 6, "refused": 2, "folded": 9},
    "p50": {"lag": 0.021},
    "p95": {"lag": 0.05},
}
GATEWAY: dict[str, Any] = {
    "gateways": [{"name": "server@lab-3", "label": None, "current": SAMPLE}],
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
    assert text.count("server@lab-3") == 6
