"""How a person is signed in at a browser: a code that is good once, and the session that it opens. Their secrets are kept hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TOKEN_LIFE = timedelta(minutes=10)
"""Of a token that a session gets."""
LONGEST_TOKEN_LIFE = timedelta(days=400)
"""Of any token."""


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
