"""The part of the contract that is about accounts, groups, roles and grants; what holds of `store/contract.py` holds here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from headway.model.account import Account, Grant, Group, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is at a provider: the `iss` and `sub` of its ID tokens (OpenID Connect Core section 2)."""

    issuer: str
    subject: str
    account: str
    created_at: datetime

    @property
    def id(self) -> str:
        """What it is called in addresses, where neither an issuer nor what a provider says of somebody can stand: 32 hexadecimal digits."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()[:32]


class ReadAccounts(Protocol):
    def get(self, account: str) -> Account | None: ...
    def list(self, *, text: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[Account]:
        """By name; `text`: part of name, display name or e-mail; `after`: those that come after this name."""
        ...

    def count(self) -> int: ...
    def standing(self, accounts: Collection[str]) -> dict[str, bool]:
        """Whether each of these is active, in one query; one that there is not is absent."""
        ...

    def find_identity(self, issuer: str, subject: str) -> Identity | None: ...
    def identities(self, account: str) -> Sequence[Identity]: ...
    def group(self, group: str) -> Group | None: ...
    def groups(self, *, account: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[Group]:
        """By name; `account`: those that it is in."""
        ...

    def role(self, role: str) -> Role | None:
        """One that is not built in."""
        ...

    def roles(self) -> Sequence[Role]:
        """All that are not built in: a few dozen (`acts` bounds them)."""
        ...

    def grant(self, grant: str) -> Grant | None: ...
    def grants(
        self, *, account: str | None = None, group: str | None = None, role: str | None = None,
        projects: frozenset[str | None] | None = None, after: str | None = None, limit: int = 100,
    ) -> Sequence[Grant]:  # fmt: skip
        """The newest first. `projects`: given in one of these (None among them: in all); None: wherever."""
        ...

    def grants_of(self, account: str) -> Sequence[Grant]:
        """All that count for the account: its own and those of its groups, in one query, in any order."""
        ...

    def change_number(self) -> int:
        """How often rights have changed: what `next_change` has said last, and 0 before."""
        ...


class Accounts(ReadAccounts, Protocol):
    def add(self, account: Account) -> None:
        """Raises `Conflict` for a name that is taken."""
        ...

    def change(self, account: str, **fields: Any) -> None:
        """Set fields of an account, by the names of `Account`. Raises `ValueError` for one that is none, or never changes."""
        ...

    def fail(self, account: str, *, locked_until: datetime | None) -> int:
        """Count a wrong password, and lock the account until then (None: not at all); how many it were in a row. 0: no such account."""
        ...

    def forgive(self, account: str) -> None:
        """Take back a wrong password that was counted, and the lock that came of it: it was right, and something else is to follow."""
        ...

    def identify(self, identity: Identity) -> None:
        """Once more for the same identity changes nothing."""
        ...

    def forget_identity(self, issuer: str, subject: str) -> None: ...
    def put_group(self, group: Group) -> None:
        """Insert it, or set its description and members."""
        ...

    def delete_group(self, group: str) -> None:
        """With its grants."""
        ...

    def put_role(self, role: Role) -> None: ...
    def delete_role(self, role: str) -> None: ...
    def add_grant(self, grant: Grant) -> None:
        """Raises `Conflict` where the same role was given to the same, there, already."""
        ...

    def delete_grant(self, grant: str) -> None: ...
    def next_change(self) -> int:
        """Raise the number of changes, and say it. Every act that changes what somebody may do calls this before it looks at anything:
        the number is held until the commit, so such acts come one after another on all nodes, and what they have checked stays true."""
        ...
