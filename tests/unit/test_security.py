"""What the attacks of `security/` read from the tools: what they found, how much they sent, and that one which did not run has found something."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from security.excuses import EXCUSES, excuse
from security.findings import Finding, Row, Severity, table
from security.generated import PARTS, Campaign, Round, read_round
from security.injections import read_injected, read_results
from security.scans import SUPPRESSED, SUPPRESSED_AT, read_report
from tests.unit.web.office import Json
from tools.write_openapi import openapi

HEAD = "Target URL,Place,Parameter,Technique(s),Note(s)"
SAID = "derived 2 target(s) from\ntesting for SQL injection on GET parameter 'id'\ntesting for SQL injection on GET parameter 'q'\n"
NOTHING: Json = {"query": {}, "headers": {}, "body": None}


@pytest.mark.parametrize(
    ("word", "severity", "is_failing"),
    [
        ("info", Severity.INFO, False), ("Low", Severity.LOW, False), ("medium", Severity.MEDIUM, True), (" HIGH ", Severity.HIGH, True),
        ("critical", Severity.CRITICAL, True), ("apocalyptic", Severity.HIGH, True),
    ],
)  # fmt: skip
def test_medium_and_above_fails_and_a_word_that_nobody_knows_as_well(word: str, severity: Severity, is_failing: bool) -> None:
    assert Severity.of(word) is severity
    assert Finding(tool="x", severity=Severity.of(word), where="", what="").is_failing is is_failing


def written(directory: Path, *, counts: Any = None, report: Any = None) -> Path:
    for name, value in (("counts.json", counts), ("report.json", report)):
        if value is not None:
            (directory / name).write_text(value if isinstance(value, str) else json.dumps(value))
    (directory / "said.txt").write_text("begun\n==== FAILURES ====\nGET /a: curl …")
    return directory


def test_a_round_is_what_was_sent_and_each_failure_at_each_operation(tmp_path: Path) -> None:
    failure = {"code": "ST202", "title": "Rejected", "severity": "medium", "operations": ["GET /a", "GET /b"]}
    counts = {"statuses": {"200": 3, "422": 4}, "excused": {"a reason": 2}}
    found = read_round(written(tmp_path, counts=counts, report={"complete": True, "failures": [failure], "errors": []}), code=1)
    assert (found.sent, found.excused["a reason"]) == (7, 2)
    assert found.told == " FAILURES ====\nGET /a: curl …"
    assert [(each.where, each.what, each.severity) for each in found.findings] == [
        ("GET /a", "ST202 Rejected", Severity.MEDIUM), ("GET /b", "ST202 Rejected", Severity.MEDIUM),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "report"),
    [
        (-1, {"complete": False, "failures": [], "errors": []}), (2, None), (0, "half of {"), (0, {"complete": False, "failures": [], "errors": []}),
        (1, {"complete": True, "failures": [], "errors": [{"title": "Network Error"}]}),
    ],
)  # fmt: skip
def test_a_round_that_did_not_come_to_its_end_has_found_something(tmp_path: Path, code: int, report: Any) -> None:
    found = read_round(written(tmp_path, counts={"statuses": {"200": 1}}, report=report), code=code)
    assert found.findings
    assert all(each.is_failing for each in found.findings)


def test_a_campaign_adds_up_and_says_each_finding_once() -> None:
    one = Finding(tool="schemathesis", severity=Severity.HIGH, where="GET /a", what="ST101")
    campaign = Campaign(seed=1, rounds=[Round(sent=3, findings=[one]), Round(sent=4, findings=[one])])
    assert (campaign.sent, campaign.findings) == (7, [one])


def test_the_parts_together_are_all_paths_and_none_is_in_two() -> None:
    paths = json.loads(openapi())["paths"]
    assert len(paths) > 100
    for path in paths:
        assert sum(re.search(pattern, path) is not None for pattern in PARTS.values()) == 1, path


def test_what_sqlmap_itself_calls_a_false_positive_is_none() -> None:
    rows = [HEAD, "http://x/a?q=1,GET,q,B,false positive or unexploitable", "http://x/items?id=1,GET,id,BEU,", "http://x/b?q=1,GET,q,,"]
    assert [(each.where, each.severity) for each in read_results(rows)] == [("http://x/items GET id", Severity.CRITICAL)]
    assert read_results([]) == []


def test_sqlmap_counts_what_it_tried() -> None:
    found = read_injected(SAID, "", code=0)
    assert (found.operations, found.inputs, found.findings) == (2, 2, [])


@pytest.mark.parametrize(("said", "code"), [(SAID, None), (SAID, 1), ("", 0)])
def test_sqlmap_that_did_not_run_to_its_end_has_found_something(said: str, code: int | None) -> None:
    (only,) = read_injected(said, "", code=code).findings
    assert only.is_failing


def of_wapiti(kind: str = "vulnerabilities", name: str = "SQL Injection", level: int = 4, pages: int = 3, path: str = "/a") -> str:
    one = {"level": level, "method": "GET", "path": path, "info": "found", "parameter": "id"}
    return json.dumps({"infos": {"crawled_pages_nbr": pages}, kind: {name: [one, one], "XSS": []}})


@pytest.mark.parametrize("kind", ["vulnerabilities", "anomalies", "additionals"])
def test_wapiti_is_read_with_its_severities_and_each_finding_once(kind: str) -> None:
    found = read_report(of_wapiti(kind, level=2), code=0)
    assert found.pages == 3
    assert found.findings == [Finding(tool="wapiti", severity=Severity.MEDIUM, where="GET /a", what="SQL Injection: found (id)")]


def test_of_wapiti_what_is_suppressed_is_counted_and_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in SUPPRESSED.values())
    for name in SUPPRESSED:
        found = read_report(of_wapiti(name=name), code=0)
        assert (found.findings, found.suppressed) == ([], 2)
    for (name, path), reason in SUPPRESSED_AT.items():
        assert len(reason) > 20
        assert read_report(of_wapiti(name=name, path=path), code=0).suppressed == 2
        assert read_report(of_wapiti(name=name), code=0).suppressed == 0


@pytest.mark.parametrize(("text", "code"), [("", 0), (of_wapiti(), None), (of_wapiti(), 1), (of_wapiti(pages=0), 0), ("{", 0)])
def test_wapiti_that_did_not_run_to_its_end_has_found_something(text: str, code: int | None) -> None:
    assert any(each.where == "wapiti" and each.is_failing for each in read_report(text, code=code).findings)


def test_the_table_has_a_column_for_each_severity() -> None:
    high = Finding(tool="x", severity=Severity.HIGH, where="", what="")
    lines = table([Row(tool="sqlmap", target="sqlite", requests=None, seconds=1.4, findings=[high, high])]).splitlines()
    assert lines[0].split() == ["tool", "target", "requests", "seconds", "critical", "high", "medium", "low", "info"]
    assert lines[1].split() == ["sqlmap", "sqlite", "-", "1", "0", "2", "0", "0", "0"]


@pytest.mark.parametrize(
    ("status", "code", "detail", "asked", "is_excused"),
    [
        (400, "invalid_cursor", "This cursor was not given out", {**NOTHING, "query": {"cursor": "x"}}, True),
        (400, "invalid_cursor", "This cursor was not given out", NOTHING, False),
        (422, "invalid_cursor", "", {**NOTHING, "query": {"cursor": "x"}}, False),
        (422, "invalid", "limit: Input should be a valid integer", NOTHING, False),
        (422, "invalid", "limit: Input should be a valid integer", {**NOTHING, "body": {"a": [{"b": 1.0}]}}, True),
        (500, "internal_error", "Something went wrong", NOTHING, False),
    ],
)  # fmt: skip
def test_an_excuse_covers_what_it_names_and_nothing_else(status: int, code: str, detail: str, asked: Json, is_excused: bool) -> None:
    found = excuse("RejectedPositiveData", "GET /api/v1/runs", status, {"code": code, "detail": detail}, asked)
    assert (found is not None) is is_excused


@pytest.mark.parametrize(
    "check", ["ServerError", "IgnoredAuth", "UseAfterFree", "AcceptedNegativeData", "UndefinedContentType", "JsonSchemaError"]
)
def test_no_excuse_covers_a_mistake_that_anybody_could_use(check: str) -> None:
    problem = {"code": "invalid", "detail": "limit"}
    assert excuse(check, "GET /api/v1/tasks", 500, problem, {**NOTHING, "query": {"cursor": "x", "fields": "id"}}) is None


def test_every_excuse_has_a_reason_of_its_own() -> None:
    assert all(len(each.why) > 15 for each in EXCUSES)
    assert len({(each.why, each.operations, each.detail) for each in EXCUSES}) == len(EXCUSES)
