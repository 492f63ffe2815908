"""Signing in at a provider: a real one, and what one may do wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio

from headway.access.directory import read_rights
from headway.access.principal import SYSTEM
from headway.acts.accounts import add_account
from headway.model.account import Group
from headway.model.clock import SystemClock
from headway.model.errors import ProviderUnavailable
from headway.testing.clock import START
from headway.web.provider import OidcProvider, ProviderSettings
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.web.office import Office, open_office, problem
from tests.unit.web.provider_process import ProviderProcess
from tests.unit.web.test_accounts import cookie_of, make, own, token_of
from tests.unit.web.test_sessions import page

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderProcess]:
    with ProviderProcess() as started:
        yield started


def settings(issuer: str, **more: Any) -> ProviderSettings:
    given: dict[str, Any] = {
        "issuer": issuer, "client_id": "headway", "client_secret": "a secret of ours", "scopes": ("openid", "profile", "email"),
        "name": "University", "admits": frozenset({"uni.example"}), "groups_claim": None,
    }  # fmt: skip
    return ProviderSettings(**(given | more))


class Hall:
    """An office whose people sign in at a provider, and a browser in it."""

    def __init__(self, office: Office, provider: ProviderProcess) -> None:
        self.office = office
        self.provider = provider
        self.set()

    def set(self, **more: Any) -> None:
        self.office.desk.provider = OidcProvider(settings(self.provider.url, **more), SystemClock())

    async def start(self, path: str = "/oidc/start", **headers: str) -> httpx2.Response:
        self.office.client.cookies.clear()
        return await self.office.client.get(path, headers=headers)

    async def back(self, path: str, pending: str | None, **headers: str) -> httpx2.Response:
        """The browser comes back from the provider, with its cookie."""
        self.office.client.cookies.clear()
        more = {} if pending is None else {"Cookie": pending}
        return await self.office.client.get(path.removeprefix("/api/v1"), headers={**headers, **more})

    async def enter(self, subject: str, to: str = "/", **changed: str) -> httpx2.Response:
        """All of it."""
        started = await self.start(f"/oidc/start?to={to}")
        assert started.status_code == 303, started.text
        return await self.back(self.provider.enter(started.headers["location"], subject, **changed), pending_of(started))

    async def signed_in(self, subject: str, **more: Any) -> str:
        """The account in which it ends."""
        answer = await self.enter(subject, **more)
        assert answer.status_code == 303, answer.text
        return self.office.tokens.read(await token_of(self.office, session_of(answer))).id


def pending_of(answer: httpx2.Response) -> str:
    (found,) = [each.split(";")[0] for each in answer.headers.get_list("set-cookie") if "headway_pending_" in each]
    return found


def session_of(answer: httpx2.Response) -> str:
    (found,) = [each.split(";")[0] for each in answer.headers.get_list("set-cookie") if "headway_session_" in each]
    return found


@pytest_asyncio.fixture
async def hall(tmp_path: Path, provider: ProviderProcess) -> AsyncIterator[Hall]:
    async with open_office(tmp_path / "artifacts") as office:
        yield Hall(office, provider)


async def test_from_the_provider_to_a_session(hall: Hall) -> None:
    hall.provider.person("ada", name="Ada King")
    started = await hall.start("/oidc/start?to=/runs%3Fstate=failed")
    url = urlsplit(started.headers["location"])
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}" == hall.provider.url
    assert asked["redirect_uri"] == "http://headway.test/api/v1/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid profile email")
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    (cookie,) = started.headers.get_list("set-cookie")
    assert cookie.endswith("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax")
    assert asked["state"] not in cookie
    assert asked["nonce"] not in cookie

    answer = await hall.back(hall.provider.enter(started.headers["location"], "ada"), pending_of(started))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "http://headway.test/runs?state=failed"
    assert any("headway_pending_" in each and "Max-Age=0" in each for each in answer.headers.get_list("set-cookie"))
    (session,) = [each for each in answer.headers.get_list("set-cookie") if "headway_session_" in each]
    assert "HttpOnly; SameSite=Strict" in session
    shown = (await own(hall.office, "GET", "", session.split(";")[0])).json()
    assert (shown["name"], shown["display_name"], shown["email"]) == ("ada@uni.example", "Ada King", "ada@uni.example")
    assert [(each["issuer"], each["subject"]) for each in shown["identities"]] == [(hall.provider.url, "ada")]
    assert (await page(hall.office, "GET", "/sign-in-ways")).json()["provider"] == {"name": "University"}


async def test_the_session_that_the_browser_had_ends_as_the_next_begins(hall: Hall) -> None:
    hall.provider.person("ada")
    before, elsewhere = [session_of(await hall.enter("ada")) for _ in "ab"]
    started = await hall.start(Cookie=before)
    answer = await hall.back(hall.provider.enter(started.headers["location"], "ada"), pending_of(started))
    problem(await page(hall.office, "GET", "/session", before), 401, "session_ended")
    for cookie in (elsewhere, session_of(answer)):
        assert (await page(hall.office, "GET", "/session", cookie)).status_code == 200


async def test_over_tls_the_cookie_is_this_hosts_alone(hall: Hall) -> None:
    hall.office.desk.url = "https://headway.example.org"
    (cookie,) = (await hall.start()).headers.get_list("set-cookie")
    assert cookie.startswith("__Host-headway_pending_")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")


async def test_who_comes_back_is_the_same_account_whatever_its_address_is_now(hall: Hall) -> None:
    hall.provider.person("boris")
    first = await hall.signed_in("boris")
    hall.provider.person("boris", email="somebody.else@uni.example")
    assert await hall.signed_in("boris") == first
    hall.provider.person("other", email="boris@uni.example")
    assert await hall.signed_in("other") == first, "the address binds who has verified it to the account with it, once"


async def test_nobody_is_let_in_who_is_not_to_be(hall: Hall) -> None:
    hall.provider.person("carl", email="carl@elsewhere.example")
    hall.provider.person("dora", email_verified=False)
    hall.provider.person("emil", email=None)
    for subject in ("carl", "dora", "emil"):
        problem(await hall.enter(subject), 403, "not_admitted")
    hall.set(admits=frozenset())
    problem(await hall.enter(hall.provider.person("fred")), 403, "not_admitted")
    assert await hall.office.store.read(lambda s: s.accounts.count()) == 0


async def test_a_known_address_binds_to_one_account_and_to_none_of_two(hall: Hall) -> None:
    hall.set(admits=frozenset({"known"}))
    await make(hall.office, "gil", email="Gil@uni.example")
    hall.provider.person("gil", email="gil@uni.example")
    assert await hall.signed_in("gil") == "gil"
    for name in ("h1", "h2"):
        await make(hall.office, name, email="hans@uni.example")
    for subject in ("hans", "ines"):
        problem(await hall.enter(hall.provider.person(subject)), 403, "not_admitted")


async def test_a_disabled_account_is_not_let_in(hall: Hall) -> None:
    account = await hall.signed_in(hall.provider.person("jan"))
    assert (await hall.office.ask("PATCH", f"/accounts/{account}", json={"is_active": False})).status_code == 200
    problem(await hall.enter("jan"), 403, "not_admitted")


async def test_a_name_that_is_taken_is_not_taken_over(hall: Hall) -> None:
    await make(hall.office, "kim@uni.example")
    account = await hall.signed_in(hall.provider.person("kim"))
    assert account.startswith("kim@uni.example-")


async def test_an_identity_is_bound_to_ones_own_account_by_its_owner(hall: Hall) -> None:
    hall.set(admits=frozenset())
    for name in ("lea", "max"):
        await make(hall.office, name)
    hall.provider.person("l-777", email=None)

    async def begin(name: str) -> httpx2.Response:
        cookie = await cookie_of(hall.office, name)
        answer = await own(hall.office, "POST", "/identities", cookie, json={"to": "/account"})
        assert answer.status_code == 201, answer.text
        return answer

    begun = await begin("lea")
    answer = await hall.back(hall.provider.enter(begun.json()["url"], "l-777"), pending_of(begun))
    assert (answer.status_code, answer.headers["location"]) == (303, "http://headway.test/account")
    assert await hall.signed_in("l-777") == "lea"
    begun = await begin("max")
    problem(await hall.back(hall.provider.enter(begun.json()["url"], "l-777"), pending_of(begun)), 409, "conflict")


async def test_groups_are_those_of_the_provider_that_there_are_here(hall: Hall) -> None:
    hall.set(groups_claim="groups")
    for name in ("graders", "staff", "others"):
        await hall.office.store.write(lambda tx, name=name: tx.accounts.put_group(Group(name=name, created_at=START, created_by="x")))
    await hall.office.store.write(lambda tx: add_account(tx, SYSTEM, name="zoe", display_name="Zoe"))

    async def groups_of(account: str) -> list[str]:
        return [group.name for group in await hall.office.store.read(lambda s: s.accounts.groups(account=account))]

    account = await hall.signed_in(hall.provider.person("nora", groups=["/Graders", "staff", "unknown", "../x"]))
    assert await groups_of(account) == ["graders", "staff"]
    await hall.signed_in(hall.provider.person("nora", groups=["others"]))
    assert await groups_of(account) == ["others"]
    await hall.signed_in(hall.provider.person("nora"))
    assert await groups_of(account) == ["others"], "nothing was said of groups"
    await hall.signed_in(hall.provider.person("nora", groups=[]))
    assert await groups_of(account) == []
    rights = await hall.office.store.read(lambda s: read_rights(s, account))
    assert rights is not None
    assert rights.everywhere == frozenset(), "who signs in for the first time may do nothing yet"


async def test_a_code_is_good_once_and_for_the_client_that_it_was_made_for(hall: Hall) -> None:
    started = await hall.start()
    back = hall.provider.enter(started.headers["location"], hall.provider.person("olga"))
    assert (await hall.back(back, pending_of(started))).status_code == 303
    problem(await hall.back(back, pending_of(started)), 401, "provider_refused")
    problem(await hall.enter("olga", client_id="somebody-else"), 401, "provider_refused")


async def test_a_nonce_that_is_not_ours_is_found_in_the_token(hall: Hall) -> None:
    refused = problem(await hall.enter(hall.provider.person("paul"), nonce="planted"), 401, "id_token_invalid")
    assert "does not belong to this sign-in" in refused["detail"]


async def test_only_the_browser_that_began_it_ends_it_and_in_time(hall: Hall) -> None:
    hall.provider.person("rosa")
    started, other = await hall.start(), await hall.start()
    back = hall.provider.enter(started.headers["location"], "rosa")
    name, _, sealed = pending_of(started).partition("=")
    seal = hall.office.desk.pending_seal
    pending = seal.open(sealed, hall.office.tokens.clock.now())
    assert pending is not None
    late = seal.close(replace(pending, ends_at=hall.office.tokens.clock.now().timestamp() - 1))
    for cookie in (None, pending_of(other), f"{name}={late}", f"{name}=", f"{name}={sealed[:-4]}AAAA", f"{name}={'x' * 4_000}"):
        problem(await hall.back(back, cookie), 401, "sign_in_expired")
    for path in (
        back.split("state=")[0] + "state=",
        back.replace("state=", "state=x"),
        "/api/v1/oidc/callback",
        "/api/v1/oidc/callback?code=x",
    ):
        problem(await hall.back(path, pending_of(started)), 401, "sign_in_expired")
    assert (await hall.back(back, pending_of(started))).status_code == 303, "and none of these has spent the code"


async def test_what_the_provider_refuses_is_said_in_one_line(hall: Hall) -> None:
    started = await hall.start()
    state = parse_qs(urlsplit(started.headers["location"]).query)["state"][0]
    path = f"/api/v1/oidc/callback?state={state}&error=access_denied&error_description=No%0d%0aSet-Cookie:%20x%3cscript%3e"
    refused = problem(await hall.back(path, pending_of(started)), 401, "provider_refused")
    assert refused["detail"] == "The provider has not signed you in: NoSet-Cookie: x<script>."


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "runs", "/a%0d%0ab", "%2f%2fevil.example", ""],
)
async def test_it_ends_at_no_other_server(hall: Hall, to: str) -> None:
    problem(await hall.start(f"/oidc/start?to={to}"), 422, "invalid")


async def test_another_issuer_in_the_address_is_not_believed(hall: Hall) -> None:
    started = await hall.start()
    back = hall.provider.enter(started.headers["location"], hall.provider.person("sara"))
    problem(await hall.back(f"{back}&iss=https://evil.example", pending_of(started)), 401, "id_token_invalid")
    assert (await hall.back(f"{back}&iss={hall.provider.url}", pending_of(started))).status_code == 303


async def test_a_person_sees_a_page_that_says_what_went_wrong(hall: Hall) -> None:
    answer = await hall.back("/api/v1/oidc/callback?code=x&state=y", None, **HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://headway.test/sign-in?problem=sign_in_expired")


async def test_tries_of_an_address_are_counted_here_too(hall: Hall) -> None:
    answers = [await hall.back("/api/v1/oidc/callback?code=x&state=y", None) for _ in range(200)]
    assert [each.status_code for each in answers][:60] == [401] * 60
    assert int(problem(answers[-1], 429, "rate_limited")["retry_in_seconds"]) >= 0


async def test_without_a_provider_there_is_none(office: Office) -> None:
    for path in ("/oidc/start", "/oidc/callback"):
        problem(await office.ask("GET", path, token=None), 404, "no_provider")


async def test_keys_that_change_are_found_and_an_outage_passes(tmp_path: Path) -> None:
    with ProviderProcess() as provider:
        async with open_office(tmp_path / "artifacts") as office:
            hall = Hall(office, provider)
            account = await hall.signed_in(provider.person("tom"))
            provider.stop()
            started = await hall.start()  # what it once said of itself is still known
            state = parse_qs(urlsplit(started.headers["location"]).query)["state"][0]
            away = await hall.back(f"/api/v1/oidc/callback?code=x&state={state}", pending_of(started))
            problem(away, 503, "provider_unavailable")
            assert int(away.headers["retry-after"]) >= 1
            hall.set()
            away = await hall.start()
            assert "University does not answer" in problem(away, 503, "provider_unavailable")["detail"]
            assert int(away.headers["retry-after"]) >= 1

            provider.start()
            assert await hall.signed_in(provider.person("tom")) == account
            provider.stop()
            provider.start()  # with other keys; ours are a moment old
            assert await hall.signed_in(provider.person("tom")) == account


# --- metadata and answers that a provider should not give ---------------------------------------------------------------

WELL_KNOWN = "GET /.well-known/openid-configuration"


def metadata(url: str, **more: Any) -> dict[str, Any]:
    named = {
        "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token", "jwks_uri": f"{url}/jwks",
        "id_token_signing_alg_values_supported": ["RS256"],
    }  # fmt: skip
    return {**named, **more}


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "a token endpoint elsewhere": {"token_endpoint": "https://evil.example/token"},
    "a token endpoint on another port": {"token_endpoint": "http://127.0.0.1:1/token"},
    "a token endpoint with a user": {"token_endpoint": "http://x@127.0.0.1:1/token"},
    "keys elsewhere": {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
    "no keys": {"jwks_uri": None},
    "a person's data elsewhere": {"userinfo_endpoint": "http://localhost:1/x"},
    "a sign-in page that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "no sign-in page": {"authorization_endpoint": None},
    "shared secrets alone": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
}


@pytest.mark.parametrize("name", WRONG)
async def test_metadata_that_lead_elsewhere_are_not_used(name: str) -> None:
    answers: dict[str, Any] = {}
    with DocumentsServer(answers) as server:
        answers[WELL_KNOWN] = metadata(server.url, **WRONG[name])
        with pytest.raises(ProviderUnavailable):
            await OidcProvider(settings(server.url), SystemClock()).begin(back="http://headway.test/back", to="/")
        assert [asked for asked, _, _ in server.asked] == [WELL_KNOWN]


@pytest.mark.parametrize("answer", [[], "x", (500, {}), (404, {}), (302, {}), {"x": "y" * 1_100_000}, {}])
async def test_what_is_no_metadata(answer: Any) -> None:
    with DocumentsServer({WELL_KNOWN: answer}) as server, pytest.raises(ProviderUnavailable):
        await OidcProvider(settings(server.url), SystemClock()).begin(back="http://headway.test/back", to="/")


async def test_a_provider_that_signs_as_the_operator_does_not_want_signs_nobody_in(hall: Hall) -> None:
    hall.set(algorithms=("ES256",))
    answer = await hall.start()
    assert "provider_unavailable" in (answer.headers.get("location") or answer.text)
    hall.set(algorithms=("ES256", "RS256"))
    assert (await hall.start()).headers["location"].startswith(hall.provider.url)
