"""The part of the contract that is about passwords that people are yet to set, and names that nobody has; what holds of
`store/contract.py` holds here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from headway.model.account import PasswordLink, Tries


class ReadPasswordLinks(Protocol):
    def find(self, code_hash: str) -> PasswordLink | None:
        """Also one whose time is over."""
        ...

    def of_account(self, account: str) -> PasswordLink | None:
        """The one that it has; also one whose time is over."""
        ...


class PasswordLinks(ReadPasswordLinks, Protocol):
    """At most one of an account."""

    def put(self, link: PasswordLink) -> None:
        """In place of the one that the account has."""
        ...

    def take(self, code_hash: str) -> PasswordLink | None:
        """Take it out: of any number who bring it, one gets it."""
        ...

    def forget(self, account: str) -> None: ...


class ReadStrangers(Protocol):
    """Names without an account, under which somebody tried to sign in, by their slot (`access/lockout.py`)."""

    def get(self, slot: int) -> Tries | None: ...


class Strangers(ReadStrangers, Protocol):
    def fail(self, slot: int, *, locked_until: datetime | None) -> int:
        """Count a wrong password, and lock the name until then; how many it were."""
        ...
