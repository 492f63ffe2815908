"""What the answers about accounts and sign-ins look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.acts.second_factors import FactorSeen
from headway.model.account import Account
from headway.model.device import Device
from headway.model.session import Session, Way
from headway.store.accounts import Identity
from headway.web.approval_outputs import ApprovalGiven
from headway.web.links import SignInLink
from headway.web.outputs import many, one
from headway.web.second_factor_outputs import FactorShown

Json = dict[str, Any]
_AT = "2026-11-22T09:30:00.125Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGiven:
    """An account, without what nobody needs to see."""

    name: str
    display_name: str
    email: str | None
    is_active: bool
    has_password: bool
    """False: its owner signs in by link or by the provider."""
    has_second_factor: bool
    """Whether signing in by password asks for a code, too."""
    language: str | None
    theme: str | None
    time_zone: str | None
    created_at: datetime
    created_by: str
    password_changed_at: datetime | None
    locked_until: datetime | None
    """Nobody signs in by password before; null: the account is not locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityGiven:
    id: str
    """What it is called in addresses."""
    issuer: str
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetail(AccountGiven):
    identities: Sequence[IdentityGiven]
    """Who it is at providers."""
    second_factor: FactorShown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMade(AccountGiven):
    link: SignInLink | None
    """With it the owner sets the first password, once; null where one was given."""
    approval: ApprovalGiven | None
    """Others have to approve its role first; null: it has it, or none was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInGiven:
    """A browser in which somebody is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    """To the minute."""
    expires_at: datetime
    address: str
    """From which it was opened; empty: not known."""
    user_agent: str
    way: Way | None
    """By what it was opened; null: by a Headway that did not note it."""
    is_this: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGiven:
    """A program that somebody has signed in, and that renews its tokens by itself."""

    id: str
    name: str
    """What it says of itself."""
    created_at: datetime
    renewed_at: datetime
    """When it last asked for a token: every ten minutes while it works."""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNamed:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWays:
    """How people sign in here."""

    has_password: bool
    """Whether anybody has an account: then a page asks for name and password."""
    provider: ProviderNamed | None
    """Sign in there: `GET /api/v1/oidc/start`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    url: str
    """Where the browser is to go."""


def given(account: Account, now: datetime, *, has_second_factor: bool) -> AccountGiven:
    return AccountGiven(**_fields(account, now), has_second_factor=has_second_factor)


def detail(account: Account, identities: Sequence[Identity], now: datetime, factor: FactorSeen | None) -> AccountDetail:
    shown = None if factor is None else FactorShown(set_at=factor.set_at, recovery_codes_left=factor.recovery_codes_left)
    known = [IdentityGiven(id=each.id, issuer=each.issuer, subject=each.subject, created_at=each.created_at) for each in identities]
    return AccountDetail(**_fields(account, now), has_second_factor=factor is not None, identities=known, second_factor=shown)


def made(account: Account, link: SignInLink | None, approval: ApprovalGiven | None) -> AccountMade:
    return AccountMade(**_fields(account, account.created_at), has_second_factor=False, link=link, approval=approval)


def _fields(account: Account, now: datetime) -> Json:
    made = {"has_password", "has_second_factor", "locked_until"}
    shown = {name: getattr(account, name) for name in AccountGiven.__dataclass_fields__ if name not in made}
    is_locked = account.locked_until is not None and account.locked_until > now
    return {**shown, "has_password": account.password_hash is not None, "locked_until": account.locked_until if is_locked else None}


def sign_in(session: Session, own: str | None) -> SignInGiven:
    fields = {name: getattr(session, name) for name in SignInGiven.__dataclass_fields__ if name != "is_this"}
    return SignInGiven(**fields, is_this=session.id == own)


def show_device(device: Device) -> DeviceGiven:
    return DeviceGiven(**{name: getattr(device, name) for name in DeviceGiven.__dataclass_fields__})


_ACCOUNT: Json = {
    "name": "ada",
    "display_name": "Ada King",
    "email": "ada@example.org",
    "is_active": True,
    "has_password": True,
    "has_second_factor": True,
    "language": "zh-CN",
    "theme": None,
    "time_zone": "Asia/Shanghai",
    "created_at": _AT,
    "created_by": "admin",
    "password_changed_at": _AT,
    "locked_until": None,
}
_LINK: Json = {"url": "http://127.0.0.1:8765/sign-in#code=PvJ2…", "code": "PvJ2…", "expires_at": "2026-11-25T09:30:00.125Z"}
_SIGN_IN: Json = {
    "id": "019336e2-2222-7333-8444-555566667777",
    "created_at": _AT,
    "seen_at": "2026-11-22T11:02:00.000Z",
    "expires_at": "2026-12-22T09:30:00.125Z",
    "address": "10.0.3.17",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "way": "password_and_code",
    "is_this": True,
}
_DEVICE: Json = {
    "id": "019336e3-3333-7444-8555-666677778888",
    "name": "report generator",
    "created_at": _AT,
    "renewed_at": "2026-11-22T11:02:00.000Z",
    "expires_at": "2026-12-22T09:30:00.125Z",
}
_IDENTITY: Json = {
    "id": "4f0c1d7ab2e95d3386f0a4b1c2d3e4f5",
    "issuer": "https://sso.example.org/realms/main",
    "subject": "f81d4fae",
    "created_at": _AT,
}
_DETAIL: Json = {**_ACCOUNT, "identities": [_IDENTITY], "second_factor": {"set_at": _AT, "recovery_codes_left": 9}}
ACCOUNTS = many("Account", AccountGiven, _ACCOUNT, "Accounts by name; `total` counts them all where nothing is searched for.")
ACCOUNT = one(200, AccountDetail, _DETAIL, "The account.")
ACCOUNT_CHANGED = one(200, AccountGiven, _ACCOUNT, "The account as it is now.")
ACCOUNT_CREATED = one(
    201,
    AccountMade,
    {**_ACCOUNT, "has_password": False, "has_second_factor": False, "password_changed_at": None, "link": _LINK, "approval": None},
    "The account.",
)
PASSWORD_LINK = one(201, SignInLink, _LINK, "The link.")
SIGN_INS = many("SignIn", SignInGiven, _SIGN_IN, "Sign-ins, the one that was seen last first.")
DEVICES = many("Device", DeviceGiven, _DEVICE, "Programs that are signed in, the one that was heard of last first.")
SIGN_IN_WAYS = one(200, SignInWays, {"has_password": True, "provider": {"name": "University"}}, "The ways.")
WAY_OUT = one(201, WayOut, {"url": "https://sso.example.org/authorize?client_id=headway&…"}, "Where to go.")
