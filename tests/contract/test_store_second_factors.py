"""Second factors, recovery codes, and sign-ins that wait for a code."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from headway.model.account import Account
from headway.model.second_factor import SecondFactor, Voucher
from headway.model.session import Way
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after
from tests.contract.test_store_sessions import a_session


def a_factor(account: str = "李", **fields: Any) -> SecondFactor:
    given: dict[str, Any] = {"key_id": "k1", "sealed": "s" * 80, "begun_at": START, "set_at": after(9), "last_step": 7}
    return SecondFactor(account=account, **(given | fields))


def a_voucher(voucher_hash: str, **fields: Any) -> Voucher:
    return Voucher(voucher_hash=voucher_hash, **({"account": "李", "created_at": START, "expires_at": after(300)} | fields))


async def test_an_account_has_one_and_it_counts_when_it_is_in_force(store: SqlStore) -> None:
    begun = a_factor(set_at=None, last_step=0)
    await store.write(lambda tx: [tx.second_factors.put(each) for each in (begun, a_factor("boris"))])
    names = ["李", "boris", "nobody", "", "' OR 1=1 --"]
    assert [await store.read(lambda s, n=name: s.second_factors.get(n)) for name in names] == [begun, a_factor("boris"), None, None, None]
    assert await store.read(lambda s: s.second_factors.in_force(names)) == {"boris"}
    assert await store.read(lambda s: s.second_factors.in_force([])) == set()
    await store.write(lambda tx: tx.second_factors.put(a_factor(sealed="t" * 80)))
    assert await store.read(lambda s: s.second_factors.get("李")) == a_factor(sealed="t" * 80)
    assert await store.read(lambda s: s.second_factors.in_force(names)) == {"李", "boris"}
    assert [await store.write(lambda tx, n=name: tx.second_factors.forget(n)) for name in ("李", "李", "nobody")] == [True, False, False]
    assert await store.read(lambda s: s.second_factors.get("boris")) is not None


async def test_a_time_step_is_taken_once_and_none_before_it(store: SqlStore) -> None:
    await store.write(lambda tx: tx.second_factors.put(a_factor(last_step=7)))
    for step, is_taken in ((7, False), (6, False), (8, True), (8, False), (10, True), (9, False), (2**40, True)):
        assert await store.write(lambda tx, s=step: tx.second_factors.take_step("李", s)) is is_taken, step
    assert not await store.write(lambda tx: tx.second_factors.take_step("nobody", 9))


async def test_of_those_who_bring_one_code_at_once_one_is_let_in(store: SqlStore) -> None:
    await store.write(lambda tx: tx.second_factors.put(a_factor()))
    taken = await asyncio.gather(*(store.write(lambda tx: tx.second_factors.take_step("李", 8)) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]
    await store.write(lambda tx: tx.second_factors.set_recovery_codes("李", ["a" * 64]))
    taken = await asyncio.gather(*(store.write(lambda tx: tx.second_factors.take_recovery_code("李", "a" * 64)) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_recovery_codes_are_of_one_account_and_go_with_its_factor(store: SqlStore) -> None:
    await store.write(lambda tx: [tx.second_factors.put(a_factor(name)) for name in ("李", "boris")])
    await store.write(lambda tx: tx.second_factors.set_recovery_codes("李", [str(number) * 64 for number in range(10)]))
    await store.write(lambda tx: tx.second_factors.set_recovery_codes("boris", ["a" * 64, "0" * 64]))
    assert not await store.write(lambda tx: tx.second_factors.take_recovery_code("李", "a" * 64)), "that is a code of somebody else"
    assert await store.write(lambda tx: tx.second_factors.take_recovery_code("李", "0" * 64))
    assert [await store.read(lambda s, n=name: s.second_factors.recovery_count(n)) for name in ("李", "boris", "nobody")] == [9, 2, 0]
    await store.write(lambda tx: tx.second_factors.set_recovery_codes("李", ["b" * 64]))
    assert not await store.write(lambda tx: tx.second_factors.take_recovery_code("李", "1" * 64)), "the new ones are in their place"
    await store.write(lambda tx: tx.second_factors.forget("李"))
    assert [await store.read(lambda s, n=name: s.second_factors.recovery_count(n)) for name in ("李", "boris")] == [0, 2]


async def test_all_are_listed_by_account(store: SqlStore) -> None:
    assert await store.read(lambda s: s.second_factors.list()) == []
    kept = [a_factor("c"), a_factor("a"), a_factor("b", key_id="k2")]
    await store.write(lambda tx: [tx.second_factors.put(each) for each in kept])
    assert await store.read(lambda s: s.second_factors.list()) == [a_factor("a"), a_factor("b", key_id="k2"), a_factor("c")]


async def test_a_voucher_is_taken_once_and_an_account_has_few(store: SqlStore) -> None:
    for number in range(5):
        voucher = a_voucher(str(number) * 64, created_at=after(number))
        await store.write(lambda tx, v=voucher: tx.vouchers.offer(v, kept=3))
    await store.write(lambda tx: tx.vouchers.offer(a_voucher("b" * 64, account="boris"), kept=3))
    found = [await store.read(lambda s, n=number: s.vouchers.find(str(n) * 64)) for number in range(5)]
    assert found == [None, None, *[a_voucher(str(number) * 64, created_at=after(number)) for number in (2, 3, 4)]]
    taken = await asyncio.gather(*(store.write(lambda tx: tx.vouchers.take("4" * 64)) for _ in range(4)))
    assert sorted(taken) == [False, False, False, True]
    assert not await store.write(lambda tx: tx.vouchers.take("' OR 1=1 --"))
    await store.write(lambda tx: tx.vouchers.forget("李"))
    assert await store.read(lambda s: s.vouchers.find("3" * 64)) is None
    assert await store.read(lambda s: s.vouchers.find("b" * 64)) is not None


async def test_vouchers_whose_time_is_over_are_let_go(store: SqlStore) -> None:
    await store.write(lambda tx: tx.vouchers.offer(a_voucher("a" * 64, expires_at=after(10)), kept=9))
    await store.write(lambda tx: tx.vouchers.offer(a_voucher("b" * 64, account="boris", created_at=after(9)), kept=9))
    assert await store.read(lambda s: s.vouchers.find("a" * 64)) is not None
    await store.write(lambda tx: tx.vouchers.offer(a_voucher("c" * 64, account="boris", created_at=after(10)), kept=9))
    assert await store.read(lambda s: s.vouchers.find("a" * 64)) is None


async def test_a_try_is_taken_back_and_none_that_was_not(store: SqlStore) -> None:
    await store.write(lambda tx: tx.accounts.add(Account(name="anna", display_name="Anna", created_at=START, created_by="x")))
    for locked_until in (None, after(900)):
        await store.write(lambda tx, until=locked_until: tx.accounts.fail("anna", locked_until=until))
    await store.write(lambda tx: tx.accounts.forgive("anna"))
    found = await store.read(lambda s: s.accounts.get("anna"))
    assert found is not None
    assert (found.failed_count, found.locked_until) == (1, None)
    await store.write(lambda tx: [tx.accounts.forgive(name) for name in ("anna", "anna", "nobody")])
    found = await store.read(lambda s: s.accounts.get("anna"))
    assert found is not None
    assert found.failed_count == 0


async def test_a_session_says_how_it_was_opened_and_when_its_owner_proved_who_they_are(store: SqlStore) -> None:
    plain, proved = (
        a_session("a" * 64, subject="anna", account="anna", user_agent=""),
        a_session("b" * 64, user_agent="", way=Way.RECOVERY_CODE, proved_at=after(3)),
    )
    await store.write(lambda tx: [tx.sessions.open(each) for each in (plain, proved)])
    assert await store.read(lambda s: s.sessions.get(proved.id)) == proved
    await store.write(lambda tx: tx.sessions.prove(plain.id, after(77)))
    assert await store.read(lambda s: s.sessions.of_account("anna")) == [replace(plain, proved_at=after(77))]
    assert await store.read(lambda s: s.sessions.get(proved.id)) == proved
