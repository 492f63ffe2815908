"""Rules that hold for every route there is: the tests walk over the route table, so a new route cannot be forgotten."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from headway.model.errors import NotFound
from headway.model.permissions import Permission
from headway.web.auth import ANONYMOUS, OWNER, PERMISSION, SESSION, make_routes
from headway.web.problems import MethodNotAllowed
from headway.web.rest import Rest
from headway.web.routes.docs import describe
from tests.unit.web.office import Json, Office, problem

OPEN = {
    "/api/v1/health/live", "/api/v1/health/ready", "/api/docs", "/api/docs/{name}", "/api/v1/sessions", "/api/v1/sessions/by-password",
    "/api/v1/sessions/by-code",
    "/api/v1/sign-in-ways", "/api/v1/oidc/start", "/api/v1/oidc/callback",
    "/api/v1/tokens", "/api/v1/tokens/refresh", "/api/v1/share-tokens",
}  # fmt: skip

BY_SESSION = {"/api/v1/session", "/api/v1/session/tokens"}
"""Those that take a cookie, and no token."""

BY_OWNER = {
    "/api/v1/account",
    "/api/v1/account/password",
    "/api/v1/account/sign-ins",
    "/api/v1/account/sign-ins/{session}",
    "/api/v1/account/devices",
    "/api/v1/account/devices/{device}",
    "/api/v1/account/identities",
    "/api/v1/account/identities/{identity}",
    "/api/v1/account/second-factor",
    "/api/v1/account/recovery-codes",
    "/api/v1/account/proof",
}
"""Those that are about the caller's own account."""


MISSING = (
    "{preset}",
    "{connection}",
    "{notice}",
    "{worker}",
    "{key}",
    "{link}",
    "{session}",
    "{device}",
    "{identity}",
    "{group}",
    "{role}",
    "{grant}",
    "{secret}",
    "{approval}",
    "/second-factor",
)
"""Parts of addresses that name something that there is not."""


def routes_of(app: FastAPI) -> list[APIRoute]:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert len(routes) == len(app.routes)
    return routes


def address(route: APIRoute, run: str) -> str:
    path = (
        route.path.replace("{run}", run)
        .replace("{task}", "maths:add")
        .replace("{artifact}", "a")
        .replace("{preset}", run)
        .replace("{notice}", run)
        .replace("{approval}", run)
        .replace("{worker}", run)
        .replace("{account}", "ada")
        .replace("{session}", run)
        .replace("{device}", run)
        .replace("{key}", run)
        .replace("{link}", run)
        .replace("{secret}", "KEY")
        .replace("{name}", "docs.js")
        .replace("{group}", "no-group")
        .replace("{role}", "no-role")
        .replace("{grant}", run)
    )
    return f"http://headway.test{path}"


def method(route: APIRoute) -> str:
    (only,) = route.methods
    return only


def needs_of(route: APIRoute) -> str:
    return (route.openapi_extra or {})[PERMISSION]


async def test_every_route_says_what_it_needs(office: Office) -> None:
    for route in routes_of(office.rest):
        need = needs_of(route)
        assert (need == ANONYMOUS) == (route.path in OPEN), route.path
        assert (need == SESSION) == (route.path in BY_SESSION), route.path
        assert (need == OWNER) == (route.path in BY_OWNER), route.path
        assert need in {ANONYMOUS, SESSION, OWNER} or Permission(need)


