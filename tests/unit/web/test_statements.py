"""How many statements a call of the interface makes: few, and as many for a page of fifty as for a page of one.

Every route has a bound here; a new one fails until it has one. Counted is what SQLite is given.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest_asyncio
import sqlalchemy as sa

from headway.model.ids import new_id
from tests.unit.web.account_calls import (
    ADA,
    SIGN_IN,
    Calls,
    begun,
    device_of,
    identity_of,
    in_account,
    nothing,
    sign_in_of,
    with_factor,
)
from tests.unit.web.filled import MANY, NOTICES, Call, Stage, Tally
from tests.unit.web.office import Office, line, open_office
from tests.unit.web.people import People
from tests.unit.web.test_accounts import GOOD
from tests.unit.web.test_routes import method, routes_of
from tests.unit.web.test_sessions import OWN, link, sign_in

PRESENCE = {"host": "lab", "pid": 1, "version": "1", "started_at": "2026-11-22T09:00:00Z", "slots": 1}
WANTED = {"tasks": ["maths:add"], "limit": 1}
KEY = {"name": "nightly", "scopes": ["run:read"]}
EVENT = orjson.dumps(line("x")).decode()


def calls(make: Callable[[Stage], Any]) -> Calls:
    """Calls that are known when the stage is."""

    async def made(stage: Stage) -> list[Call]:
        found = make(stage)
        return [found] if isinstance(found, Call) else list(found)

    return made


def pages(path: str, items: int = MANY) -> Calls:
    """A list, asked for one and for fifty."""
    mark = "&" if "?" in path else "?"
    return calls(
        lambda stage: [Call(path=f"{path.format(full=stage.of_full())}{mark}limit={size}", items=min(size, items)) for size in (1, MANY)]
    )


def whole(path: str, items: int = 0) -> Calls:
    return calls(lambda stage: Call(path=path.format(full=stage.of_full(), parent=stage.parent, artifact=stage.artifact), items=items))


def of_one(path: str, make: str, body: Any = None) -> Calls:
    """`make`: what of the stage gives the run."""

    async def made(stage: Stage) -> list[Call]:
        return [Call(path=path.format(run=await getattr(stage, make)()), json=body)]

    return made


def many(path: str, make: str) -> Calls:
    """An act for one run, and for ten."""

    async def made(stage: Stage) -> list[Call]:
        return [Call(path=path, json={"runs": [await getattr(stage, make)() for _ in range(size)]}) for size in (1, 10)]

    return made


async def _of_own(stage: Stage, verb: str, body: Any) -> list[Call]:
    """What only the holder of an outside run's own token asks."""
    opened = await stage.office.open()
    return [Call(path=f"/runs/{opened['run']['id']}/{verb}", json=body, token=opened["token"])]


def own(verb: str, body: Any) -> Calls:
    return lambda stage: _of_own(stage, verb, body)


def reported(size: int) -> Any:
    return {"fence": 1, "batch_no": 1, "events": [line(f"{number}") for number in range(size)]}


async def _reports(stage: Stage) -> list[Call]:
    return [call for size in (1, 200) for call in await _of_own(stage, "events", reported(size))]


async def _content(stage: Stage) -> list[Call]:
    opened = await stage.office.open()
    return [Call(path=f"/runs/{opened['run']['id']}/artifacts?name=a&fence=1", content=b"x", token=opened["token"])]


def _preset(body: Any = None) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        preset = await stage.made("/tasks/maths:add/presets", json={"name": new_id(), "parameters": {"a": 1}})
        return [Call(path=f"/tasks/maths:add/presets/{preset['id']}", json=body)]

    return made


def whole_body(path: str, body: Any) -> Calls:
    return calls(lambda stage: Call(path=path.format(full=stage.of_full()), json=body))


def _key(tail: str) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        key = (await stage.office.ask("GET", "/keys?limit=1")).json()["items"][0]
        return [Call(path=f"/keys/{key['id']}{tail}")]

    return made


async def _share_link(stage: Stage) -> list[Call]:
    made = await stage.made(f"{stage.of_full()}/share-links", json={"label": "x"})
    return [Call(path=f"{stage.of_full()}/share-links/{made['id']}")]


async def _share_code(stage: Stage) -> list[Call]:
    made = await stage.made(f"{stage.of_full()}/share-links", json={"label": "x"})
    return [Call(path="/share-tokens", json={"code": made["url"].rpartition("=")[2]}, token=None)]


