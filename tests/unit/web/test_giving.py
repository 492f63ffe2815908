"""Administrators of a protected project, over REST: asked for instead of made, in every way there is."""

from __future__ import annotations

import pytest_asyncio

from tests.unit.web.office import Json, Office, problem
from tests.unit.web.people import People
from tests.unit.web.test_approvals import listed, protect, token


@pytest_asyncio.fixture
async def people(office: Office) -> People:
    people = People(office.store, office.tokens)
    for name in ("eve", "fay"):
        await people.add(name)
    await people.gather("heads", "fay")
    await people.make_role("head")
    await protect(office, "exams", grant_admin=1)
    return people


async def approved(office: Office, asked: Json) -> Json:
    answer = await office.ask("POST", f"/approvals/{asked['id']}/approve", token=token(office, "ben"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def may_give(office: Office, account: str) -> bool:
    rights = (await office.ask("GET", f"/accounts/{account}/rights")).json()
    return "grant:edit" in {*rights["everywhere"], *rights["in_projects"].get("exams", ())}


async def test_each_way_to_make_an_administrator_answers_with_the_request(office: Office, people: People) -> None:
    given = await office.ask("POST", "/grants", json={"account": "eve", "role": "admin", "project": "exams"})
    assert given.status_code == 202
    assert (given.json()["kind"], given.json()["what"]["act"], given.json()["is_mine"]) == ("grant.add", "grant", True)
    problem(await office.ask("POST", f"/approvals/{given.json()['id']}/approve"), 403, "own_approval")
    eve = people.token("eve")
    await people.give("operator", to="eve")
    problem(await office.ask("POST", f"/approvals/{given.json()['id']}/approve", token=eve), 403, "own_gain")
    assert not await may_give(office, "eve")
    assert (await approved(office, given.json()))["state"] == "carried_out"
    assert await may_give(office, "eve")

    await approved(office, (await office.ask("POST", "/grants", json={"group": "heads", "role": "admin", "project": "exams"})).json())
    let_in = await office.ask("PATCH", "/groups/heads", json={"add": ["eve"]})
    assert (let_in.status_code, let_in.json()["what"]["add"]) == (202, ["eve"])
    assert (await office.ask("GET", "/groups/heads")).json()["members"] == ["fay"]
    assert (await approved(office, let_in.json()))["state"] == "carried_out"
    assert sorted((await office.ask("GET", "/groups/heads")).json()["members"]) == ["eve", "fay"]

    await office.ask("POST", "/grants", json={"account": "fay", "role": "head", "project": "exams"})
    changed = await office.ask("PUT", "/roles/head", json={"description": "", "permissions": ["grant:edit"], "inherits": []})
    assert (changed.status_code, changed.json()["what"]["permissions"]) == (202, ["grant:edit"])
    assert (await office.ask("GET", "/roles/head")).json()["holds"] == []
    assert (await approved(office, changed.json()))["state"] == "carried_out"
    assert (await office.ask("GET", "/roles/head")).json()["holds"] == ["grant:edit"]


async def test_an_account_is_made_and_its_role_asked_for(office: Office, people: People) -> None:
    wish = {"name": "gil", "role": "admin"}
    made = await office.ask("POST", "/accounts", json=wish)
    assert made.status_code == 201
    asked = made.json()["approval"]
    assert (asked["kind"], asked["what"]["account"], asked["project"], made.json()["link"] is not None) == ("grant.add", "gil", None, True)
    assert [each["id"] for each in await listed(office, "?state=pending")] == [asked["id"]]
    assert not await may_give(office, "gil")
    assert (await approved(office, asked))["state"] == "carried_out"
    assert await may_give(office, "gil")
    assert (await office.ask("POST", "/accounts", json={"name": "hal", "role": "viewer"})).json()["approval"] is None
