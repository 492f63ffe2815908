"""Who may do what, as a matrix: every route and every live channel and command, by 13 kinds of callers, on their own and on another's.

Generated from the route table: a new route is in it by itself, and one that asks for less than it declares fails here.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from headway.access.authorise import holds_anywhere, may
from headway.access.principal import Principal
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.model.permissions import ROLES, Permission
from headway.web.auth import ANONYMOUS, OWNER, SESSION
from headway.web.live import LiveAccess
from headway.web.routes.docs import describe
from tests.unit.live.theatre import Viewer
from tests.unit.web.office import Json, Office, open_office
from tests.unit.web.people import People
from tests.unit.web.test_routes import address, method, needs_of, routes_of
from tests.waiting import eventually_async

OWN, FOREIGN = "own", "foreign"
REFUSALS = {"unauthorised", "forbidden", "run_not_found"}
GROUPED, HEIR, DISABLED = "grouped", "heir", "disabled"
"""Accounts: an operator of one project by a group; one whose role, there, inherits from one that people made; an admin who is disabled."""
ACCOUNTS = (GROUPED, HEIR, DISABLED)
CALLERS = ("nobody", "stranger", *ROLES, "of the project", "of the run", "reporter", "remote worker", *ACCOUNTS)
LET_IN = tuple(name for name in CALLERS if name not in {"nobody", DISABLED})
BY_CHANNEL = {"/api/v1/live/sse", "/api/v1/live/poll"}
"""What these show depends on the channels that are asked for: they are asked one by one below."""
OF_ONESELF = {"/api/v1/accounts/{account}/rights"}
"""Everybody may ask this about themselves, and only who looks after people about another, as here."""
FEWEST_CELLS = 1_500
CHANNEL_CELLS = 6 * 2 * len(LET_IN)
"""Five channels and a command, of one's own and of another's; nobody, and nobody who is disabled, gets as far as a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    name: str
    token: str | None
    principal: Principal | None
    """None: nobody, whatever the token."""


class Town:
    """An installation with two projects, a run in each, and those who call."""

    def __init__(self, office: Office) -> None:
        self.office = office
        openapi = describe(office.rest)
        self.examples = examples_of(openapi)
        self.by_project = {
            (path, verb.upper())
            for path, item in openapi["paths"].items()
            for verb, operation in item.items()
            if any(parameter["name"] == "project" and parameter["in"] == "query" for parameter in operation.get("parameters", []))
        }
        self.cells = 0

    async def runs(self) -> dict[str, Json]:
        return {project: await self.office.open(project=project) for project in (OWN, FOREIGN)}

    async def settle(self) -> None:
        """Those with accounts."""
        people = People(self.office.store, self.office.tokens)
        for name in ACCOUNTS:
            await people.add(name, is_active=name != DISABLED)
        await people.gather("class-7", GROUPED)
        await people.give("operator", OWN, group="class-7")
        await people.make_role("looker", inherits=("viewer",))
        await people.make_role("canceller", Permission.RUN_CANCEL, Permission.RULE_EDIT, inherits=("looker",))
        await people.give("canceller", OWN, to=HEIR)
        await people.give("admin", to=DISABLED)

    async def caller(self, name: str, own_run: str) -> Caller:
        scopes = {
            "of the project": [f"project:{OWN}:run:*"], "of the run": [f"run:{own_run}:read"], "reporter": [f"run:{own_run}:record"],
            "remote worker": [f"project:{OWN}:worker:serve"],
        }.get(name, [])  # fmt: skip
        if name == "nobody":
            return Caller(name=name, token=None, principal=None)
        tokens = self.office.tokens
        if name in ACCOUNTS:
            token = tokens.issue(name, account=name, lifetime=timedelta(hours=1))
            principal = None if name == DISABLED else await self.office.desk.directory.resolve(tokens.read(token))
            return Caller(name=name, token=token, principal=principal)
        token = tokens.issue(name, role=name if name in ROLES else None, scopes=scopes, lifetime=timedelta(hours=1))
        return Caller(name=name, token=token, principal=tokens.read(token))

    async def call(self, route: APIRoute, caller: Caller, target: str, run: str) -> tuple[int, str]:
        """Status, and the code of the problem, if it is one."""
        self.cells += 1
        body: Any = self.examples.get((route.path, method(route)))
        if isinstance(body, dict) and "project" in body:
            body = {**cast("Json", body), "project": target}
        where = address(route, run).replace("{project}", target).replace("{connection}", "x-1")
        where += f"?project={target}" if (route.path, method(route)) in self.by_project else ""
        where += "?name=a&fence=1" if route.path.endswith("/artifacts") and method(route) == "POST" else ""
        more: Json = {"content": b"x"} if where.endswith("fence=1") else {} if body is None else {"json": body}
        answer = await self.office.ask(method(route), where, token=caller.token, **more)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        code = answer.json()["code"] if is_problem else ""
        # Nothing is shown live here; who would not be let in is told so before.
        assert answer.status_code < 500 or code == "unavailable", (route.path, caller.name, answer.text)
        return answer.status_code, code


