"""Second factors over the routes: set up, asked for, taken off; and those who try to go past them."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from headway.access.lockout import FIRST_LOCK
from headway.acts.passwords import VOUCHER_LIFE
from headway.acts.sign_in import Browser, open_account
from headway.model.audit import Action, AuditFilter, AuditRow
from headway.model.second_factor import SecondFactorRequired
from headway.model.session import Way
from headway.store.audit import AuditPage
from headway.testing.clock import FakeClock
from headway.web.live import LiveAccess
from headway.web.routes.docs import describe
from tests.unit.web.office import Office, open_office, problem
from tests.unit.web.phones import Phone, cookie_with_code, enrol, voucher_of, with_code, with_phone
from tests.unit.web.test_accounts import GOOD, OTHER, cookie_of, enter, invite, make, own, token_of
from tests.unit.web.test_routes import method, routes_of
from tests.unit.web.test_sessions import link, page

FOR_ENROLMENT = {
    "GET /api/v1/account", "POST /api/v1/account/second-factor", "PUT /api/v1/account/second-factor", "POST /api/v1/account/proof",
}  # fmt: skip


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def office(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    async with open_office(tmp_path / "artifacts", clock=clock) as opened:
        yield opened


async def audited(office: Office, *actions: Action) -> list[AuditRow]:
    await office.desk.refusals.flush()
    wanted = AuditFilter(actions=frozenset(action.value for action in actions))
    return list(await office.store.read(lambda s: s.audit.list(wanted, AuditPage(limit=50))))


async def test_from_setting_it_up_to_signing_in_with_it(office: Office, clock: FakeClock) -> None:
    await make(office)
    here, elsewhere = await cookie_of(office), await cookie_of(office)
    begun = (await own(office, "POST", "/second-factor", here)).json()
    assert begun["address"].startswith(f"otpauth://totp/Headway%20headway.test:ada?secret={begun['secret']}&")
    assert (await enter(office)).status_code == 201, "one that was only begun is not asked for"

    phone = Phone(clock, begun["secret"])
    problem(await own(office, "PUT", "/second-factor", here, json={"code": phone.wrong()}), 401, "factor_code_refused")
    answer = await own(office, "PUT", "/second-factor", here, json={"code": phone.code()})
    codes = answer.json()["recovery_codes"]
    assert len(set(codes)) == 10
    problem(await page(office, "GET", "/session", elsewhere), 401, "session_ended")
    shown = (await own(office, "GET", "", here)).json()
    assert shown["has_second_factor"]
    assert shown["second_factor"]["recovery_codes_left"] == 10
    assert begun["secret"] not in str(shown)

    refused = problem(await enter(office, password=OTHER), 401, "sign_in_refused")
    assert refused["detail"] == "The name or the password is wrong."
    answer = await with_code(office, await voucher_of(office), phone.fresh())
    assert answer.status_code == 201
    assert (answer.json()["principal"]["id"], answer.json()["recovery_codes_left"]) == ("ada", None)
    cookie = answer.headers["set-cookie"].split(";")[0]
    (first, *_) = (await own(office, "GET", "/sign-ins", cookie)).json()["items"]
    assert first["way"] == "password_and_code"
    (latest, *_) = await audited(office, Action.SIGNED_IN)
    assert latest.after is not None
    assert latest.after["by"] == "password_and_code"
    assert [row.target for row in await audited(office, Action.SECOND_FACTOR_SET)] == ["ada"]


async def test_the_picture_is_an_image_that_loads_and_runs_nothing(office: Office) -> None:
    await make(office)
    cookie = await cookie_of(office)
    pictures = [(await own(office, "POST", "/second-factor", cookie)).json()["picture"] for _ in range(2)]
    assert pictures[0] != pictures[1], "each secret has its own"
    root = ET.fromstring(pictures[0])
    assert root.tag == "{http://www.w3.org/2000/svg}svg", "without it a browser shows no image"
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert tags <= {"svg", "path"}
    size = float(root.attrib["viewBox"].split()[2])
    assert size - 2 * 4 >= 21, "no smaller than the smallest code, with its margin around"
    assert "http" not in pictures[0].replace("http://www.w3.org/2000/svg", "")


async def test_the_secret_lies_encrypted_and_recovery_codes_as_seals(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    kept = await office.store.read(lambda s: s.second_factors.get("ada"))
    assert kept is not None
    assert phone.secret not in str(kept)
    for code in phone.recovery_codes:
        plain = code.replace("-", "")
        assert not await office.store.write(lambda tx, p=plain: tx.second_factors.take_recovery_code("ada", p))


async def test_a_code_is_taken_once(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    code = phone.code()
    problem(await with_code(office, await voucher_of(office), code), 401, "factor_code_refused")  # it has set the factor up
    code = phone.fresh()
    assert (await with_code(office, await voucher_of(office), code)).status_code == 201
    problem(await with_code(office, await voucher_of(office), code), 401, "factor_code_refused")
    clock.advance(30)
    problem(await with_code(office, await voucher_of(office), code), 401, "factor_code_refused")
    assert (await with_code(office, await voucher_of(office), phone.code(steps=1))).status_code == 201, "a clock that is ahead"
    problem(await with_code(office, await voucher_of(office), phone.code()), 401, "factor_code_refused")  # older than what was taken


async def test_of_many_who_bring_one_code_at_once_one_is_in(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    vouchers = [await voucher_of(office) for _ in range(5)]
    code = phone.fresh()
    answers = await asyncio.gather(*(with_code(office, voucher, code) for voucher in vouchers))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401]


async def test_a_code_of_somebody_else_is_none(office: Office, clock: FakeClock) -> None:
    await with_phone(office, clock)
    other = await with_phone(office, clock, "boris")
    problem(await with_code(office, await voucher_of(office), other.fresh()), 401, "factor_code_refused")
    problem(await with_code(office, await voucher_of(office), other.recovery_codes[0]), 401, "factor_code_refused")
    assert (await with_code(office, await voucher_of(office, "boris"), other.recovery_codes[0])).status_code == 201


async def test_a_voucher_is_good_once_and_for_five_minutes(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    voucher = await voucher_of(office)
    assert (await with_code(office, voucher, phone.fresh())).status_code == 201
    problem(await with_code(office, voucher, phone.fresh()), 401, "sign_in_expired")
    problem(await with_code(office, "x" * 43, phone.fresh()), 401, "sign_in_expired")

    voucher = await voucher_of(office)
    clock.advance(VOUCHER_LIFE.total_seconds())
    problem(await with_code(office, voucher, phone.code()), 401, "sign_in_expired")
    voucher = await voucher_of(office)
    problem(await with_code(office, voucher, phone.wrong()), 401, "factor_code_refused")
    assert (await with_code(office, voucher, phone.code())).status_code == 201, "who mistypes need not begin again"


async def test_a_voucher_is_no_session_and_no_code_is_one(office: Office, clock: FakeClock) -> None:
    await with_phone(office, clock)
    voucher = await voucher_of(office)
    name = office.desk.seal.name
    problem(await page(office, "POST", "/session/tokens", f"headway_session_{name}={voucher}"), 401, "session_ended")
    problem(await page(office, "POST", "/sessions", json={"code": voucher}), 401, "sign_in_code_invalid")
    problem(await office.ask("GET", "/account", token=voucher), 401, "unauthorised")


async def test_what_changes_meanwhile_ends_vouchers(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    voucher = await voucher_of(office)
    code = (await office.ask("POST", "/accounts/ada/password-links")).json()["code"]
    assert (await page(office, "POST", "/sessions", json={"code": code, "password": OTHER})).status_code == 202
    problem(await with_code(office, voucher, phone.fresh()), 401, "sign_in_expired")
    voucher = await voucher_of(office, password=OTHER)
    assert (await office.ask("PATCH", "/accounts/ada", json={"is_active": False})).status_code == 200
    problem(await with_code(office, voucher, phone.fresh()), 401, "sign_in_expired")


async def test_a_link_for_a_new_password_goes_past_no_second_factor(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    code = (await office.ask("POST", "/accounts/ada/password-links")).json()["code"]
    answer = await page(office, "POST", "/sessions", json={"code": code, "password": OTHER})
    assert answer.status_code == 202
    assert "set-cookie" not in answer.headers
    problem(await enter(office), 401, "sign_in_refused")
    assert (await with_code(office, answer.json()["voucher"], phone.fresh())).status_code == 201


async def test_who_tries_codes_is_locked_as_who_tries_passwords(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    voucher = await voucher_of(office)
    for _ in range(10):
        problem(await with_code(office, voucher, phone.wrong()), 401, "factor_code_refused")
    refused = problem(await with_code(office, voucher, phone.code(steps=1)), 429, "sign_in_locked")
    assert refused["retry_in_seconds"] == 900
    problem(await enter(office), 429, "sign_in_locked")
    clock.advance(FIRST_LOCK.total_seconds())
    assert (await with_code(office, await voucher_of(office), phone.code())).status_code == 201
    rows = await audited(office, Action.SIGN_IN_LOCKED, Action.SIGN_IN_FAILED)
    assert {row.target for row in rows if row.action == Action.SIGN_IN_LOCKED} == {"ada"}
    assert {str(row.after) for row in rows if row.action == Action.SIGN_IN_FAILED} == {"{'by': 'code'}"}


async def test_who_knows_the_password_has_no_more_tries_at_codes(office: Office, clock: FakeClock) -> None:
    """Neither by signing in anew with each, nor by a proof, nor by changing the password in between."""
    phone = await with_phone(office, clock)
    cookie = await cookie_with_code(office, phone)
    passwords = [GOOD, OTHER]
    for number in range(9):
        match number % 3:
            case 0:
                problem(await with_code(office, await voucher_of(office, password=passwords[0]), phone.wrong()), 401, "factor_code_refused")
            case 1:
                body = {"password": passwords[0], "code": phone.wrong()}
                problem(await own(office, "POST", "/proof", cookie, json=body), 401, "factor_code_refused")
            case _:
                body = {"old": passwords[0], "new": passwords[1]}
                assert (await own(office, "POST", "/password", cookie, json=body)).status_code == 204
                passwords.reverse()
                problem(await with_code(office, await voucher_of(office, password=passwords[0]), phone.wrong()), 401, "factor_code_refused")
    voucher = await voucher_of(office, password=passwords[0])
    problem(await with_code(office, voucher, phone.wrong()), 401, "factor_code_refused")
    problem(await with_code(office, voucher, phone.wrong()), 429, "sign_in_locked")


async def test_who_guesses_at_once_has_no_more_tries(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    voucher = await voucher_of(office)
    answers = await asyncio.gather(*(with_code(office, voucher, phone.wrong()) for _ in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20


async def test_a_recovery_code_is_good_once_and_says_how_many_are_left(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    code = phone.recovery_codes[3]
    answer = await with_code(office, await voucher_of(office), code.upper().replace("-", " "))
    assert answer.status_code == 201
    assert answer.json()["recovery_codes_left"] == 9
    problem(await with_code(office, await voucher_of(office), code), 401, "factor_code_refused")
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert (await own(office, "GET", "", cookie)).json()["second_factor"]["recovery_codes_left"] == 9
    assert (await own(office, "GET", "/sign-ins", cookie)).json()["items"][0]["way"] == "recovery_code"
    assert [(row.target, row.after) for row in await audited(office, Action.RECOVERY_CODE_USED)] == [("ada", {"left_count": 9})]

    new = (await own(office, "POST", "/recovery-codes", cookie)).json()["recovery_codes"]
    assert len(set(new) | set(phone.recovery_codes)) == 20
    assert [(row.by, row.target) for row in await audited(office, Action.RECOVERY_CODES_MADE)] == [("ada", "ada")]
    problem(await with_code(office, await voucher_of(office), phone.recovery_codes[0]), 401, "factor_code_refused")
    assert (await with_code(office, await voucher_of(office), new[0])).status_code == 201


async def test_one_takes_it_off_and_sets_up_another(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    here, elsewhere = await cookie_with_code(office, phone), await cookie_with_code(office, phone)
    problem(await own(office, "POST", "/second-factor", here), 409, "factor_set")
    problem(await own(office, "PUT", "/second-factor", here, json={"code": phone.fresh()}), 409, "factor_set")
    assert (await own(office, "DELETE", "/second-factor", here)).status_code == 204
    assert [(row.by, row.target) for row in await audited(office, Action.SECOND_FACTOR_TAKEN_OFF)] == [("ada", "ada")]
    problem(await page(office, "GET", "/session", elsewhere), 401, "session_ended")
    assert (await enter(office)).status_code == 201
    problem(await own(office, "DELETE", "/second-factor", here), 404, "factor_not_found")
    problem(await own(office, "PUT", "/second-factor", here, json={"code": phone.code()}), 404, "factor_not_found")
    problem(await own(office, "POST", "/recovery-codes", here), 404, "factor_not_found")
    other = await enrol(office, clock, here)
    assert other.secret != phone.secret
    problem(await with_code(office, await voucher_of(office), phone.fresh()), 401, "factor_code_refused")
    problem(await with_code(office, await voucher_of(office), phone.recovery_codes[0]), 401, "factor_code_refused")


async def test_who_looks_after_people_takes_it_off_for_whoever_lost_it(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    cookie = await cookie_with_code(office, phone)
    assert [each["has_second_factor"] for each in (await office.ask("GET", "/accounts")).json()["items"]] == [True]
    seen = (await office.ask("GET", "/accounts/ada")).json()
    assert seen["second_factor"]["recovery_codes_left"] == 10
    assert phone.secret not in str(seen)
    viewer = office.token(role="viewer")
    problem(await office.ask("DELETE", "/accounts/ada/second-factor", token=viewer), 403, "forbidden")
    assert (await office.ask("DELETE", "/accounts/ada/second-factor")).status_code == 204
    problem(await page(office, "GET", "/session", cookie), 401, "session_ended")
    assert (await enter(office)).status_code == 201
    problem(await office.ask("DELETE", "/accounts/ada/second-factor"), 404, "factor_not_found")
    problem(await office.ask("DELETE", "/accounts/nobody/second-factor"), 404, "account_not_found")
    assert [(row.by, row.target) for row in await audited(office, Action.SECOND_FACTOR_TAKEN_OFF)] == [("somebody", "ada")]


async def test_nobody_takes_it_off_who_may_less(office: Office, clock: FakeClock) -> None:
    await make(office, "desk")
    desk_role = {"description": "", "permissions": ["user:admin"], "inherits": []}
    assert (await office.ask("PUT", "/roles/desk", json=desk_role)).status_code in {200, 201}
    assert (await office.ask("POST", "/grants", json={"account": "desk", "role": "desk"})).status_code == 201
    await with_phone(office, clock)
    token = await token_of(office, await cookie_of(office, "desk"))
    assert (await office.ask("POST", "/grants", json={"account": "ada", "role": "admin"})).status_code == 201
    problem(await office.ask("DELETE", "/accounts/ada/second-factor", token=token), 403, "more_than_held")


async def test_who_has_no_password_is_sent_to_the_provider(office: Office) -> None:
    await office.ask("POST", "/accounts", json={"name": "ada"})
    token = await of_provider(office)
    problem(await office.ask("POST", "/account/second-factor", token=token), 409, "factor_elsewhere")


async def of_provider(office: Office, name: str = "ada", *, is_new: bool = True) -> str:
    """The token of somebody who has come from a provider; not `is_new`: another one of the session that there is."""
    browser = Browser(secret_hash=office.desk.seal.make(), user_agent="")
    if is_new:
        session = await office.store.write(lambda tx: open_account(tx, name, browser, Way.PROVIDER))
    else:
        (session, *_) = await office.store.read(lambda s: s.sessions.of_account(name))
    return office.tokens.issue(name, account=name, session=session.id, lifetime=timedelta(minutes=10))


# --- pages of others ------------------------------------------------------------------------------------------------------


async def test_no_page_of_others_sets_one_up(office: Office) -> None:
    """The cookie alone does nothing: it would be sent along with a request that a page of others makes."""
    await make(office)
    cookie = await cookie_of(office)
    wishes: list[tuple[str, str, Any]] = [
        ("POST", "/account/second-factor", None), ("PUT", "/account/second-factor", {"code": "123456"}),
        ("DELETE", "/account/second-factor", None), ("POST", "/account/recovery-codes", None),
        ("POST", "/account/proof", {"password": GOOD}),
    ]  # fmt: skip
    for verb, path, body in wishes:
        answer = await page(office, verb, path, cookie, headers={"Origin": "https://evil.example"}, **({"json": body} if body else {}))
        problem(answer, 401, "unauthorised")
    problem(
        await page(office, "POST", "/sessions/by-code", json={"voucher": "x", "code": "1"}, headers={"Origin": "https://evil.example"}),
        403, "origin_refused",
    )  # fmt: skip


async def test_what_is_begun_is_set_by_nobody_elses_app(office: Office, clock: FakeClock) -> None:
    """Whoever begins one in another session cannot have the owner confirm it: the owner's app has another secret."""
    await make(office)
    owner, thief = await cookie_of(office), await cookie_of(office)
    of_owner = Phone(clock, (await own(office, "POST", "/second-factor", owner)).json()["secret"])
    of_thief = Phone(clock, (await own(office, "POST", "/second-factor", thief)).json()["secret"])
    assert of_owner.secret != of_thief.secret
    problem(await own(office, "PUT", "/second-factor", owner, json={"code": of_owner.code()}), 401, "factor_code_refused")


