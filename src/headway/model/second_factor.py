"""The second thing that somebody shows when they sign in by password: a code of an authenticator app (TOTP, RFC 6238)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from headway.model.errors import Conflict, Invalid, NotFound, Refused, SignInRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """What the app of an account's owner and the store both know: at most one of an account."""

    account: str
    key_id: str
    """Of the key with which it is encrypted (`access/vault.py`)."""
    sealed: str
    """The secret of the app, encrypted."""
    begun_at: datetime
    set_at: datetime | None = None
    """Since when it is asked for; None: its owner has not yet shown that the app has it."""
    last_step: int = 0
    """The time step of the code that was taken last: neither it nor an older one is taken again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """Stands for a right password until the code comes: whoever brings both gets a session of the account, once."""

    voucher_hash: str
    account: str
    created_at: datetime
    expires_at: datetime


class FactorCodeRefused(SignInRefused):
    """The code is wrong, is too old, or was used already. The app shows another every 30 seconds."""


class FactorCodeWanted(Invalid):
    """The account asks for a code of its authenticator app, or a recovery code: send it as `code`."""


class FactorSet(Conflict):
    """The account has a second factor already. Take it off first to set up another app."""


class FactorNotFound(NotFound):
    """The account has no second factor, or none was begun."""


class FactorElsewhere(Conflict):
    """The account has no password. Who signs in by a provider sets up a second factor there."""


class SecondFactorRequired(Refused):
    """Whoever signs in by password here needs a second factor, and you have none yet: set up an authenticator app on the page of your
    account (`POST /api/v1/account/second-factor`)."""


class ProofRequired(Refused):
    """This asks you to prove once more who you are: POST /api/v1/account/proof with your password, then send it again."""


class ProofElsewhere(Conflict):
    """The account has no password to prove who you are. Sign in by the provider once more, then send it again."""
