"""Presets and validations over REST."""

from __future__ import annotations

from typing import Any

import pytest

from headway.acts.presets import PRESETS_LIMIT
from tests.unit.web.office import Json, Office, problem

PATH = "/tasks/maths:add/presets"


async def keep(office: Office, **more: Any) -> Json:
    answer = await office.ask("POST", PATH, json={"name": "usual", "parameters": {"a": 1}, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def names(office: Office, query: str = "", token: str | None = "admin") -> list[str]:
    answer = await office.ask("GET", f"{PATH}{query}", token=token)
    assert answer.status_code == 200, answer.text
    return [preset["name"] for preset in answer.json()["items"]]


async def test_a_preset_is_kept_listed_changed_and_let_go(office: Office) -> None:
    kept = await keep(office)
    assert kept["parameters"] == {"a": 1}
    assert (kept["task"], kept["project"], kept["created_by"], kept["problems"]) == ("maths:add", "default", "somebody", [])
    await keep(office, name="another")
    assert await names(office) == ["another", "usual"]
    first = (await office.ask("GET", f"{PATH}?limit=1")).json()
    assert [each["name"] for each in first["items"]] == ["another"]
    assert await names(office, f"?limit=1&cursor={first['next_cursor']}") == ["usual"]
    changed = (await office.ask("PATCH", f"{PATH}/{kept['id']}", json={"name": "rare", "parameters": {"a": 2}})).json()
    assert (changed["name"], changed["parameters"], changed["created_at"]) == ("rare", {"a": 2}, kept["created_at"])
    assert changed["updated_at"] >= kept["updated_at"]
    assert (await office.ask("PATCH", f"{PATH}/{kept['id']}", json={"parameters": {}})).json()["name"] == "rare"
    assert (await office.ask("DELETE", f"{PATH}/{kept['id']}")).status_code == 204
    problem(await office.ask("DELETE", f"{PATH}/{kept['id']}"), 404, "preset_not_found")
    assert await names(office) == ["another"]


async def test_what_does_not_fit_is_kept_and_said(office: Office) -> None:
    kept = await keep(office, parameters={"b": "two", "c": 1})
    assert kept["problems"] == [
        {"field": "/b", "message": '"two" is not of type "integer"'},
        {"field": "/c", "message": "is not known here"},
    ]
    listed = (await office.ask("GET", PATH)).json()["items"]
    assert listed == [kept]


async def test_a_name_is_taken_once(office: Office) -> None:
    await keep(office)
    said = problem(await office.ask("POST", PATH, json={"name": "usual", "parameters": {}}), 409, "preset_exists")
    assert said["field"] == "name"
    other = await keep(office, name="other")
    problem(await office.ask("PATCH", f"{PATH}/{other['id']}", json={"name": "usual"}), 409, "preset_exists")
    await keep(office, project="elsewhere")
    assert await names(office) == ["other", "usual", "usual"]
    assert await names(office, "?project=elsewhere") == ["usual"]


async def test_there_is_a_limit_to_them(office: Office) -> None:
    for number in range(PRESETS_LIMIT):
        await keep(office, name=str(number))
    said = problem(await office.ask("POST", PATH, json={"name": "one more", "parameters": {}}), 409, "too_many_presets")
    assert said["limit"] == PRESETS_LIMIT
    await keep(office, project="elsewhere")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "x", "parameters": {"a": "x" * 70_000}}, 413, "too_large"),
        ({"name": "", "parameters": {}}, 422, "invalid"),
        ({"name": "x" * 201, "parameters": {}}, 422, "invalid"),
        ({"name": "x"}, 422, "invalid"),
        ({"name": "x", "parameters": [1]}, 422, "invalid"),
        ({"name": "x", "parameters": {}, "project": "a:b"}, 422, "invalid"),
        ({"name": "x", "parameters": {}, "id": "1"}, 422, "invalid"),
    ],
)
async def test_what_is_no_preset(office: Office, body: Json, status: int, code: str) -> None:
    problem(await office.ask("POST", PATH, json=body), status, code)
    assert await names(office) == []


async def test_presets_of_tasks_that_are_not_there(office: Office) -> None:
    kept = await keep(office)
    problem(await office.ask("GET", "/tasks/nothing/presets"), 404, "task_not_found")
    problem(await office.ask("POST", "/tasks/nothing/presets", json={"name": "x", "parameters": {}}), 404, "task_not_found")
    problem(await office.ask("PATCH", f"/tasks/broken:task/presets/{kept['id']}", json={}), 404, "preset_not_found")
    problem(await office.ask("PATCH", f"{PATH}/no-id", json={}), 404, "preset_not_found")


async def test_a_project_keeps_its_presets_to_itself(office: Office) -> None:
    mine, other = await keep(office, project="mine"), await keep(office, project="other")
    reader = office.token("project:mine:task:read")
    starter = office.token("project:mine:task:read", "project:mine:run:start")
    assert await names(office, token=reader) == ["usual"]
    assert await names(office, "?project=other", token=reader) == []
    problem(await office.ask("PATCH", f"{PATH}/{mine['id']}", token=reader, json={"name": "x"}), 403, "forbidden")
    problem(await office.ask("DELETE", f"{PATH}/{other['id']}", token=starter), 404, "preset_not_found")
    problem(await office.ask("POST", PATH, token=starter, json={"name": "x", "parameters": {}, "project": "other"}), 403, "forbidden")
    assert (await office.ask("DELETE", f"{PATH}/{mine['id']}", token=starter)).status_code == 204


async def test_parameters_are_held_against_the_schema_before_a_start(office: Office) -> None:
    said = (await office.ask("POST", "/tasks/maths:add/validations", json={"parameters": {"b": "two", "c": 1}})).json()
    assert said["is_valid"] is False
    assert {each["field"] for each in said["problems"]} == {"/a", "/b", "/c"}
    assert said["parameters"] == {"b": "two", "c": 1}
    fine = (await office.ask("POST", "/tasks/maths:add/validations", json={"parameters": {"a": 1}})).json()
    assert fine == {"is_valid": True, "problems": [], "parameters": {"a": 1}}
    problem(await office.ask("POST", "/tasks/nothing/validations", json={"parameters": {}}), 404, "task_not_found")
    problem(await office.ask("POST", "/tasks/maths:add/validations", json={}), 422, "invalid")
    assert (await office.ask("GET", "/runs")).json()["items"] == []


async def test_a_start_says_all_its_problems(office: Office) -> None:
    said = problem(await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"b": "two"}}), 422, "invalid_parameters")
    assert {each["field"] for each in said["problems"]} == {"/a", "/b"}
    assert said["field"] in {"a", "b"}
