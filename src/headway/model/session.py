"""How a person is signed in at a browser: a code that is good once, and the session that it opens. Their secrets are kept hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TOKEN_LIFE = timedelta(minutes=10)
"""Of a token that a session gets."""
LONGEST_TOKEN_LIFE = timedelta(days=400)
"""Of any token."""


class Way(StrEnum):
    """By which somebody has signed in."""

    LINK = "link"
    """One that signs in, or one with which a password was set."""
    PASSWORD = "password"  # noqa: S105 - a word for it
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105 - the same
    """And a code of the app."""
    RECOVERY_CODE = "recovery_code"
    """With the password, in the place of the app."""
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """What a sign-in link carries: whoever brings it first, and in time, gets a session of `subject`."""

    code_hash: str
    subject: str
    role: str | None = None
    scopes: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime
    account: str | None = None
    """Of a person with an account: its name. Then there is neither role nor scope: the directory says what it may do."""
    session_expires_at: datetime | None = None
    """The session ends no later: with the token that the link was asked for with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which somebody is signed in."""

    id: str
    secret_hash: str
    """Of the cookie; who reads the store cannot take the session over."""
    subject: str
    role: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    seen_at: datetime
    """When it last asked for a token, to the minute."""
    expires_at: datetime
    user_agent: str
    """What the browser says of itself: at most 200 characters, believed by nobody."""
    address: str = ""
    """From which it was opened; empty where it is not known."""
    account: str | None = None
    """As of a `SignInCode`."""
    way: Way | None = None
    """None: it was opened by a Headway that did not note it."""
    proved_at: datetime | None = None
    """When its owner has last shown who they are: as they signed in, or since. None: they have not; they followed a link."""
