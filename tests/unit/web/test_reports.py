"""Outside runs over REST: batches, numbers, ends, and what is wrong with some of them."""

from __future__ import annotations

import pytest

from tests.unit.web.office import Office, line, problem


async def test_a_recorded_run_is_read_back(office: Office) -> None:
    opened = await office.open(tags=["import"])
    run = opened["run"]["id"]
    first = await office.report(
        opened, 1, line("begun"), {"kind": "progress.reported", "at": "2026-11-22T09:30:01Z", "done": 1, "total": 2},
        {"kind": "metric.reported", "at": "2026-11-22T09:30:01Z", "name": "loss", "value": 0.5}, line("done"),
    )  # fmt: skip
    assert first.status_code == 200, first.text
    assert set(first.json()) == {"last_seq", "last_line", "lease_until", "watched", "wish"}
    again = await office.report(opened, 1, line("begun"))
    assert again.json()["last_seq"] == first.json()["last_seq"]
    renewed = await office.report(opened, 0)
    assert renewed.json()["last_seq"] == first.json()["last_seq"]
    ended = await office.end(opened, batch_no=2, events=[line("bye")], result={"rows": 2})
    assert (ended.status_code, ended.json()["state"]) == (200, "succeeded")

    entries = (await office.ask("GET", f"/runs/{run}/entries?total=true")).json()
    texts = [entry["text"] for entry in entries["items"] if entry["kind"] == "log.written"]
    assert texts == ["begun", "done", "bye"]
    assert [entry["line"] for entry in entries["items"]] == list(range(1, entries["total"] + 1))
    events = (await office.ask("GET", f"/runs/{run}/events")).json()["items"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    points = (await office.ask("GET", f"/runs/{run}/points?name=loss")).json()["items"]
    assert [point["value"] for point in points] == [0.5]
    assert (await office.ask("GET", f"/runs/{run}/points?name=other")).json()["items"] == []
    assert (await office.ask("GET", f"/runs/{run}/result")).json() == {"rows": 2}
    assert (await office.ask("GET", f"/runs/{run}/view")).json()["state"] == "succeeded"
    assert len((await office.ask("GET", f"/runs/{run}/attempts")).json()["items"]) == 1


async def test_pages_of_the_journal_have_no_hole(office: Office) -> None:
    opened = await office.open()
    await office.report(opened, 1, *[line(str(number)) for number in range(100)])
    for name, field in [("entries", "line"), ("events", "seq")]:
        numbers: list[int] = []
        query = "limit=7"
        while True:
            page = (await office.ask("GET", f"/runs/{opened['run']['id']}/{name}?{query}")).json()
            numbers += [item[field] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            query = f"limit=7&cursor={page['next_cursor']}"
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) > 100
    some = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries?from=10&to=12")).json()
    assert [entry["line"] for entry in some["items"]] == [10, 11, 12]
    assert some["next_cursor"] is None


@pytest.mark.parametrize("position", ["-1", "9223372036854775808", "1e9", "0x10", "x", "１"])
async def test_a_position_is_a_plain_number(office: Office, position: str) -> None:
    run = (await office.open())["run"]["id"]
    for query in [f"events?after_seq={position}", f"entries?from={position}", f"points?after_seq={position}", f"log?from={position}"]:
        problem(await office.ask("GET", f"/runs/{run}/{query}"), 422, "invalid")
    answer = await office.ask("GET", f"/runs/{run}/events?cursor={position}")
    assert answer.status_code in {400, 200}


async def test_numbers_decide(office: Office) -> None:
    opened = await office.open()
    said = problem(await office.report(opened, 3, line("too soon")), 409, "batch_out_of_order")
    assert said["expected"] == 1
    problem(await office.report({**opened, "fence": 99}, 1, line("stale")), 409, "stale_fence")
    await office.report(opened, 1, line("one"))
    await office.end(opened)
    problem(await office.report(opened, 2, line("late")), 409, "run_final")
    problem(await office.end(opened), 409, "run_final")
    entries = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries")).json()["items"]
    assert [entry["text"] for entry in entries if "text" in entry] == ["one"]


@pytest.mark.parametrize(
    "event",
    [
        {"at": "2026-11-22T09:30:00Z"},
        {"kind": "log.written", "at": "2026-11-22T09:30:00Z"},
        {"kind": "log.written", "at": "2026-11-22T09:30:00Z", "level": "loud", "text": "x"},
        {"kind": "run.succeeded", "at": "2026-11-22T09:30:00Z"},
        {"kind": "attempt.ended", "at": "2026-11-22T09:30:00Z", "attempt": 1, "outcome": "succeeded"},
        {"kind": "command.given", "at": "2026-11-22T09:30:00Z", "do": "cancel", "by": "x"},
        {"kind": "log.written", "at": "2026-11-22T09:30:00Z", "level": "info", "text": "x" * 20_000},
        {"kind": "own", "at": "2026-11-22T09:30:00Z", "blob": "x" * 300_000},
        {"kind": "step.started", "at": "2026-11-22T09:30:00Z", "step": "a\0", "name": "x"},
    ],
)
async def test_one_bad_event_refuses_its_batch_whole(office: Office, event: dict[str, object]) -> None:
    opened = await office.open()
    said = problem(await office.report(opened, 1, line("good"), event), 422, "invalid_event")
    assert said["index"] == 1
    assert (await office.report(opened, 1, line("good"))).status_code == 200


async def test_a_nul_in_a_log_line_is_kept(office: Office) -> None:
    opened = await office.open()
    assert (await office.report(opened, 1, line("a\0b", context={"k": "\\u0000"}))).status_code == 200
    entries = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries")).json()["items"]
    assert entries[-1]["text"] == "a\0b"


async def test_unknown_kinds_and_fields_are_kept(office: Office) -> None:
    opened = await office.open()
    sent = {"kind": "own.thing", "at": "2026-11-22T09:30:00Z", "value": [1, {"a": None}], "seq": 77, "line": 1}
    assert (await office.report(opened, 1, sent)).status_code == 200
    kept = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries")).json()["items"][-1]
    assert kept["value"] == [1, {"a": None}]
    assert kept["line"] != 1


async def test_a_run_of_a_worker_takes_no_reports(office: Office) -> None:
    run = await office.start()
    batch = {"fence": 0, "batch_no": 1, "events": [line("x")]}
    problem(await office.ask("POST", f"/runs/{run['id']}/events", json=batch), 409, "not_outside")
    problem(await office.ask("PATCH", f"/runs/{run['id']}/progress", json={"done": 1}), 409, "not_outside")
    problem(await office.ask("POST", f"/runs/{run['id']}/artifacts?name=a&fence=0", content=b"x"), 409, "not_outside")


async def test_progress_without_batches(office: Office) -> None:
    opened = await office.open()
    address = f"/runs/{opened['run']['id']}"
    answer = await office.ask("PATCH", f"{address}/progress", token=opened["token"], json={"done": 3, "total": 4, "stage": "load"})
    assert answer.status_code == 200
    view = (await office.ask("GET", f"{address}/view")).json()
    assert (view["progress"]["done"], view["progress"]["total"], view["stage"]) == (3, 4, "load")
    problem(await office.ask("PATCH", f"{address}/progress", json={}), 422, "invalid")
    problem(await office.ask("PATCH", f"{address}/progress", json={"total": 4}), 422, "invalid")
    await office.end(opened)
    problem(await office.ask("PATCH", f"{address}/progress", json={"done": 4}), 409, "run_final")


async def test_ends(office: Office) -> None:
    failed = await office.open()
    error = {"code": "exception", "type": "ValueError", "message": "no", "traceback": "Traceback …", "is_retryable": False}
    assert (await office.end(failed, "failed", error=error)).json()["state"] == "failed"
    view = (await office.ask("GET", f"/runs/{failed['run']['id']}/view")).json()
    assert view["error"]["message"] == "no"
    problem(await office.ask("GET", f"/runs/{failed['run']['id']}/result"), 404, "result_not_found")
    opened = await office.open()
    problem(await office.end(opened, "won"), 422, "invalid")
    problem(await office.end(opened, result="x" * 1_100_000), 413, "too_large")
    problem(await office.end(opened, events=[line("x")]), 422, "invalid")
    assert (await office.end(opened, result=None)).status_code == 200
    assert (await office.ask("GET", f"/runs/{opened['run']['id']}/result")).json() is None


async def test_the_answer_can_be_lost_and_asked_for_again(office: Office) -> None:
    answers = [await office.ask("POST", "/runs", json={"name": "n"}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].json()["run"]["id"] == answers[1].json()["run"]["id"]