# --- where it is required -------------------------------------------------------------------------------------------------


async def test_where_it_is_required_who_has_none_may_set_one_up_and_nothing_else(office: Office, clock: FakeClock) -> None:
    office.desk.is_factor_required = True
    await make(office, role="admin")
    cookie = await cookie_of(office)
    given = (await page(office, "POST", "/session/tokens", cookie)).json()
    assert given["principal"]["is_enrolling"]
    assert (given["principal"]["permissions"], given["principal"]["permissions_somewhere"]) == ([], [])
    token = given["token"]
    refused = problem(await office.ask("GET", "/runs", token=token), 403, "second_factor_required")
    assert "second-factor" in refused["detail"]
    assert (await office.ask("GET", "/account", token=token)).status_code == 200
    phone = await enrol(office, clock, cookie)
    problem(await office.ask("GET", "/runs", token=token), 403, "second_factor_required")
    assert (await office.ask("GET", "/runs", token=await token_of(office, cookie))).status_code == 200
    fresh = await cookie_with_code(office, phone)
    assert not (await page(office, "GET", "/session", fresh)).json()["principal"]["is_enrolling"]
    assert (await own(office, "DELETE", "/second-factor", fresh)).status_code == 204
    problem(await own(office, "GET", "/sign-ins", fresh), 403, "second_factor_required")


