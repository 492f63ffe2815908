"""Starting, finding, changing and ending runs over REST."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from tests.unit.web.office import Json, Office, problem


async def test_a_started_run_is_found_by_its_address(office: Office) -> None:
    answer = await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": 1}, "name": "one", "tags": ["x"], "priority": 3})
    assert answer.status_code == 201
    run = answer.json()
    found = (
        await office.client.get(f"http://headway.test{answer.headers['location']}", headers={"Authorization": f"Bearer {office.admin}"})
    ).json()
    assert {key: found[key] for key in run} == run
    assert found["state"] == "queued"
    assert found["view"]["state"] == "queued"
    assert found["attempts"] == []
    assert found["steps"] == []
    assert found["created_at"].endswith("Z")
    assert len(found["created_at"]) == 24


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"parameters": {"a": "one"}}, 422, "invalid_parameters", "a"),
        ({"parameters": {}}, 422, "invalid_parameters", None),
        ({"parameters": {"a": 1, "c": 2}}, 422, "invalid_parameters", None),
        ({"parameters": [1]}, 422, "invalid", "parameters"),
        ({"parameters": {"a": 1}, "priority": 2**63}, 422, "invalid", "priority"),
        ({"parameters": {"a": 1}, "priority": "3"}, 422, "invalid", "priority"),
        ({"parameters": {"a": 1}, "priority": True}, 422, "invalid", "priority"),
        ({"parameters": {"a": 1}, "owner_id": "me"}, 422, "invalid", "owner_id"),
        ({"parameters": {"a": 1}, "state": "succeeded"}, 422, "invalid", "state"),
        ({"parameters": {"a": 1}, "run_after": 1}, 422, "invalid", "run_after"),
        ({"parameters": {"a": 1}, "run_after": "0001-01-01T00:00:00Z"}, 422, "invalid", "run_after"),
        ({"parameters": {"a": 1}, "run_after": "9999-12-31T23:59:59Z"}, 422, "invalid", "run_after"),
        ({"parameters": {"a": 1}, "tags": ["x"] * 21}, 422, "invalid", "tags"),
        ({"parameters": {"a": 1}, "name": ""}, 422, "invalid", "name"),
        ({"parameters": {"a": 1}, "name": "a\0b"}, 422, "invalid", None),
        ({"parameters": {"a": 1}, "parent": "../x"}, 422, "invalid", "parent"),
        ({"parameters": {"a": 1}, "project": "a:*"}, 422, "invalid", "project"),
        ("text", 422, "invalid", "body"),
        (None, 422, "invalid", "body"),
    ],
)
async def test_a_start_that_does_not_fit_names_the_field(office: Office, body: object, status: int, code: str, field: str | None) -> None:
    said = problem(await office.ask("POST", "/tasks/maths:add/runs", json=body), status, code)
    if field is not None:
        assert said["field"] == field


async def test_unknown_and_broken_tasks(office: Office) -> None:
    problem(await office.ask("POST", "/tasks/os.system/runs", json={}), 404, "task_not_found")
    problem(await office.ask("GET", "/tasks/builtins.eval"), 404, "task_not_found")
    problem(await office.ask("POST", "/tasks/broken:task/runs", json={}), 409, "task_unusable")
    shown = (await office.ask("GET", "/tasks/broken:task")).json()
    assert "no module" in shown["import_error"]


async def test_the_same_idempotency_key_gives_the_same_run(office: Office) -> None:
    async def start(a: int) -> tuple[int, str]:
        answer = await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": a}}, headers={"Idempotency-Key": "k1"})
        return answer.status_code, answer.json().get("id", answer.json().get("code"))

    answers = set(await asyncio.gather(*[start(1) for _ in range(100)]))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert await start(2) == (409, "duplicate_run")
    assert (await office.ask("GET", "/runs?total=true")).json()["total"] == 1


async def test_a_refused_start_harms_none_of_those_beside_it(office: Office) -> None:
    bodies = [{"parameters": {"a": number if number % 5 else "no"}} for number in range(1, 41)]
    answers = await asyncio.gather(*[office.ask("POST", "/tasks/maths:add/runs", json=body) for body in bodies])
    assert [answer.status_code for answer in answers] == [201 if number % 5 else 422 for number in range(1, 41)]
    assert (await office.ask("GET", "/runs?total=true")).json()["total"] == 32


async def test_many_are_started_together_or_not_at_all(office: Office) -> None:
    items = [{"parameters": {"a": number}} for number in range(50)]
    answer = await office.ask("POST", "/tasks/maths:add/run-batches", json={"items": items})
    assert answer.status_code == 201
    assert [run["parameters"]["a"] for run in answer.json()["items"]] == list(range(50))
    said = problem(
        await office.ask("POST", "/tasks/maths:add/run-batches", json={"items": [*items, {"parameters": {}}]}), 422, "invalid_parameters"
    )
    assert said["index"] == 50
    problem(await office.ask("POST", "/tasks/maths:add/run-batches", json={"items": items * 20 + items[:1]}), 422, "invalid")
    problem(await office.ask("POST", "/tasks/maths:add/run-batches", json={"items": []}), 422, "invalid")
    assert (await office.ask("GET", "/runs?total=true")).json()["total"] == 50
    assert len((await office.ask("POST", "/tasks/maths:add/run-batches", json={"items": items * 20})).json()["items"]) == 1_000


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "name", "-name", "started_at", "-finished_at"])
async def test_pages_hold_each_run_once(office: Office, sort: str) -> None:
    started = {(await office.start(name=f"run {number % 3}"))["id"] for number in range(11)}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (
            await office.ask(
                "GET", "/runs", params={"sort": sort, "limit": 3, "fields": "id,name", **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        assert set(page) == {"items", "next_cursor", "total"}
        assert all(set(item) == {"id", "name"} for item in page["items"])
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 11
    assert set(seen) == started


async def test_pages_go_on_where_they_were_while_new_runs_arrive(office: Office) -> None:
    started = [(await office.start(name=f"run {number}"))["id"] for number in range(9)]
    seen: list[str] = []
    cursor: str | None = None
    for number in range(3):
        page = (await office.ask("GET", "/runs", params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        await office.start(name=f"new {number}")
    assert seen == started[::-1]


async def test_fields_are_those_asked_for_and_the_view_only_when_it_is(office: Office) -> None:
    run = await office.start()
    opened = await office.open()
    await office.report(opened, 1, {"kind": "progress.reported", "at": "2026-11-22T09:30:00.125Z", "done": 3, "total": 4})
    page = (await office.ask("GET", "/runs?fields=id,view&sort=created_at")).json()
    assert [set(item) for item in page["items"]] == [{"id", "view"}] * 2
    assert page["items"][0]["view"]["state"] == "queued"
    assert page["items"][1]["view"] == (await office.ask("GET", f"/runs/{opened['run']['id']}/view")).json()
    assert page["items"][1]["view"]["progress"]["done"] == 3
    assert "view" not in (await office.ask("GET", "/runs")).json()["items"][0]
    assert (await office.ask("GET", f"/runs/{run['id']}?fields=view")).json()["view"]["state"] == "queued"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("cursor=-1", 400, "invalid_cursor"),
        ("cursor=e30", 400, "invalid_cursor"),
        ("cursor=WyItY3JlYXRlZF9hdCIsMSwieCJd", 400, "invalid_cursor"),
        ("cursor=" + "A" * 2_000, 422, "invalid"),
        ("sort=id;drop table runs", 422, "invalid"),
        ("limit=0", 422, "invalid"),
        ("limit=9999", 422, "invalid"),
        ("fields=id,secret", 422, "invalid"),
        ("state=done", 422, "invalid"),
        ("created_from=yesterday", 422, "invalid"),
        ("q=%00", 422, "invalid"),
    ],
)
async def test_a_list_refuses_what_it_did_not_offer(office: Office, query: str, status: int, code: str) -> None:
    problem(await office.ask("GET", f"/runs?{query}"), status, code)


async def test_a_cursor_of_another_order_is_refused(office: Office) -> None:
    for _ in range(3):
        await office.start()
    cursor = (await office.ask("GET", "/runs?limit=1")).json()["next_cursor"]
    problem(await office.ask("GET", f"/runs?limit=1&sort=name&cursor={cursor}"), 400, "invalid_cursor")


async def test_filters(office: Office) -> None:
    await office.start(name="Class 7b", tags=["exam"], project="physics")
    await office.start(name="100% sure", tags=["quiz"])
    for query, count in [
        ("project=physics", 1), ("tag=quiz", 1), ("state=queued", 2), ("state=queued&state=failed", 2), ("state=failed", 0),
        ("task=maths:add", 2), ("kind=outside", 0), ("q=class", 1), ("q=%25", 1), ("q=_", 0), ("created_by=somebody", 2),
        ("created_to=2020-01-01T00:00:00Z", 0), ("q=' OR 1=1 --", 0),
    ]:  # fmt: skip
        answer = await office.ask("GET", f"/runs?total=true&{query}")
        assert (query, answer.json()["total"], len(answer.json()["items"])) == (query, count, count)


async def test_external_id(office: Office) -> None:
    run = await office.start(external_id="order/4711", project="shop")
    answer = await office.ask("GET", "/runs/order%2F4711?external=true&project=shop")
    assert answer.status_code in {200, 404}
    plain = await office.start(external_id="order-4711", project="shop")
    assert (await office.ask("GET", "/runs/order-4711?external=true&project=shop")).json()["id"] == plain["id"]
    problem(await office.ask("GET", "/runs/order-4711?external=true"), 404, "run_not_found")
    said = problem(
        await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": 1}, "external_id": "order-4711", "project": "shop"}),
        409,
        "duplicate_run",
    )
    assert "external" in said["detail"]
    assert run["external_id"] == "order/4711"


async def test_edit(office: Office) -> None:
    run = await office.start()
    answer = await office.ask("PATCH", f"/runs/{run['id']}", json={"name": "new", "tags": ["a"], "metadata": {"k": 1}, "priority": 5})
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("name", "tags", "metadata", "priority")} == {
        "name": "new", "tags": ["a"], "metadata": {"k": 1}, "priority": 5,
    }  # fmt: skip
    problem(await office.ask("PATCH", f"/runs/{run['id']}", json={"state": "failed"}), 422, "invalid")
    await office.ask("PUT", f"/runs/{run['id']}/cancellation")
    problem(await office.ask("PATCH", f"/runs/{run['id']}", json={"priority": 1}), 409, "not_queued")


async def test_a_retry_whose_answer_was_lost_is_asked_for_again(office: Office) -> None:
    run, other = await office.start(), await office.start()
    for each in (run, other):
        await office.ask("PUT", f"/runs/{each['id']}/cancellation")

    async def retry(of: Json, key: str, **body: Any) -> httpx2.Response:
        return await office.ask("POST", f"/runs/{of['id']}/retries", json=body, headers={"Idempotency-Key": key})

    first, again, another = await retry(run, "k1"), await retry(run, "k1"), await retry(run, "k2")

    assert (first.status_code, again.status_code, another.status_code) == (201, 201, 201)
    assert first.json()["id"] == again.json()["id"] != another.json()["id"]
    assert first.headers["location"] == again.headers["location"]
    assert first.json()["metadata"]["retry_of"] == run["id"]
    listed = (await office.ask("GET", "/runs", params={"state": "queued"})).json()["items"]
    assert {each["id"] for each in listed} == {first.json()["id"], another.json()["id"]}
    problem(await retry(run, "k1", parameters={"a": 9}), 409, "duplicate_run")
    problem(await retry(other, "k1"), 409, "duplicate_run")
    for key in ("", "x" * 201):
        problem(await retry(run, key), 422, "invalid")


async def test_a_key_that_a_start_has_used_is_of_no_retry(office: Office) -> None:
    body: Json = {"parameters": {"a": 1}}
    run = (await office.ask("POST", "/tasks/maths:add/runs", json=body, headers={"Idempotency-Key": "k1"})).json()
    await office.ask("PUT", f"/runs/{run['id']}/cancellation")

    refused = await office.ask("POST", f"/runs/{run['id']}/retries", headers={"Idempotency-Key": "k1"})

    assert run["id"] in problem(refused, 409, "duplicate_run")["detail"] + refused.text
    assert (await office.ask("GET", "/runs", params={"state": "queued"})).json()["items"] == []


async def test_cancel_retry_delete(office: Office) -> None:
    run = await office.start()
    address = f"/runs/{run['id']}"
    problem(await office.ask("DELETE", address), 409, "run_not_final")
    problem(await office.ask("POST", f"{address}/retries"), 409, "run_not_final")
    problem(await office.ask("POST", f"{address}/stack-dumps"), 409, "not_running")
    answer = await office.ask("PUT", f"{address}/cancellation", json={"reason": "wrong file"})
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    again = await office.ask("PUT", f"{address}/cancellation")
    assert (again.status_code, again.json()["state"]) == (202, "cancelled")
    new = await office.ask("POST", f"{address}/retries", json={"parameters": {"a": 2}})
    assert new.status_code == 201
    assert new.json()["parameters"] == {"a": 2}
    assert (await office.ask("DELETE", address)).status_code == 204
    problem(await office.ask("GET", address), 404, "run_not_found")
    problem(await office.ask("DELETE", address), 404, "run_not_found")


async def test_pause_and_resume(office: Office) -> None:
    run = await office.start()
    address = f"/runs/{run['id']}"
    answer = await office.ask("PUT", f"{address}/pause", json={"reason": "the file comes later"})
    assert (answer.status_code, answer.json()["state"]) == (202, "paused")
    assert (await office.ask("PUT", f"{address}/pause")).json()["state"] == "paused"
    assert (await office.ask("PUT", f"{address}/resumption")).json()["state"] == "queued"
    opened = await office.open()
    problem(await office.ask("PUT", f"/runs/{opened['run']['id']}/pause"), 409, "not_pausable")
    await office.ask("PUT", f"{address}/cancellation")
    problem(await office.ask("PUT", f"{address}/pause"), 409, "run_final")
    problem(await office.ask("PUT", f"{address}/resumption"), 409, "run_final")
    problem(await office.ask("PUT", f"{address}/pause", json={"why": 1}), 422, "invalid")


async def test_everything_at_once_leaves_one_final_state(office: Office) -> None:
    opened = await office.open()
    address = f"/runs/{opened['run']['id']}"
    answers = await asyncio.gather(
        office.ask("PUT", f"{address}/cancellation"), office.end(opened), office.end(opened, "failed", error={"code": "exception"}),
        office.ask("POST", f"{address}/retries"), office.ask("DELETE", address), office.ask("PUT", f"{address}/cancellation"),
    )  # fmt: skip
    assert all(answer.status_code < 500 for answer in answers)
    events = (await office.ask("GET", f"{address}/events")).json().get("items", [])
    finals = [event["kind"] for event in events if event["kind"] in {"run.succeeded", "run.failed", "run.cancelled"}]
    assert len(finals) <= 1


@pytest.mark.parametrize("run", ["x", "..%2f..%2fetc", "%252e", "CON", "0" * 4_000, "*", "~", "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"])
async def test_an_id_that_is_none_is_not_found(office: Office, run: str) -> None:
    for path in ["", "/view", "/events", "/entries", "/result", "/artifacts", "/artifacts/x", "/artifacts/x/content", "/log"]:
        answer = await office.ask("GET", f"/runs/{run}{path}")
        assert answer.status_code in {404, 422}, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_children_behind_the_cells_of_a_family_are_given_in_their_order_a_piece_at_a_time(office: Office) -> None:
    parent = await office.start(name="parent")
    for number in range(5):
        await office.start(name=f"child {number}", parent=parent["id"])
    family = (await office.ask("GET", f"/runs/{parent['id']}/family")).json()
    assert family["cells"] == "qqqqq"
    piece = (await office.ask("GET", f"/runs/{parent['id']}/family/children?first=1&count=3")).json()["items"]
    assert [(child["place"], child["name"], child["state"]) for child in piece] == [(at, f"child {at}", "queued") for at in (1, 2, 3)]
    assert (await office.ask("GET", f"/runs/{piece[0]['id']}")).json()["name"] == "child 1"
    assert (await office.ask("GET", f"/runs/{parent['id']}/family/children?first=9")).json()["items"] == []
    problem(await office.ask("GET", f"/runs/{parent['id']}/family/children?count=201"), 422, "invalid")
    problem(await office.ask("GET", f"/runs/{parent['id']}/family/children?first=-1"), 422, "invalid")
    stranger = office.token("project:elsewhere:run:read")
    problem(await office.ask("GET", f"/runs/{parent['id']}/family/children", token=stranger), 404, "run_not_found")
