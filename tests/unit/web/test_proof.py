"""Who changes how they get in proves once more who they are: within the last quarter of an hour, in this very session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from headway.acts.proof import PROOF_LIFE
from headway.model.audit import Action
from headway.model.clock import SystemClock
from headway.store.accounts import Identity
from headway.testing.clock import START, FakeClock
from headway.web.provider import OidcProvider
from tests.unit.web.office import Office, open_office, problem
from tests.unit.web.phones import cookie_with_code, enrol, with_phone
from tests.unit.web.test_accounts import GOOD, OTHER, cookie_of, make, own, token_of
from tests.unit.web.test_devices import program_of
from tests.unit.web.test_oidc import settings
from tests.unit.web.test_second_factors import audited, of_provider
from tests.unit.web.test_sessions import page

LIFE = PROOF_LIFE.total_seconds()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def office(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    async with open_office(tmp_path / "artifacts", clock=clock) as opened:
        yield opened


async def _identity(office: Office, cookie: str) -> str:
    identity = Identity(issuer="https://sso.example", subject="7", account="ada", created_at=START)
    await office.store.write(lambda tx: tx.accounts.identify(identity))
    return f"/account/identities/{identity.id}"


async def _elsewhere(office: Office, cookie: str) -> str:
    await cookie_of(office)
    listed = (await own(office, "GET", "/sign-ins", cookie)).json()["items"]
    (other, *_) = [each["id"] for each in listed if not each["is_this"]]
    return f"/account/sign-ins/{other}"


async def _program(office: Office, cookie: str) -> str:
    return f"/account/devices/{(await program_of(office.store, 'ada')).id}"


def _at(path: str) -> Callable[[Office, str], Awaitable[str]]:
    async def there(office: Office, cookie: str) -> str:
        return path

    return there


ACTS: dict[str, tuple[str, Callable[[Office, str], Awaitable[str]], Any]] = {
    "begin a second factor": ("POST", _at("/account/second-factor"), None),
    "set one": ("PUT", _at("/account/second-factor"), {"code": "123456"}),
    "take it off": ("DELETE", _at("/account/second-factor"), None),
    "take it off as somebody who looks after people": ("DELETE", _at("/accounts/ada/second-factor"), None),
    "make recovery codes": ("POST", _at("/account/recovery-codes"), None),
    "bind an identity": ("POST", _at("/account/identities"), None),
    "unbind one": ("DELETE", _identity, None),
    "sign out elsewhere": ("DELETE", _elsewhere, None),
    "sign a program out": ("DELETE", _program, None),
}
"""What asks for a proof: how it is asked, and where."""


@pytest.mark.parametrize("act", ACTS)
async def test_what_changes_how_one_gets_in_asks_for_a_proof(office: Office, clock: FakeClock, act: str) -> None:
    office.desk.provider = OidcProvider(settings("https://sso.example"), SystemClock())
    await make(office, role="admin")
    cookie = await cookie_of(office)
    verb, where, body = ACTS[act]
    path = await where(office, cookie)

    async def ask() -> httpx2.Response:
        more = {} if body is None else {"json": body}
        return await office.ask(verb, path, token=await token_of(office, cookie), **more)

    clock.advance(LIFE + 0.001)
    problem(await ask(), 403, "proof_required")
    assert (await own(office, "POST", "/proof", cookie, json={"password": GOOD})).status_code == 204
    clock.advance(LIFE)
    answer = await ask()
    assert answer.status_code != 403, answer.text
    assert "proof" not in answer.text


async def test_a_sign_in_counts_and_a_sign_in_link_does_not(office: Office, clock: FakeClock) -> None:
    """Whoever has got hold of a token can make a link of it: that proves nothing."""
    await make(office, role="admin")
    cookie = await cookie_of(office)
    assert (await own(office, "POST", "/second-factor", cookie)).status_code == 201
    code = (await office.ask("POST", "/sign-in-links", token=await token_of(office, cookie), json={})).json()["code"]
    answer = await page(office, "POST", "/sessions", json={"code": code})
    assert answer.status_code == 201, answer.text
    by_link = answer.headers["set-cookie"].split(";")[0]
    problem(await own(office, "POST", "/second-factor", by_link), 403, "proof_required")
    assert (await own(office, "POST", "/proof", by_link, json={"password": GOOD})).status_code == 204
    assert (await own(office, "POST", "/second-factor", by_link)).status_code == 201


async def test_a_proof_is_of_the_session_that_gave_it(office: Office, clock: FakeClock) -> None:
    await make(office)
    here, elsewhere = await cookie_of(office), await cookie_of(office)
    clock.advance(LIFE + 1)
    assert (await own(office, "POST", "/proof", here, json={"password": GOOD})).status_code == 204
    assert (await own(office, "POST", "/second-factor", here)).status_code == 201
    problem(await own(office, "POST", "/second-factor", elsewhere), 403, "proof_required")


async def test_a_proof_takes_the_password_and_a_code(office: Office, clock: FakeClock) -> None:
    phone = await with_phone(office, clock)
    cookie = await cookie_with_code(office, phone)
    clock.advance(LIFE + 1)
    wrong = {"password": OTHER, "code": phone.fresh()}
    problem(await own(office, "POST", "/proof", cookie, json=wrong), 401, "sign_in_refused")
    wanted = problem(await own(office, "POST", "/proof", cookie, json={"password": GOOD}), 422, "factor_code_wanted")
    assert wanted["field"] == "code"
    problem(await own(office, "POST", "/proof", cookie, json={"password": GOOD, "code": phone.wrong()}), 401, "factor_code_refused")
    problem(await own(office, "DELETE", "/second-factor", cookie), 403, "proof_required")
    code = phone.code()
    assert (await own(office, "POST", "/proof", cookie, json={"password": GOOD, "code": code})).status_code == 204
    problem(await own(office, "POST", "/proof", cookie, json={"password": GOOD, "code": code}), 401, "factor_code_refused")
    assert (await own(office, "DELETE", "/second-factor", cookie)).status_code == 204
    assert {row.target for row in await audited(office, Action.PROOF_GIVEN)} == {"ada"}
    assert len(await audited(office, Action.PROOF_GIVEN)) == 1


async def test_who_guesses_at_a_proof_is_locked(office: Office, clock: FakeClock) -> None:
    await make(office)
    cookie = await cookie_of(office)
    for _ in range(10):
        problem(await own(office, "POST", "/proof", cookie, json={"password": OTHER}), 401, "sign_in_refused")
    problem(await own(office, "POST", "/proof", cookie, json={"password": GOOD}), 429, "sign_in_locked")


async def test_signing_out_here_never_asks(office: Office, clock: FakeClock) -> None:
    await make(office)
    first, second = await cookie_of(office), await cookie_of(office)
    clock.advance(LIFE + 1)
    assert (await page(office, "DELETE", "/session", first)).status_code == 204
    (here,) = (await own(office, "GET", "/sign-ins", second)).json()["items"]
    assert (await own(office, "DELETE", f"/sign-ins/{here['id']}", second)).status_code == 204


async def test_a_program_signs_itself_out_and_does_nothing_else_of_these(office: Office) -> None:
    await make(office)
    device, other = [await program_of(office.store, "ada") for _ in range(2)]
    token = office.tokens.issue("ada", account="ada", session=device.id, lifetime=timedelta(minutes=10))
    problem(await office.ask("DELETE", f"/account/devices/{other.id}", token=token), 403, "proof_required")
    problem(await office.ask("POST", "/account/second-factor", token=token), 403, "proof_required")
    problem(await office.ask("POST", "/account/proof", token=token, json={"password": GOOD}), 403, "forbidden")
    assert (await office.ask("DELETE", f"/account/devices/{device.id}", token=token)).status_code == 204


async def test_with_an_api_key_nobody_takes_off_their_own(office: Office, clock: FakeClock) -> None:
    await make(office, role="admin")
    cookie = await cookie_of(office)
    await enrol(office, clock, cookie)
    wish = {"name": "people", "scopes": ["user:admin"]}
    key = (await office.ask("POST", "/keys", token=await token_of(office, cookie), json=wish)).json()["key"]
    await with_phone(office, clock, "boris")
    problem(await office.ask("DELETE", "/accounts/ada/second-factor", token=key), 403, "proof_required")


async def test_who_comes_from_a_provider_signs_in_there_once_more(office: Office, clock: FakeClock) -> None:
    await office.ask("POST", "/accounts", json={"name": "ada"})
    token = await of_provider(office)
    identity = Identity(issuer="https://old.example", subject="7", account="ada", created_at=START)
    await office.store.write(lambda tx: tx.accounts.identify(identity))
    clock.advance(LIFE + 1)
    token = await of_provider(office, "ada", is_new=False)
    problem(await office.ask("DELETE", f"/account/identities/{identity.id}", token=token), 403, "proof_required")
    problem(await office.ask("POST", "/account/proof", token=token, json={"password": GOOD}), 409, "proof_elsewhere")
    again = await of_provider(office, "ada")
    assert (await office.ask("DELETE", f"/account/identities/{identity.id}", token=again)).status_code == 204
