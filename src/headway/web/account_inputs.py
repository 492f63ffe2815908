"""What callers send of accounts and sign-ins. As `inputs.py`."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, ConfigDict, Field, model_validator

from headway.access.passwords import LONGEST, SHORTEST
from headway.access.seal import SECRET_LIMIT
from headway.model.account import NAME_PATTERN
from headway.model.errors import InvalidCursor
from headway.model.events import NAME_LIMIT
from headway.web.inputs import Input, Slug, Target, described, printable

LONGEST_GIVEN = 1_024
"""Characters of a password as it comes; how long it may be is said by `access/passwords.py`, with a reason."""
EMAIL_LIMIT = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value) or not value.isprintable():
        raise ValueError("is not an address such as ada@example.org")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("is not a time zone such as Europe/Berlin")
    return value


AccountName = Annotated[str, Path(max_length=64, description="Name of the account.", examples=["ada"])]
SessionId = Annotated[str, Path(max_length=NAME_LIMIT, description="Id of the session.", examples=["019336e2-2222-7333-8444-555566667777"])]
DeviceId = Annotated[str, Path(max_length=NAME_LIMIT, description="Id of the device.", examples=["019336e3-3333-7444-8555-666677778888"])]
IdentityId = Annotated[str, Path(max_length=NAME_LIMIT, description="`id` of the identity.", examples=["4f0c1d7ab2e95d3386f0a4b1c2d3e4f5"])]
Searched = Annotated[str | None, Query(max_length=NAME_LIMIT, description="Part of the name, the display name or the e-mail.")]
After = Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")]
DisplayName = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT), AfterValidator(printable)]
Email = Annotated[str, Field(min_length=3, max_length=EMAIL_LIMIT), AfterValidator(_email), described(pattern=rf"^{_EMAIL.pattern}$")]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST_GIVEN)]
NewPassword = Annotated[str, Field(min_length=1, max_length=LONGEST_GIVEN, json_schema_extra={"minLength": SHORTEST, "maxLength": LONGEST})]
"""Shorter and longer ones come as far as `access/passwords.py`, which says why they are none."""


def read_after(cursor: str | None) -> str | None:
    """The name after which a page begins. Raises `InvalidCursor`."""
    if cursor is not None and not NAME_PATTERN.fullmatch(cursor):
        raise InvalidCursor
    return cursor


def _taken_back(value: bool) -> bool:
    """`Literal[False]` would take 0 for it."""
    if value:
        raise ValueError("can only be false: wrong passwords lock an account")
    return value


class AccountInput(Input):
    name: Annotated[str, Field(max_length=64, pattern=rf"^{NAME_PATTERN.pattern}$")]
    """Small letters; it never changes."""
    display_name: DisplayName | None = None
    """The name without."""
    email: Email | None = None
    password: NewPassword | None = None
    """The first one. Without it, `link` of the answer is one with which the owner says it themselves."""
    role: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Given in `project`, or in all projects; no more than the caller has."""
    project: Slug | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "ada", "display_name": "Ada King", "email": "ada@example.org", "role": "operator"}]}
    )

    @model_validator(mode="after")
    def _role_of_project(self) -> AccountInput:
        if self.project is not None and self.role is None:
            raise ValueError("a project without a role says nothing")
        return self


class AccountEditInput(Input):
    """What is left out stays as it is; an e-mail of null takes it away."""

    display_name: DisplayName = ""
    email: Email | None = None
    is_active: bool = True
    """False: nobody signs in to it, and its sessions, tokens and live connections end within 5 s."""
    is_locked: Annotated[bool, AfterValidator(_taken_back), described(const=False)] = False
    """False takes back the lock that wrong passwords have put on it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False}]})


class OwnAccountInput(Input):
    """What is left out stays as it is; null: as the browser, or the system, says."""

    display_name: DisplayName = ""
    language: Literal["en", "zh-CN"] | None = None
    theme: Literal["light", "dark"] | None = None
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"language": "zh-CN", "theme": "dark", "time_zone": "Asia/Shanghai"}]})


class PasswordInput(Input):
    old: Password
    new: NewPassword

    model_config = ConfigDict(json_schema_extra={"examples": [{"old": "tulips under a cold moon", "new": "nine herons on one leg"}]})


class PasswordSignInInput(Input):
    name: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]
    password: Password

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "ada", "password": "tulips under a cold moon"}]})


class SessionInput(Input):
    code: Annotated[str, Field(min_length=1, max_length=SECRET_LIMIT)]
    password: NewPassword | None = None
    """With the code of a link that asks for one (`password_wanted`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "PvJ2…"}]})


class IdentityInput(Input):
    to: Target = "/"
    """The page where it ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "/account"}]})
