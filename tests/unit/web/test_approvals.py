"""Approvals over REST: asked for instead of done, decided, carried out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headway.model.ids import new_id
from tests.unit.web.office import Json, Office, problem


def token(office: Office, who: str, *scopes: str, role: str | None = "operator") -> str:
    return office.tokens.issue(who, role=role, scopes=scopes, lifetime=timedelta(hours=1))


async def protect(office: Office, project: str = "default", **needed: int) -> None:
    answer = await office.ask("PUT", f"/projects/{project}/protection", json=needed)
    assert answer.status_code == 200, answer.text


async def listed(office: Office, query: str = "", who: str = "admin") -> list[Json]:
    answer = await office.ask("GET", f"/approvals{query}", token=who)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def ended(office: Office) -> str:
    opened = await office.open()
    await office.end(opened)
    return opened["run"]["id"]


async def test_a_start_waits_and_is_approved(office: Office) -> None:
    await protect(office, run_start=2)
    run = await office.start()
    assert (run["state"], run["options"]["approval"]) == ("awaiting_approval", 2)
    (asked,) = await listed(office, f"?run={run['id']}&state=pending")
    assert (asked["kind"], asked["run"], asked["needed"], asked["given"], asked["is_mine"], asked["may_decide"]) == (
        "run.start", run["id"], 2, 0, True, False,
    )  # fmt: skip
    why = (await office.ask("GET", f"/runs/{run['id']}/waiting")).json()
    assert (why["cause"], why["limit"], why["given"], why["by"], why["until"]) == ("approval", 2, 0, "somebody", asked["expires_at"])
    ben, cleo = token(office, "ben"), token(office, "cleo")
    assert [each["may_decide"] for each in await listed(office, "?waiting=true", ben)] == [True]
    said = (await office.ask("POST", f"/approvals/{asked['id']}/approve", token=ben, json={"reason": "fine"})).json()
    assert (said["state"], said["given"], said["may_decide"]) == ("pending", 1, False)
    assert [(vote["by"], vote["verdict"], vote["reason"]) for vote in said["votes"]] == [("ben", "approved", "fine")]
    assert await listed(office, "?waiting=true", ben) == []
    assert (await office.ask("POST", f"/approvals/{asked['id']}/approve", token=cleo)).json()["state"] == "carried_out"
    assert (await office.ask("GET", f"/runs/{run['id']}")).json()["state"] == "queued"
    problem(await office.ask("POST", f"/approvals/{asked['id']}/approve", token=token(office, "dora")), 409, "approval_settled")


async def test_who_may_not_decide_is_told_why(office: Office) -> None:
    await protect(office, run_start=1)
    await office.start()
    ((asked),) = await listed(office)
    path = f"/approvals/{asked['id']}"
    problem(await office.ask("POST", f"{path}/approve"), 403, "own_approval")
    problem(await office.ask("POST", f"{path}/approve", token=token(office, "SOMEBODY")), 403, "own_approval")
    problem(await office.ask("POST", f"{path}/approve", token=token(office, "vera", role="viewer")), 403, "forbidden")
    other = token(office, "eve", "project:other:approval:decide", "project:other:run:read", role=None)
    problem(await office.ask("POST", f"{path}/approve", token=other), 404, "approval_not_found")
    problem(await office.ask("GET", path, token=other), 404, "approval_not_found")
    assert await listed(office, "", other) == []
    problem(await office.ask("GET", "/approvals/x"), 404, "approval_not_found")
    here = token(office, "eve", "project:default:approval:decide", role=None)
    problem(await office.ask("GET", "/approvals", token=here), 403, "forbidden")
    said = problem(await office.ask("POST", f"{path}/refuse", token=token(office, "ben"), json={"reason": ""}), 422, "invalid")
    assert said["field"] == "reason"
    assert (await office.ask("POST", f"{path}/refuse", token=here, json={"reason": "no"})).json()["state"] == "refused"
    problem(await office.ask("DELETE", path), 409, "approval_settled")


async def test_a_request_is_withdrawn_by_who_made_it(office: Office) -> None:
    await protect(office, run_start=1)
    run = await office.start()
    (asked,) = await listed(office)
    problem(await office.ask("DELETE", f"/approvals/{asked['id']}", token=token(office, "ben")), 403, "forbidden")
    assert (await office.ask("DELETE", f"/approvals/{asked['id']}")).json()["state"] == "withdrawn"
    assert (await office.ask("GET", f"/runs/{run['id']}")).json()["state"] == "cancelled"


async def test_what_waits_is_not_changed_nor_resumed(office: Office) -> None:
    await protect(office, run_start=1)
    run = await office.start()
    problem(await office.ask("PATCH", f"/runs/{run['id']}", json={"name": "harmless"}), 409, "run_awaits_approval")
    for verb in ("pause", "resumption"):
        problem(await office.ask("PUT", f"/runs/{run['id']}/{verb}"), 409, "run_awaits_approval")
    answer = (await office.ask("POST", "/runs/resumptions", json={"runs": [run["id"]]})).json()
    assert answer["failed"][0]["problem"]["code"] == "run_awaits_approval"


async def test_a_deletion_is_asked_for_and_done_by_the_last_vote(office: Office) -> None:
    run, log = await ended(office), await ended(office)
    await protect(office, run_delete=1)
    answer = await office.ask("DELETE", f"/runs/{run}")
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["kind"], asked["what"]["run"], asked["what"]["part"], asked["state"]) == ("run.delete", run, "run", "pending")
    assert (await office.ask("DELETE", f"/runs/{run}")).json()["id"] == asked["id"], "asked twice, it is one request"
    of_log = await office.ask("DELETE", f"/runs/{log}/log")
    assert (of_log.status_code, of_log.json()["what"]["part"]) == (202, "log")
    ben = token(office, "ben")
    for each in (asked, of_log.json()):
        done = (await office.ask("POST", f"/approvals/{each['id']}/approve", token=ben)).json()
        assert (done["state"], done["settled_at"] is not None) == ("carried_out", True)
    problem(await office.ask("GET", f"/runs/{run}"), 404, "run_not_found")
    assert (await office.ask("GET", f"/runs/{log}")).status_code == 200


@pytest.mark.parametrize("aim", ["runs", "filter"])
async def test_an_act_for_many_is_asked_for_by_its_runs(office: Office, aim: str) -> None:
    runs = [(await office.start())["id"] for _ in range(3)]
    await protect(office, bulk=1)
    query, body = ("?task=maths:add", {}) if aim == "filter" else ("", {"runs": runs})
    preview = await office.ask("POST", f"/runs/cancellations{query}", json={**body, "is_preview": True})
    assert (preview.status_code, preview.json()["matched"]) == (200, 3)
    answer = await office.ask("POST", f"/runs/cancellations{query}", json={**body, "reason": "wrong class"})
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["kind"], asked["what"]) == ("runs.cancel", {"count": 3, "runs": runs, "reason": "wrong class"})
    later = (await office.start())["id"]
    done = (await office.ask("POST", f"/approvals/{asked['id']}/approve", token=token(office, "ben"))).json()
    assert (done["state"], done["reached"], done["outcome"]["succeeded"]) == ("carried_out", 3, 3)
    states = [(await office.ask("GET", f"/runs/{run}")).json()["state"] for run in (*runs, later)]
    assert states == ["cancelled"] * 3 + ["queued"]


async def test_without_protection_all_is_as_it_was(office: Office) -> None:
    run = await ended(office)
    await protect(office, "other", run_start=1, run_delete=1, bulk=1)
    assert (await office.start())["state"] == "queued"
    assert (await office.ask("POST", "/runs/cancellations?project=default", json={})).json()["succeeded"] == 1
    assert (await office.ask("DELETE", f"/runs/{run}")).status_code == 204
    assert await listed(office) == []


async def test_pages_of_requests(office: Office) -> None:
    await protect(office, run_start=1)
    runs = [(await office.start())["id"] for _ in range(5)]
    first = (await office.ask("GET", "/approvals?limit=2&total=true")).json()
    assert ([each["run"] for each in first["items"]], first["total"]) == ([runs[4], runs[3]], 5)
    assert [each["run"] for each in await listed(office, f"?limit=50&cursor={first['next_cursor']}")] == [runs[2], runs[1], runs[0]]
    problem(await office.ask("GET", "/approvals?cursor=x"), 400, "invalid_cursor")
    problem(await office.ask("GET", "/approvals?state=nearly"), 422, "invalid")
    for query, count in (("kind=run.delete", 0), ("requested_by=somebody", 5), ("requested_by=ben", 0), ("project=other", 0), ("run=x", 0)):
        assert len(await listed(office, f"?{query}")) == count, query
    assert len(await listed(office, f"?run={new_id()}")) == 0


async def test_protections_are_listed_and_set_by_who_may(office: Office) -> None:
    nothing = {"project": "exams", "run_start": 0, "run_delete": 0, "bulk": 0, "grant_admin": 0, "changed_by": "", "changed_at": None}
    assert (await office.ask("GET", "/projects/exams/protection")).json() == nothing
    await protect(office, "exams", run_start=1, bulk=5)
    found = (await office.ask("GET", "/projects/exams/protection")).json()
    assert (found["run_start"], found["run_delete"], found["bulk"], found["changed_by"]) == (1, 0, 5, "somebody")
    assert (await office.ask("GET", "/protections")).json()["items"] == [found]
    other = token(office, "eve", "project:other:task:read", role=None)
    assert (await office.ask("GET", "/protections", token=other)).json()["items"] == []
    problem(await office.ask("GET", "/projects/exams/protection", token=other), 403, "forbidden")
    problem(await office.ask("PUT", "/projects/exams/protection", token=token(office, "ben"), json={}), 403, "forbidden")
    wrong: list[Any] = [{"run_start": 6}, {"bulk": -1}, {"bulk": "1"}, {"runs": 1}]
    for body in wrong:
        problem(await office.ask("PUT", "/projects/exams/protection", json=body), 422, "invalid")
    problem(await office.ask("PUT", "/projects/a:b/protection", json={}), 422, "invalid")
