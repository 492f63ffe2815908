"""Queues, quotas, why a run waits, and families, as REST tells them."""

from __future__ import annotations

from headway.acts.claim import claim
from headway.acts.finish import Finish, finish
from headway.model.ids import new_id
from headway.model.states import Outcome
from tests.unit.web.office import Office, problem


async def test_a_queue_is_paused_limited_and_listed(office: Office) -> None:
    run = await office.start()
    said = (await office.ask("PATCH", "/queues/default", json={"is_paused": True, "running_limit": 4})).json()
    assert (said["is_paused"], said["paused_by"], said["running_limit"], said["queued_limit"]) == (True, "somebody", 4, None)
    listed = {each["name"]: each for each in (await office.ask("GET", "/queues")).json()["items"]}
    assert listed["default"]["states"] == {"queued": 1}

    why = (await office.ask("GET", f"/runs/{run['id']}/waiting")).json()
    assert (why["cause"], why["queue"], why["by"]) == ("queue_paused", "default", "somebody")
    assert why["detail"] == "The queue default is paused, by somebody."

    said = (await office.ask("PATCH", "/queues/default", json={"is_paused": False})).json()
    assert (said["is_paused"], said["paused_by"], said["running_limit"]) == (False, None, 4)
    said = (await office.ask("PATCH", "/queues/default", json={"running_limit": None})).json()
    assert said["running_limit"] is None


async def test_a_full_queue_and_a_used_up_quota_are_429_with_retry_after(office: Office) -> None:
    await office.ask("PATCH", "/queues/default", json={"queued_limit": 1})
    await office.start()
    refused = await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": 1}})
    body = problem(refused, 429, "queue_full")
    assert (body["queue"], body["limit"], refused.headers["retry-after"]) == ("default", 1, "10")

    await office.ask("PATCH", "/queues/default", json={"queued_limit": None})
    await office.ask("PATCH", "/quotas/default", json={"queued_limit": 1})
    assert [each["project"] for each in (await office.ask("GET", "/quotas")).json()["items"]] == ["default"]
    problem(await office.ask("POST", "/tasks/maths:add/runs", json={"parameters": {"a": 1}}), 429, "quota_reached")


async def test_limits_are_checked(office: Office) -> None:
    for body in ({"running_limit": -1}, {"running_limit": "4"}, {"is_paused": 1}, {"unknown": 1}, {"queued_limit": 10**9}):
        assert (await office.ask("PATCH", "/queues/default", json=body)).status_code == 422, body


async def test_many_runs_are_asked_about_at_once(office: Office) -> None:
    runs = [(await office.start())["id"] for _ in range(3)]
    said = (await office.ask("GET", "/waiting?" + "&".join(f"run={run}" for run in [*runs, new_id(), "no id"]))).json()["items"]
    assert [each["run"] for each in said] == runs
    assert {each["cause"] for each in said} == {"no_worker"}
    assert (await office.ask("GET", "/waiting?" + "&".join(["run=x"] * 201))).status_code == 422


async def test_a_family_at_one_glance(office: Office) -> None:
    parent = await office.start()
    children = [await office.start(parent=parent["id"], parameters={"a": number}) for number in range(3)]
    await office.ask("PUT", f"/runs/{children[1]['id']}/cancellation")

    said = (await office.ask("GET", f"/runs/{parent['id']}/family")).json()
    assert (said["total"], said["done"], said["cells"]) == (3, 1.0, "qCq")
    assert said["states"] == {"queued": 2, "cancelled": 1}
    assert said["letters"]["C"] == "cancelled"
    assert (await office.ask("GET", f"/runs/{children[0]['id']}/family")).json()["total"] == 0
    roots = (await office.ask("GET", "/runs?is_root=true")).json()["items"]
    assert [run["id"] for run in roots] == [parent["id"]]
    problem(await office.ask("GET", f"/runs/{new_id()}/family"), 404, "run_not_found")


async def test_a_family_says_on_what_its_run_goes_on(office: Office) -> None:
    parent = await office.start(name="school")
    child = await office.start(parent=parent["id"])
    outcomes = {child["id"]: Outcome.SUCCEEDED, parent["id"]: Outcome.FAILED}
    held = await office.store.write(lambda tx: claim(tx, worker="w", queues=["default"], limit=2))
    ends = [Finish(run=each.run.id, fence=each.fence, batch_no=0, events=[], outcome=outcomes[each.run.id]) for each in held]
    await office.store.write(lambda tx: finish(tx, ends))
    again = (await office.ask("POST", f"/runs/{parent['id']}/retries", json={})).json()

    said = (await office.ask("GET", f"/runs/{again['id']}/family")).json()
    assert said["before"] == [{"run": parent["id"], "name": "school", "succeeded": 1}]
    only = office.token(f"run:{again['id']}:read")
    assert (await office.ask("GET", f"/runs/{again['id']}/family", token=only)).json()["before"] == []
    other = (await office.ask("POST", f"/runs/{parent['id']}/retries", json={"parameters": {"a": 9}})).json()
    assert (await office.ask("GET", f"/runs/{other['id']}/family")).json()["before"] == []


async def test_a_parent_has_to_be_there_for_whoever_starts_its_child(office: Office) -> None:
    body = {"parameters": {"a": 1}, "parent": new_id()}
    problem(await office.ask("POST", "/tasks/maths:add/runs", json=body), 404, "run_not_found")
    hidden = await office.start(project="secret")
    token = office.token("project:default:run:start", "project:default:run:read")
    answer = await office.ask("POST", "/tasks/maths:add/runs", json={**body, "parent": hidden["id"]}, token=token)
    problem(answer, 404, "run_not_found")
