"""Sign in by password: what is asked of a caller before, and in which order, so that no answer and no time says who has an account."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import Response

from headway.access.lockout import slot_of
from headway.access.passwords import names_of
from headway.acts.audit import nobody
from headway.acts.passwords import Tried, find_password_link, follow_password_link, sign_in_by_password, try_password
from headway.acts.second_factors import sign_in_by_code
from headway.acts.sign_in import Browser, open_session
from headway.live.limits.contract import Rate
from headway.model.addresses import neighbourhood
from headway.model.audit import Action
from headway.model.errors import PasswordWanted, RateLimited
from headway.model.second_factor import FactorCodeRefused, Voucher
from headway.model.session import Session
from headway.web.cookies import set_cookie
from headway.web.desk import Desk
from headway.web.refusals import Refusal, occasion_of

ADDRESS_BURST, ADDRESS_RATE = 60.0, 0.5
"""Tries of an address at once, and a second: enough for a class that comes in at nine."""


async def check_address(desk: Desk, request: Request) -> None:
    """Count a try of the caller's address, over all nodes. Raises `RateLimited`."""
    rate = Rate(f"sign-in:{neighbourhood(address_of(request))}", ADDRESS_RATE, ADDRESS_BURST)
    wait = await desk.limits.take([rate], desk.tokens.clock.monotonic())
    if wait > 0:
        raise RateLimited(retry_in_seconds=math.ceil(wait * 10) / 10)


async def try_here(desk: Desk, request: Request, name: str, password: str) -> tuple[Tried, bool, str | None]:
    """What was tried, whether it was right, and a hash to be kept instead. Raises `RateLimited`, `SignInLocked`, `Unavailable`."""
    await check_address(desk, request)
    desk.passwords.check_room()  # before the try counts: who is turned away has not tried
    name = name.strip().lower()
    slot = slot_of(name, desk.seal)
    tried = await desk.store.write(lambda tx: try_password(tx, name, slot, occasion_of(request)))
    compared = await desk.passwords.compare(password, tried.password_hash)
    if not compared.is_right:
        note_failure(desk, request, tried.account, "password")
    return tried, compared.is_right, compared.fresh_hash


def note_failure(desk: Desk, request: Request, account: str | None, by: str) -> None:
    """For the audit log."""
    refusal = Refusal(by=nobody(occasion_of(request)), action=Action.SIGN_IN_FAILED, target=account, after={"by": by})
    desk.refusals.note(refusal)


async def by_password(desk: Desk, request: Request, name: str, password: str) -> tuple[Session | Voucher, str]:
    """A session, or a voucher where a code is asked for, and its secret. Raises as `try_here`, and `SignInRefused`."""
    tried, is_right, fresh_hash = await try_here(desk, request, name, password)
    browser, secret = make_browser(desk, request)
    session = await desk.store.write(lambda tx: sign_in_by_password(tx, tried, is_right=is_right, fresh_hash=fresh_hash, browser=browser))
    return session, secret


async def by_second_factor(desk: Desk, request: Request, voucher: str, code: str) -> tuple[Session, str, int | None]:
    """A session, its secret, and how many recovery codes are left, if one was used. Raises `RateLimited`, `SignInExpired`, `SignInLocked`,
    `FactorCodeRefused`."""
    await check_address(desk, request)
    voucher_hashes = desk.seal.each(voucher)
    browser, secret = make_browser(desk, request)
    entered = await desk.store.write(lambda tx: sign_in_by_code(tx, desk.factor_keys, voucher_hashes, code, browser))
    if entered.session is None:
        note_failure(desk, request, entered.account, "code")
        raise FactorCodeRefused
    return entered.session, secret, entered.recovery_codes_left


async def by_code(desk: Desk, request: Request, code: str, password: str | None) -> tuple[Session | Voucher, str]:
    """By a link. One that asks for a new password is good until an acceptable one comes with it.

    Raises `SignInCodeInvalid`, `PasswordWanted`, `WeakPassword`, `Unavailable`.
    """
    code_hashes = desk.seal.each(code)
    browser, secret = make_browser(desk, request)
    account = await desk.store.read(lambda snapshot: find_password_link(snapshot, code_hashes))
    if account is None:
        return await desk.store.write(lambda tx: open_session(tx, code_hashes=code_hashes, browser=browser)), secret
    if password is None:
        raise PasswordWanted(account=account.name, field="password")
    await desk.new_passwords.check(password, names_of(account.name, account.display_name, account.email))
    password_hash = await desk.passwords.hash(password)
    return await desk.store.write(lambda tx: follow_password_link(tx, code_hashes, password_hash, browser)), secret


def make_browser(desk: Desk, request: Request) -> tuple[Browser, str]:
    """Who asks, with the seal of a secret that is new, and the secret."""
    secret = desk.seal.make()
    user_agent = request.headers.get("user-agent", "")
    return Browser(secret_hash=desk.seal.of(secret), user_agent=user_agent, occasion=occasion_of(request)), secret


def session_cookie(desk: Desk, request: Request, session: Session, secret: str) -> str:
    """The value of `Set-Cookie`."""
    return set_cookie(desk, request, secret, int((session.expires_at - session.created_at).total_seconds()))


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def gone() -> Response:
    return Response(status_code=204)
