"""Metrics as series over REST: few points as they are, many thinned and sorted aside."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from headway.web.sorting import SERIES_LIMIT
from tests.unit.web.office import Json, Office, line, problem


def point(name: str, value: float, **more: Any) -> Json:
    return {"kind": "metric.reported", "at": "2026-11-22T09:30:00.125Z", "name": name, "value": value, **more}


async def series(office: Office, run: str, **query: Any) -> Json:
    answer = await office.ask("GET", f"/runs/{run}/series?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_points_are_put_to_their_series(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    await office.report(
        opened,
        1,
        point("loss", 0.5, unit="nats"),
        line("between"),
        point("loss", 1, labels={"fold": 2, "a": "b"}),
        point("loss", 2, labels={"a": "b", "fold": 2}),
        point("accuracy", 0.25, at="no time"),
    )
    said = await series(office, run)
    assert [(each["name"], each["labels"], each["unit"], each["count"], each["thinned"]) for each in said["items"]] == [
        ("accuracy", {}, None, 1, False),
        ("loss", {}, "nats", 1, False),
        ("loss", {"fold": 2, "a": "b"}, None, 2, False),
    ]
    accuracy, loss, labelled = (each["points"] for each in said["items"])
    seq = loss[0][0]
    assert loss == [[seq, 1795339800125, 0.5, 1]]
    assert labelled == [[seq + 2, 1795339800125, 1, 1], [seq + 3, 1795339800125, 2, 1]]
    assert accuracy == [[seq + 4, None, 0.25, 1]]
    assert (said["to_seq"], said["left_out"], said["next_cursor"], said["total"]) == (seq + 4, [], None, None)


async def test_what_comes_later_is_asked_for_by_seq(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    await office.report(opened, 1, *[point("loss", number) for number in range(5)])
    first = await series(office, run)
    assert (await series(office, run, after_seq=first["to_seq"]))["items"] == []
    await office.report(opened, 2, point("loss", 9))
    later = await series(office, run, after_seq=first["to_seq"])
    assert [each[2] for each in later["items"][0]["points"]] == [9]
    assert [each[2] for each in (await series(office, run, after_seq=first["to_seq"] - 1))["items"][0]["points"]] == [4, 9]


async def test_a_run_without_metrics_has_none(office: Office) -> None:
    opened = await office.open()
    assert (await series(office, opened["run"]["id"]))["items"] == []


@pytest.mark.parametrize("count", [3_000, 30_000])
async def test_many_points_are_thinned_and_what_stands_out_stays(office: Office, count: int) -> None:
    others = psutil.Process().children()
    """The larger number is sorted by a process, of which nothing is left over."""
    opened = await office.open()
    run = opened["run"]["id"]
    values = [float(number % 10) for number in range(count)]
    values[1_234], values[2_345] = 999.0, -999.0
    for batch_no, begin in enumerate(range(0, count, 3_000), 1):
        events = [point(("loss", "other")[number % 2 if number > 2_500 else 0], values[number]) for number in range(begin, begin + 3_000)]
        assert (await office.report(opened, batch_no, *events)).status_code == 200
    said = await series(office, run, max_points=100)
    loss, other = said["items"]
    assert loss["count"] + other["count"] == count
    assert loss["thinned"]
    assert len(loss["points"]) <= 100
    assert {999.0, -999.0} <= {each[2] for each in loss["points"]}
    assert [each[0] for each in loss["points"]] == sorted(each[0] for each in loss["points"])
    assert max(loss["points"][-1][0], other["points"][-1][0]) == said["to_seq"]
    only = await series(office, run, names=["other"], max_points=5_000)
    assert [each["name"] for each in only["items"]] == ["other"]
    assert only["items"][0]["count"] == other["count"]
    assert set(psutil.Process().children()) <= set(others)


async def test_of_very_many_series_the_first_are_given_and_the_others_named(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    await office.report(opened, 1, *[point(f"m{number:03}", 1) for number in range(300)], point("m299", 2))
    said = await series(office, run)
    assert [each["name"] for each in said["items"]] == [f"m{number:03}" for number in range(SERIES_LIMIT)]
    assert len(said["left_out"]) == 200
    assert said["left_out"][0] == {"name": "m064", "labels": {}}
    assert len((await series(office, run, names=["m299", "m000", "none"]))["items"]) == 2


@pytest.mark.parametrize("query", ["max_points=2", "max_points=5001", "after_seq=-1", "&".join(["names=x"] * 65)])
async def test_what_cannot_be_asked(office: Office, query: str) -> None:
    opened = await office.open()
    problem(await office.ask("GET", f"/runs/{opened['run']['id']}/series?{query}"), 422, "invalid")


async def test_nobody_sees_the_series_of_a_run_they_may_not_read(office: Office) -> None:
    opened, other = await office.open(), await office.open()
    token = office.token(f"run:{other['run']['id']}:read")
    problem(await office.ask("GET", f"/runs/{opened['run']['id']}/series", token=token), 404, "run_not_found")
