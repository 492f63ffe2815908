"""Groups, roles and grants over the routes: nobody gives more than they have, and somebody is left who may do everything."""

from __future__ import annotations

from typing import Any

import pytest

from headway.model.permissions import OF_INSTALLATION, ROLES, Permission
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.people import People


@pytest.fixture
def people(office: Office) -> People:
    return People(office.store, office.tokens)


async def made(office: Office, path: str, wish: Json, status: int = 201, **more: Any) -> Json:
    answer = await office.ask("POST", path, json=wish, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def give(office: Office, role: str, **more: Any) -> Json:
    token = more.pop("token", "admin")
    return await made(office, "/grants", {"role": role, **more}, token=token)


async def listed(office: Office, path: str, token: str = "admin", **query: Any) -> list[Json]:
    answer = await office.ask("GET", path, token=token, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


# --- groups ---------------------------------------------------------------------------------------------------------


async def test_a_group_is_made_changed_listed_and_deleted(office: Office, people: People) -> None:
    for name in ("anna", "boris"):
        await people.add(name)
    group = await made(office, "/groups", {"name": "class-7", "description": "七班", "members": ["anna"]})
    assert (group["name"], group["members"], group["created_by"]) == ("class-7", ["anna"], "somebody")
    await made(office, "/groups", {"name": "class-8"})
    changed = await office.ask("PATCH", "/groups/class-7", json={"add": ["boris"], "remove": ["anna", "nobody"]})
    assert changed.json() == {**group, "members": ["boris"]}
    assert (await office.ask("PATCH", "/groups/class-7", json={"description": ""})).json() == {
        **group,
        "members": ["boris"],
        "description": "",
    }
    assert [each["name"] for each in await listed(office, "/groups")] == ["class-7", "class-8"]
    assert [each["name"] for each in await listed(office, "/groups", account="boris")] == ["class-7"]
    first = (await office.ask("GET", "/groups", params={"limit": 1})).json()
    assert (first["items"][0]["name"], first["next_cursor"]) == ("class-7", "class-7")
    assert [each["name"] for each in await listed(office, "/groups", cursor="class-7")] == ["class-8"]
    assert (await office.ask("DELETE", "/groups/class-7")).status_code == 204
    problem(await office.ask("GET", "/groups/class-7"), 404, "group_not_found")
    problem(await office.ask("PATCH", "/groups/class-7", json={}), 404, "group_not_found")


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"name": "class-7"}, 409, "group_exists"),
        ({"name": "x", "members": ["nobody"]}, 404, "account_not_found"),
        ({"name": "Upper"}, 422, "invalid"),
        ({"name": ""}, 422, "invalid"),
        ({"name": "a" * 65}, 422, "invalid"),
        ({"name": "../x"}, 422, "invalid"),
        ({"name": "x", "members": "anna"}, 422, "invalid"),
        ({"name": "x", "is_admin": True}, 422, "invalid"),
        ({"name": "x", "description": "a" * 501}, 422, "invalid"),
    ],
)
async def test_groups_that_cannot_be(office: Office, wish: Json, status: int, code: str) -> None:
    await made(office, "/groups", {"name": "class-7"})
    problem(await office.ask("POST", "/groups", json=wish), status, code)


async def test_who_lets_somebody_in_must_hold_what_the_group_is_given(office: Office, people: People) -> None:
    """Or whoever looks after people would make themselves an admin."""
    warden = await people.add("warden")
    await people.make_role("warden", Permission.USER_ADMIN, Permission.GRANT_EDIT, inherits=("viewer",))
    await people.give("warden", to="warden")
    await made(office, "/groups", {"name": "admins"})
    await made(office, "/groups", {"name": "viewers"})
    await give(office, "admin", group="admins")
    await give(office, "viewer", group="viewers")
    refused = problem(await office.ask("PATCH", "/groups/admins", token=warden, json={"add": ["warden"]}), 403, "more_than_held")
    assert refused["permission"] not in {"user:admin", "grant:edit"}
    problem(await office.ask("DELETE", "/groups/admins", token=warden), 403, "more_than_held")
    assert (await office.ask("PATCH", "/groups/viewers", token=warden, json={"add": ["warden"]})).status_code == 200


# --- roles ----------------------------------------------------------------------------------------------------------