async def _code(stage: Stage) -> list[Call]:
    return [Call(path="/tokens", json={"code": (await link(stage.office))["code"]}, token=None)]


async def _refresh(stage: Stage) -> list[Call]:
    (call,) = await _code(stage)
    return [
        Call(path="/tokens/refresh", json={"refresh_token": (await stage.made(call.path, json=call.json))["refresh_token"]}, token=None)
    ]


def _approval(verb: str, body: Any = None, *, is_mine: bool = False) -> Calls:
    """About the start of a run that somebody else wants, or oneself."""

    async def made(stage: Stage) -> list[Call]:
        run = await stage.guarded("admin" if is_mine else stage.office.tokens.issue("anna", role="operator", lifetime=timedelta(hours=1)))
        (asked,) = (await stage.office.ask("GET", f"/approvals?run={run}")).json()["items"]
        return [Call(path=f"/approvals/{asked['id']}{verb}", json=body)]

    return made


async def _notice(stage: Stage) -> list[Call]:
    return [Call(path=f"/notices/{(await stage.made('/notices', json={'title': 'x'}))['id']}")]


async def _secret(stage: Stage) -> list[Call]:
    answer = await stage.office.ask("PUT", "/secrets/OLD_KEY", json={"value": "sk-123456"})
    assert answer.status_code == 200, answer.text
    return [Call(path="/secrets/OLD_KEY")]


async def _session(stage: Stage) -> list[Call]:
    return [Call(path="/sessions", json={"code": (await link(stage.office))["code"]}, headers=OWN, token=None)]


def in_session(path: str) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        cookie = await sign_in(stage.office)
        stage.office.client.cookies.clear()
        return [Call(path=path, headers={**OWN, "Cookie": cookie}, token=None)]

    return made


def afar(path: str, body: Any = None, *, content: Any = None) -> Calls:
    """What a remote worker asks that has claimed a run. `body`: of that run, as it was claimed."""

    async def made(stage: Stage) -> list[Call]:
        await stage.queued()
        at = f"/workers/{(await stage.made('/workers', json={'instance': new_id()}))['worker']}"
        wanted = {"tasks": ["maths:add"], "limit": 1}
        answer = await stage.office.ask("POST", f"{at}/turns", json={"queues": ["default"], "wanted": [wanted]})
        (claim,) = answer.json()["claims"]
        held = {"run": claim["run"]["id"], "fence": claim["fence"]}
        return [Call(path=at + path, json=body(held) if body is not None else None, content=content)]

    return made


def _people(path: str, body: Any = None) -> Calls:
    """Two people, of whom one is in a group that was given something, and a role that nobody has."""

    async def made(stage: Stage) -> list[Call]:
        people = People(stage.store, stage.office.tokens)
        standing = await stage.store.read(lambda snapshot: snapshot.accounts.standing(["anna"]))
        for name in () if standing else ("anna", "boris"):
            await people.add(name)
        await people.gather("class-7", "anna")
        await people.make_role("looker", inherits=("viewer",))
        grant = await people.give("viewer", f"p{new_id()}", group="class-7")
        return [Call(path=path.replace("{grant}", grant), json=body)]

    return made


