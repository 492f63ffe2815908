"""Calls about one's own account, and about a second factor, for the count of their statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from headway.model.clock import SystemClock
from headway.model.ids import new_id
from headway.store.accounts import Identity
from headway.testing.clock import START
from tests.unit.web.filled import Call, Stage
from tests.unit.web.phones import Phone
from tests.unit.web.test_accounts import GOOD, cookie_of, token_of
from tests.unit.web.test_devices import program_of
from tests.unit.web.test_sessions import OWN

ADA = "ada"
SIGN_IN = {"name": ADA, "password": GOOD}

Calls = Callable[[Stage], Awaitable[list[Call]]]


def in_account(path: str, body: Any = None) -> Calls:
    """With the token of a session of an account."""

    async def made(stage: Stage) -> list[Call]:
        return [Call(path=path, json=body, token=await _token_of_ada(stage))]

    return made


def sign_in_of(path: str, *, is_own: bool) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        token = await _token_of_ada(stage)
        (session, *_) = await stage.store.read(lambda snapshot: snapshot.sessions.of_account(ADA))
        return [Call(path=f"{path}/{session.id}", **({"token": token} if is_own else {}))]

    return made


def with_factor(path: str, body: Callable[[Phone, str], Any], *, is_own: bool = True, is_set: bool = True) -> Calls:
    """Of somebody with an authenticator app. `body`: by the phone, and a voucher where nobody is signed in."""

    async def made(stage: Stage) -> list[Call]:
        await stage.store.write(lambda tx: [tx.second_factors.forget(ADA), tx.accounts.change(ADA, failed_count=0)])
        token = await _token_of_ada(stage)
        begun = (await stage.office.ask("POST", "/account/second-factor", token=token)).json()
        phone = Phone(SystemClock(), begun["secret"])
        if is_set:
            answer = await stage.office.ask("PUT", "/account/second-factor", token=token, json={"code": phone.code()})
            assert answer.status_code == 200, answer.text
        if path.startswith("/sessions"):
            voucher = (await stage.office.ask("POST", "/sessions/by-password", token=None, headers=OWN, json=SIGN_IN)).json()["voucher"]
            return [Call(path=path, json=body(phone, voucher), headers=OWN, token=None)]
        return [Call(path=path, json=body(phone, ""), **({"token": token} if is_own else {}))]

    return made


async def begun(stage: Stage) -> list[Call]:
    await stage.store.write(lambda tx: tx.second_factors.forget(ADA))
    return [Call(path="/account/second-factor", token=await _token_of_ada(stage))]


def nothing(phone: Phone, voucher: str) -> Any:
    return None


def device_of(path: str) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        return [Call(path=f"{path}/{(await program_of(stage.store, ADA)).id}", token=await _token_of_ada(stage))]

    return made


def identity_of(path: str, *, is_own: bool) -> Calls:
    async def made(stage: Stage) -> list[Call]:
        token = await _token_of_ada(stage)
        identity = Identity(issuer="https://sso.example", subject=new_id(), account=ADA, created_at=START)
        await stage.store.write(lambda tx: tx.accounts.identify(identity))
        return [Call(path=f"{path}/{identity.id}", **({"token": token} if is_own else {}))]

    return made


async def _token_of_ada(stage: Stage) -> str:
    token = await token_of(stage.office, await cookie_of(stage.office, ADA))
    stage.office.client.cookies.clear()
    assert (await stage.office.ask("GET", "/account", token=token)).status_code == 200  # her rights are known from now on
    return token
