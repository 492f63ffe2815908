"""Names that are paths, patterns that never end, numbers that are none: refused, or the text that they are."""

from __future__ import annotations

import pytest

from tests.security.cases import Tried
from tests.security.injection import forged_reports, numbers, paths, patterns, ranges, tasks, times
from tests.unit.web.office import Office, line


async def test_29_30_and_33_a_name_is_a_name(office: Office) -> None:
    opened = await office.open()
    answers = await Tried(office).all([*paths(opened["run"]["id"]), *tasks()])
    assert all("root:" not in answer.text for answer in answers)


@pytest.mark.timeout(120)
async def test_44_a_pattern_costs_a_bounded_time(office: Office) -> None:
    opened = await office.open()
    assert (await office.report(opened, 1, line("a" * 200 + "!"), line("b"))).status_code == 200
    await Tried(office).all(patterns(opened["run"]["id"]))


async def test_45_a_time_is_one_that_there_is(office: Office) -> None:
    await Tried(office).all(times())


async def test_48_a_number_is_one_that_fits(office: Office) -> None:
    await Tried(office).all(numbers())


async def test_47_an_attempt_reports_what_it_may_and_nobody_else_does(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    before = (await office.ask("GET", f"/runs/{run}/events")).json()["items"]
    await Tried(office).all(forged_reports(run, opened["token"]))
    assert (await office.ask("GET", f"/runs/{run}/events")).json()["items"] == before, "nothing of it was recorded"
    assert (await office.ask("GET", f"/runs/{run}")).json()["state"] == "running"


async def test_42_a_part_of_a_file_is_a_part_or_refused(office: Office) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    made = (await office.ask("POST", f"/runs/{run}/artifacts?name=a&fence=1", token=opened["token"], content=b"0123456789")).json()
    answers = await Tried(office).all(ranges(f"/runs/{run}/artifacts/{made['id']}/content"))
    assert all(len(answer.content) <= 1_000 for answer in answers)
