"""The audit log over the routes: what is in it, who may read it, how it leaves, and what is found when it was changed."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from headway.access.anchors import Signer, is_signed
from headway.acts.audit import audit
from headway.assembly.sealing import Sealing
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.model.audit import Action
from headway.model.audit_chain import Verifier, anchor_from_json
from headway.model.errors import StoreUnavailable
from headway.model.ids import new_id
from headway.store.contract import Transaction
from headway.testing.store import memory_store
from headway.web.live import LiveAccess
from headway.web.refusals import EACH_BURST, Refusal, Refusals
from tests.contract.material import link_of
from tests.unit.live.theatre import Viewer
from tests.unit.web.filled import Call, Stage
from tests.unit.web.office import SECRET, Json, Office, problem
from tests.unit.web.test_routes import method, routes_of
from tests.unit.web.test_sessions import page, sign_in
from tests.unit.web.test_statements import CALLS, FOR_MANY
from tests.waiting import eventually_async

SIGNER = Signer(SECRET)


def sealing(office: Office, keep_days: float = 400) -> Sealing:
    return Sealing(office.store, SIGNER, office.desk.refusals, holder="server", keep_days=keep_days)


async def rows(office: Office, query: str = "", **more: Any) -> list[Json]:
    answer = await office.ask("GET", f"/audit?{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


AUDITED: dict[str, Action] = {
    "PATCH /runs/{run}": Action.RUN_EDITED,
    "DELETE /runs/{run}": Action.RUN_DELETED,
    "DELETE /runs/{run}/log": Action.RUN_LOG_DELETED,
    "PUT /runs/{run}/cancellation": Action.RUN_CANCELLED,
    "PUT /runs/{run}/pause": Action.RUN_PAUSED,
    "PUT /runs/{run}/resumption": Action.RUN_RESUMED,
    "POST /runs/{run}/retries": Action.RUN_RETRIED,
    "POST /runs/cancellations": Action.RUNS_CANCELLED,
    "POST /runs/pauses": Action.RUNS_PAUSED,
    "POST /runs/resumptions": Action.RUNS_RESUMED,
    "POST /runs/retries": Action.RUNS_RETRIED,
    "POST /runs/deletions": Action.RUNS_DELETED,
    "POST /approvals/{approval}/approve": Action.APPROVAL_GIVEN,
    "POST /approvals/{approval}/refuse": Action.APPROVAL_REFUSED,
    "DELETE /approvals/{approval}": Action.APPROVAL_WITHDRAWN,
    "PUT /projects/{project}/protection": Action.TASK_CHANGED,
    "PATCH /queues/{name}": Action.QUEUE_CHANGED,
    "PATCH /quotas/{project}": Action.QUOTA_CHANGED,
    "POST /workers/{worker}/drain": Action.WORKER_ASKED,
    "POST /workers/{worker}/restart": Action.WORKER_ASKED,
    "POST /notices": Action.NOTICE_SENT,
    "DELETE /notices/{notice}": Action.NOTICE_WITHDRAWN,
    "POST /sign-in-links": Action.SIGN_IN_LINK_MADE,
    "POST /sessions": Action.SIGNED_IN,
    "DELETE /session": Action.SESSION_ENDED,
    "POST /revocations": Action.TOKEN_REVOKED,
    "POST /groups": Action.GROUP_MADE,
    "PATCH /groups/{group}": Action.GROUP_CHANGED,
    "DELETE /groups/{group}": Action.GROUP_DELETED,
    "PUT /roles/{role}": Action.ROLE_MADE,
    "DELETE /roles/{role}": Action.ROLE_DELETED,
    "POST /grants": Action.GRANT_GIVEN,
    "DELETE /grants/{grant}": Action.GRANT_TAKEN,
    "POST /keys": Action.TOKEN_MADE,
    "POST /keys/{key}/rotation": Action.TOKEN_ROTATED,
    "DELETE /keys/{key}": Action.TOKEN_REVOKED,
    "POST /runs/{run}/share-links": Action.RUN_SHARED,
    "DELETE /runs/{run}/share-links/{link}": Action.RUN_SHARED,
    "POST /tokens": Action.SIGNED_IN,
    "POST /sessions/by-password": Action.SIGNED_IN,
    "POST /accounts": Action.ACCOUNT_MADE,
    "PATCH /accounts/{account}": Action.ACCOUNT_CHANGED,
    "POST /accounts/{account}/password-links": Action.SIGN_IN_LINK_MADE,
    "DELETE /accounts/{account}/sign-ins/{session}": Action.SESSION_ENDED,
    "DELETE /account/sign-ins/{session}": Action.SESSION_ENDED,
    "DELETE /account/devices/{device}": Action.SESSION_ENDED,
    "DELETE /accounts/{account}/identities/{identity}": Action.IDENTITY_UNLINKED,
    "DELETE /account/identities/{identity}": Action.IDENTITY_UNLINKED,
    "POST /account/password": Action.PASSWORD_CHANGED,
    "POST /signing-keys": Action.SIGNING_KEYS_ROTATED,
    "PUT /secrets/{secret}": Action.SECRET_SET,
    "DELETE /secrets/{secret}": Action.SECRET_DELETED,
    "POST /secrets/rotations": Action.SECRETS_ROTATED,
}
"""What each route that changes something is called in the audit log."""
BY_GATEWAY: dict[str, Action] = {
    "DELETE /live/connections/{connection}": Action.CONNECTION_ENDED,
    "POST /live/connections/sweeps": Action.CONNECTION_ENDED,
}
"""The same, of routes that need a gateway: audited in tests/unit/web/test_connections.py."""
BY_CODE: dict[str, Action] = {
    "PUT /account/second-factor": Action.SECOND_FACTOR_SET,
    "DELETE /account/second-factor": Action.SECOND_FACTOR_TAKEN_OFF,
    "DELETE /accounts/{account}/second-factor": Action.SECOND_FACTOR_TAKEN_OFF,
    "POST /account/recovery-codes": Action.RECOVERY_CODES_MADE,
    "POST /account/proof": Action.PROOF_GIVEN,
    "POST /sessions/by-code": Action.SIGNED_IN,
}
"""The same, of routes that need an authenticator app: audited in tests/unit/web/test_second_factors.py and test_proof.py."""
_OWN = "a program reports its own run; the journal holds it, and whoever opened the run is its `created_by`"
_REMOTE = "a remote worker does the work of a worker; the journals of its runs hold it"
_READ = "asks, and changes nothing"
NOT_AUDITED: dict[str, str] = {
    "POST /runs": _OWN,
    "POST /runs/{run}/events": _OWN,
    "PATCH /runs/{run}/progress": _OWN,
    "PUT /runs/{run}/outcome": _OWN,
    "POST /runs/{run}/artifacts": _OWN,
    "POST /tasks/{task}/runs": "the run itself says who started it, and when",
    "POST /tasks/{task}/run-batches": "the runs themselves say who started them, and when",
    "POST /runs/{run}/stack-dumps": "looks at a run; the answer stands in its journal, with who asked",
    "POST /tasks/{task}/presets": "parameters that somebody keeps for later decide nothing about others",
    "PATCH /tasks/{task}/presets/{preset}": "parameters that somebody keeps for later decide nothing about others",
    "DELETE /tasks/{task}/presets/{preset}": "parameters that somebody keeps for later decide nothing about others",
    "POST /tasks/{task}/validations": _READ,
    "POST /session/tokens": "every ten minutes of a session, which is audited itself",
    "POST /share-tokens": "follows a link, which is audited itself; the link counts how often",
    "POST /tokens/refresh": "every ten minutes of a device, whose sign-in is audited; a token that is used again is",
    "PATCH /account": "how one's own pages look decides nothing about others",
    "POST /account/second-factor": "the beginning of setting one up; it is in force, and audited, when a code has come",
    "POST /account/identities": "the beginning of a conversation with a provider; its end is audited",
    "POST /live/tickets": "good once, for half a minute, for what their token may do",
    "POST /live/poll": _READ,
    **{
        f"{route}": _REMOTE
        for route in (
            "POST /workers", "PUT /workers/{worker}/presence", "DELETE /workers/{worker}/presence", "PUT /workers/{worker}/catalogue",
            "POST /workers/{worker}/turns", "POST /workers/{worker}/parcels", "POST /workers/{worker}/kin", "POST /workers/{worker}/files",
        )
    },
}  # fmt: skip
"""Routes that change something, or may, and are not audited; and why."""


async def test_every_route_that_changes_something_is_audited_or_says_why_not(office: Office) -> None:
    there = {f"{method(route)} {route.path.removeprefix('/api/v1')}" for route in routes_of(office.rest) if method(route) != "GET"}
    assert not set(AUDITED) & set(NOT_AUDITED)
    assert there == set(AUDITED) | set(BY_GATEWAY) | set(BY_CODE) | set(NOT_AUDITED)


@pytest_asyncio.fixture
async def stage(office: Office) -> AsyncIterator[Stage]:
    stage = Stage(office)
    await stage.fill()
    yield stage


async def test_what_each_of_them_does_is_in_the_log_with_the_call_that_did_it(stage: Stage) -> None:
    office = stage.office
    made = {**{name: each[1] for name, each in CALLS.items()}, **{name: each[1] for name, each in FOR_MANY.items()}}
    for name, action in AUDITED.items():
        call: Call = (await made[name](stage))[-1]
        more = {} if call.json is None else {"json": call.json}
        answer = await office.ask(name.split()[0], call.path, token=call.token, headers=call.headers, **more)
        assert answer.status_code < 300, (name, answer.text)
        (row,) = [row for row in await rows(office, f"action={action.value}") if row["request_id"] == answer.headers["x-request-id"]]
        by = "ada" if "/account/" in call.path or call.path == "/sessions/by-password" else "somebody"
        assert (row["by"], row["address"], row["transport"], row["outcome"]) == (by, "127.0.0.1", "rest", "done"), name


async def test_a_row_says_what_was_and_what_is(office: Office) -> None:
    await office.ask("PATCH", "/queues/night", json={"running_limit": 3})
    await office.ask("PATCH", "/queues/night", json={"is_paused": True})
    second, first = await rows(office, "target=night")
    assert (first["before"], first["after"]) == ({"running_limit": None}, {"running_limit": 3})
    assert second["before"] == {"is_paused": False, "paused_by": None, "paused_at": None}
    assert second["after"]["is_paused"] is True


async def test_an_act_that_is_refused_leaves_no_row_of_it(office: Office) -> None:
    problem(await office.ask("PATCH", "/queues/night", json={"running_limit": -1}), 422, "invalid")
    assert await rows(office) == []


async def test_filters_and_pages(office: Office) -> None:
    for number in range(5):
        await office.ask("PATCH", f"/quotas/p{number}", json={"running_limit": 1})
    await office.ask("POST", "/notices", json={"title": "x"})
    assert [row["target"] for row in await rows(office, "project=p3")] == ["p3"]
    assert len(await rows(office, "action=quota.changed&action=notice.sent&by=somebody&outcome=done")) == 6
    assert await rows(office, "by=else") == []
    assert await rows(office, "at_to=2001-01-01T00:00:00Z") == []
    found: list[Json] = []
    cursor = ""
    while True:
        answer = (await office.ask("GET", f"/audit?limit=4{cursor}")).json()
        found += answer["items"]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert found == await rows(office)
    problem(await office.ask("GET", "/audit?cursor=abc"), 400, "invalid_cursor")
    problem(await office.ask("GET", "/audit?action=no.such"), 422, "invalid")
    assert len(found) == 6


async def test_who_reads_the_log_of_a_project_sees_its_rows_alone(office: Office) -> None:
    for project in ("own", "foreign"):
        await office.ask("PATCH", f"/quotas/{project}", json={"running_limit": 1})
    await office.ask("POST", "/notices", json={"title": "x"})
    of_own = office.token("project:own:audit:read")
    assert [row["project"] for row in await rows(office, token=of_own)] == ["own"]
    text = (await office.ask("GET", "/audit/export", token=of_own)).text
    assert [json.loads(line)["project"] for line in text.splitlines()] == ["own"]
    problem(await office.ask("GET", "/audit/verify", token=of_own), 403, "forbidden")
    problem(await office.ask("GET", "/audit", token=office.token(role="developer")), 403, "forbidden")


async def test_what_is_refused_is_noted(office: Office) -> None:
    viewer = office.token(role="viewer")
    problem(await office.ask("POST", "/notices", token=viewer, json={"title": "x"}), 403, "forbidden")
    problem(await office.ask("GET", "/runs", token="none.of.ours"), 401, "unauthorised")
    problem(await office.ask("GET", "/runs", token=None), 401, "unauthorised")
    problem(await page(office, "POST", "/sessions", json={"code": "guess"}), 401, "sign_in_code_invalid")
    problem(await office.ask("POST", "/sessions", token=None, json={"code": "guess"}), 403, "origin_refused")
    await office.desk.refusals.flush()
    found = await rows(office, "outcome=refused")
    assert sorted((row["action"], row["by"], row["target"], row["after"]["code"]) for row in found) == [
        ("call.refused", "", "/api/v1/sessions", "origin_refused"),
        ("call.refused", "somebody", "/api/v1/notices", "forbidden"),
        ("sign_in.failed", "", "/api/v1/sessions", "sign_in_code_invalid"),
        ("token.refused", "", "/api/v1/runs", "unauthorised"),
    ]
    assert all(row["address"] == "127.0.0.1" and row["request_id"] for row in found)


async def test_what_is_done_and_refused_over_the_live_wire_says_from_where(office: Office) -> None:
    mine, other = await office.start(), await office.start(project="other")
    hub = Hub(office.store)
    await hub.open()
    access = LiveAccess(office.store, office.tokens)
    access.refusals = office.desk.refusals
    gateway = Gateway(
        hub=hub, verify_token=access.verify_token, may_see=access.may_see, may_list=access.may_list, may_monitor=access.may_monitor,
        alive=access.alive, obey=access.obey, note=access.note,
    )  # fmt: skip
    try:
        viewer = Viewer(gateway, now=time.monotonic, address="203.0.113.9")
        viewer.hello(office.token("project:default:run:read", "project:default:run:cancel"))
        await viewer.until("welcome")
        channels = (f"run:{other['id']}", "runs:other", "system")
        viewer.say(*[{"type": "subscribe", "id": number, "channel": channel} for number, channel in enumerate(channels)])
        for number, run in enumerate((mine, other)):
            viewer.say({"type": "command", "id": f"stop {number}", "channel": f"run:{run['id']}", "do": "cancel"})
        await eventually_async(lambda: len([each for each in viewer.heard if each["type"] in {"answer", "error"}]) == 5)
        (connection,) = [gateway.connections.id_of(session) for session in gateway.sessions()]
        viewer.leave()
    finally:
        await hub.close()
    await office.desk.refusals.flush()
    (done,) = await rows(office, "action=run.cancelled")
    assert (done["by"], done["target"], done["project"]) == ("somebody", mine["id"], "default")
    assert (done["address"], done["request_id"], done["transport"]) == ("203.0.113.9", f"{connection}.stop 0", "live")
    refused = await rows(office, "action=call.refused")
    assert sorted((row["target"], row["after"]["code"], row["request_id"]) for row in refused) == sorted(
        [(f"run:{other['id']}", "run_not_found", name) for name in (connection, f"{connection}.stop 1")]
        + [(channel, "forbidden", connection) for channel in channels[1:]]
    )
    assert {(row["by"], row["address"], row["transport"]) for row in refused} == {("somebody", "203.0.113.9", "live")}


@pytest.mark.parametrize("act", ["cancellations", "retries", "deletions", "pauses"])
async def test_an_act_for_many_has_a_row_in_each_project_that_it_reached(office: Office, act: str) -> None:
    runs = [await office.start(project=project) for project in ("red", "blue", "red")]
    if act in {"retries", "deletions"}:
        await office.ask("POST", "/runs/cancellations", json={"is_everything": True})
    before = len(await rows(office, "limit=100"))
    gone = new_id()
    answer = await office.ask("POST", f"/runs/{act}", json={"runs": [*(run["id"] for run in runs), gone]})
    assert answer.status_code == 200, answer.text
    added = (await rows(office, "limit=100"))[: len(await rows(office, "limit=100")) - before]
    said = {
        row["project"]: (row["outcome"], row["after"]["count"], row["after"]["failed_count"], sorted(row["after"]["runs"])) for row in added
    }
    assert len(added) == 3
    assert said == {
        "red": ("done", 2, 0, sorted([runs[0]["id"], runs[2]["id"]])), "blue": ("done", 1, 0, [runs[1]["id"]]), None: ("failed", 0, 1, []),
    }  # fmt: skip
    reader = office.token("project:red:audit:read")
    assert {row["project"] for row in await rows(office, "limit=100", token=reader)} == {"red"}


async def test_who_is_refused_all_the_time_fills_no_disk(office: Office) -> None:
    now = 0.0
    refusals = Refusals(office.store, lambda: now)
    caller = office.desk.tokens.read(office.token())
    for _ in range(EACH_BURST + 1_000):
        refusals.note(Refusal(by=caller, action=Action.CALL_REFUSED))
    await refusals.flush()
    assert len(await rows(office)) == EACH_BURST
    now = 60.0
    await refusals.flush()
    newest, *others = await rows(office)
    assert (newest["by"], newest["after"], len(others)) == ("somebody", {"further_count": 1_000}, EACH_BURST)


async def test_what_could_not_be_written_is_noted_still(office: Office) -> None:
    async with memory_store() as store:
        refusals = Refusals(store)
    refusals.note(Refusal(by=office.desk.tokens.read(office.token()), action=Action.CALL_REFUSED))
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await refusals.flush()


async def test_an_export_can_be_verified_anywhere(office: Office) -> None:
    keeper = sealing(office)
    for number in range(7):
        await office.ask("PATCH", f"/quotas/p{number}", json={"running_limit": 1})
        if number % 3 == 0:
            await keeper.turn()
    await keeper.turn()
    answer = await office.ask("GET", "/audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    verifier = Verifier(is_signed=is_signed, trusted=frozenset({SIGNER.key}))
    for line in lines:
        kind = line.pop("type")
        if kind == "anchor":
            verifier.anchor(anchor_from_json(line))
        else:
            verifier.row(line["number"], line["hash"], line)
    verdict = verifier.verdict()
    assert (verdict.is_intact, verdict.row_count, verdict.anchor_count) == (True, 7, 3)


async def test_a_table_holds_no_formula(office: Office) -> None:
    for name in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", '"quoted", and\nbroken', "plain"):
        await office.store.write(lambda tx, name=name: audit(tx, office.desk.tokens.read(office.admin), Action.QUEUE_CHANGED, target=name))
    answer = await office.ask("GET", "/audit/export?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["target"] for row in table][:6] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", '"quoted", and\nbroken', "plain"]
    assert table[-1]["action"] == "audit.exported"


async def test_verify_says_which_row_is_wrong(office: Office) -> None:
    keeper = sealing(office)
    for number in range(4):
        await office.ask("PATCH", f"/quotas/p{number}", json={"running_limit": 1})
    await keeper.turn()
    verdict = (await office.ask("GET", "/audit/verify")).json()
    assert (verdict["is_intact"], verdict["row_count"], verdict["faults"]) == (True, 4, [])

    def harm(tx: Transaction) -> None:
        link_of(tx).cursor.execute("UPDATE audit SET by_id = 'nobody' WHERE number = 3")

    noted = f"number={verdict['last']}&hash={verdict['last_hash']}"
    assert (await office.ask("GET", f"/audit/verify?{noted}")).json()["is_intact"]
    await office.store.write(harm)
    verdict = (await office.ask("GET", "/audit/verify")).json()
    assert (verdict["is_intact"], verdict["faults"]) == (False, [{"number": 3, "what": "row_changed"}])


async def test_what_was_noted_elsewhere_finds_a_chain_that_was_cut(office: Office) -> None:
    keeper = sealing(office)
    for number in range(4):
        await office.ask("PATCH", f"/quotas/p{number}", json={"running_limit": 1})
        await keeper.turn()
    before = (await office.ask("GET", "/audit/verify")).json()

    def cut(tx: Transaction) -> None:
        for table in ("audit", "audit_anchors"):
            link_of(tx).cursor.execute(f"DELETE FROM {table} WHERE number > 2")

    await office.store.write(cut)
    assert (await office.ask("GET", "/audit/verify")).json()["is_intact"]
    found = (await office.ask("GET", f"/audit/verify?number=4&hash={before['last_hash']}")).json()
    assert found["faults"] == [{"number": 3, "what": "row_missing"}, {"number": 4, "what": "row_missing"}]
    await keeper.turn()
    assert [row["after"]["known"] for row in await rows(office, "action=audit.broken")] == [4]
    problem(await office.ask("GET", "/audit/verify?number=4"), 422, "invalid")
    problem(await office.ask("GET", "/audit/verify?key=short"), 422, "invalid")


async def test_a_session_is_in_the_log_by_its_id(office: Office) -> None:
    await sign_in(office)
    signed_in, made = await rows(office)
    assert (signed_in["action"], made["action"]) == ("sign_in.done", "sign_in_link.made")
    assert signed_in["token"] == signed_in["target"] != made["token"]


async def test_old_rows_are_pruned_and_the_rest_holds(office: Office, tmp_path: Path) -> None:
    keeper = sealing(office, keep_days=1)
    await office.ask("PATCH", "/quotas/p", json={"running_limit": 1})
    await keeper.turn()
    await office.store.write(lambda tx: link_of(tx).cursor.execute("UPDATE audit SET at = at - 200000000000"))
    await keeper.tidy()
    await keeper.turn()
    verdict = (await office.ask("GET", "/audit/verify")).json()
    assert (verdict["is_intact"], verdict["first"], verdict["last"]) == (True, 2, 2)
    assert [row["action"] for row in await rows(office)] == ["audit.pruned"]
