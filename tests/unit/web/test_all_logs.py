"""The logs of all runs over REST: what is found, in which order, in how many pages, and who may see it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from headway.model.clock import iso
from headway.model.events import Facet
from tests.unit.web.office import Json, Office, line, problem

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEVELS = ("debug", "info", "warning", "error", "critical")


def at(minutes: float) -> str:
    return iso((MONDAY + timedelta(minutes=minutes)).timestamp())


async def a_run(office: Office, name: str, count: int = 10, **more: Any) -> Json:
    """An outside run with a line a minute, of each level in turn."""
    opened = await office.open(name=name, **more)
    events = [
        line(f"{name} says {number}", at=at(number), level=LEVELS[number % 5], context={"sheet": number, "pupil": name}, logger="grading",
             source=f"src/grading.py:{number}", step=str(number % 2))
        for number in range(count)
    ]  # fmt: skip
    assert (await office.report(opened, 1, *events)).status_code == 200
    return opened


async def logs(office: Office, token: str = "admin", **query: Any) -> list[Json]:
    """All that is found, page by page."""
    items: list[Json] = []
    cursor: str | None = None
    while True:
        said = urlencode({**query, **({"cursor": cursor} if cursor else {})}, doseq=True)
        answer = await office.ask("GET", f"/logs?{said}", token=token)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        assert page["is_complete"] == (page["next_cursor"] is None) == (page["stopped_at"] is None)
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def texts(items: list[Json]) -> list[str]:
    return [item["text"] for item in items]


async def test_the_newest_line_comes_first_whatever_its_run(office: Office) -> None:
    for name in ("a", "b"):
        await a_run(office, name, 3)
    assert texts(await logs(office)) == ["b says 2", "a says 2", "b says 1", "a says 1", "b says 0", "a says 0"]
    # What is older than its run, as an outside run may tell it, is placed where the run begins.
    assert texts(await logs(office, order="oldest")) == ["a says 0", "a says 1", "a says 2", "b says 0", "b says 1", "b says 2"]


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("is_compacted", [False, True])
async def test_pages_hold_every_line_once_and_in_order(office: Office, order: str, is_compacted: bool) -> None:
    opened = [await a_run(office, f"run {number}", 40) for number in range(5)]
    if is_compacted:
        for each in opened:
            await office.store.write(lambda tx, run=each["run"]["id"]: tx.journal.compact(run, Facet.LOG, before=None))
    whole = await logs(office, order=order, limit=1_000)
    assert len(whole) == 200
    for limit in (1, 7, 40):
        assert await logs(office, order=order, limit=limit) == whole


async def test_a_line_says_of_which_run_it_is_and_where_it_stands(office: Office) -> None:
    opened = await a_run(office, "Class 7b", 1)
    run = opened["run"]["id"]
    (found,) = await logs(office, q="SAYS")
    assert found == {
        "seq": found["seq"], "line": 2, "attempt": 1, "kind": "log.written", "at": at(0), "level": "debug", "text": "Class 7b says 0",
        "context": {"sheet": 0, "pupil": "Class 7b"}, "logger": "grading", "source": "src/grading.py:0", "step": "0", "run": run,
        "run_name": "Class 7b", "task": None, "project": "default", "spans": [[9, 13]], "url": f"http://headway.test/runs/{run}#L2",
    }  # fmt: skip


async def test_spans_lie_in_the_whole_text_however_long(office: Office) -> None:
    opened = await office.open()
    await office.report(opened, 1, line("🚀" * 400 + " needle " + "x" * 900))
    (found,) = await logs(office, q="needle")
    ((low, high),) = found["spans"]
    assert found["text"].encode("utf-16-le")[low * 2 : high * 2].decode("utf-16-le") == "needle"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"level": "error"}, {3, 4, 8, 9}),
        ({"levels": "debug,critical"}, {0, 4, 5, 9}),
        ({"level": "warning", "levels": "info,error"}, {3, 8}),
        ({"q": "says 7"}, {7}),
        ({"q": "SAYS 7", "case": "true"}, set[int]()),
        ({"q": r"says [78]$", "regex": "true"}, {7, 8}),
        ({"field.sheet": "7"}, {7}),
        ({"field.sheet": "7", "field.pupil": "b"}, set[int]()),
        ({"field.nothing": "7"}, set[int]()),
        ({"from": at(3), "to": at(6)}, {3, 4, 5}),
        ({"from": at(8)}, {8, 9}),
        ({"to": "2026-11-23T17:02:00+08:00"}, {0, 1}),
        ({"step": "1"}, {1, 3, 5, 7, 9}),
        ({"logger": "grading", "source": "grading.py:4"}, {4}),
        ({"logger": "other"}, set[int]()),
        ({"attempt": 2}, set[int]()),
        ({"stream": "stdout"}, set[int]()),
    ],
)
async def test_what_is_asked_for_is_found(office: Office, query: Mapping[str, Any], wanted: set[int]) -> None:
    await a_run(office, "a")
    for order in ("newest", "oldest"):
        found = await logs(office, order=order, **query)
        assert sorted(item["context"]["sheet"] for item in found) == sorted(wanted), query
    counts = (await office.ask("GET", f"/logs/counts?{urlencode(query)}")).json()
    assert (counts["count"], counts["is_complete"]) == (len(wanted), True)


async def test_a_line_is_found_at_its_time_though_the_clock_went_back(office: Office) -> None:
    opened = await office.open(name="a")
    await office.report(opened, 1, *[line(f"minute {minute}", at=at(minute)) for minute in (5, 9, 1, 3)])
    assert texts(await logs(office, **{"from": at(4)})) == ["minute 9", "minute 5"]
    assert texts(await logs(office, to=at(2))) == ["minute 1"]
    assert texts(await logs(office)) == ["minute 9", "minute 5", "minute 3", "minute 1"]


async def test_runs_are_chosen_by_project_task_tag_state_and_id(office: Office) -> None:
    first = await a_run(office, "a", 1, project="north", tags=["exam"])
    second = await a_run(office, "b", 1, project="south")
    await office.end(second)
    for query, wanted in (
        ({"project": "north"}, ["a says 0"]),
        ({"tag": "exam"}, ["a says 0"]),
        ({"state": ["succeeded", "failed"]}, ["b says 0"]),
        ({"task": "maths:add"}, []),
        ({"run": first["run"]["id"]}, ["a says 0"]),
        ({"run": [first["run"]["id"], second["run"]["id"]]}, ["b says 0", "a says 0"]),
        ({"run": first["run"]["id"], "project": "south"}, []),
    ):
        assert texts(await logs(office, **query)) == wanted, query


async def test_steps_and_attempts_come_when_they_are_asked_for(office: Office) -> None:
    await a_run(office, "a", 1)
    kinds = [item["kind"] for item in await logs(office, events="true", order="oldest")]
    # The line is of last Monday.
    assert kinds == ["log.written", "attempt.started"]


async def test_nobody_sees_the_logs_of_other_projects(office: Office) -> None:
    mine, other = await a_run(office, "a", 2, project="north"), await a_run(office, "b", 2, project="south")
    token = office.token("project:north:run:read")
    assert texts(await logs(office, token=token)) == ["a says 1", "a says 0"]
    assert texts(await logs(office, token=token, project="south")) == []
    problem(await office.ask("GET", f"/logs?run={other['run']['id']}", token=token), 404, "run_not_found")
    assert (await office.ask("GET", "/logs/counts", token=token)).json()["count"] == 2
    one_run = office.token(f"run:{other['run']['id']}:read")
    assert texts(await logs(office, token=one_run, run=other["run"]["id"])) == ["b says 1", "b says 0"]
    assert texts(await logs(office, token=one_run)) == []
    problem(await office.ask("GET", "/logs", token=office.token("project:north:run:start")), 403, "forbidden")
    # A cursor into a run that one may not see leads past it.
    foreign = (await office.ask("GET", f"/logs?limit=1&run={other['run']['id']}")).json()["next_cursor"]
    assert texts(await logs(office, token=token, cursor=foreign)) in (["a says 1", "a says 0"], [])
    assert mine


async def test_what_makes_no_sense_is_refused_with_the_field(office: Office) -> None:
    for query, field in (
        ("level=loud", "level"), ("levels=loud", "levels"), ("level=error&levels=info", "levels"), ("from=now", "from"),
        (f"from={at(2)}&to={at(1)}", "from"), ("q=(&regex=true", "q"), ("field.=1", "field"), ("order=up", "order"),
        ("format=sse", "format"), ("follow=true&format=text", "format"), ("follow=true&q=(&regex=true", "q"), ("limit=0", "limit"),
        ("&".join(f"field.{number}=1" for number in range(11)), "field"),
    ):  # fmt: skip
        assert (
            problem(await office.ask("GET", f"/logs?{query}"), 422, "invalid" if "q=(" not in query else "invalid_pattern")["field"]
            == field
        )
    newest = (await office.ask("GET", "/logs?limit=1")).json()["next_cursor"]
    await a_run(office, "a", 2)
    newest = (await office.ask("GET", "/logs?limit=1")).json()["next_cursor"]
    problem(await office.ask("GET", f"/logs?order=oldest&cursor={newest}"), 400, "invalid_cursor")
    problem(await office.ask("GET", "/logs?cursor=nonsense"), 400, "invalid_cursor")
    problem(await office.ask("GET", "/logs?follow=true&cursor=nonsense"), 400, "invalid_cursor")


async def test_a_stream_has_all_lines_in_the_form_that_was_asked_for(office: Office) -> None:
    await a_run(office, "a", 30)
    await a_run(office, "b", 30)
    page = await logs(office, level="warning", limit=1_000)
    lines = await office.ask("GET", "/logs?level=warning&format=ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [orjson.loads(each) for each in lines.content.splitlines()] == page
    accepted = await office.ask("GET", "/logs?level=warning", headers={"Accept": "application/x-ndjson", "Accept-Encoding": "identity"})
    assert accepted.content == lines.content
    text = await office.ask("GET", "/logs?level=warning", headers={"Accept": "text/plain"})
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(text.text.splitlines()) == len(page)
    assert text.text.splitlines()[0].endswith("critical b says 29")
    file = await office.ask("GET", "/logs?level=warning&format=ndjson&compress=gzip&download=1")
    assert file.headers["content-disposition"] == 'attachment; filename="logs.jsonl.gz"'
    assert gzip.decompress(file.content) == lines.content
    packed = await office.ask("GET", "/logs?level=warning&format=ndjson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == lines.content


async def test_a_stream_that_is_cut_says_where_it_goes_on(office: Office) -> None:
    await a_run(office, "a", 30)
    lines = [orjson.loads(each) for each in (await office.ask("GET", "/logs?format=ndjson&limit=10")).content.splitlines()]
    assert len(lines) == 11
    assert lines[-1]["kind"] == "stopped"
    rest = await office.ask("GET", f"/logs?format=ndjson&cursor={lines[-1]['next_cursor']}")
    assert [orjson.loads(each)["text"] for each in rest.content.splitlines()] == [f"a says {number}" for number in range(19, -1, -1)]
    assert (await office.ask("GET", "/logs?format=text&limit=10")).text.splitlines()[-1].startswith("# There is more.")


async def test_lines_are_counted_by_level_task_and_run(office: Office) -> None:
    for name, count in (("a", 20), ("b", 5)):
        await a_run(office, name, count)
    await office.start()
    for query in ("", "q=says"):
        counts = (await office.ask("GET", f"/logs/counts?by=run&{query}")).json()
        assert counts["levels"] == dict.fromkeys(LEVELS, 5)
        assert [(group["name"], group["levels"]["error"]) for group in counts["groups"]] == [("a", 4), ("b", 1)]
    assert counts["count"] == 25
    by_task = (await office.ask("GET", "/logs/counts?level=error")).json()
    assert (by_task["count"], by_task["levels"]["info"], by_task["runs"]) == (10, 5, 3)
    assert [(group["task"], sum(group["levels"].values())) for group in by_task["groups"]] == [(None, 25)]


async def test_the_work_of_a_page_does_not_grow_with_its_size(office: Office) -> None:
    for number in range(4):
        await a_run(office, f"run {number}", 20)
    reads = 0
    read = office.store.read

    async def counted(query: Any) -> Any:
        nonlocal reads
        reads += 1
        return await read(query)

    office.desk.store = type("Counting", (), {"read": staticmethod(counted), "epoch": office.store.epoch})()  # pyright: ignore[reportAttributeAccessIssue]
    for limit in (1, 80):
        reads = 0
        assert len((await office.ask("GET", f"/logs?limit={limit}")).json()["items"]) == limit
        assert reads == 2
