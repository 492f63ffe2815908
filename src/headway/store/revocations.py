"""The part of the contract that is about revocations; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from headway.model.revocation import Revocation


class ReadRevocations(Protocol):
    def since(self, at: datetime, now: datetime, *, limit: int) -> Sequence[Revocation]:
        """Those made at `at` or later that must still be remembered at `now`, the newest first."""
        ...


class Revocations(ReadRevocations, Protocol):
    def put(self, revocation: Revocation) -> None:
        """Once more for the same id changes nothing."""
        ...

    def prune(self, now: datetime) -> None:
        """Delete those that nobody need remember any more."""
        ...