# A bound is what was counted when it was written. What is higher than a handful: an act that deletes a run empties each table that knows it;
# the log of a run is read 16 segments at a time; why a run waits looks for the runs that hold the places; the statistics of a task look
# at the steps of its newest 20 runs, one by one; and the logs of all runs by time ask each run that the window touches where its lines
# are: not quite one statement a run, of which there are 150 here, however long the page is.
CALLS: dict[str, tuple[int, Calls]] = {
    "POST /runs": (5, calls(lambda _: Call(path="/runs", json={"name": "nightly"}))),
    "POST /runs/{run}/events": (7, _reports),
    "PATCH /runs/{run}/progress": (7, own("progress", {"done": 1, "total": 2})),
    "PUT /runs/{run}/outcome": (10, own("outcome", {"fence": 1, "outcome": "succeeded"})),
    "POST /tasks/{task}/runs": (7, calls(lambda _: Call(path="/tasks/maths:add/runs", json={"parameters": {"a": 1}}))),
    "GET /runs": (5, pages("/runs?total=true&fields=id,view,estimate&state=running")),
    "GET /runs/{run}": (3, whole("{full}?fields=id,view,estimate")),
    "PATCH /runs/{run}": (10, of_one("/runs/{run}", "queued", {"name": "other", "tags": ["a", "b"]})),
    "DELETE /runs/{run}": (24, of_one("/runs/{run}", "ended")),
    "PUT /runs/{run}/cancellation": (8, of_one("/runs/{run}/cancellation", "queued", {})),
    "PUT /runs/{run}/pause": (8, of_one("/runs/{run}/pause", "queued", {})),
    "PUT /runs/{run}/resumption": (8, of_one("/runs/{run}/resumption", "paused", {})),
    "POST /runs/{run}/retries": (9, of_one("/runs/{run}/retries", "cancelled")),
    "POST /runs/{run}/stack-dumps": (5, of_one("/runs/{run}/stack-dumps", "claimed")),
    "GET /queues": (4, whole("/queues", MANY)),
    "PATCH /queues/{name}": (9, calls(lambda _: Call(path="/queues/q1", json={"running_limit": 3}))),
    "GET /quotas": (1, whole("/quotas", MANY)),
    "PATCH /quotas/{project}": (8, calls(lambda _: Call(path="/quotas/p1", json={"running_limit": 3}))),
    "GET /runs/{run}/waiting": (12, calls(lambda stage: Call(path=f"/runs/{stage.waiting[0]}/waiting"))),
    "GET /runs/{run}/family": (7, whole("/runs/{parent}/family")),
    "GET /runs/{run}/family/children": (
        2,
        calls(lambda stage: [Call(path=f"/runs/{stage.parent}/family/children?count={n}", items=n) for n in (1, MANY)]),
    ),
    "GET /waiting": (
        12,
        calls(lambda stage: [Call(path=f"/waiting?{'&'.join(f'run={run}' for run in stage.waiting[:n])}", items=n) for n in (1, MANY)]),
    ),
    "GET /runs/{run}/events": (4, pages("{full}/events?total=true")),
    "GET /runs/{run}/entries": (4, pages("{full}/entries?total=true&levels=info", 1)),
    "GET /runs/{run}/points": (6, pages("{full}/points?name=loss")),
    "GET /runs/{run}/hits": (4, pages("{full}/hits?q=sheet")),
    "GET /runs/{run}/series": (4, whole("{full}/series", 1)),
    "GET /runs/{run}/log": (11, whole("{full}/log")),
    "DELETE /runs/{run}/log": (10, of_one("/runs/{run}/log", "ended")),
    "GET /logs": (150, pages("/logs?order=newest")),
    "GET /logs/counts": (4, whole("/logs/counts")),
    "GET /runs/{run}/view": (1, whole("{full}/view")),
    "GET /runs/{run}/result": (2, of_one("/runs/{run}/result", "ended")),
    "GET /runs/{run}/attempts": (2, pages("{full}/attempts", 1)),
    "GET /runs/{run}/steps": (2, pages("{full}/steps")),
    "GET /runs/{run}/artifacts": (2, pages("{full}/artifacts")),
    "GET /runs/{run}/artifacts/{artifact}": (2, whole("{full}/artifacts/{artifact}")),
    "GET /runs/{run}/artifacts/{artifact}/content": (2, whole("{full}/artifacts/{artifact}/content")),
    "POST /runs/{run}/artifacts": (6, _content),
    "GET /live/connections": (0, whole("/live/connections")),
    "POST /live/connections/sweeps": (0, calls(lambda _: Call(path="/live/connections/sweeps", json={}))),
    "GET /tasks": (1, pages("/tasks", 2)),
    "GET /tasks/{task}": (1, whole("/tasks/maths:add")),
    "GET /tasks/{task}/presets": (2, pages("/tasks/maths:add/presets")),
    "POST /tasks/{task}/presets": (
        4,
        calls(lambda _: Call(path="/tasks/maths:add/presets", json={"name": "usual", "parameters": {"a": 1}})),
    ),
    "PATCH /tasks/{task}/presets/{preset}": (3, _preset({"parameters": {"a": 2}})),
    "DELETE /tasks/{task}/presets/{preset}": (2, _preset()),
    "POST /tasks/{task}/validations": (1, calls(lambda _: Call(path="/tasks/maths:add/validations", json={"parameters": {"a": 1}}))),
    "GET /tasks/{task}/statistics": (22, whole("/tasks/maths:add/statistics")),
    "GET /statistics": (2, whole("/statistics?by=task")),
    "GET /runs/{run}/estimate": (4, calls(lambda stage: Call(path=f"/runs/{stage.running[0]}/estimate"))),
    "GET /estimates": (
        4,
        calls(lambda stage: [Call(path=f"/estimates?{'&'.join(f'run={run}' for run in stage.running[:n])}", items=n) for n in (1, MANY)]),
    ),
    "GET /tasks/{task}/expectation": (2, whole("/tasks/maths:add/expectation")),
    "POST /sign-in-links": (5, calls(lambda _: Call(path="/sign-in-links", json={}))),
    "POST /sessions": (7, _session),
    "POST /session/tokens": (1, in_session("/session/tokens")),
    "GET /session": (1, in_session("/session")),
    "DELETE /session": (5, in_session("/session")),
    "POST /sessions/by-password": (13, calls(lambda _: Call(path="/sessions/by-password", json=SIGN_IN, headers=OWN, token=None))),
    "POST /sessions/by-code": (12, with_factor("/sessions/by-code", lambda phone, v: {"voucher": v, "code": phone.code(steps=1)})),
    "POST /account/second-factor": (4, begun),
    "PUT /account/second-factor": (18, with_factor("/account/second-factor", lambda phone, _: {"code": phone.code()}, is_set=False)),
    "DELETE /account/second-factor": (9, with_factor("/account/second-factor", nothing)),
    "POST /account/recovery-codes": (8, with_factor("/account/recovery-codes", nothing)),
    "POST /account/proof": (12, with_factor("/account/proof", lambda phone, _: {"password": GOOD, "code": phone.code(steps=1)})),
    "DELETE /accounts/{account}/second-factor": (13, with_factor(f"/accounts/{ADA}/second-factor", nothing, is_own=False)),
    "GET /sign-in-ways": (1, whole("/sign-in-ways")),
    "GET /accounts": (3, pages("/accounts", MANY)),
    "POST /accounts": (17, calls(lambda _: Call(path="/accounts", json={"name": "eve", "role": "viewer", "project": "p"}))),
    "GET /accounts/{account}": (3, whole(f"/accounts/{ADA}")),
    "PATCH /accounts/{account}": (11, calls(lambda _: Call(path=f"/accounts/{ADA}", json={"is_active": True, "display_name": "A."}))),
    "POST /accounts/{account}/password-links": (5, calls(lambda _: Call(path=f"/accounts/{ADA}/password-links"))),
    "GET /accounts/{account}/sign-ins": (2, whole(f"/accounts/{ADA}/sign-ins")),
    "DELETE /accounts/{account}/sign-ins/{session}": (5, sign_in_of(f"/accounts/{ADA}/sign-ins", is_own=False)),
    "GET /account": (3, in_account("/account")),
    "PATCH /account": (4, in_account("/account", {"theme": "dark"})),
    "GET /account/sign-ins": (1, in_account("/account/sign-ins")),
    "DELETE /account/sign-ins/{session}": (5, sign_in_of("/account/sign-ins", is_own=True)),
    "GET /account/devices": (1, in_account("/account/devices")),
    "DELETE /account/devices/{device}": (6, device_of("/account/devices")),
    "DELETE /accounts/{account}/identities/{identity}": (23, identity_of(f"/accounts/{ADA}/identities", is_own=False)),
    "DELETE /account/identities/{identity}": (10, identity_of("/account/identities", is_own=True)),
    "POST /account/password": (19, in_account("/account/password", {"old": GOOD, "new": "nine herons on one leg"})),
    "GET /revocations": (1, pages("/revocations")),
    "GET /keys": (1, pages("/keys")),
    "POST /keys": (4, calls(lambda _: Call(path="/keys", json=KEY))),
    "POST /keys/{key}/rotation": (3, _key("/rotation")),
    "DELETE /keys/{key}": (5, _key("")),
    "GET /runs/{run}/share-links": (2, whole("{full}/share-links", 9)),
    "POST /runs/{run}/share-links": (5, whole_body("{full}/share-links", {"label": "x"})),
    "DELETE /runs/{run}/share-links/{link}": (6, _share_link),
    "POST /share-tokens": (2, _share_code),
    "POST /tokens": (5, _code),
    "POST /tokens/refresh": (2, _refresh),
    "GET /signing-keys": (1, whole("/signing-keys")),
    "POST /signing-keys": (4, calls(lambda _: Call(path="/signing-keys", json={}))),
    "POST /revocations": (4, calls(lambda _: Call(path="/revocations", json={"id": new_id()}))),
    "GET /approvals": (3, pages("/approvals?total=true&state=pending")),
    "GET /approvals/{approval}": (2, _approval("")),
    "POST /approvals/{approval}/approve": (16, _approval("/approve")),
    "POST /approvals/{approval}/refuse": (16, _approval("/refuse", {"reason": "no"})),
    "DELETE /approvals/{approval}": (15, _approval("", is_mine=True)),
    "GET /protections": (1, whole("/protections", 1)),
    "GET /projects/{project}/protection": (1, whole("/projects/guarded/protection")),
    "PUT /projects/{project}/protection": (3, calls(lambda _: Call(path="/projects/guarded/protection", json={"run_start": 1}))),
    "POST /live/tickets": (0, calls(lambda _: Call(path="/live/tickets"))),
    "GET /notices": (1, whole("/notices", NOTICES)),
    "POST /notices": (4, calls(lambda _: Call(path="/notices", json={"title": "x"}))),
    "DELETE /notices/{notice}": (4, _notice),
    "GET /secrets": (1, whole("/secrets")),
    "PUT /secrets/{secret}": (4, calls(lambda _: Call(path="/secrets/NEW_KEY", json={"value": "sk-123456"}))),
    "DELETE /secrets/{secret}": (3, _secret),
    "POST /secrets/rotations": (3, calls(lambda _: Call(path="/secrets/rotations", json={}))),
    "GET /audit": (1, pages("/audit")),
    "GET /audit/export": (2, calls(lambda _: Call(path="/audit/export?format=csv&by=nobody"))),
    "GET /audit/verify": (4, whole("/audit/verify")),
    "GET /monitor/system": (9, whole("/monitor/system")),
    "GET /monitor/tasks": (4, whole("/monitor/tasks")),
    "GET /monitor/apis": (1, whole("/monitor/apis")),
    "GET /monitor/database": (2, whole("/monitor/database")),
    "GET /database/statements": (1, whole("/database/statements")),
    "GET /metrics": (0, whole("/metrics")),
    "GET /metrics/workers": (2, whole("/metrics/workers")),
    "GET /monitor/gateway": (3, whole("/monitor/gateway")),
    "GET /runs/{run}/samples": (3, whole("{full}/samples")),
    "GET /health/live": (0, whole("/health/live")),
    "GET /health/ready": (1, whole("/health/ready")),
    "GET /workers": (3, whole("/workers", MANY)),
    "GET /workers/{worker}": (4, whole("/workers/w1")),
    "POST /workers/{worker}/drain": (5, calls(lambda _: Call(path="/workers/w1/drain"))),
    "POST /workers/{worker}/restart": (5, calls(lambda _: Call(path="/workers/w2/restart"))),
    "POST /workers": (0, calls(lambda _: Call(path="/workers", json={"instance": new_id()}))),
    "PUT /workers/{worker}/presence": (6, afar("/presence", lambda held: {**PRESENCE, "held": {held["run"]: held["fence"]}})),
    "DELETE /workers/{worker}/presence": (2, afar("/presence")),
    "PUT /workers/{worker}/catalogue": (4, afar("/catalogue", lambda _: {"tasks": [{"name": "new"}]})),
    "POST /workers/{worker}/turns": (
        22,
        afar("/turns", lambda held: {"queues": ["default"], "ends": [{**held, "outcome": "succeeded"}], "wanted": [WANTED]}),
    ),
    "POST /workers/{worker}/parcels": (9, afar("/parcels", lambda held: {"parcels": [{**held, "batch_no": 1, "events": [EVENT]}]})),
    "POST /workers/{worker}/kin": (6, afar("/kin", lambda held: {"awaited": [held["run"]], "parents": [held["run"]]})),
    "POST /workers/{worker}/files": (0, afar("/files", content=b"x")),
    "GET /workers/{worker}/news": (0, afar("/news?queue=default")),
    "GET /groups": (2, _people("/groups")),
    "POST /groups": (11, _people("/groups", {"name": "new", "members": ["anna", "boris"]})),
    "GET /groups/{group}": (2, _people("/groups/class-7")),
    "PATCH /groups/{group}": (16, _people("/groups/class-7", {"add": ["boris"], "remove": ["anna"]})),
    "DELETE /groups/{group}": (16, _people("/groups/class-7")),
    "GET /permissions": (0, whole("/permissions")),
    "GET /roles": (1, whole("/roles")),
    "GET /roles/{role}": (0, whole("/roles/viewer")),
    "PUT /roles/{role}": (10, calls(lambda _: Call(path="/roles/new", json={"inherits": ["viewer"]}))),
    "DELETE /roles/{role}": (10, _people("/roles/looker")),
    "GET /grants": (1, pages("/grants", 0)),
    "POST /grants": (10, _people("/grants", {"account": "boris", "role": "viewer"})),
    "DELETE /grants/{grant}": (10, _people("/grants/{grant}")),
    "GET /accounts/{account}/rights": (5, _people("/accounts/anna/rights")),
    "GET /openapi.json": (0, whole("/openapi.json")),
}

