"""From a sign-in link to a session, its tokens and its end, over the routes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from headway.model.clock import parse_iso
from headway.model.permissions import Permission
from headway.web.auth import PERMISSION, SESSION
from headway.web.patience import Patience
from headway.web.routes.docs import describe
from tests.unit.web.office import Office, problem
from tests.unit.web.test_routes import address, method, routes_of

OWN = {"Origin": "http://headway.test", "Sec-Fetch-Site": "same-origin"}


async def link(office: Office, **more: Any) -> dict[str, Any]:
    answer = await office.ask("POST", "/sign-in-links", json=more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def page(office: Office, verb: str, path: str, cookie: str | None = None, **more: Any) -> httpx2.Response:
    """As a page of the server asks: with its origin and its cookie."""
    headers = {**OWN, **more.pop("headers", {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    if cookie is not None:
        headers["Cookie"] = cookie
    office.client.cookies.clear()
    return await office.client.request(verb, path, headers=headers, **more)


async def sign_in(office: Office, code: str | None = None, **more: Any) -> str:
    """The cookie, as a browser sends it back."""
    answer = await page(office, "POST", "/sessions", json={"code": code or (await link(office))["code"]}, **more)
    assert answer.status_code == 201, answer.text
    return answer.headers["set-cookie"].split(";")[0]


async def test_from_link_to_session_to_token(office: Office) -> None:
    made = await link(office, to="/runs/7")
    assert re.fullmatch(r"http://headway\.test/sign-in\?to=/runs/7#code=[\w-]{43}", made["url"])
    assert made["url"].endswith(made["code"])

    answer = await page(office, "POST", "/sessions", json={"code": made["code"]})
    assert answer.status_code == 201
    assert answer.json()["principal"] == {
        "id": "somebody",
        "role": "admin",
        "scopes": [],
        "permissions": [each.value for each in Permission],
        "permissions_somewhere": [each.value for each in Permission],
        "is_enrolling": False,
    }
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"headway_session_[0-9a-f]{8}=[\w-]{43}; Max-Age=\d+; Path=/api/v1/session; HttpOnly; SameSite=Strict", cookie), (
        cookie
    )

    cookie = cookie.split(";")[0]
    token = (await page(office, "POST", "/session/tokens", cookie)).json()
    assert (token["expires_in"], token["principal"]["id"]) == (600, "somebody")
    assert (await office.ask("GET", "/runs", token=token["token"])).status_code == 200
    shown = (await page(office, "GET", "/session", cookie)).json()
    assert parse_iso(shown["expires_at"]) <= parse_iso(shown["created_at"]) + timedelta(days=30)


async def test_a_code_is_good_once(office: Office) -> None:
    code = (await link(office))["code"]
    await sign_in(office, code)
    refused = problem(await page(office, "POST", "/sessions", json={"code": code}), 401, "sign_in_code_invalid")
    assert "headway open" in refused["detail"]


@pytest.mark.parametrize("code", ["x", "a" * 43, "' OR 1=1 --", "\u4f60\u597d", "a" * 128])
async def test_what_is_no_code(office: Office, code: str) -> None:
    problem(await page(office, "POST", "/sessions", json={"code": code}), 401, "sign_in_code_invalid")


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": None}, {"code": 5}, {"code": "a" * 129}, {"code": "a", "role": "admin"}, [], "x"]
)
async def test_what_is_no_exchange(office: Office, body: Any) -> None:
    problem(await page(office, "POST", "/sessions", json=body), 422, "invalid")


async def test_a_form_of_another_page_is_no_exchange(office: Office) -> None:
    content = b'{"code": "x"}'
    answer = await page(office, "POST", "/sessions", content=content, headers={"Content-Type": "text/plain"})
    problem(answer, 415, "unsupported_media_type")


FOREIGN = {
    "another server": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another port": {"Origin": "http://headway.test:81", "Sec-Fetch-Site": "same-site"},
    "a name that begins alike": {"Origin": "http://headway.test.evil.example", "Sec-Fetch-Site": None},
    "no name": {"Origin": "null", "Sec-Fetch-Site": None},
    "nothing at all": {"Origin": None, "Sec-Fetch-Site": None},
    "an address bar": {"Origin": None, "Sec-Fetch-Site": "none"},
    "one of two says no": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "the other of two": {"Origin": "http://headway.test", "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_only_pages_of_this_server_use_a_session(office: Office, name: str) -> None:
    code = (await link(office))["code"]
    cookie = await sign_in(office)
    for verb, path, body in [
        ("POST", "/sessions", {"code": code}),
        ("POST", "/session/tokens", None),
        ("GET", "/session", None),
        ("DELETE", "/session", None),
    ]:
        problem(await page(office, verb, path, cookie, json=body, headers=FOREIGN[name]), 403, "origin_refused")
    assert await sign_in(office, code), "the code was not spent"
    assert (await page(office, "GET", "/session", cookie)).status_code == 200


@pytest.mark.parametrize("kept", ["Origin", "Sec-Fetch-Site"])
async def test_one_word_of_the_browser_is_enough(office: Office, kept: str) -> None:
    headers = {name: value if name == kept else None for name, value in OWN.items()}
    cookie = await sign_in(office, headers=headers)
    assert (await page(office, "GET", "/session", cookie, headers=headers)).status_code == 200


async def test_behind_a_proxy_with_tls_the_cookie_is_secure(office: Office) -> None:
    office.desk.url = "https://headway.example.org"
    for headers in ({"Origin": "https://headway.example.org"}, {"Origin": None}, {"Origin": "https://headway.test"}):
        answer = await page(office, "POST", "/sessions", json={"code": (await link(office))["code"]}, headers=headers)
        assert answer.headers["set-cookie"].endswith("; Secure"), headers
    plain = await page(office, "POST", "/sessions", json={"code": (await link(office))["code"]}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" not in plain.headers["set-cookie"]


async def test_signing_out(office: Office) -> None:
    cookie, other = await sign_in(office), await sign_in(office)
    ended = await page(office, "DELETE", "/session", cookie)
    assert ended.status_code == 204
    assert "Max-Age=0" in ended.headers["set-cookie"]
    for verb, path in [("POST", "/session/tokens"), ("GET", "/session"), ("DELETE", "/session")]:
        problem(await page(office, verb, path, cookie), 401, "session_ended")
    assert (await page(office, "GET", "/session", other)).status_code == 200


async def test_cookies_that_are_none(office: Office) -> None:
    name, _, secret = (await sign_in(office)).partition("=")
    problem(await page(office, "POST", "/session/tokens"), 401, "unauthorised")
    problem(await page(office, "POST", "/session/tokens", f"headway_session={secret}"), 401, "unauthorised")
    for wrong in ("x", "a" * 5_000, secret[:-1], secret.swapcase(), f"{secret}; {name}=x", "\x7f"):
        problem(await page(office, "POST", "/session/tokens", f"{name}={wrong}"), 401, "session_ended")


async def test_no_other_route_takes_the_cookie_and_these_take_no_token(office: Office) -> None:
    cookie = await sign_in(office)
    opened = await office.open()
    walked = 0
    for route in routes_of(office.rest):
        need = (route.openapi_extra or {})[PERMISSION]
        where = address(route, opened["run"]["id"])
        if need == SESSION:
            answer = await office.ask(method(route), where, headers=OWN)
            problem(answer, 401, "unauthorised")
        elif need != "anonymous":
            problem(await page(office, method(route), where, cookie), 401, "unauthorised")
            walked += 1
    assert walked > 20


async def test_a_link_gives_no_more_than_its_maker_has(office: Office) -> None:
    for token in (office.token("project:default:*:*"), office.token("project:default:session:create"), office.token("run:x:*")):
        answer = await office.ask("POST", "/sign-in-links", token=token, json={})
        assert problem(answer, 403, "forbidden")["permission"] == "session:create"
    brief = office.tokens.issue("guest", role="admin", lifetime=timedelta(minutes=3))
    code = (await office.ask("POST", "/sign-in-links", token=brief)).json()["code"]
    answer = await page(office, "POST", "/sessions", json={"code": code})
    assert 0 < int(re.findall(r"Max-Age=(\d+)", answer.headers["set-cookie"])[0]) <= 180
    token = (await page(office, "POST", "/session/tokens", answer.headers["set-cookie"].split(";")[0])).json()
    assert token["expires_in"] <= 180
    assert token["principal"]["id"] == "guest"


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "runs",
        "/a b",
        "/a#b",
        "/\u0000",
        "/" + "a" * 500,
        "",
    ],
)
async def test_a_link_leads_nowhere_else(office: Office, to: str) -> None:
    problem(await office.ask("POST", "/sign-in-links", json={"to": to}), 422, "invalid")


async def test_what_a_link_leads_to_is_kept_apart_from_its_code(office: Office) -> None:
    made = await link(office, to="/runs?state=failed&tag=学生")
    assert made["url"].split("#")[0] == "http://headway.test/sign-in?to=/runs%3Fstate%3Dfailed%26tag%3D%E5%AD%A6%E7%94%9F"


async def test_who_guesses_is_slowed_down(office: Office) -> None:
    office.desk.patience = Patience(burst=5, per_second=0.01)
    for _ in range(5):
        problem(await page(office, "POST", "/sessions", json={"code": "guess"}), 401, "sign_in_code_invalid")
    problem(await page(office, "POST", "/sessions", json={"code": "guess"}), 429, "rate_limited")
    problem(await page(office, "POST", "/session/tokens"), 429, "rate_limited")


async def test_answers_are_not_kept_by_anybody(office: Office) -> None:
    made = await office.ask("POST", "/sign-in-links", json={})
    signed = await page(office, "POST", "/sessions", json={"code": made.json()["code"]})
    token = await page(office, "POST", "/session/tokens", signed.headers["set-cookie"].split(";")[0])
    assert {answer.headers["cache-control"] for answer in (made, signed, token)} == {"no-store"}


async def test_openapi_says_which_routes_take_the_cookie(office: Office) -> None:
    schema = describe(office.rest)
    assert schema["paths"]["/api/v1/session/tokens"]["post"]["security"] == [{"session": []}]
    assert schema["paths"]["/api/v1/sessions"]["post"]["security"] == []
    assert schema["components"]["securitySchemes"]["session"]["in"] == "cookie"