def examples_of(openapi: Json) -> dict[tuple[str, str], Any]:
    """The body that the documentation gives as an example, by path and method; with a project, where it may have one."""
    found: dict[tuple[str, str], Any] = {}
    for path, item in openapi["paths"].items():
        for verb, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = content.get("schema", {})
            for option in (schema, *schema.get("anyOf", [])):
                name = str(option.get("$ref", "")).rpartition("/")[2]
                model = openapi["components"]["schemas"].get(name, {})
                if model.get("examples"):
                    found[(path, verb.upper())] = with_projects(model["examples"][0], model, openapi)
    return found


def with_projects(body: Json, model: Json, openapi: Json) -> Json:
    """A batch of starts has a project in each."""
    named = {"project": OWN} if "project" in model.get("properties", {}) else {}
    for field, schema in model.get("properties", {}).items():
        item = openapi["components"]["schemas"].get(str(schema.get("items", {}).get("$ref", "")).rpartition("/")[2])
        if item is not None and "properties" in item and field in body:
            body = {**body, field: [with_projects(each, item, openapi) for each in body[field]]}
    return {**body, **named}


def is_allowed(caller: Caller, permission: Permission, project: str, run: str | None) -> bool:
    return caller.principal is not None and may(caller.principal, permission, project, run)


def declared(route: APIRoute, caller: Caller, project: str, run: str) -> set[str]:
    """The refusals of which one must come; empty: none may."""
    need = needs_of(route)
    if need == ANONYMOUS:
        return set()
    if need == SESSION:
        return {"origin_refused"}  # a token is no cookie, and this is no page of ours
    if caller.principal is None:
        return {"unauthorised"}
    if need == OWNER:
        return {"forbidden"}  # none of these callers has an account
    permission = Permission(need)
    if route.path in OF_ONESELF:
        return set() if may(caller.principal, Permission.USER_ADMIN, None) else {"forbidden"}
    if "{run}" not in route.path:
        # Who holds it somewhere gets in; what they see there is asked below, and by the tests of each route.
        return set() if holds_anywhere(caller.principal, permission) else {"forbidden"}
    if may(caller.principal, permission, project, run):
        return set()
    knows = may(caller.principal, Permission.RUN_READ, project, run) or any(
        scope.startswith(f"run:{run}:") for scope in caller.principal.scopes
    )
    return {"forbidden"} if knows else {"run_not_found"}


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_office(tmp_path) as office:
        town = Town(office)
        await town.settle()
        yield town


@pytest.mark.timeout(180)
async def test_every_route_refuses_as_it_declares(town: Town) -> None:
    wrong: list[str] = []
    for route in routes_of(town.office.rest):
        if route.path in BY_CHANNEL:
            continue
        for name in CALLERS:
            for target in (OWN, FOREIGN):
                runs = await town.runs()
                caller = await town.caller(name, runs[OWN]["run"]["id"])
                run = runs[target]["run"]["id"]
                expected = declared(route, caller, target, run)
                status, code = await town.call(route, caller, target, run)
                is_right = code in expected if expected else code not in REFUSALS or _is_of_another_project(route, caller, target, code)
                if not is_right:
                    wrong.append(f"{method(route)} {route.path} by {name} on {target}: {status} {code}, not {expected or 'let in'}")
    assert not wrong, "\n".join(wrong)
    assert town.cells + CHANNEL_CELLS >= FEWEST_CELLS, town.cells


def _is_of_another_project(route: APIRoute, caller: Caller, target: str, code: str) -> bool:
    """Who holds a permission in one project only is refused where the body names another."""
    is_role = caller.name in ROLES
    return not is_role and (target == FOREIGN or caller.name in {"of the run", "reporter"}) and code == "forbidden"