def test_a_route_that_says_nothing_cannot_be_made() -> None:
    async def tell() -> None: ...

    routes = make_routes("x")
    with pytest.raises(TypeError, match="permission"):
        routes.get("/secret")(tell)
    app = Rest(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/secret")(tell)
    with pytest.raises(TypeError, match="guarded"):
        app.close_table()


def test_each_address_leads_where_the_router_of_starlette_would_lead(office: Office) -> None:
    routes = routes_of(office.rest)
    for asked in routes:
        path = asked.path.replace("{", "").replace("}", "-1")
        scope: Json = {"type": "http", "path": path, "method": method(asked), "root_path": ""}
        right = next(route for route in routes if route.matches(scope)[0] is Match.FULL)
        assert office.rest.find(scope) is right, path
        assert scope["path_params"] == right.matches(scope)[1]["path_params"]


@pytest.mark.parametrize("path", ["", "/", "//", "/api", "/api/v1/runs/", "/api/v1//runs", "/API/v1/runs", "/api/v1/runs/a/b/c/d/e"])
def test_what_leads_nowhere_is_not_found(office: Office, path: str) -> None:
    with pytest.raises(NotFound):
        office.rest.find({"type": "http", "path": path, "method": "GET", "root_path": ""})


def test_an_address_tells_what_it_takes(office: Office) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        office.rest.find({"type": "http", "path": "/api/v1/runs/r-1", "method": "PUT", "root_path": ""})
    assert refused.value.fields["allowed"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize(("root", "path", "is_found"), [("/jobs", "/jobs/api/v1/runs", True), ("/jo", "/jobs/api/v1/runs", False)])
def test_whoever_mounts_it_has_dealt_with_the_beginning(office: Office, root: str, path: str, is_found: bool) -> None:
    scope: Json = {"type": "http", "path": path, "method": "GET", "root_path": root}
    if is_found:
        assert office.rest.find(scope).path == "/api/v1/runs"
    else:
        with pytest.raises(NotFound):
            office.rest.find(scope)


async def test_who_gets_in_where(office: Office) -> None:
    mine, other = await office.open(), await office.open()
    run = other["run"]["id"]
    for route in routes_of(office.rest):
        if route.path in OPEN | BY_SESSION:
            continue
        where = address(route, run)
        none = await office.ask(method(route), where, token=None)
        assert problem(none, 401, "unauthorised")["detail"] == "This needs a valid token."
        assert none.headers["www-authenticate"].startswith("Bearer")
        problem(await office.ask(method(route), where, token="nonsense"), 401, "unauthorised")
        nobody = await office.ask(method(route), where, token=office.token())
        foreign = await office.ask(method(route), where, token=mine["token"])
        if "{run}" in route.path:
            # Neither says whether the run exists, nor anything else about it.
            assert nobody.status_code in {404, 422}, (where, nobody.text)
            assert foreign.status_code in {404, 422}, (where, foreign.text)
        elif route.path == "/api/v1/runs" and method(route) == "POST":
            assert nobody.status_code == 403
        else:
            problem(nobody, 403, "forbidden")
            if route.path in BY_OWNER:
                problem(await office.ask(method(route), where), 403, "forbidden")
                continue
            assert problem(foreign, 403, "forbidden")["permission"] == needs_of(route)
        admin = await office.ask(method(route), where)
        assert admin.status_code not in {401, 403}, (where, admin.text)
        if method(route) == "DELETE":
            assert admin.status_code == (404 if any(name in route.path for name in MISSING) else 409)


async def test_a_report_token_is_good_for_its_run_alone(office: Office) -> None:
    mine, other = await office.open(), await office.open()
    for path, verb, status, code in [
        (f"/runs/{mine['run']['id']}", "GET", 403, "forbidden"),
        (f"/runs/{mine['run']['id']}/cancellation", "PUT", 403, "forbidden"),
        (f"/runs/{other['run']['id']}", "GET", 404, "run_not_found"),
        (f"/runs/{other['run']['id']}/cancellation", "PUT", 404, "run_not_found"),
        ("/runs", "GET", 403, "forbidden"),
        ("/workers", "GET", 403, "forbidden"),
    ]:
        problem(await office.ask(verb, path, token=mine["token"]), status, code)
    batch = {"fence": other["fence"], "batch_no": 1, "events": []}
    problem(await office.ask("POST", f"/runs/{other['run']['id']}/events", token=mine["token"], json=batch), 404, "run_not_found")
    problem(
        await office.ask("PUT", f"/runs/{other['run']['id']}/outcome", token=mine["token"], json={"fence": 1, "outcome": "failed"}),
        404,
        "run_not_found",
    )
    problem(await office.ask("PATCH", f"/runs/{other['run']['id']}/progress", token=mine["token"], json={"done": 1}), 404, "run_not_found")
    problem(
        await office.ask("POST", f"/runs/{other['run']['id']}/artifacts?name=a&fence=1", token=mine["token"], content=b"x"),
        404,
        "run_not_found",
    )
    assert (await office.report(mine, 1)).status_code == 200


async def test_a_project_scope_shows_that_project(office: Office) -> None:
    shown, hidden = await office.start(project="physics"), await office.start(project="history")
    token = office.token("project:physics:run:*")
    listed = (await office.ask("GET", "/runs?total=true", token=token)).json()
    assert ([run["id"] for run in listed["items"]], listed["total"]) == ([shown["id"]], 1)
    assert (await office.ask("GET", "/runs?project=history", token=token)).json()["items"] == []
    assert (await office.ask("GET", f"/runs/{shown['id']}", token=token)).status_code == 200
    missing = problem(await office.ask("GET", f"/runs/{hidden['id']}", token=token), 404, "run_not_found")
    absent = problem(await office.ask("GET", "/runs/019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12", token=token), 404, "run_not_found")
    assert set(missing) == set(absent)
    problem(
        await office.ask("POST", "/tasks/maths:add/runs", token=token, json={"parameters": {"a": 1}, "project": "history"}),
        403,
        "forbidden",
    )


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/runs", "/api/v1//runs", "/api/v1/runs/", "/api/v1/./runs", "/API/v1/runs", "/api/v1/runs;x", "/api/v1/runs.json",
        "/api/v1/health", "/api/v1/health/../runs", "/api/v1/%2e%2e/v1/runs", "/api/v1/runs%2f", "/api/v1\\runs", "/api/v1/health/live/configs",
    ],
)  # fmt: skip
async def test_no_spelling_of_an_address_gets_around_the_token(office: Office, path: str) -> None:
    answer = await office.ask("GET", f"http://headway.test{path}", token=None)
    assert answer.status_code in {401, 404}, (path, answer.text)


