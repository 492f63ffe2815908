"""Accounts over the routes: made, invited, signed in to, changed, disabled."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from headway.model.audit import AuditFilter
from headway.store.audit import AuditPage
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.test_sessions import OWN, page, sign_in

GOOD, OTHER = "tulips under a cold moon", "nine herons on one leg"


async def make(office: Office, name: str = "ada", **more: Any) -> Json:
    answer = await office.ask("POST", "/accounts", json={"name": name, "password": GOOD, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def invite(office: Office, name: str = "ada", **more: Any) -> str:
    """The code of the link with which the first password is set."""
    answer = await office.ask("POST", "/accounts", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["link"]["code"]


async def enter(office: Office, name: str = "ada", password: str = GOOD, **more: Any) -> httpx2.Response:
    return await page(office, "POST", "/sessions/by-password", json={"name": name, "password": password}, **more)


async def cookie_of(office: Office, name: str = "ada", password: str = GOOD, **more: Any) -> str:
    answer = await enter(office, name, password, **more)
    assert answer.status_code == 201, answer.text
    return answer.headers["set-cookie"].split(";")[0]


async def token_of(office: Office, cookie: str) -> str:
    answer = await page(office, "POST", "/session/tokens", cookie)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


async def own(office: Office, verb: str, path: str, cookie: str, **more: Any) -> httpx2.Response:
    return await office.ask(verb, f"/account{path}", token=await token_of(office, cookie), **more)


async def test_from_an_account_to_a_session_of_it(office: Office) -> None:
    made = await make(office, display_name="Ada King", email="ada@example.org")
    assert (made["name"], made["has_password"], made["link"], made["is_active"]) == ("ada", True, None, True)
    assert "password_hash" not in made
    assert GOOD not in str(made)

    answer = await enter(office)
    assert answer.status_code == 201, answer.text
    assert answer.json()["principal"]["id"] == "ada"
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in set_cookie
    assert "Path=/api/v1/session;" in set_cookie
    token = await token_of(office, set_cookie.split(";")[0])
    principal = office.tokens.read(token)
    assert (principal.id, principal.account, principal.role, principal.scopes) == ("ada", "ada", None, ())
    shown = (await office.ask("GET", "/account", token=token)).json()
    assert (shown["display_name"], shown["email"], shown["identities"]) == ("Ada King", "ada@example.org", [])


async def test_a_name_is_signed_in_with_however_it_is_written(office: Office) -> None:
    await make(office)
    assert (await enter(office, " Ada ")).status_code == 201
    assert (await enter(office, password="tulips under a cold moon ")).status_code == 401


async def test_who_is_invited_sets_a_password_once(office: Office) -> None:
    code = await invite(office, display_name="Ada King")
    refused = problem(await enter(office), 401, "sign_in_refused")
    assert refused["detail"] == "The name or the password is wrong."

    wanted = problem(await page(office, "POST", "/sessions", json={"code": code}), 422, "password_wanted")
    assert (wanted["account"], wanted["field"]) == ("ada", "password")
    for weak in ("short", "ADA KING was here in rain", "passwordpassword12"):
        problem(await page(office, "POST", "/sessions", json={"code": code, "password": weak}), 422, "weak_password")
    answer = await page(office, "POST", "/sessions", json={"code": code, "password": GOOD})
    assert answer.status_code == 201, answer.text
    assert (await own(office, "GET", "", answer.headers["set-cookie"].split(";")[0])).json()["has_password"]
    problem(await page(office, "POST", "/sessions", json={"code": code, "password": OTHER}), 401, "sign_in_code_invalid")
    assert (await enter(office)).status_code == 201


async def test_a_forgotten_password_is_set_anew_by_a_link_and_nobody_stays_signed_in(office: Office) -> None:
    await make(office)
    before = await cookie_of(office)
    first = (await office.ask("POST", "/accounts/ada/password-links")).json()
    link = (await office.ask("POST", "/accounts/ada/password-links")).json()
    assert link["url"] == f"http://headway.test/sign-in#code={link['code']}"
    problem(await page(office, "POST", "/sessions", json={"code": first["code"], "password": OTHER}), 401, "sign_in_code_invalid")
    assert (await page(office, "GET", "/session", before)).status_code == 200, "a link that nobody follows changes nothing"

    answer = await page(office, "POST", "/sessions", json={"code": link["code"], "password": OTHER})
    assert answer.status_code == 201
    problem(await page(office, "GET", "/session", before), 401, "session_ended")
    problem(await enter(office), 401, "sign_in_refused")
    assert (await enter(office, password=OTHER)).status_code == 201


async def test_one_changes_ones_own_password_with_the_old_one(office: Office) -> None:
    await make(office)
    here, elsewhere = await cookie_of(office), await cookie_of(office)
    problem(await own(office, "POST", "/password", here, json={"old": OTHER, "new": OTHER}), 401, "sign_in_refused")
    problem(await own(office, "POST", "/password", here, json={"old": GOOD, "new": "my name is ada, hello"}), 422, "weak_password")
    assert (await page(office, "GET", "/session", elsewhere)).status_code == 200

    assert (await own(office, "POST", "/password", here, json={"old": GOOD, "new": OTHER})).status_code == 204
    assert (await page(office, "GET", "/session", here)).status_code == 200
    problem(await page(office, "GET", "/session", elsewhere), 401, "session_ended")
    problem(await enter(office), 401, "sign_in_refused")
    assert (await enter(office, password=OTHER)).status_code == 201


async def test_who_has_the_session_but_not_the_password_guesses_no_longer_than_others(office: Office) -> None:
    await make(office)
    here = await cookie_of(office)
    for _ in range(10):
        problem(await own(office, "POST", "/password", here, json={"old": OTHER, "new": OTHER}), 401, "sign_in_refused")
    problem(await own(office, "POST", "/password", here, json={"old": GOOD, "new": OTHER}), 429, "sign_in_locked")


async def test_every_sign_in_has_a_secret_of_its_own_and_none_that_was_brought_along(office: Office) -> None:
    await make(office)
    name, _, secret = (await cookie_of(office)).partition("=")
    planted = f"{name}={'a' * 43}"
    answer = await page(office, "POST", "/sessions/by-password", planted, json={"name": "ada", "password": GOOD})
    found = answer.headers["set-cookie"].split(";")[0].partition("=")[2]
    assert found not in {"a" * 43, secret}
    assert len(found) == 43
    problem(await page(office, "GET", "/session", planted), 401, "session_ended")


async def test_who_signs_in_once_more_ends_the_session_that_the_browser_had(office: Office) -> None:
    await make(office)
    over_tls = {**OWN, "Origin": "https://headway.test"}
    body = {"name": "ada", "password": GOOD}
    before, elsewhere = [
        (await page(office, "POST", "/sessions/by-password", json=body, headers=over_tls)).headers["set-cookie"].split(";")[0] for _ in "ab"
    ]
    assert before.startswith("__Host-")
    after = (await page(office, "POST", "/sessions/by-password", before, json=body, headers=over_tls)).headers["set-cookie"].split(";")[0]
    problem(await page(office, "GET", "/session", before, headers=over_tls), 401, "session_ended")
    for cookie in (elsewhere, after):
        assert (await page(office, "GET", "/session", cookie, headers=over_tls)).status_code == 200


async def test_only_pages_of_this_server_sign_in(office: Office) -> None:
    await make(office)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": None, "Sec-Fetch-Site": None}, {"Sec-Fetch-Site": "cross-site"}):
        problem(await enter(office, headers=headers), 403, "origin_refused")


async def test_sign_ins_are_listed_and_ended(office: Office) -> None:
    await make(office)
    await make(office, "boris")
    here = await cookie_of(office, headers={"User-Agent": "Firefox"})
    elsewhere = await cookie_of(office, headers={"User-Agent": "Safari"})
    of_boris = await cookie_of(office, "boris")
    listed = (await own(office, "GET", "/sign-ins", here)).json()["items"]
    assert {(each["user_agent"], each["is_this"]) for each in listed} == {("Firefox", True), ("Safari", False)}
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    assert all(set(each) == {"id", "created_at", "seen_at", "expires_at", "address", "user_agent", "way", "is_this"} for each in listed)

    (other,) = [each["id"] for each in listed if not each["is_this"]]
    (foreign,) = [each["id"] for each in (await office.ask("GET", "/accounts/boris/sign-ins")).json()["items"]]
    for wrong in (foreign, "019336e2-2222-7333-8444-555566667777", "x"):
        problem(await own(office, "DELETE", f"/sign-ins/{wrong}", here), 404, "sign_in_not_found")
    assert (await own(office, "DELETE", f"/sign-ins/{other}", here)).status_code == 204
    problem(await page(office, "GET", "/session", elsewhere), 401, "session_ended")
    revoked = {each["id"] for each in (await office.ask("GET", "/revocations")).json()["items"]}
    assert other in revoked, "its tokens, too"

    problem(await office.ask("DELETE", f"/accounts/ada/sign-ins/{foreign}"), 404, "sign_in_not_found")
    assert (await office.ask("DELETE", f"/accounts/boris/sign-ins/{foreign}")).status_code == 204
    problem(await page(office, "GET", "/session", of_boris), 401, "session_ended")
    problem(await office.ask("GET", "/accounts/nobody/sign-ins"), 404, "account_not_found")


async def test_a_disabled_account_is_out_and_comes_back_when_it_is_enabled(office: Office) -> None:
    await make(office)
    here, link = await cookie_of(office), (await office.ask("POST", "/accounts/ada/password-links")).json()["code"]
    disabled = await office.ask("PATCH", "/accounts/ada", json={"is_active": False})
    assert disabled.json()["is_active"] is False
    problem(await page(office, "GET", "/session", here), 401, "session_ended")
    assert problem(await enter(office), 401, "sign_in_refused")["detail"] == "The name or the password is wrong."
    problem(await page(office, "POST", "/sessions", json={"code": link, "password": OTHER}), 401, "sign_in_code_invalid")
    problem(await office.ask("POST", "/accounts/ada/password-links"), 409, "conflict")

    assert (await office.ask("PATCH", "/accounts/ada", json={"is_active": True})).json()["is_active"]
    assert (await enter(office)).status_code == 201


async def test_what_an_account_is_can_be_changed_and_its_name_cannot(office: Office) -> None:
    await make(office, email="ada@example.org")
    changed = (await office.ask("PATCH", "/accounts/ada", json={"display_name": "Ada L.", "email": None})).json()
    assert (changed["display_name"], changed["email"]) == ("Ada L.", None)
    assert (await office.ask("PATCH", "/accounts/ada", json={})).json() == changed
    for wrong in (
        {"name": "eve"},
        {"password_hash": "x"},
        {"is_locked": True},
        {"created_by": "x"},
        {"failed_count": 0},
        {"is_active": None},
    ):
        problem(await office.ask("PATCH", "/accounts/ada", json=wrong), 422, "invalid")
    problem(await office.ask("PATCH", "/accounts/eve", json={"display_name": "Eve"}), 404, "account_not_found")


async def test_ones_own_page_looks_as_one_says(office: Office) -> None:
    await make(office)
    here = await cookie_of(office)
    wish = {"display_name": "爱达", "language": "zh-CN", "theme": "dark", "time_zone": "Asia/Shanghai"}
    changed = (await own(office, "PATCH", "", here, json=wish)).json()
    assert {name: changed[name] for name in wish} == wish
    assert (await own(office, "PATCH", "", here, json={"theme": None})).json() == {**changed, "theme": None}
    for wrong in ({"email": "eve@example.org"}, {"is_active": False}, {"language": "de"}, {"theme": "pink"}, {"time_zone": "Mars/Olympus"},
                  {"time_zone": "../../etc/passwd"}, {"display_name": ""}, {"display_name": "a\nb"}, {"name": "eve"}):  # fmt: skip
        problem(await own(office, "PATCH", "", here, json=wrong), 422, "invalid")


async def test_no_other_token_than_a_sessions_is_about_an_account(office: Office) -> None:
    await make(office)
    from datetime import timedelta

    of_key = office.tokens.issue("ada", account="ada", lifetime=timedelta(hours=1))
    for token in (of_key, office.admin, office.token("run:x:read")):
        assert problem(await office.ask("GET", "/account", token=token), 403, "forbidden")["permission"] == "account"


async def test_accounts_are_listed_searched_and_paged(office: Office) -> None:
    for number in range(5):
        await make(office, f"user{number}", display_name=f"Teacher {number}", email=f"t{number}@school.example")
    await make(office, "zoe", display_name="佐伊")
    first = (await office.ask("GET", "/accounts?limit=4")).json()
    assert ([each["name"] for each in first["items"]], first["total"]) == (["user0", "user1", "user2", "user3"], 6)
    second = (await office.ask("GET", f"/accounts?limit=4&cursor={first['next_cursor']}")).json()
    assert ([each["name"] for each in second["items"]], second["next_cursor"]) == (["user4", "zoe"], None)
    for q, names in (("teacher 3", ["user3"]), ("T4@", ["user4"]), ("佐", ["zoe"]), ("%", []), ("USER", [f"user{n}" for n in range(5)])):
        assert [each["name"] for each in (await office.ask("GET", "/accounts", params={"q": q})).json()["items"]] == names
    problem(await office.ask("GET", "/accounts", params={"cursor": "' OR 1=1"}), 400, "invalid_cursor")
    assert "hash" not in (await office.ask("GET", "/accounts")).text


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": "Ada"}, {"name": "a b"}, {"name": "a/b"}, {"name": "../x"}, {"name": "-x"}, {"name": "x" * 65}, {"name": 5},
        {"name": "ada\n"}, {"name": "张"}, {"name": "a", "email": "x"}, {"name": "a", "email": "a@b\r\nBcc: c"}, {"name": "a", "display_name": "\u202e\n"},
        {"name": "a", "is_admin": True}, {"name": "a", "password": ""}, {"name": "a", "password": 5}, {"name": "a", "password": "x" * 1_025},
        {"name": "a", "project": "p"}, {"name": "a", "role": ""}, {"name": "system"}, [], "x",
    ],
)  # fmt: skip
async def test_what_is_no_account(office: Office, body: Any) -> None:
    problem(await office.ask("POST", "/accounts", json=body), 422, "invalid")
    assert (await office.ask("GET", "/accounts")).json()["items"] == []


async def test_a_name_is_given_once(office: Office) -> None:
    await make(office)
    assert problem(await office.ask("POST", "/accounts", json={"name": "ada"}), 409, "account_exists")["name"] == "ada"
    problem(await office.ask("POST", "/accounts", json={"name": "eve", "password": "evevevevevevevevev"}), 422, "weak_password")


async def test_a_role_is_given_by_who_has_it_and_may_give(office: Office) -> None:
    await make(office, role="admin")
    await make(office, "boris", role="viewer", project="七班")
    grants = await office.store.read(lambda s: [(g.account, g.role, g.project, g.created_by) for g in s.accounts.grants()])
    assert sorted(grants, key=str) == [("ada", "admin", None, "somebody"), ("boris", "viewer", "七班", "somebody")]


@pytest.mark.parametrize("role", ["viewer", "operator", "developer"])
async def test_only_who_may_look_after_people_does(office: Office, role: str) -> None:
    await make(office)
    token = office.token(role=role)
    for verb, path, body in [
        ("GET", "/accounts", None), ("POST", "/accounts", {"name": "eve"}), ("GET", "/accounts/ada", None),
        ("PATCH", "/accounts/ada", {"is_active": False}), ("POST", "/accounts/ada/password-links", None), ("GET", "/accounts/ada/sign-ins", None),
        ("DELETE", "/accounts/ada/sign-ins/x", None), ("DELETE", "/accounts/ada/identities/x", None),
    ]:  # fmt: skip
        assert problem(await office.ask(verb, path, token=token, json=body), 403, "forbidden")["permission"] == "user:admin"


async def test_a_page_learns_how_people_sign_in(office: Office) -> None:
    assert (await office.ask("GET", "/sign-in-ways", token=None)).json() == {"has_password": False, "provider": None}
    await make(office)
    assert (await office.ask("GET", "/sign-in-ways", token=None)).json() == {"has_password": True, "provider": None}


@pytest.mark.parametrize("body", [{}, {"name": "ada"}, {"name": "", "password": "x"}, {"name": "x" * 201, "password": "x"}, {"name": "a", "password": ["x"]},
                                  {"name": "a", "password": "x", "role": "admin"}, {"name": "a", "password": "x" * 1_025}])  # fmt: skip
async def test_what_is_no_sign_in(office: Office, body: Any) -> None:
    problem(await page(office, "POST", "/sessions/by-password", json=body), 422, "invalid")


@pytest.mark.parametrize("name", ["ada", "nobody", "system", "admin", "' OR 1=1 --", "*", "../ada", "ada\u200b", "李", "a" * 200, "\x7f"])
async def test_names_of_every_kind_are_answered_alike(office: Office, name: str) -> None:
    await make(office)
    refused = problem(await enter(office, name, "not the right password"), 401, "sign_in_refused")
    assert refused["detail"] == "The name or the password is wrong."
    assert set(refused) == {"type", "title", "status", "detail", "code", "request_id"}


async def test_the_first_to_come_makes_their_own_account_and_may_do_everything_with_it(office: Office) -> None:
    """By the link that the server prints at its start: a session of the installation, without an account."""
    by_link = await token_of(office, await sign_in(office))
    problem(await office.ask("GET", "/account", token=by_link), 403, "forbidden")
    wish = {"name": "ada", "password": GOOD, "role": "admin"}
    assert (await office.ask("POST", "/accounts", token=by_link, json=wish)).status_code == 201
    token = await token_of(office, await cookie_of(office))
    assert (await office.ask("POST", "/accounts", token=token, json={"name": "boris", "role": "developer"})).status_code == 201
    assert (await office.ask("GET", "/signing-keys", token=token)).status_code == 200
    problem(await office.ask("PATCH", "/accounts/ada", token=token, json={"is_active": False}), 409, "conflict")
    problem(await office.ask("PATCH", "/accounts/ada", json={"is_active": False}), 409, "last_admin")


async def test_what_is_decided_about_people_is_audited(office: Office) -> None:
    await make(office, role="viewer")
    cookie = await cookie_of(office)
    for _ in range(10):
        await enter(office, password="not the right one")
    await office.ask("POST", "/accounts/ada/password-links")
    await office.ask("PATCH", "/accounts/ada", json={"is_locked": False})
    await own(office, "POST", "/password", cookie, json={"old": GOOD, "new": OTHER})
    await office.ask("PATCH", "/accounts/ada", json={"is_active": False})
    await office.desk.refusals.flush()
    rows = await office.store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=100)))
    found = [(row.action, row.by, row.target) for row in rows]
    assert {
        ("account.made", "somebody", "ada"), ("sign_in.failed", "", "ada"), ("sign_in.locked", "", "ada"), ("account.changed", "somebody", "ada"),
        ("sign_in_link.made", "somebody", "ada"), ("password.changed", "ada", "ada"), ("session.ended", "somebody", "ada"),
    } <= set(found)  # fmt: skip
    assert [row.address for row in rows if row.action == "password.changed"] == ["127.0.0.1"]
    assert [row.after["by"] for row in rows if row.action == "sign_in.done"] == ["password"]
    assert GOOD not in str(rows)
    assert "$argon2id" not in str(rows)


async def test_with_a_password_end_the_programs_that_were_signed_in_by_the_old_one(office: Office) -> None:
    await make(office, role="viewer")
    cookie = await cookie_of(office)
    code = (await office.ask("POST", "/sign-in-links", token=await token_of(office, cookie), json={})).json()["code"]
    device = await office.ask("POST", "/tokens", token=None, json={"code": code, "name": "lab"})
    assert device.status_code in {200, 201}, device.text
    assert (await own(office, "POST", "/password", cookie, json={"old": GOOD, "new": OTHER})).status_code == 204
    refused = await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": device.json()["refresh_token"]})
    assert refused.status_code == 401, refused.text
