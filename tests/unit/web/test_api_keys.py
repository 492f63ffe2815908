"""API keys over the routes: what they may, for how long, and where their secrets are not."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any

import pytest

from headway.model.account import Account, Grant
from headway.model.clock import parse_iso
from headway.model.ids import new_id
from headway.store.contract import Transaction
from headway.store.news import AccessChanged, Changed, Revoked
from headway.web.key_ring import KeyRing
from tests.contract.material import link_of
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.test_sessions import page, sign_in

KEY = {"name": "nightly import", "scopes": ["run:read"]}


async def make(office: Office, token: str | None = "admin", **more: Any) -> Json:
    answer = await office.ask("POST", "/keys", token=token, json={**KEY, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_may_what_its_scopes_name_and_nothing_else(office: Office) -> None:
    made = await make(office)
    assert made["key"].startswith(f"hwk_{made['prefix']}_")
    run = (await office.start())["id"]
    assert (await office.ask("GET", f"/runs/{run}", token=made["key"])).json()["id"] == run
    assert problem(await office.ask("PUT", f"/runs/{run}/cancellation", token=made["key"]), 403, "forbidden")["permission"] == "run:cancel"
    problem(await office.ask("GET", "/workers", token=made["key"]), 403, "forbidden")
    problem(await office.ask("POST", "/keys", token=made["key"], json=KEY), 403, "forbidden")


async def test_a_scope_of_a_project_shows_that_project_alone(office: Office) -> None:
    shown, hidden = await office.start(project="physics"), await office.start(project="history")
    key = (await make(office, scopes=["project:physics:run:*"]))["key"]
    assert [run["id"] for run in (await office.ask("GET", "/runs", token=key)).json()["items"]] == [shown["id"]]
    problem(await office.ask("GET", f"/runs/{hidden['id']}", token=key), 404, "run_not_found")
    assert (await office.ask("PUT", f"/runs/{shown['id']}/cancellation", token=key)).status_code == 202


async def test_a_key_has_no_more_than_its_maker(office: Office) -> None:
    viewer = office.token(role="viewer")
    problem(await office.ask("POST", "/keys", token=viewer, json={**KEY, "scopes": ["run:cancel"]}), 403, "forbidden")
    key = (await make(office, viewer, scopes=["run:*", "task:*"]))["key"]
    run = (await office.start())["id"]
    assert (await office.ask("GET", f"/runs/{run}", token=key)).status_code == 200
    problem(await office.ask("PUT", f"/runs/{run}/cancellation", token=key), 403, "forbidden")


async def test_who_has_single_scopes_makes_no_keys(office: Office) -> None:
    for token in (
        office.token(),
        office.token("run:x:*"),
        office.token("project:physics:token:create"),
        office.token("project:physics:run:*"),
    ):
        problem(await office.ask("POST", "/keys", token=token, json=KEY), 403, "forbidden")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x" * 201}, {"name": "two\nlines"}, {"name": 7}, {"name": None}, {"scopes": []}, {"scopes": ["*"]}, {"scopes": "run:read"},
        {"scopes": ["run:fly"]}, {"scopes": ["run:read"] * 65}, {"scopes": ["project:*:run:read"]}, {"scopes": [""]}, {"days": 0}, {"days": 401}, {"days": -1},
        {"days": "7"}, {"days": 1.5}, {"owner": "admin"}, {"role": "admin"}, {"prefix": "0" * 12}, {"expires_at": "2099-01-01T00:00:00Z"},
    ],
    ids=str,
)  # fmt: skip
async def test_wishes_that_are_refused(office: Office, wrong: Json) -> None:
    refused = problem(await office.ask("POST", "/keys", json={**KEY, **wrong}), 422, "invalid")
    assert refused["field"].split(".")[0] == next(iter(wrong))


async def test_a_key_of_a_token_ends_with_the_token_and_not_later(office: Office) -> None:
    short = office.tokens.issue("li", role="viewer", lifetime=timedelta(hours=1))
    ends = parse_iso((await make(office, short))["expires_at"])
    assert ends == office.tokens.read(short).expires_at
    long = office.tokens.issue("li", role="viewer", lifetime=timedelta(days=300))
    assert parse_iso((await make(office, long))["expires_at"]) - office.tokens.clock.now() > timedelta(days=89)


async def test_a_key_of_somebody_signed_in_ends_with_the_session_not_with_its_token(office: Office) -> None:
    office.admin = office.tokens.issue("li", role="admin", lifetime=timedelta(days=300))
    cookie = await sign_in(office)
    token = (await page(office, "POST", "/session/tokens", cookie)).json()["token"]
    session = (await page(office, "GET", "/session", cookie)).json()
    assert (await make(office, token))["expires_at"] == session["expires_at"]


async def test_keys_are_listed_without_their_secrets_to_their_owner_alone(office: Office) -> None:
    mine, others = office.tokens.issue("li", role="viewer", lifetime=timedelta(hours=1)), await make(office)
    made = [await make(office, mine, name=f"key {number}") for number in range(3)]
    listed = (await office.ask("GET", "/keys", token=mine)).json()
    assert [key["name"] for key in listed["items"]] == ["key 2", "key 1", "key 0"]
    assert set(listed["items"][0]) == {
        "id", "prefix", "name", "scopes", "owner", "created_at", "expires_at", "used_at", "rotated_at", "old_until", "revoked_at",
    }  # fmt: skip
    problem(await office.ask("GET", "/keys?is_all=true", token=mine), 403, "forbidden")
    everybody = (await office.ask("GET", "/keys?is_all=true&limit=2")).json()
    assert [key["id"] for key in everybody["items"]] == [made[2]["id"], made[1]["id"]]
    rest = (await office.ask("GET", f"/keys?is_all=true&after={everybody['next_cursor']}")).json()
    assert ([key["id"] for key in rest["items"]], rest["next_cursor"]) == ([made[0]["id"], others["id"]], None)


async def test_after_a_rotation_both_secrets_are_good_for_a_while(office: Office) -> None:
    made = await make(office)
    rotated = (await office.ask("POST", f"/keys/{made['id']}/rotation", json={"grace_seconds": 3_600})).json()
    assert (rotated["prefix"], rotated["id"]) == (made["prefix"], made["id"])
    assert rotated["key"] != made["key"]
    for key in (made["key"], rotated["key"]):
        assert (await office.ask("GET", "/runs", token=key)).status_code == 200
    third = (await office.ask("POST", f"/keys/{made['id']}/rotation", json={"grace_seconds": 0})).json()
    office.desk.keys.hear([Changed(what="api keys")])
    for key in (made["key"], rotated["key"]):
        problem(await office.ask("GET", "/runs", token=key), 401, "unauthorised")
    assert (await office.ask("GET", "/runs", token=third["key"])).status_code == 200


async def test_a_rotation_prolongs_when_it_is_told_to(office: Office) -> None:
    office.admin = office.tokens.issue("li", role="admin", lifetime=timedelta(days=300))
    made = await make(office, days=2)
    same = (await office.ask("POST", f"/keys/{made['id']}/rotation")).json()
    assert same["expires_at"] == made["expires_at"]
    longer = (await office.ask("POST", f"/keys/{made['id']}/rotation", json={"days": 30})).json()
    assert parse_iso(longer["expires_at"]) - parse_iso(made["expires_at"]) > timedelta(days=27)


async def test_a_key_may_rotate_itself_and_neither_prolong_itself_nor_touch_others(office: Office) -> None:
    made, other = await make(office, scopes=["token:create", "run:read"]), await make(office)
    fresh = await office.ask("POST", f"/keys/{made['id']}/rotation", token=made["key"])
    assert fresh.status_code == 201
    problem(await office.ask("POST", f"/keys/{made['id']}/rotation", token=made["key"], json={"days": 9}), 403, "forbidden")
    problem(await office.ask("POST", f"/keys/{other['id']}/rotation", token=made["key"]), 404, "api_key_not_found")
    problem(await office.ask("DELETE", f"/keys/{other['id']}", token=made["key"]), 404, "api_key_not_found")
    problem(await office.ask("POST", "/keys", token=made["key"], json=KEY), 403, "forbidden")
    assert (await office.ask("DELETE", f"/keys/{made['id']}", token=made["key"])).status_code == 200
    problem(await office.ask("GET", "/runs", token=fresh.json()["key"]), 401, "unauthorised")


async def test_a_revoked_key_is_good_nowhere_any_more(office: Office) -> None:
    made = await make(office)
    elsewhere = KeyRing(office.store, office.desk.seal, office.tokens, office.desk.directory)
    for ring in (office.desk.keys, elsewhere):
        assert (await ring.read(made["key"])).id == "somebody"
    revoked = (await office.ask("DELETE", f"/keys/{made['id']}")).json()
    assert revoked["revoked_at"] is not None
    await elsewhere.look()
    office.desk.keys.hear([Revoked(id=made["id"]), Changed(what="api keys")])
    problem(await office.ask("GET", "/runs", token=made["key"]), 401, "unauthorised")
    with pytest.raises(Exception, match="needs a valid token"):
        await elsewhere.read(made["key"])
    problem(await office.ask("DELETE", f"/keys/{made['id']}"), 404, "api_key_not_found")
    problem(await office.ask("POST", f"/keys/{made['id']}/rotation"), 404, "api_key_not_found")
    assert [each["id"] for each in (await office.ask("GET", "/revocations")).json()["items"]] == [made["id"]]


async def test_the_news_of_a_revocation_is_enough(office: Office) -> None:
    made = await make(office)
    assert (await office.ask("GET", "/runs", token=made["key"])).status_code == 200
    office.tokens.revoke(made["id"])
    problem(await office.ask("GET", "/runs", token=made["key"]), 401, "unauthorised")


async def test_whoever_may_revoke_tokens_revokes_keys_of_others(office: Office) -> None:
    li = office.tokens.issue("li", role="viewer", lifetime=timedelta(hours=1))
    first, second = await make(office, li), await make(office, li)
    bert = office.tokens.issue("bert", role="developer", lifetime=timedelta(hours=1))
    problem(await office.ask("DELETE", f"/keys/{first['id']}", token=bert), 404, "api_key_not_found")
    assert (await office.ask("DELETE", f"/keys/{first['id']}")).status_code == 200
    for say in (lambda made: {"id": made["id"]}, lambda made: {"token": made["key"]}):
        assert (await office.ask("POST", "/revocations", json=say(second))).status_code == 201
        office.desk.keys.hear([Changed(what="api keys")])
        problem(await office.ask("GET", "/runs", token=second["key"]), 401, "unauthorised")
        assert (await office.ask("GET", "/keys", token=li)).json()["items"][0]["revoked_at"] is not None
        second = await make(office, li)


async def test_there_are_a_hundred_keys_of_one_owner(office: Office) -> None:
    for _ in range(100):
        await make(office)
    assert problem(await office.ask("POST", "/keys", json=KEY), 409, "too_many_api_keys")["limit"] == 100
    first = (await office.ask("GET", "/keys")).json()["items"][0]
    await office.ask("DELETE", f"/keys/{first['id']}")
    await make(office)


async def test_wrong_secrets_of_a_right_prefix_are_refused_and_push_nobody_out(office: Office) -> None:
    made = await make(office)
    assert (await office.ask("GET", "/runs", token=made["key"])).status_code == 200
    for wrong in (f"hwk_{made['prefix']}_{'0' * 64}", f"hwk_{'0' * 12}_{made['key'][-64:]}", made["key"] + "0", made["key"].upper()):
        refused = problem(await office.ask("GET", "/runs", token=wrong), 401, "unauthorised")
        assert refused["detail"] == "This needs a valid token."
    assert (await office.ask("GET", "/runs", token=made["key"])).status_code == 200


async def test_a_known_key_costs_no_statement_and_its_use_is_noted_once_a_minute(office: Office) -> None:
    made = await make(office)
    office.desk.keys.hear([Changed(what="api keys")])
    await office.desk.keys.read(made["key"])
    read = office.store.read

    async def refuse(*_: Any) -> Any:
        raise AssertionError("the store was asked")

    office.store.read = refuse
    try:
        for _ in range(50):
            assert (await office.desk.keys.read(made["key"])).api_key == made["id"]
    finally:
        office.store.read = read
    await office.desk.keys.note()
    used = (await office.ask("GET", "/keys")).json()["items"][0]["used_at"]
    assert parse_iso(used).second == 0
    assert office.tokens.clock.now() - parse_iso(used) < timedelta(minutes=2)


async def test_the_secret_is_shown_once_and_stands_nowhere(office: Office) -> None:
    """Not in the database, not in the log, not in another answer, not in an error."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger("headway").addHandler(handler)
    logging.getLogger("headway").setLevel(logging.DEBUG)
    try:
        made = await make(office)
        rotated = (await office.ask("POST", f"/keys/{made['id']}/rotation")).json()
        said: list[str] = []
        for key in (made["key"], rotated["key"]):
            for path, body in (
                ("/runs", None),
                ("/keys", None),
                ("/revocations", {"token": key + "x"}),
                ("/nowhere", None),
            ):
                answer = await office.ask("GET" if body is None else "POST", path, token=key, json=body)
                said.append(answer.text)
                said.append(repr(dict(answer.headers)))
        await office.desk.keys.note()
        said.append((await office.ask("GET", "/keys?is_all=true")).text)
    finally:
        logging.getLogger("headway").removeHandler(handler)
        logging.getLogger("headway").setLevel(logging.NOTSET)
    stored = await office.store.write(lambda tx: "\n".join(link_of(tx).driver.iterdump()))
    assert made["prefix"] in stored
    for secret in (made["key"][-64:], rotated["key"][-64:]):
        assert secret not in stored
        assert secret not in heard.getvalue()
        assert all(secret not in text for text in said)