async def test_roles_are_shown_with_what_they_hold(office: Office) -> None:
    put = await office.ask("PUT", "/roles/canceller", json={"permissions": ["run:cancel"], "inherits": ["viewer"]})
    assert put.status_code == 200
    role = put.json()
    assert role["holds"] == sorted({*ROLES["viewer"], "run:cancel"})
    assert (role["permissions"], role["inherits"], role["is_built_in"]) == (["run:cancel"], ["viewer"], False)
    assert (await office.ask("GET", "/roles/canceller")).json() == role
    names = [each["name"] for each in await listed(office, "/roles")]
    assert names == [*ROLES, "canceller"]
    assert (await office.ask("GET", "/roles/admin")).json()["holds"] == sorted(Permission)
    vocabulary = await listed(office, "/permissions")
    assert [each["name"] for each in vocabulary] == sorted(Permission)
    assert next(each["roles"] for each in vocabulary if each["name"] == "run:start") == ["operator", "developer", "admin"]
    assert (await office.ask("DELETE", "/roles/canceller")).status_code == 204
    problem(await office.ask("GET", "/roles/canceller"), 404, "role_not_found")


async def test_roles_that_cannot_be(office: Office) -> None:
    async def put(name: str, **wish: Any) -> Any:
        return await office.ask("PUT", f"/roles/{name}", json=wish)

    await put("a", inherits=["viewer"])
    await put("b", inherits=["a"])
    circle = problem(await put("a", inherits=["b"]), 409, "role_circle")
    assert circle["names"] == "a < b < a"
    problem(await put("a", inherits=["a"]), 409, "role_circle")
    problem(await put("viewer", permissions=["run:delete"]), 409, "role_built_in")
    problem(await office.ask("DELETE", "/roles/admin"), 409, "role_built_in")
    problem(await put("c", inherits=["nothing"]), 404, "role_not_found")
    problem(await put("c", permissions=["moon:land"]), 422, "invalid")
    problem(await put("Not%20a%20name"), 422, "invalid")
    problem(await office.ask("DELETE", "/roles/nothing"), 404, "role_not_found")
    assert "inherited by b" in problem(await office.ask("DELETE", "/roles/a"), 409, "role_in_use")["detail"]


async def test_nobody_makes_a_role_of_more_than_they_hold(office: Office, people: People) -> None:
    maker = await people.add("maker")
    await people.make_role("maker", Permission.ROLE_EDIT, Permission.GRANT_EDIT, inherits=("viewer",))
    await people.give("maker", to="maker")
    ask = office.ask
    for wish in ({"permissions": ["user:admin"]}, {"inherits": ["admin"]}):
        problem(await ask("PUT", "/roles/mine", token=maker, json=wish), 403, "more_than_held")
        problem(await ask("PUT", "/roles/maker", token=maker, json=wish), 403, "more_than_held")
    assert (await ask("PUT", "/roles/mine", token=maker, json={"inherits": ["viewer"]})).status_code == 200
    await ask("PUT", "/roles/strong", json={"permissions": ["user:admin"]})
    problem(await ask("PUT", "/roles/strong", token=maker, json={}), 403, "more_than_held")


async def test_a_role_that_somebody_has_is_not_deleted(office: Office, people: People) -> None:
    await people.add("anna")
    await office.ask("PUT", "/roles/mine", json={"inherits": ["viewer"]})
    grant = await give(office, "mine", account="anna")
    problem(await office.ask("DELETE", "/roles/mine"), 409, "role_in_use")
    assert (await office.ask("DELETE", f"/grants/{grant['id']}")).status_code == 204
    assert (await office.ask("DELETE", "/roles/mine")).status_code == 204


# --- grants ---------------------------------------------------------------------------------------------------------


