"""A token of an account may what the account may now: over every route, and from the next request on."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from starlette.responses import StreamingResponse

from headway.model.permissions import Permission
from headway.store.contract import RunFilter
from headway.store.stretch import Span
from headway.web.desk import Call
from headway.web.following import follow
from headway.web.log_hits import stream_lines
from headway.web.log_query import LogQuery, Order
from headway.web.log_tail import Batch, Tail
from headway.web.matching import Wanted
from headway.web.routes.artifacts import fetch_artifact
from tests.unit.web.office import Office, line, problem
from tests.unit.web.people import People
from tests.unit.web.test_sessions import page, sign_in

START = {"parameters": {"a": 1}}


@pytest.fixture
def people(office: Office) -> People:
    return People(office.store, office.tokens)


async def names_of(office: Office, token: str, **query: Any) -> list[str]:
    answer = await office.ask("GET", "/runs", token=token, params=query)
    assert answer.status_code == 200, answer.text
    return sorted(run["name"] for run in answer.json()["items"])


async def test_a_grant_by_a_group_is_good_in_its_project_and_nowhere_else(office: Office, people: People) -> None:
    anna = await people.add("anna")
    mine, theirs = await office.open(name="mine", project="p"), await office.open(name="theirs", project="q")
    problem(await office.ask("GET", "/runs", token=anna), 403, "forbidden")
    await people.gather("class-7", "anna")
    await people.give("operator", "p", group="class-7")
    assert await names_of(office, anna) == ["mine"]
    assert await names_of(office, anna, project="q") == []
    assert (await office.ask("GET", f"/runs/{mine['run']['id']}", token=anna)).status_code == 200
    problem(await office.ask("GET", f"/runs/{theirs['run']['id']}", token=anna), 404, "run_not_found")
    assert (await office.ask("POST", "/tasks/maths:add/runs", token=anna, json={**START, "project": "p"})).status_code == 201
    problem(await office.ask("POST", "/tasks/maths:add/runs", token=anna, json={**START, "project": "q"}), 403, "forbidden")
    problem(await office.ask("GET", "/revocations", token=anna), 403, "forbidden")


async def test_what_is_taken_away_is_gone_with_the_next_request(office: Office, people: People) -> None:
    anna = await people.add("anna")
    run = (await office.open(project="p"))["run"]["id"]
    grant = await people.give("viewer", "p", to="anna")
    assert (await office.ask("GET", f"/runs/{run}", token=anna)).status_code == 200
    await people.take(grant, "anna")
    problem(await office.ask("GET", f"/runs/{run}", token=anna), 404, "run_not_found")
    problem(await office.ask("GET", "/runs", token=anna), 403, "forbidden")
    await people.give("viewer", "q", to="anna")
    problem(await office.ask("GET", f"/runs/{run}", token=anna), 404, "run_not_found")


async def test_a_role_of_ones_own_holds_what_it_names_and_inherits(office: Office, people: People) -> None:
    anna = await people.add("anna")
    run = (await office.open(project="p"))["run"]["id"]
    await people.make_role("canceller", Permission.RUN_CANCEL, inherits=("viewer",))
    await people.give("canceller", "p", to="anna")
    assert (await office.ask("PUT", f"/runs/{run}/cancellation", token=anna, json={})).status_code == 202
    problem(await office.ask("PATCH", f"/runs/{run}", token=anna, json={"name": "x"}), 403, "forbidden")
    await people.make_role("canceller", inherits=("viewer",))
    run = (await office.open(project="p"))["run"]["id"]
    problem(await office.ask("PUT", f"/runs/{run}/cancellation", token=anna, json={}), 403, "forbidden")


async def test_a_disabled_account_has_no_tokens_any_more(office: Office, people: People) -> None:
    anna = await people.add("anna")
    await people.give("admin", to="anna")
    assert (await office.ask("GET", "/runs", token=anna)).status_code == 200
    ticket = (await office.ask("POST", "/live/tickets", token=anna)).json()["ticket"]
    await people.disable("anna")
    problem(await office.ask("GET", "/runs", token=anna), 401, "unauthorised")
    answer = await office.ask("GET", "/live/sse", token=None, params={"channel": "runs:p", "ticket": ticket})
    problem(answer, 401, "unauthorised")
    problem(await office.ask("GET", "/runs", token=people.token("nobody")), 401, "unauthorised")


async def test_a_link_signs_in_as_the_account_and_its_session_follows_its_rights(office: Office, people: People) -> None:
    anna = await people.add("anna")
    grant = await people.give("viewer", "p", to="anna")
    code = (await office.ask("POST", "/sign-in-links", token=anna, json={})).json()["code"]
    cookie = await sign_in(office, code)
    made = (await page(office, "POST", "/session/tokens", cookie)).json()
    assert made["principal"]["id"] == "anna"
    assert (made["principal"]["role"], made["principal"]["permissions"]) == (None, [])
    assert "run:read" in made["principal"]["permissions_somewhere"]
    assert "run:start" not in made["principal"]["permissions_somewhere"]
    await office.open(name="mine", project="p")
    assert await names_of(office, made["token"]) == ["mine"]
    await people.take(grant, "anna")
    assert (await page(office, "GET", "/session", cookie)).json()["principal"]["permissions_somewhere"] == []
    problem(await office.ask("GET", "/runs", token=made["token"]), 403, "forbidden")
    await people.disable("anna")
    problem(await page(office, "POST", "/session/tokens", cookie), 401, "unauthorised")


async def called(office: Office, token: str) -> Call:
    principal = await office.desk.directory.resolve(office.tokens.read(token))
    return Call(desk=office.desk, principal=principal, permission=Permission.RUN_READ)


async def test_a_followed_log_ends_with_the_right_to_see_it(office: Office, people: People) -> None:
    anna = await people.add("anna")
    opened = await office.open(project="p")
    await office.report(opened, 1, line("one"))
    grant = await people.give("viewer", "p", to="anna")
    heard: list[bytes] = []
    async for batch in follow(await called(office, anna), opened["run"]["id"], 1, is_following=True):
        heard += [each for each in batch if "text" in orjson.loads(each)]
        if len(heard) == 1:
            other = await people.give("viewer", "q", to="anna")  # of no concern to this one
            await office.report(opened, 2, line("two"))
        else:
            await people.take(grant, "anna")
            await office.report(opened, 3, line("secret"))
    assert [orjson.loads(each)["text"] for each in heard] == ["one", "two"]
    assert other


async def test_followers_of_many_runs_come_back_to_be_asked_again(office: Office, people: People) -> None:
    anna = await people.add("anna")
    opened = await office.open(project="p")
    grant = await people.give("viewer", "p", to="anna")
    query = LogQuery(where=RunFilter(projects=frozenset({"p"})), runs=(), wanted=Wanted(), span=Span(), order=Order.NEWEST)
    tail = Tail(await called(office, anna), query, None)
    said: list[Batch] = []
    async for batch in tail:
        said.append(batch)
        if len(said) == 1:
            await office.report(opened, 1, line("one"))
        elif len(said) == 2:
            await people.take(grant, "anna")
            await office.report(opened, 2, line("secret"))
    assert [orjson.loads(stored)["text"] for each in said for _, stored in each.lines] == ["one"]
    assert said[-1].goodbye
    assert said[-1].goodbye["code"] == "other_rights"


async def test_an_export_in_flight_ends_and_says_so(office: Office, people: People) -> None:
    anna = await people.add("anna")
    opened = await office.open(project="p")
    for batch_no in range(1, 4):
        await office.report(opened, batch_no, *[line(f"{batch_no}: {number}") for number in range(500)])
    grant = await people.give("viewer", "p", to="anna")
    query = LogQuery(where=RunFilter(projects=frozenset({"p"})), runs=(), wanted=Wanted(), span=Span(), order=Order.OLDEST)
    written: list[bytes] = []
    async for chunk in stream_lines(await called(office, anna), query, None, None, is_text=False):
        written.append(chunk)
        await people.take(grant, "anna")
    last = orjson.loads(b"".join(written).splitlines()[-1])
    assert (last["kind"], last["reason"]) == ("stopped", "What you may see has changed.")
    assert last["next_cursor"]


async def test_a_download_in_flight_is_cut(office: Office, people: People) -> None:
    anna = await people.add("anna")
    opened = await office.open(project="p")
    run, fence = opened["run"]["id"], opened["fence"]
    kept = await office.ask("POST", f"/runs/{run}/artifacts?name=a&fence={fence}", token=opened["token"], content=b"x" * 900_000)
    grant = await people.give("viewer", "p", to="anna")
    caller = await called(office, anna)
    answer = await fetch_artifact(caller, run, kept.json()["id"])
    assert isinstance(answer, StreamingResponse)
    sizes: list[int] = []
    async for chunk in answer.body_iterator:
        sizes.append(len(chunk))
        await people.take(grant, "anna")
    assert len(sizes) == 1
    assert sum(sizes) < 900_000