# Statements for one run, and for each further one.
FOR_MANY: dict[str, tuple[tuple[int, int], Calls]] = {
    "POST /tasks/{task}/run-batches": (
        (7, 0),
        calls(lambda _: [Call(path="/tasks/maths:add/run-batches", json={"items": [{"parameters": {"a": 1}}] * n}) for n in (1, 10)]),
    ),
    "POST /runs/cancellations": ((9, 1), many("/runs/cancellations", "queued")),
    "POST /runs/pauses": ((7, 1), many("/runs/pauses", "queued")),
    "POST /runs/resumptions": ((7, 1), many("/runs/resumptions", "paused")),
    "POST /runs/retries": ((12, 9), many("/runs/retries", "cancelled")),
    "POST /runs/deletions": ((26, 22), many("/runs/deletions", "ended")),
}


WITHOUT: dict[str, str] = {
    "GET /live/sse": "a stream without an end: what viewers cost is measured where they are told (tests/unit/live)",
    "POST /live/poll": "the same, in pieces",
    "GET /oidc/start": "asks the provider, and no store",
    "GET /oidc/callback": "the end of a conversation with a provider (tests/unit/web/test_oidc.py)",
    "POST /account/identities": "the beginning of one, after one look at the session",
    "DELETE /live/connections/{connection}": "knows the gateway, and the store only for a row of the audit log",
    "GET /api/docs": "a file",
    "GET /api/docs/{name}": "a file",
}
"""Routes that are not counted, and why."""


