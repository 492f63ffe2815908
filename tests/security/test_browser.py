"""What a browser could be made to do: read what is another page's, run what somebody wrote, or go where somebody wants."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import httpx2
import pytest

from headway.web.app import create_app
from headway.web.cookies import cookie_name
from tests.security.browser import LIVELY, ORIGINS, cross_origin, elsewhere, lively_names
from tests.security.cases import Tried
from tests.unit.web.office import Office
from tests.unit.web.test_sessions import link

PAGE = {"Origin": "https://headway.example", "Sec-Fetch-Site": "same-origin", "Host": "headway.example"}


async def test_22_and_23_no_page_of_another_origin_reads_or_changes_anything(office: Office) -> None:
    await Tried(office).all(cross_origin())


async def test_23_a_page_that_the_operator_named_asks_with_a_token_and_no_other_page_does(office: Office) -> None:
    app = create_app(office.desk, None, frozenset({"https://app.example.org"}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headway.test/api/v1") as client:
        own = {"Origin": "https://app.example.org"}
        before = await client.options("/runs", headers={**own, "Access-Control-Request-Method": "POST"})
        assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, "https://app.example.org")
        assert "authorization" in before.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in before.headers
        answer = await client.get("/runs", headers={**own, "Authorization": f"Bearer {office.admin}"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://app.example.org")
        assert answer.headers["vary"] == "Origin"
        refused = await client.get("/runs", headers=own)
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://app.example.org")
        for origin in ORIGINS:
            for verb in ("GET", "OPTIONS"):
                answer = await client.request(verb, "/runs", headers={"Origin": origin})
                assert "access-control-allow-origin" not in answer.headers, origin
        for path in ("/session/tokens", "/sessions", "/session"):
            answer = await client.options(path, headers={**own, "Access-Control-Request-Method": "POST"})
            assert "access-control-allow-origin" not in answer.headers, f"{path} takes a cookie"


async def test_24_and_31_what_people_write_stays_what_it_is(office: Office) -> None:
    answers = await Tried(office).all(lively_names())
    for answer in answers:
        assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
    listed = {run["name"] for run in (await office.ask("GET", "/runs?limit=200")).json()["items"]}
    assert {"{{7*7}}", "%(x)s", "{0.__class__}", "${7*7}"} <= listed, "nothing was worked out"
    assert "49" not in listed


@pytest.mark.parametrize(
    "name", [*LIVELY, "../../x", "a\r\nX: y", 'x"; filename="y', "x.html", "x.svg", "CON", ".", "a/b", "é汉字.txt", "%0d%0a", ";" * 20]
)
async def test_24_and_35_what_was_uploaded_is_handed_out_as_a_file_and_never_shown(office: Office, name: str) -> None:
    opened = await office.open()
    run = opened["run"]["id"]
    at = f"/runs/{run}/artifacts?name={quote(name, safe='')}&fence=1&media_type=text/html"
    made = await office.ask("POST", at, token=opened["token"], content=b"<script>alert(1)</script>")
    if made.status_code != 201:
        assert made.status_code == 422, made.text
        made = await office.ask(
            "POST", at.replace("&media_type=text/html", ""), token=opened["token"], content=b"<script>alert(1)</script>"
        )
    if made.status_code != 201:
        assert made.status_code == 422, made.text
        return
    got = await office.ask("GET", f"/runs/{run}/artifacts/{made.json()['id']}/content")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    disposition = got.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert unquote(disposition.partition("''")[2]) == made.json()["name"]
    assert disposition.isprintable()
    assert disposition.count(";") == 1


async def test_26_a_link_leads_to_a_page_of_ours(office: Office) -> None:
    await Tried(office).all(elsewhere())


async def test_over_tls_the_cookie_has_a_name_that_no_neighbour_can_set(office: Office, tmp_path: Path) -> None:
    code = (await link(office))["code"]
    office.client.cookies.clear()
    answer = await office.client.post("/sessions", json={"code": code}, headers=PAGE)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["set-cookie"]
    name, secret = cookie.split(";")[0].split("=", 1)
    assert name == f"__Host-{cookie_name(office.desk)}"
    assert "; Path=/; HttpOnly; SameSite=Strict; Secure" in cookie
    office.client.cookies.clear()
    for sent, status in ((name, 201), (cookie_name(office.desk), 401), (f"__host-{cookie_name(office.desk)}", 401)):
        answer = await office.client.post("/session/tokens", headers={**PAGE, "Cookie": f"{sent}={secret}"})
        assert answer.status_code == status, sent
    # Its path is `/`, and still it is taken at the addresses of sessions alone.
    for path in ("/runs", "/keys", "/health/ready"):
        answer = await office.client.get(path, headers={**PAGE, "Cookie": f"{name}={secret}"})
        assert answer.status_code == (401 if path != "/health/ready" else answer.status_code)
