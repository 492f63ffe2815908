"""Identities at a provider are taken off an account again, and never the last way in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from headway.model.audit import AuditFilter
from headway.model.clock import SystemClock
from headway.store.accounts import Identity
from headway.store.audit import AuditPage
from headway.testing.clock import START
from headway.web.provider import OidcProvider
from tests.unit.web.office import Json, Office, open_office, problem
from tests.unit.web.test_accounts import GOOD, cookie_of, make, own, token_of
from tests.unit.web.test_oidc import settings
from tests.unit.web.test_sessions import page

ISSUER = "https://sso.example"
ELSEWHERE = "https://old.example"


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path / "artifacts") as office:
        office.desk.provider = OidcProvider(settings(ISSUER), SystemClock())
        yield office


async def bound(office: Office, account: str, subject: str, issuer: str = ISSUER) -> str:
    identity = Identity(issuer=issuer, subject=subject, account=account, created_at=START)
    await office.store.write(lambda tx: tx.accounts.identify(identity))
    return identity.id


async def shown(office: Office, account: str) -> list[Json]:
    return (await office.ask("GET", f"/accounts/{account}")).json()["identities"]


async def test_whoever_has_a_password_takes_an_identity_off_and_is_signed_out_elsewhere(office: Office) -> None:
    await make(office)
    here, elsewhere = await cookie_of(office), await cookie_of(office)
    identity, other = await bound(office, "ada", "7"), await bound(office, "ada", "8")
    listed = (await own(office, "GET", "", here)).json()["identities"]
    assert {each["id"]: each["subject"] for each in listed} == {identity: "7", other: "8"}
    assert (await own(office, "DELETE", f"/identities/{identity}", here)).status_code == 204
    assert [each["id"] for each in await shown(office, "ada")] == [other]
    assert (await page(office, "GET", "/session", here)).status_code == 200
    problem(await page(office, "GET", "/session", elsewhere), 401, "session_ended")
    problem(await own(office, "DELETE", f"/identities/{identity}", here), 404, "identity_not_found")
    assert (await own(office, "DELETE", f"/identities/{other}", here)).status_code == 204
    (first, *_) = await office.store.read(lambda s: s.audit.list(AuditFilter(actions=frozenset({"identity.unlinked"})), AuditPage(limit=9)))
    assert (first.by, first.target, first.before) == ("ada", "ada", {"issuer": ISSUER, "subject": "8"})


async def test_an_account_keeps_a_way_in(office: Office) -> None:
    assert (await office.ask("POST", "/accounts", json={"name": "ada"})).status_code == 201
    await office.store.write(lambda tx: tx.password_links.forget("ada"))
    identity, stale = await bound(office, "ada", "7"), await bound(office, "ada", "7", ELSEWHERE)
    where = f"/accounts/ada/identities/{identity}"
    assert problem(await office.ask("DELETE", where), 409, "last_way_in")["name"] == "ada"
    assert (await office.ask("DELETE", f"/accounts/ada/identities/{stale}")).status_code == 204, "by this one nobody comes in any more"
    assert (await office.ask("POST", "/accounts/ada/password-links")).status_code == 201
    assert (await office.ask("DELETE", where)).status_code == 204, "there is a link with which a password can be set"
    assert await shown(office, "ada") == []


async def test_where_nobody_signs_in_at_a_provider_identities_can_go(office: Office) -> None:
    office.desk.provider = None
    assert (await office.ask("POST", "/accounts", json={"name": "ada"})).status_code == 201
    await office.store.write(lambda tx: tx.password_links.forget("ada"))
    assert (await office.ask("DELETE", f"/accounts/ada/identities/{await bound(office, 'ada', '7')}")).status_code == 204


async def test_of_two_who_take_off_one_each_one_is_refused(office: Office) -> None:
    assert (await office.ask("POST", "/accounts", json={"name": "ada"})).status_code == 201
    await office.store.write(lambda tx: tx.password_links.forget("ada"))
    both = [await bound(office, "ada", subject) for subject in ("7", "8")]
    answers = await asyncio.gather(*(office.ask("DELETE", f"/accounts/ada/identities/{identity}") for identity in both))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert len(await shown(office, "ada")) == 1


async def test_nobody_takes_off_what_is_somebody_elses(office: Office) -> None:
    await make(office)
    await make(office, "boris", role="developer")
    of_boris = await bound(office, "boris", "9")
    here = await cookie_of(office)
    problem(await own(office, "DELETE", f"/identities/{of_boris}", here), 404, "identity_not_found")
    problem(await office.ask("DELETE", f"/accounts/ada/identities/{of_boris}"), 404, "identity_not_found")
    problem(await office.ask("DELETE", f"/accounts/eve/identities/{of_boris}"), 404, "account_not_found")
    problem(await office.ask("DELETE", f"/accounts/boris/identities/{of_boris}", token=await token_of(office, here)), 403, "forbidden")
    for wrong in ("x", "' OR 1=1 --", "*", "a" * 32):
        problem(await own(office, "DELETE", f"/identities/{wrong}", here), 404, "identity_not_found")
    answer = await page(office, "POST", "/sessions/by-password", json={"name": "boris", "password": GOOD})
    assert answer.status_code == 201, "boris was signed out of nothing"
    assert [each["id"] for each in await shown(office, "boris")] == [of_boris]
