"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from headway.model.account import Rights
from headway.model.audit import NO_OCCASION, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person or program. What it may do is answered by `access/authorise.py` alone."""

    id: str
    """Stands in audit rows, in `created_by`, and in events as `by`. Of a person with an account: its name."""
    role: str | None = None
    """A key of `model.permissions.ROLES`, as a token without an account names it; it holds in every project. None: nothing but `scopes`
    and `rights`."""
    scopes: tuple[str, ...] = ()
    """Narrow rights that a token itself names: ``run:<run id>:read``, ``run:<run id>:record``, ``project:<project>:run:*``."""
    rights: Rights | None = None
    """Those of the account, as they are now (`access/directory.py`); None: the token stands for itself."""
    account: str | None = None
    """The account whose rights these are."""
    expires_at: datetime | None = None
    """When the token ends; a live connection is told before. None: it does not end by itself."""
    token_id: str | None = None
    """The token's `jti`, by which its errors are counted."""
    session_id: str | None = None
    """The session that the token was given to; with its end the token ends. None: it is a token of its own."""
    api_key: str | None = None
    """The id of the API key that was shown instead of a token."""
    key_account: str | None = None
    """The account that the key belongs to. Not `account`: who shows a key is not signed in as its owner, and has no more than `key_scopes`
    name."""
    key_scopes: tuple[str, ...] = ()
    cut_from: Rights | None = None
    """Those of `key_account`, of which `rights` are what `key_scopes` name."""
    signed_with: str | None = None
    """The name of the key that signed the token; with its end the token ends. None: no token was signed."""
    is_enrolling: bool = False
    """They have to set up a second factor before anything else: nobody takes their token who does not say so (`access/tokens.py`)."""
    occasion: Occasion = field(default=NO_OCCASION, compare=False)
    """The call with which they came, for the audit log: who they are does not depend on it."""

    def on(self, occasion: Occasion) -> Principal:
        """The same principal, in this call."""
        return replace(self, occasion=occasion)


SYSTEM = Principal(id="system", role="admin")
"""Headway itself: the reaper, the worker, the schedules."""