async def test_a_grant_is_given_listed_and_taken(office: Office, people: People) -> None:
    anna = await people.add("anna")
    await made(office, "/groups", {"name": "class-7"})
    everywhere = await give(office, "viewer", account="anna")
    in_p = await give(office, "operator", group="class-7", project="p")
    assert everywhere | {"id": "", "created_at": ""} == {
        "id": "", "account": "anna", "group": None, "role": "viewer", "project": None, "created_at": "", "created_by": "somebody",
    }  # fmt: skip
    for query, found in (
        ({}, [in_p, everywhere]), ({"account": "anna"}, [everywhere]), ({"group": "class-7"}, [in_p]), ({"role": "operator"}, [in_p]),
        ({"project": "p"}, [in_p]), ({"everywhere": True}, [everywhere]), ({"project": "q"}, []), ({"cursor": in_p["id"]}, [everywhere]),
    ):  # fmt: skip
        assert await listed(office, "/grants", **query) == found, query
    page = (await office.ask("GET", "/grants", params={"limit": 1})).json()
    assert (page["items"], page["next_cursor"]) == ([in_p], in_p["id"])
    assert (await office.ask("GET", "/runs", token=anna)).status_code == 200
    assert (await office.ask("DELETE", f"/grants/{everywhere['id']}")).status_code == 204
    problem(await office.ask("GET", "/runs", token=anna), 403, "forbidden")
    problem(await office.ask("DELETE", f"/grants/{everywhere['id']}"), 404, "grant_not_found")
    problem(await office.ask("DELETE", "/grants/no-id"), 404, "grant_not_found")


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"role": "viewer", "account": "anna", "project": "p"}, 409, "conflict"),
        ({"role": "viewer"}, 422, "invalid"),
        ({"role": "viewer", "account": "anna", "group": "g"}, 422, "invalid"),
        ({"role": "nothing", "account": "anna"}, 404, "role_not_found"),
        ({"role": "viewer", "account": "nobody"}, 404, "account_not_found"),
        ({"role": "viewer", "group": "nothing"}, 404, "group_not_found"),
        ({"role": "viewer", "account": "anna", "project": "*"}, 422, "invalid"),
        ({"role": "viewer", "account": "anna", "project": ""}, 422, "invalid"),
        ({"role": "viewer", "account": "anna", "created_by": "eve"}, 422, "invalid"),
        ({"role": ["viewer"], "account": "anna"}, 422, "invalid"),
    ],
)
async def test_grants_that_cannot_be(office: Office, people: People, wish: Json, status: int, code: str) -> None:
    await people.add("anna")
    await give(office, "viewer", account="anna", project="p")
    problem(await office.ask("POST", "/grants", json=wish), status, code)


async def test_who_gives_in_one_project_gives_and_sees_nothing_else(office: Office, people: People) -> None:
    head = await people.add("head")
    await people.add("anna")
    await people.make_role("head", Permission.GRANT_EDIT, inherits=("operator",))
    await people.give("head", "p", to="head")
    far = await give(office, "viewer", account="anna", project="q")
    strong = await give(office, "developer", account="anna", project="p")
    everywhere = await give(office, "viewer", account="anna")
    ask = office.ask
    mine = await give(office, "operator", account="anna", project="p", token=head)
    for wish in ({"project": "q"}, {}):
        refused = problem(await ask("POST", "/grants", token=head, json={"role": "viewer", "account": "anna", **wish}), 403, "forbidden")
        assert refused["permission"] == "grant:edit"
    more = problem(
        await ask("POST", "/grants", token=head, json={"role": "admin", "account": "head", "project": "p"}), 403, "more_than_held"
    )
    assert more["permission"] == "approval:decide" or Permission(more["permission"]) not in ROLES["operator"]
    seen = await listed(office, "/grants", token=head)
    assert {each["project"] for each in seen} == {"p"}
    assert await listed(office, "/grants", token=head, project="q") == []
    assert await listed(office, "/grants", token=head, everywhere=True) == []
    for hidden in (far, everywhere):
        problem(await ask("DELETE", f"/grants/{hidden['id']}", token=head), 404, "grant_not_found")
    problem(await ask("DELETE", f"/grants/{strong['id']}", token=head), 403, "more_than_held")
    assert (await ask("DELETE", f"/grants/{mine['id']}", token=head)).status_code == 204


