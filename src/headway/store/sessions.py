"""The part of the contract that is about sessions and the codes that open them; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from headway.model.session import Session, SignInCode


class ReadSessions(Protocol):
    def find(self, secret_hash: str) -> Session | None:
        """Also one whose time is over, until it is pruned."""
        ...

    def get(self, session: str) -> Session | None: ...
    def of_account(self, account: str) -> Sequence[Session]:
        """Those of an account, the one that was seen last first; as many as an account may have."""
        ...

    def alive(self, sessions: Collection[str], now: datetime) -> set[str]:
        """Those of these that have not ended, in one query."""
        ...


class Sessions(ReadSessions, Protocol):
    def offer(self, code: SignInCode) -> None: ...
    def redeem(self, code_hash: str) -> SignInCode | None:
        """Take the code out: of any number who bring it, one gets it."""
        ...

    def open(self, session: Session) -> None: ...
    def see(self, session: str, at: datetime) -> None: ...
    def reseal(self, session: str, secret_hash: str) -> None:
        """Keep its secret by another algorithm."""
        ...

    def prove(self, session: str, at: datetime) -> None:
        """Its owner has shown once more who they are."""
        ...

    def end(self, session: str) -> None: ...
    def end_of(self, account: str, *, keep: str | None = None) -> Sequence[str]:
        """End all sessions of an account but `keep`, and let go the codes that would open another: the ids of those that ended."""
        ...

    def prune(
        self, now: datetime, *, codes_kept: int | None = None, subject: str | None = None, sessions_kept: int | None = None
    ) -> Sequence[str]:
        """Delete what has expired; all but the youngest codes; all but the sessions of `subject` that were seen last: the ids of those
        that were too many."""
        ...