async def test_lists_hold_what_their_reader_may_see_and_nothing_else(town: Town) -> None:
    runs = {project: opened["run"]["id"] for project, opened in (await town.runs()).items()}
    lists = [
        route for route in routes_of(town.office.rest)
        if method(route) == "GET" and "{" not in route.path and needs_of(route) == Permission.RUN_READ
        and route.path not in BY_CHANNEL
    ]  # fmt: skip
    assert {route.path for route in lists} >= {"/api/v1/runs", "/api/v1/logs", "/api/v1/statistics"}
    for name in CALLERS[1:]:
        caller = await town.caller(name, runs[OWN])
        for route in lists:
            answer = await town.office.ask("GET", route.path.removeprefix("/api/v1"), token=caller.token)
            for project, run in runs.items():
                if not is_allowed(caller, Permission.RUN_READ, project, run):
                    assert run not in answer.text, f"{route.path} shows {name} a run of {project}"


def _verdict(viewer: Viewer, channel: str) -> str:
    for message in viewer.heard:
        if message["type"] == "subscribed" and message["channel"] == channel:
            return "let in"
        if message["type"] == "error":
            return message["code"]
    return ""


def channels_of(caller: Caller, target: str, run: str) -> dict[str, str]:
    """Each channel, with the verdict that its rights declare."""
    read, somewhere = is_allowed(caller, Permission.RUN_READ, target, run), is_allowed(caller, Permission.RUN_READ, target, None)
    monitors = caller.principal is not None and may(caller.principal, Permission.SYSTEM_READ, None)
    return {
        f"run:{run}": "let in" if read else "run_not_found",
        f"runs:{target}": "let in" if somewhere else "forbidden",
        f"project:{target}": "let in" if somewhere else "forbidden",
        f"user:{caller.name if target == OWN else 'somebody else'}": "let in" if target == OWN else "forbidden",
        "system": "let in" if monitors else "forbidden",
    }


async def test_every_channel_and_command_refuses_as_rest_does(town: Town) -> None:
    store = town.office.store
    hub = Hub(store)
    await hub.open()
    access = LiveAccess(store, town.office.tokens)
    gateway = Gateway(
        hub=hub, verify_token=access.verify_token, may_see=access.may_see, may_list=access.may_list, may_monitor=access.may_monitor,
        alive=access.alive, obey=access.obey,
    )  # fmt: skip
    cells = 0
    try:
        for name in LET_IN:
            for target in (OWN, FOREIGN):
                runs = await town.runs()
                caller = await town.caller(name, runs[OWN]["run"]["id"])
                run = runs[target]["run"]["id"]
                for channel, verdict in channels_of(caller, target, run).items():
                    cells += 1
                    viewer = Viewer(gateway, now=time.monotonic)
                    viewer.hello(caller.token or "")
                    await viewer.until("welcome")
                    viewer.say({"type": "subscribe", "id": 1, "channel": channel})
                    await eventually_async(lambda viewer=viewer, channel=channel: _verdict(viewer, channel) != "")
                    assert _verdict(viewer, channel) == verdict, f"{name} on {channel} of {target}"
                    if channel.startswith("run:"):
                        cells += 1
                        await _command(viewer, caller, target, run)
                    viewer.leave()
    finally:
        await hub.close()
    assert cells == CHANNEL_CELLS


async def _command(viewer: Viewer, caller: Caller, target: str, run: str) -> None:
    viewer.say({"type": "command", "id": "c", "channel": f"run:{run}", "do": "cancel"})
    await eventually_async(lambda: any(message.get("id") == "c" for message in viewer.heard))
    (answer,) = [message for message in viewer.heard if message.get("id") == "c"]
    if is_allowed(caller, Permission.RUN_CANCEL, target, run):
        assert answer["type"] == "answer", answer
    elif is_allowed(caller, Permission.RUN_READ, target, run):
        assert answer["code"] == "forbidden"
    else:
        assert answer["code"] == "run_not_found"


def test_each_role_may_all_that_the_one_before_it_may() -> None:
    names = list(ROLES)
    assert names == ["viewer", "operator", "developer", "admin"]
    assert all(ROLES[low] < ROLES[high] for low, high in pairwise(names))


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_only_an_admin_decides_about_others(role: str) -> None:
    of_others = {Permission.CONNECTION_MANAGE, Permission.NOTICE_SEND, Permission.TOKEN_REVOKE, Permission.WORKER_SERVE}
    assert not ROLES[role] & of_others
