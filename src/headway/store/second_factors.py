"""The part of the contract that is about second factors, and sign-ins that wait for one; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from headway.model.second_factor import SecondFactor, Voucher


class ReadSecondFactors(Protocol):
    def get(self, account: str) -> SecondFactor | None:
        """Also one that is not in force yet."""
        ...

    def in_force(self, accounts: Collection[str]) -> set[str]:
        """Those of these accounts that have one in force, in one query."""
        ...

    def recovery_count(self, account: str) -> int:
        """How many recovery codes are left."""
        ...

    def list(self) -> Sequence[SecondFactor]:
        """All, by account."""
        ...


class SecondFactors(ReadSecondFactors, Protocol):
    """At most one of an account."""

    def put(self, factor: SecondFactor) -> None:
        """In place of the one that the account has."""
        ...

    def take_step(self, account: str, step: int) -> bool:
        """Note that a code of this time step was taken. False, and nothing is noted, where one of it or of a later one was before: of any
        number who bring the same code, one is let in."""
        ...

    def forget(self, account: str) -> bool:
        """With its recovery codes. Whether there was one."""
        ...

    def set_recovery_codes(self, account: str, code_hashes: Collection[str]) -> None:
        """In place of those that there are."""
        ...

    def take_recovery_code(self, account: str, code_hash: str) -> bool:
        """Take it out: of any number who bring it, one gets True."""
        ...


class ReadVouchers(Protocol):
    def find(self, voucher_hash: str) -> Voucher | None:
        """Also one whose time is over."""
        ...


class Vouchers(ReadVouchers, Protocol):
    def offer(self, voucher: Voucher, *, kept: int) -> None:
        """Keep it, and of its account no more than the `kept` youngest; all whose time is over at its beginning are let go."""
        ...

    def take(self, voucher_hash: str) -> bool:
        """Take it out: of any number who bring it, one gets True."""
        ...

    def forget(self, account: str) -> None: ...