@pytest_asyncio.fixture
async def counted(tmp_path: Path) -> AsyncIterator[tuple[Stage, Tally]]:
    tally = Tally()
    sa.event.listen(sa.Engine, "connect", tally.watch)
    try:
        async with open_office(tmp_path / "artifacts") as office:
            stage = Stage(office)
            await stage.fill()
            yield stage, tally
    finally:
        sa.event.remove(sa.Engine, "connect", tally.watch)


async def test_every_route_has_a_bound(office: Office) -> None:
    there = {f"{method(route)} {route.path.removeprefix('/api/v1')}" for route in routes_of(office.rest)}
    assert there == set(CALLS) | set(FOR_MANY) | set(WITHOUT)


async def statements(stage: Stage, tally: Tally, verb: str, call: Call) -> list[str]:
    more = {name: value for name, value in (("json", call.json), ("content", call.content)) if value is not None}
    tally.take()
    answer = await stage.office.ask(verb, call.path, token=call.token, headers=call.headers, **more)
    assert answer.status_code < 300, (verb, call.path, answer.text)
    if call.items:
        assert len(answer.json()["items"]) >= call.items, (verb, call.path)
    return tally.take()


async def test_no_call_makes_more_statements_than_it_may(counted: tuple[Stage, Tally]) -> None:
    over: dict[str, Any] = {}
    for name, (bound, make) in CALLS.items():
        for call in await make(counted[0]):
            said = await statements(*counted, name.split()[0], call)
            if len(said) > bound:
                over[f"{name} {call.path}"] = (len(said), bound)
    assert not over, "statements that these calls made, and the bound of each"


async def test_an_act_for_many_makes_a_bounded_number_for_each(counted: tuple[Stage, Tally]) -> None:
    over: dict[str, Any] = {}
    for name, ((bound, each), make) in FOR_MANY.items():
        one, ten = [len(await statements(*counted, name.split()[0], call)) for call in await make(counted[0])]
        if one > bound or ten > bound + 9 * each:
            over[name] = (one, (ten - one) / 9)
    assert not over, "statements for one run, and for each further one"


async def test_the_count_notices_a_statement_more(counted: tuple[Stage, Tally]) -> None:
    stage, tally = counted  # of reading one by one what could be read at once, above all
    tally.take()
    await stage.store.read(lambda snapshot: [snapshot.runs.get(run) for run in stage.running])
    assert len(tally.take()) == MANY
    await stage.store.read(lambda snapshot: snapshot.runs.get_many(stage.running))
    assert len(tally.take()) == 1
