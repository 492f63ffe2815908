"""Search in a run's log over REST: the truth, the pages, the patterns that do not come to an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from headway.model.events import Facet
from tests.unit.web.office import Json, Office, line, problem

RARE = 997


async def a_log(office: Office, count: int) -> Json:
    """An outside run with lines of all levels, of which the run's own events are a few."""
    opened = await office.open()
    levels = ("debug", "info", "info", "warning", "error")
    for batch_no, begin in enumerate(range(0, count, 2_000), 1):
        events = [
            line(f"sheet {number} of {count}" + (" is Doubtful" if number % RARE == 0 else ""), level=levels[number % 5])
            for number in range(begin, min(begin + 2_000, count))
        ]
        assert (await office.report(opened, batch_no, *events)).status_code == 200
    return opened


async def search(office: Office, run: str, **query: Any) -> tuple[list[Json], int]:
    """All hits, and the number of pages."""
    hits: list[Json] = []
    count, cursor, scanned = 0, None, 0
    while True:
        answer = await office.ask("GET", f"/runs/{run}/hits?{urlencode({**query, **({'cursor': cursor} if cursor else {})})}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        count += 1
        hits += page["items"]
        assert page["scanned_to"] >= scanned
        assert page["total"] is None
        cursor, scanned = page["next_cursor"], page["scanned_to"]
        if cursor is None:
            return hits, count


async def entries(office: Office, run: str) -> list[Json]:
    found: list[Json] = []
    while True:
        page = (await office.ask("GET", f"/runs/{run}/entries?limit=1000&from={len(found) + 1}")).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found


@pytest.mark.parametrize("is_compacted", [False, True])
async def test_of_twenty_thousand_lines_those_that_match_are_found(office: Office, is_compacted: bool) -> None:
    opened = await a_log(office, 20_000)
    run = opened["run"]["id"]
    if is_compacted:
        while await office.store.write(lambda tx: tx.journal.compact(run, Facet.LOG, before=None)):
            pass
    all_of_them = await entries(office, run)
    assert len(all_of_them) > 20_000
    queries: list[tuple[dict[str, Any], Callable[[Json], Any]]] = [
        ({"q": "doubtful"}, lambda entry: "doubtful" in entry.get("text", "").lower()),
        ({"q": "Doubtful", "case": "true"}, lambda entry: "Doubtful" in entry.get("text", "")),
        ({"q": "doubtful", "case": "true"}, lambda entry: False),
        ({"q": "sheet 1999"}, lambda entry: "sheet 1999" in entry.get("text", "")),
        ({"q": r"sheet \d*77 .*doubt", "regex": "true"}, lambda entry: re.search(r"sheet \d*77 .*Doubt", entry.get("text", ""))),
        ({"levels": "error,critical"}, lambda entry: entry.get("level") == "error"),
        ({"q": "doubtful", "levels": "warning"}, lambda entry: "Doubtful" in entry.get("text", "") and entry["level"] == "warning"),
        (
            {"q": "doubtful", "from": 5_000, "to": 6_000},
            lambda entry: "Doubtful" in entry.get("text", "") and 5_000 <= entry["line"] <= 6_000,
        ),
        ({"q": "doubtful", "attempt": 2}, lambda entry: False),
    ]
    for query, is_hit in queries:
        hits, _ = await search(office, run, **query)
        assert [hit["line"] for hit in hits] == [entry["line"] for entry in all_of_them if is_hit(entry)], query


async def test_pages_go_on_where_the_one_before_ended(office: Office) -> None:
    opened = await a_log(office, 300)
    hits, pages = await search(office, opened["run"]["id"], q="sheet", limit=70)
    assert len({hit["line"] for hit in hits}) == 300
    assert pages == 5


async def test_a_hit_says_where_it_is_and_what(office: Office) -> None:
    opened = await office.open()
    await office.report(opened, 1, line("🚀 Doubtful, very doubtful", level="warning", step="2"))
    ((hit,), _) = await search(office, opened["run"]["id"], q="doubtful")
    assert hit == {
        "line": 2,
        "kind": "log.written",
        "level": "warning",
        "at": "2026-11-22T09:30:00.125Z",
        "attempt": 1,
        "step": "2",
        "text": "🚀 Doubtful, very doubtful",
        "spans": [[3, 11], [18, 26]],
        "begin": 0,
    }


async def test_next_error(office: Office) -> None:
    opened = await a_log(office, 100)
    answer = await office.ask("GET", f"/runs/{opened['run']['id']}/hits?levels=error,critical&from=50&limit=1")
    assert [(hit["line"], hit["level"], hit["spans"]) for hit in answer.json()["items"]] == [(51, "error", [])]


async def test_a_run_that_goes_on_is_searched_from_where_the_search_ended(office: Office) -> None:
    opened = await a_log(office, 10)
    run = opened["run"]["id"]
    first = (await office.ask("GET", f"/runs/{run}/hits?q=needle")).json()
    assert (first["items"], first["next_cursor"], first["scanned_to"]) == ([], None, 11)
    await office.report(opened, 2, line("a needle"))
    later = (await office.ask("GET", f"/runs/{run}/hits?q=needle&from={first['scanned_to'] + 1}")).json()
    assert [hit["line"] for hit in later["items"]] == [12]


@pytest.mark.parametrize(("pattern", "position"), [("(", 0), ("a{2,1}", 2), ("[z-a]", 1), ("(?P<n>a)(?P<n>b)", 12), ("a**", 2)])
async def test_a_bad_pattern_says_where(office: Office, pattern: str, position: int) -> None:
    opened = await office.open()
    answer = await office.ask("GET", f"/runs/{opened['run']['id']}/hits?{urlencode({'q': pattern, 'regex': 'true'})}")
    said = problem(answer, 422, "invalid_pattern")
    assert said["field"] == "q"
    assert said["position"] == position


async def test_a_pattern_that_does_not_end_is_ended_and_what_was_found_before_is_told(office: Office) -> None:
    others = psutil.Process().children()
    opened = await office.open()
    run = opened["run"]["id"]
    await office.report(opened, 1, line("ab"), line("a" * 5_000 + "c"), line("aab"))
    query = urlencode({"q": "(a+)+b", "regex": "true"})
    page = (await office.ask("GET", f"/runs/{run}/hits?{query}")).json()
    assert [hit["line"] for hit in page["items"]] == [2]
    assert page["next_cursor"] == "3"
    assert page["scanned_to"] == 2
    said = problem(await office.ask("GET", f"/runs/{run}/hits?{query}&cursor=3"), 422, "pattern_too_slow")
    assert said["line"] == 3
    after = (await office.ask("GET", f"/runs/{run}/hits?{query}&cursor=4")).json()
    assert [hit["line"] for hit in after["items"]] == [4]
    assert set(psutil.Process().children()) <= set(others)


@pytest.mark.parametrize(
    "query", ["levels=loud", "levels=error,", "q=" + "x" * 501, "limit=0", "limit=1001", "from=0", "attempt=0", "step="]
)
async def test_what_cannot_be_asked(office: Office, query: str) -> None:
    opened = await office.open()
    problem(await office.ask("GET", f"/runs/{opened['run']['id']}/hits?{query}"), 422, "invalid")


async def test_a_cursor_that_was_not_given_out(office: Office) -> None:
    opened = await office.open()
    for path in ("hits?cursor=x", "hits?cursor=-1", "entries?levels=error&cursor=x"):
        problem(await office.ask("GET", f"/runs/{opened['run']['id']}/{path}"), 400, "invalid_cursor")


async def test_nobody_searches_what_they_may_not_read(office: Office) -> None:
    opened, other = await a_log(office, 3), await office.open()
    run = opened["run"]["id"]
    for query in ("q=sheet", "q=sheet&regex=true", "q=(&regex=true"):
        answer = await office.ask("GET", f"/runs/{run}/hits?{query}", token=office.token(f"run:{other['run']['id']}:read"))
        assert answer.status_code in {404, 422}
        assert "sheet" not in answer.text
    found = await office.ask("GET", f"/runs/{run}/hits?q=sheet", token=office.token(f"run:{run}:read"))
    assert len(found.json()["items"]) == 3


async def test_entries_of_some_levels_alone(office: Office) -> None:
    opened = await a_log(office, 500)
    run = opened["run"]["id"]
    expected = [entry for entry in await entries(office, run) if entry.get("level") in {"error", "warning"}]
    found: list[Json] = []
    cursor = ""
    while True:
        page = (await office.ask("GET", f"/runs/{run}/entries?levels=error,warning&limit=70{cursor}")).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == expected
    part = (await office.ask("GET", f"/runs/{run}/entries?levels=error&from=100&to=200")).json()
    assert [entry["line"] for entry in part["items"]] == [
        entry["line"] for entry in expected if entry["level"] == "error" and 100 <= entry["line"] <= 200
    ]
    problem(await office.ask("GET", f"/runs/{run}/entries?levels=none"), 422, "invalid")