async def add_account(office: Office, name: str, *grants: tuple[str, str | None]) -> None:
    def act(tx: Transaction) -> None:
        tx.accounts.add(Account(name=name, display_name=name, created_at=tx.now, created_by="admin"))
        for role, project in grants:
            tx.accounts.add_grant(Grant(id=new_id(), account=name, role=role, project=project, created_at=tx.now, created_by="admin"))

    await office.store.write(act)


async def test_the_key_of_an_account_has_what_the_account_has_at_the_moment(office: Office) -> None:
    await add_account(office, "li", ("operator", "physics"))
    li = office.tokens.issue("li", account="li", lifetime=timedelta(minutes=10))
    made = await make(office, li, scopes=["run:*", "session:create"])
    assert parse_iso(made["expires_at"]) - office.tokens.clock.now() > timedelta(days=89), (
        "an account's key outlives the token that made it"
    )
    mine, other = await office.start(project="physics"), await office.start(project="history")
    assert (await office.ask("PUT", f"/runs/{mine['id']}/pause", token=made["key"])).status_code == 202
    problem(await office.ask("GET", f"/runs/{other['id']}", token=made["key"]), 404, "run_not_found")
    problem(await office.ask("GET", "/tasks", token=made["key"]), 403, "forbidden")

    (grant,) = await office.store.read(lambda snapshot: list(snapshot.accounts.grants_of("li")))
    await office.store.write(lambda tx: tx.accounts.delete_grant(grant.id))
    office.desk.directory.hear(AccessChanged(accounts=frozenset({"li"})))
    problem(await office.ask("GET", f"/runs/{mine['id']}", token=made["key"]), 404, "run_not_found")

    await office.store.write(lambda tx: tx.accounts.change("li", is_active=False))
    office.desk.directory.hear(AccessChanged(accounts=frozenset({"li"})))
    problem(await office.ask("GET", f"/runs/{mine['id']}", token=made["key"]), 401, "unauthorised")


async def test_a_key_is_no_way_to_all_that_its_account_may(office: Office) -> None:
    """Not by a sign-in link either: who shows a key is not signed in as its owner."""
    await add_account(office, "li", ("admin", None))
    li = office.tokens.issue("li", account="li", lifetime=timedelta(minutes=10))
    key = (await make(office, li, scopes=["session:create", "run:read"]))["key"]
    link = await office.ask("POST", "/sign-in-links", token=key, json={})
    assert link.status_code == 201
    bought = (await office.ask("POST", "/tokens", token=None, json={"code": link.json()["code"]})).json()
    problem(await office.ask("GET", "/workers", token=bought["token"]), 403, "forbidden")
    problem(await office.ask("GET", "/runs", token=bought["token"]), 403, "forbidden")