@pytest.mark.parametrize("header", ["X-User-Id", "X-Forwarded-User", "X-Forwarded-For", "X-Original-URL", "X-HTTP-Method-Override"])
async def test_headers_of_proxies_are_not_believed(office: Office, header: str) -> None:
    problem(await office.ask("GET", "/runs", token=None, headers={header: "admin"}), 401, "unauthorised")


async def test_two_tokens_are_none(office: Office) -> None:
    answer = await office.client.get("/runs", headers=[("Authorization", f"Bearer {office.admin}"), ("Authorization", "Bearer x")])
    problem(answer, 401, "unauthorised")
    problem(await office.client.get(f"/runs?token={office.admin}"), 401, "unauthorised")
    problem(await office.client.get("/runs", headers={"Authorization": f"Basic {office.admin}"}), 401, "unauthorised")


async def test_every_list_has_one_shape(office: Office) -> None:
    opened = await office.open()
    assert (await office.ask("POST", "/accounts", json={"name": "ada"})).status_code == 201
    lists = [route for route in routes_of(office.rest) if method(route) == "GET" and re.search(r"^(list_)", route.name)]
    lists = [route for route in lists if route.path not in BY_OWNER]
    assert len(lists) >= 9
    for route in lists:
        answer = await office.ask("GET", address(route, opened["run"]["id"]))
        assert answer.status_code == 200, (route.path, answer.text)
        assert set(answer.json()) >= {"items", "next_cursor", "total"}, route.path  # a search also says where it stopped
        assert answer.headers["content-type"] == "application/json"


async def test_headers_of_every_answer(office: Office) -> None:
    for path, token in [("/runs", "admin"), ("/runs", None), ("/nowhere", None), ("/health/live", None)]:
        answer = await office.ask("GET", path, token=token)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers
        assert answer.headers["x-request-id"]


async def test_request_ids_are_taken_over_if_harmless(office: Office) -> None:
    assert (await office.ask("GET", "/runs", headers={"X-Request-Id": "trace-0815.a"})).headers["x-request-id"] == "trace-0815.a"
    assert (await office.ask("GET", "/runs", headers={"X-Request-Id": "<script>"})).headers["x-request-id"] != "<script>"


async def test_a_cross_origin_preflight_gets_nothing(office: Office) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
    answer = await office.ask("OPTIONS", "/runs", token=None, headers=asked)
    assert answer.status_code in {401, 405}
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_methods(office: Office) -> None:
    answer = await office.ask("PUT", "/runs")
    assert problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


async def test_openapi_describes_every_route_with_an_example(office: Office) -> None:
    schema = describe(office.rest)
    described = {(path, verb.upper()) for path, verbs in schema["paths"].items() for verb in verbs}
    wanted = {(route.path, method(route)) for route in routes_of(office.rest) if route.include_in_schema}
    assert described == wanted
    for path, verbs in schema["paths"].items():
        for verb, operation in verbs.items():
            where = f"{verb} {path}"
            assert operation["description"], where
            good = [answer for status, answer in operation["responses"].items() if status.startswith("2") or status == "303"]
            assert good, where
            for answer in good:
                for kind, content in answer.get("content", {}).items():
                    assert "example" in content or kind in {"*/*", "application/octet-stream", "application/gzip"}, where
            assert "application/problem+json" in operation["responses"]["default"]["content"], where
            assert "422" not in operation["responses"], where
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                assert "examples" in str(schema["components"]["schemas"]) or "example" in body, where


async def test_the_page_of_the_interface_is_our_own(office: Office) -> None:
    page = await office.ask("GET", "http://headway.test/api/docs", token=None)
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    for name in re.findall(r'(?:src|href)="(/api/docs/[^"]+)"', page.text):
        assert (await office.ask("GET", f"http://headway.test{name}", token=None)).status_code == 200, name
    assert "<script>" not in page.text
    for name in ["nothing.js", "..%2fapp.py", "docs.py", "__init__.py"]:
        assert (await office.ask("GET", f"http://headway.test/api/docs/{name}", token=None)).status_code == 404
    assert (await office.ask("GET", "/openapi.json")).json()["openapi"].startswith("3.1")
