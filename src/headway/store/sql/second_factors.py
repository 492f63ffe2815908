"""Second factors, recovery codes, and sign-ins that wait for a code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from headway.model.second_factor import SecondFactor, Voucher
from headway.store.sql.keys import word_list, words_in
from headway.store.sql.link import Link
from headway.store.sql.second_factor_tables import recovery_codes, second_factors, vouchers
from headway.store.sql.values import clean, micros, moment, optional_micros, optional_moment

_NAMES = ", ".join(column.name for column in second_factors.c)
_OF_VOUCHERS = ", ".join(column.name for column in vouchers.c)


class SqlSecondFactors:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(f"SELECT {_NAMES} FROM second_factors WHERE account = ?")  # noqa: S608 - constants of this file
        self._in_force = link.prepare(f"SELECT account FROM second_factors WHERE set_at IS NOT NULL AND account {words_in(link)}")  # noqa: S608
        self._count = link.prepare("SELECT COUNT(*) FROM recovery_codes WHERE account = ?")
        self._list = link.prepare(f"SELECT {_NAMES} FROM second_factors ORDER BY account")  # noqa: S608 - the same
        self._put = link.upserted_rows(second_factors)
        self._take_step = link.prepare("UPDATE second_factors SET last_step = ? WHERE account = ? AND last_step < ?")
        self._forget = link.prepare("DELETE FROM second_factors WHERE account = ?")
        self._forget_codes = link.prepare("DELETE FROM recovery_codes WHERE account = ?")
        self._add_codes = link.rows(recovery_codes)
        self._take_code = link.prepare("DELETE FROM recovery_codes WHERE account = ? AND code_hash = ?")

    def get(self, account: str) -> SecondFactor | None:
        row = self._get.one(clean(account))
        return None if row is None else _factor_of(row)

    def in_force(self, accounts: Collection[str]) -> set[str]:
        if not accounts:
            return set()
        return {name for (name,) in self._in_force.all(word_list(self._link, map(clean, accounts)))}

    def recovery_count(self, account: str) -> int:
        return self._count.one(clean(account))[0]

    def list(self) -> Sequence[SecondFactor]:
        return [_factor_of(row) for row in self._list.all()]

    def put(self, factor: SecondFactor) -> None:
        row = (
            clean(factor.account), factor.key_id, factor.sealed, micros(factor.begun_at), optional_micros(factor.set_at),
            factor.last_step,
        )  # fmt: skip
        self._put.insert([row])

    def take_step(self, account: str, step: int) -> bool:
        return self._take_step.run(step, clean(account), step) > 0

    def forget(self, account: str) -> bool:
        self._forget_codes.later(clean(account))
        return self._forget.run(clean(account)) > 0

    def set_recovery_codes(self, account: str, code_hashes: Collection[str]) -> None:
        name = clean(account)
        self._forget_codes.later(name)
        self._add_codes.insert([(name, code_hash) for code_hash in code_hashes])

    def take_recovery_code(self, account: str, code_hash: str) -> bool:
        return self._take_code.run(clean(account), clean(code_hash)) > 0


class SqlVouchers:
    def __init__(self, link: Link) -> None:
        self._find = link.prepare(f"SELECT {_OF_VOUCHERS} FROM vouchers WHERE voucher_hash = ?")  # noqa: S608 - constants of this file
        self._expire = link.prepare("DELETE FROM vouchers WHERE expires_at <= ?")
        self._trim = link.prepare(
            "DELETE FROM vouchers WHERE account = ? AND voucher_hash NOT IN "
            "(SELECT voucher_hash FROM vouchers WHERE account = ? ORDER BY created_at DESC, voucher_hash LIMIT ?)"
        )
        self._offer = link.rows(vouchers)
        self._take = link.prepare("DELETE FROM vouchers WHERE voucher_hash = ?")
        self._forget = link.prepare("DELETE FROM vouchers WHERE account = ?")

    def find(self, voucher_hash: str) -> Voucher | None:
        row = self._find.one(clean(voucher_hash))
        return None if row is None else _voucher_of(row)

    def offer(self, voucher: Voucher, *, kept: int) -> None:
        account = clean(voucher.account)
        self._expire.later(micros(voucher.created_at))
        self._trim.later(account, account, kept - 1)
        self._offer.insert([(voucher.voucher_hash, account, micros(voucher.created_at), micros(voucher.expires_at))])

    def take(self, voucher_hash: str) -> bool:
        return self._take.run(clean(voucher_hash)) > 0

    def forget(self, account: str) -> None:
        self._forget.later(clean(account))


def _factor_of(row: Sequence[Any]) -> SecondFactor:
    account, key_id, sealed, begun_at, set_at, last_step = row
    return SecondFactor(
        account=account, key_id=key_id, sealed=sealed, begun_at=moment(begun_at), set_at=optional_moment(set_at),
        last_step=last_step,
    )  # fmt: skip


def _voucher_of(row: Sequence[Any]) -> Voucher:
    voucher_hash, account, created_at, expires_at = row
    return Voucher(voucher_hash=voucher_hash, account=account, created_at=moment(created_at), expires_at=moment(expires_at))
