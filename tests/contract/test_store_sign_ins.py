"""Sessions of accounts, links with which passwords are set, and the counts of wrong passwords under names of nobody."""

from __future__ import annotations

import asyncio
from typing import Any

from headway.model.account import PasswordLink, Tries
from headway.model.device import Device
from headway.model.ids import new_id
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after
from tests.contract.test_store_sessions import a_code, a_session


def a_link(code_hash: str, **fields: Any) -> PasswordLink:
    given: dict[str, Any] = {"account": "李", "created_at": START, "created_by": "admin", "expires_at": after(99)}
    return PasswordLink(code_hash=code_hash, **(given | fields))


async def test_an_account_has_one_link_and_one_who_brings_it_gets_it(store: SqlStore) -> None:
    first, second, other = a_link("a" * 64), a_link("b" * 64, created_by="anna"), a_link("c" * 64, account="boris")
    for link in (first, other, second):
        await store.write(lambda tx, link=link: tx.password_links.put(link))
    assert await store.read(lambda s: s.password_links.find("a" * 64)) is None
    assert await store.read(lambda s: s.password_links.find("b" * 64)) == second
    found = await store.read(lambda s: [s.password_links.of_account(name) for name in ("李", "boris", "nobody", "")])
    assert found == [second, other, None, None]
    taken = await asyncio.gather(*(store.write(lambda tx: tx.password_links.take("b" * 64)) for _ in range(4)))
    assert sorted(taken, key=lambda one: one is None) == [second, None, None, None]
    await store.write(lambda tx: tx.password_links.forget("boris"))
    assert await store.read(lambda s: s.password_links.find("c" * 64)) is None
    for wrong in ("", "' OR 1=1 --", "\u0001"):
        assert await store.write(lambda tx, wrong=wrong: tx.password_links.take(wrong)) is None


async def test_wrong_passwords_of_nobody_are_counted_apart(store: SqlStore) -> None:
    assert await store.read(lambda s: s.strangers.get(7)) is None
    counted = [await store.write(lambda tx: tx.strangers.fail(7, locked_until=None)) for _ in range(3)]
    assert counted == [1, 2, 3]
    assert await store.write(lambda tx: tx.strangers.fail(7, locked_until=after(900))) == 4
    assert await store.read(lambda s: s.strangers.get(7)) == Tries(failed_count=4, locked_until=after(900))
    assert await store.read(lambda s: s.strangers.get(8)) is None
    assert await store.write(lambda tx: tx.strangers.fail(0, locked_until=None)) == 1


async def test_those_who_try_at_once_are_all_counted(store: SqlStore) -> None:
    counted = await asyncio.gather(*(store.write(lambda tx: tx.strangers.fail(9, locked_until=None)) for _ in range(12)))
    assert sorted(counted) == list(range(1, 13))


async def test_the_sessions_of_an_account_are_listed_and_ended_and_those_of_nobody_stay(store: SqlStore) -> None:
    mine = [
        a_session(f"{number:064}", subject="anna", account="anna", seen_at=after(number), address="192.0.2.7", scopes=())
        for number in range(3)
    ]
    of_a_token, boris = a_session("e" * 64, subject="anna"), a_session("f" * 64, subject="boris", account="boris")
    await store.write(lambda tx: [tx.sessions.open(session) for session in [*mine, of_a_token, boris]])
    await store.write(
        lambda tx: [tx.sessions.offer(a_code(c * 64, subject=s, account=s, role=None)) for c, s in (("1", "anna"), ("2", "boris"))]
    )

    listed = await store.read(lambda s: s.sessions.of_account("anna"))
    assert [session.id for session in listed] == [session.id for session in reversed(mine)]
    assert {session.address for session in listed} == {"192.0.2.7"}
    assert await store.read(lambda s: s.sessions.get(boris.id)) is not None
    assert await store.read(lambda s: s.sessions.get("no session")) is None

    ended = await store.write(lambda tx: tx.sessions.end_of("anna", keep=mine[1].id))
    assert sorted(ended) == sorted([mine[0].id, mine[2].id])
    assert [session.id for session in await store.read(lambda s: s.sessions.of_account("anna"))] == [mine[1].id]
    assert await store.write(lambda tx: tx.sessions.redeem("1" * 64)) is None, "a link that was under way opens nothing"
    assert await store.write(lambda tx: tx.sessions.redeem("2" * 64)) is not None
    assert await store.write(lambda tx: tx.sessions.end_of("anna")) == [mine[1].id]
    for session in (of_a_token, boris):
        assert await store.read(lambda s, session=session: s.sessions.get(session.id)) is not None


async def test_the_devices_of_an_account_are_those_that_name_it(store: SqlStore) -> None:
    def a_device(subject: str, account: str | None, seconds: int) -> Device:
        return Device(
            id=new_id(), subject=subject, role=None if account else "viewer", scopes=(), account=account, name="lab", created_at=START,
            renewed_at=after(seconds), expires_at=after(9_999),
        )  # fmt: skip

    mine, foreign = [a_device("anna", "anna", number) for number in range(2)], [a_device("anna", None, 3), a_device("boris", "boris", 4)]
    await store.write(lambda tx: [tx.devices.add(device) for device in [*mine, *foreign]])
    assert await store.read(lambda s: s.devices.of_account("anna")) == mine[::-1]
    assert await store.read(lambda s: s.devices.of_account("nobody")) == []