async def test_the_last_admin_stays(office: Office, people: People) -> None:
    for name in ("anna", "boris"):
        await people.add(name)
    own = await give(office, "admin", account="anna")
    ask = office.ask
    problem(await ask("DELETE", f"/grants/{own['id']}"), 409, "last_admin")
    assert len(await listed(office, "/grants")) == 1  # the act was undone
    await made(office, "/groups", {"name": "admins", "members": ["boris"]})
    by_group = await give(office, "admin", group="admins")
    assert (await ask("DELETE", f"/grants/{own['id']}")).status_code == 204
    problem(await ask("DELETE", f"/grants/{by_group['id']}"), 409, "last_admin")
    problem(await ask("PATCH", "/groups/admins", json={"remove": ["boris"]}), 409, "last_admin")
    problem(await ask("DELETE", "/groups/admins"), 409, "last_admin")
    await ask("PATCH", "/groups/admins", json={"add": ["anna"]})
    await people.disable("anna")
    problem(await ask("PATCH", "/groups/admins", json={"remove": ["boris"]}), 409, "last_admin")
    await ask("PUT", "/roles/everything", json={"permissions": sorted(Permission)})
    await give(office, "everything", account="boris")
    assert (await ask("DELETE", "/groups/admins")).status_code == 204
    problem(await ask("PUT", "/roles/everything", json={"permissions": ["run:read"]}), 409, "last_admin")


# --- what it adds up to ---------------------------------------------------------------------------------------------


async def test_rights_are_shown_with_the_grants_behind_them(office: Office, people: People) -> None:
    anna, boris = await people.add("anna"), await people.add("boris")
    await made(office, "/groups", {"name": "class-7", "members": ["anna"]})
    own, by_group = await give(office, "viewer", account="anna"), await give(office, "operator", group="class-7", project="p")
    answer = await office.ask("GET", "/accounts/anna/rights", token=anna)
    shown = answer.json()
    assert (shown["account"], shown["is_active"], shown["groups"]) == ("anna", True, ["class-7"])
    assert shown["everywhere"] == sorted(ROLES["viewer"])
    assert shown["in_projects"] == {"p": sorted(ROLES["operator"] - OF_INSTALLATION)}
    assert [(each["id"], each["group"], each["project"]) for each in shown["grants"]] == [
        (own["id"], None, None),
        (by_group["id"], "class-7", "p"),
    ]

    async def through(**query: Any) -> list[str]:
        return [each["id"] for each in (await office.ask("GET", "/accounts/anna/rights", params=query)).json()["grants"]]

    assert await through(permission="run:start", project="p") == [by_group["id"]]
    assert await through(permission="run:start", project="q") == []
    assert await through(permission="run:read", project="p") == [own["id"], by_group["id"]]
    problem(await office.ask("GET", "/accounts/anna/rights", params={"permission": "moon:land"}), 422, "invalid")
    await people.give("viewer", to="boris")
    problem(await office.ask("GET", "/accounts/anna/rights", token=boris), 403, "forbidden")
    problem(await office.ask("GET", "/accounts/nobody/rights", token=boris), 403, "forbidden")
    problem(await office.ask("GET", "/accounts/nobody/rights"), 404, "account_not_found")


async def test_who_is_refused_is_told_whom_to_ask(office: Office, people: People) -> None:
    anna = await people.add("anna")
    for number in range(7):
        await people.add(f"chief-{number}")
    await people.add("gone")
    await people.disable("gone")
    await people.give("viewer", "p", to="anna")
    await people.give("operator", "z", to="anna")
    start = {"json": {"parameters": {"a": 1}, "project": "p"}}

    async def refusal(token: str) -> Json:
        return problem(await office.ask("POST", "/tasks/maths:add/runs", token=token, **start), 403, "forbidden")

    assert (await refusal(anna))["can_be_given_by"] == []
    await give(office, "admin", account="gone")
    await people.make_role("head", Permission.GRANT_EDIT, inherits=("operator",))
    await give(office, "head", account="chief-0", project="p")
    await give(office, "head", account="chief-1", project="q")
    await people.make_role("weak", Permission.GRANT_EDIT)
    await give(office, "weak", account="chief-2")
    refused = await refusal(anna)
    assert (refused["permission"], refused["project"], refused["can_be_given_by"]) == ("run:start", "p", ["chief-0"])
    await people.gather("chiefs", *(f"chief-{number}" for number in range(7)))
    await give(office, "admin", group="chiefs")
    assert len((await refusal(anna))["can_be_given_by"]) == 5
    assert "can_be_given_by" not in await refusal(office.token("project:p:run:read"))