async def test_where_it_is_required_every_route_says_so_but_those_that_set_one_up(office: Office) -> None:
    office.desk.is_factor_required = True
    await make(office, role="admin")
    token = await token_of(office, await cookie_of(office))
    let_in: set[str] = set()
    for route in routes_of(office.rest):
        need = (route.openapi_extra or {})["x-permission"]
        if need in {"anonymous", "session"}:
            continue
        path = route.path.removeprefix("/api/v1").replace("{run}", "019336e2-2222-7333-8444-555566667777")
        answer = await office.ask(method(route), path, token=token)
        if answer.status_code != 403 or answer.json()["code"] != "second_factor_required":
            let_in.add(f"{method(route)} {route.path}")
    assert let_in == FOR_ENROLMENT


async def test_where_it_is_required_programs_and_those_of_a_provider_are_not_asked(office: Office) -> None:
    office.desk.is_factor_required = True
    await make(office, role="admin")
    key = (await office.ask("POST", "/keys", json={"name": "nightly", "scopes": ["run:read"]})).json()["key"]
    for token in (key, office.admin, office.token("project:x:run:*"), await of_provider(office)):
        assert (await office.ask("GET", "/runs", token=token)).status_code == 200
    cookie = (await page(office, "POST", "/sessions", json={"code": (await link(office))["code"]})).headers["set-cookie"].split(";")[0]
    assert (await office.ask("GET", "/runs", token=await token_of(office, cookie))).status_code == 200, (
        "whoever has the secret of the server"
    )


