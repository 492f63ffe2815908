"""Share links over the routes: one run, read only, until it ends or is taken back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute

from headway.acts.claim import claim
from headway.model.clock import parse_iso
from headway.model.permissions import Permission
from headway.model.run import Options, Task
from headway.store.places import Worker
from headway.web.auth import ANONYMOUS, SESSION
from headway.web.patience import Patience
from tests.contract.material import a_run, insert, link_of
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.test_routes import address, method, needs_of, routes_of


async def share(office: Office, run: str, token: str | None = "admin", **more: object) -> Json:
    answer = await office.ask("POST", f"/runs/{run}/share-links", token=token, json={"label": "parents of 7b", **more})
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "code": urlsplit(answer.json()["url"]).fragment.removeprefix("code=")}


async def follow(office: Office, link: Json, **more: object) -> str:
    answer = await office.ask("POST", "/share-tokens", token=None, json={"code": link["code"], **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


async def test_from_link_to_token_to_run(office: Office) -> None:
    run = (await office.start())["id"]
    link = await share(office, run)
    assert link["url"].startswith("http://headway.test/share#code=")
    answer = (await office.ask("POST", "/share-tokens", token=None, json={"code": link["code"]})).json()
    assert (answer["run"], answer["expires_in"], answer["link_expires_at"]) == (run, 600, link["expires_at"])
    assert (await office.ask("GET", f"/runs/{run}", token=answer["token"])).json()["id"] == run
    assert (await office.ask("GET", f"/runs/{run}/view", token=answer["token"])).status_code == 200


async def test_its_token_opens_nothing_but_reading_this_run(office: Office) -> None:
    """Every route there is, on this run and on another: what does not read runs is refused, what does shows this one alone."""
    mine, other = (await office.open())["run"]["id"], (await office.open())["run"]["id"]
    token = await follow(office, await share(office, mine))
    for route in routes_of(office.rest):
        need = needs_of(route)
        if need in {ANONYMOUS, SESSION} or route.path.startswith("/api/v1/live/"):
            continue
        for run in (mine, other):
            await _expect(office, route, token, run, is_readable=need == Permission.RUN_READ and run == mine)


async def _expect(office: Office, route: APIRoute, token: str, run: str, *, is_readable: bool) -> None:
    answer = await office.ask(method(route), address(route, run), token=token)
    if "{run}" in route.path:
        assert (answer.status_code in {200, 404}) if is_readable else answer.status_code in {403, 404}, (route.path, answer.text)
        if is_readable and answer.status_code == 404:
            assert answer.json()["code"] in {"artifact_not_found", "result_not_found"}, route.path
    elif needs_of(route) == Permission.RUN_READ:
        is_nowhere = answer.status_code == 404 and answer.json()["code"] == "approval_not_found"
        assert is_nowhere or answer.status_code in {200, 403, 422}, (route.path, answer.text)
    else:
        assert answer.status_code == 403, (route.path, answer.text)


async def test_it_is_no_way_to_the_family(office: Office) -> None:
    parent, stranger = a_run(), a_run()
    child = a_run(parent=parent.id, name="secret child")
    await insert(office.store, parent, child, stranger)
    token = await follow(office, await share(office, parent.id))
    for path in ("", "/view", "/events", "/family", "/family/children", "/waiting"):
        answer = await office.ask("GET", f"/runs/{parent.id}{path}", token=token)
        assert child.id not in answer.text, path
        assert "secret child" not in answer.text, path
        problem(await office.ask("GET", f"/runs/{child.id}{path}", token=token), 404, "run_not_found")
    for path in ("/runs", f"/runs?parent={parent.id}", "/logs", "/statistics", f"/runs?run={child.id}"):
        answer = await office.ask("GET", path, token=token)
        assert child.id not in answer.text, path
        assert stranger.id not in answer.text, path
    upward = await follow(office, await share(office, child.id))
    assert (await office.ask("GET", f"/runs/{child.id}", token=upward)).status_code == 200
    problem(await office.ask("GET", f"/runs/{parent.id}", token=upward), 404, "run_not_found")


async def test_a_link_that_was_taken_back_opens_nothing_and_its_tokens_end(office: Office) -> None:
    run = (await office.start())["id"]
    link, other = await share(office, run), await share(office, run)
    token, still = await follow(office, link), await follow(office, other)
    for _ in range(2):
        assert (await office.ask("DELETE", f"/runs/{run}/share-links/{link['id']}")).status_code == 204
    refused = problem(await office.ask("POST", "/share-tokens", token=None, json={"code": link["code"]}), 401, "share_link_ended")
    assert "Ask whoever" in refused["detail"]
    office.tokens.revoke(link["id"])  # what the news do in a server
    problem(await office.ask("GET", f"/runs/{run}", token=token), 401, "unauthorised")
    assert (await office.ask("GET", f"/runs/{run}", token=still)).status_code == 200
    assert [each["id"] for each in (await office.ask("GET", "/revocations")).json()["items"]] == [link["id"]]


async def test_links_are_listed_and_visits_counted(office: Office) -> None:
    run = (await office.start())["id"]
    first, second = await share(office, run, label="one"), await share(office, run, label="two", days=90)
    await follow(office, first)
    await follow(office, first, is_renewal=True)
    await follow(office, first)
    answer = await office.ask("GET", f"/runs/{run}/share-links")
    listed = answer.json()["items"]
    assert [(each["id"], each["label"], each["opened_count"]) for each in listed] == [(second["id"], "two", 0), (first["id"], "one", 2)]
    assert parse_iso(listed[1]["opened_at"]) - parse_iso(listed[1]["created_at"]) < timedelta(minutes=1)
    assert parse_iso(first["expires_at"]) <= office.tokens.clock.now() + timedelta(days=7)
    for link in (first, second):
        assert link["code"] not in answer.text


async def test_a_link_ends_with_the_token_that_made_it(office: Office) -> None:
    run = (await office.start())["id"]
    token = office.tokens.issue("li", role="operator", lifetime=timedelta(hours=1))
    assert parse_iso((await share(office, run, token))["expires_at"]) == office.tokens.read(token).expires_at


async def test_who_may_share(office: Office) -> None:
    run = (await office.start())["id"]
    for token, status, code in [
        (office.token(role="viewer"), 403, "forbidden"),
        (office.token(f"run:{run}:read"), 403, "forbidden"),
        (office.token(), 404, "run_not_found"),
        (office.token("project:history:run:*"), 404, "run_not_found"),
    ]:
        problem(await office.ask("POST", f"/runs/{run}/share-links", token=token, json={"label": "x"}), status, code)
    link = await share(office, run, office.token("project:default:run:*"))
    problem(await office.ask("DELETE", f"/runs/{run}/share-links/{link['id']}", token=office.token(role="viewer")), 403, "forbidden")
    other = (await office.start())["id"]
    problem(await office.ask("DELETE", f"/runs/{other}/share-links/{link['id']}"), 404, "share_link_not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""}, {"label": "x" * 201}, {"label": "a\nb"}, {"label": None}, {"days": 0}, {"days": 91}, {"days": "7"}, {"scope": "run:*"}, {"run": "x"},
        {"expires_at": "2099-01-01T00:00:00Z"},
    ],
    ids=str,
)  # fmt: skip
async def test_wishes_that_are_refused(office: Office, wrong: Json) -> None:
    run = (await office.start())["id"]
    problem(await office.ask("POST", f"/runs/{run}/share-links", json={"label": "x", **wrong}), 422, "invalid")


@pytest.mark.parametrize("code", ["x", "a" * 43, "' OR 1=1 --", "../../etc/passwd", "\u4f60\u597d", "a" * 128])
async def test_what_is_no_code(office: Office, code: str) -> None:
    problem(await office.ask("POST", "/share-tokens", token=None, json={"code": code}), 401, "share_link_ended")


async def test_whoever_guesses_codes_must_wait(office: Office) -> None:
    office.desk.patience = Patience(burst=5)
    codes = [(await office.ask("POST", "/share-tokens", token=None, json={"code": f"{number}"})).status_code for number in range(20)]
    assert codes[:5] == [401] * 5
    assert set(codes[5:]) <= {401, 429}, "now and then one, for the bucket fills meanwhile"
    assert codes.count(429) > 5


async def test_codes_are_kept_as_seals(office: Office) -> None:
    link = await share(office, (await office.start())["id"])
    stored = await office.store.write(lambda tx: "\n".join(link_of(tx).driver.iterdump()))
    assert link["id"].replace("-", "") in stored
    assert link["code"] not in stored


async def test_there_are_fifty_links_of_a_run(office: Office) -> None:
    run = (await office.start())["id"]
    for _ in range(50):
        await share(office, run)
    assert problem(await office.ask("POST", f"/runs/{run}/share-links", json={"label": "x"}), 409, "too_many_share_links")["limit"] == 50


async def test_who_reads_by_a_link_learns_no_secret_of_the_parameters(office: Office) -> None:
    schema = {
        "type": "object",
        "properties": {
            "host": {"type": "string"},
            "password": {"type": "string", "format": "password"},
            "pin": {"type": "integer", "writeOnly": True},
        },
    }
    await office.store.write(lambda tx: tx.tasks.put([Task(name="copy", parameter_schema=schema)]))
    wish = {"parameters": {"host": "lab", "password": "hunter2-tulip", "pin": 48151623}}
    run = (await office.ask("POST", "/tasks/copy/runs", json=wish)).json()["id"]
    token = await follow(office, await share(office, run))
    for path in ("", "?fields=parameters", "/view", "/events", "/family", "/waiting", "/attempts", "/steps"):
        answer = await office.ask("GET", f"/runs/{run}{path}", token=token)
        assert answer.status_code == 200, path
        assert not {"hunter2-tulip", "48151623"} & set(answer.text.replace('"', " ").replace("}", " ").replace(":", " ").split()), path
        if "parameters" in answer.json():
            assert answer.json()["parameters"] == {"host": "lab", "password": "***", "pin": "***"}
    own = {"host": "lab", "password": "hunter2-tulip", "pin": 48151623}
    for mine in ("admin", office.token(role="viewer"), office.token("project:default:run:read")):
        assert (await office.ask("GET", f"/runs/{run}", token=mine)).json()["parameters"] == own


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"concurrency_key": "login-{password}", "concurrency_limit": 1}, "concurrency_key"),
        ({"rate_limit_key": "login-{password}", "rate_limit_count": 1, "rate_limit_seconds": 3600.0}, "rate_limit"),
    ],
)
async def test_nor_by_the_key_of_a_limit_that_is_made_of_one(office: Office, options: Json, cause: str) -> None:
    schema = {"type": "object", "properties": {"password": {"type": "string", "format": "password"}}}
    task = Task(name="copy", parameter_schema=schema, options=Options(**options))
    await office.store.write(lambda tx: tx.tasks.put([task]))
    await office.store.write(
        lambda tx: tx.workers.beat(
            Worker(
                id="w",
                host="h",
                pid=1,
                version="0",
                started_at=tx.now,
                heartbeat_at=tx.now,
                slots=4,
                queues=("default",),
                tasks=frozenset({"copy"}),
            )
        )
    )
    first, run = [
        (await office.ask("POST", "/tasks/copy/runs", json={"parameters": {"password": "hunter2-tulip"}})).json()["id"] for _ in "12"
    ]
    await office.store.write(lambda tx: claim(tx, worker="w", queues=["default"], limit=2))
    assert (await office.ask("GET", f"/runs/{first}")).json()["state"] == "running"
    token = await follow(office, await share(office, run))
    for path in (f"/runs/{run}", f"/runs/{run}?fields=options,blocked_on", f"/runs/{run}/waiting", f"/waiting?run={run}"):
        mine, theirs = await office.ask("GET", path), await office.ask("GET", path, token=token)
        assert (mine.status_code, theirs.status_code) == (200, 200), theirs.text
        assert "login-hunter2-tulip" in mine.text, path
        assert "hunter2" not in theirs.text, path
    waiting = (await office.ask("GET", f"/runs/{run}/waiting", token=token)).json()
    assert (waiting["cause"], waiting["key"]) == (cause, "***")
    assert "***" in waiting["detail"]