async def test_where_it_is_required_who_is_invited_sets_one_up(office: Office, clock: FakeClock) -> None:
    office.desk.is_factor_required = True
    code = await invite(office, role="viewer")
    answer = await page(office, "POST", "/sessions", json={"code": code, "password": GOOD})
    assert answer.status_code == 201
    assert answer.json()["principal"]["is_enrolling"]
    cookie = answer.headers["set-cookie"].split(";")[0]
    await enrol(office, clock, cookie)
    assert (await office.ask("GET", "/runs", token=await token_of(office, cookie))).status_code == 200


async def test_where_it_is_required_the_live_wire_says_so_too(office: Office, clock: FakeClock) -> None:
    office.desk.is_factor_required = True
    await make(office, role="admin")
    cookie = await cookie_of(office)
    live = LiveAccess(office.store, office.tokens, office.desk.directory, office.desk.keys)
    with pytest.raises(SecondFactorRequired):
        await live.verify_token(await token_of(office, cookie))
    for path in ("/live/poll", "/live/tickets"):
        body: Any = {"subscriptions": []} if path.endswith("poll") else None
        answer = await office.ask("POST", path, token=await token_of(office, cookie), **({"json": body} if body else {}))
        problem(answer, 403, "second_factor_required")
    await enrol(office, clock, cookie)
    assert (await live.verify_token(await token_of(office, cookie))).id == "ada"


async def test_who_was_signed_in_before_it_was_required_is_asked_with_the_next_token(office: Office) -> None:
    await make(office, role="viewer")
    cookie = await cookie_of(office)
    assert (await office.ask("GET", "/runs", token=await token_of(office, cookie))).status_code == 200
    office.desk.is_factor_required = True
    problem(await office.ask("GET", "/runs", token=await token_of(office, cookie)), 403, "second_factor_required")


def test_what_sets_one_up_is_said_in_the_interface(office: Office) -> None:
    paths = describe(office.rest)["paths"]
    assert {"201", "202"} <= set(paths["/api/v1/sessions/by-password"]["post"]["responses"])
