"""Tokens and sessions that have ended before their time."""

from __future__ import annotations

from headway.model.revocation import Revocation
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after


def a_revocation(name: str, at: float, ends: float) -> Revocation:
    return Revocation(id=name, revoked_at=after(at), ends_at=after(ends), by="anna")


async def test_they_are_found_by_when_they_were_made_the_newest_first(store: SqlStore) -> None:
    first, second, third = a_revocation("a", 10, 900), a_revocation("b\u0001' OR 1=1", 20, 900), a_revocation("c", 30, 900)
    for each in (second, first, third):
        await store.write(lambda tx, each=each: tx.revocations.put(each))
    assert await store.read(lambda snapshot: snapshot.revocations.since(START, after(40), limit=9)) == [third, second, first]
    assert await store.read(lambda snapshot: snapshot.revocations.since(after(20), after(40), limit=9)) == [third, second]
    assert await store.read(lambda snapshot: snapshot.revocations.since(START, after(40), limit=1)) == [third]


async def test_the_first_word_counts(store: SqlStore) -> None:
    first = a_revocation("a", 10, 900)
    await store.write(lambda tx: tx.revocations.put(first))
    await store.write(lambda tx: tx.revocations.put(a_revocation("a", 20, 950)))
    assert await store.read(lambda snapshot: snapshot.revocations.since(START, after(40), limit=9)) == [first]


async def test_what_has_ended_by_itself_is_not_remembered(store: SqlStore) -> None:
    await store.write(lambda tx: tx.revocations.put(a_revocation("old", 10, 50)))
    await store.write(lambda tx: tx.revocations.put(a_revocation("young", 10, 90)))
    found = await store.read(lambda snapshot: snapshot.revocations.since(START, after(60), limit=9))
    assert [each.id for each in found] == ["young"]
    await store.write(lambda tx: tx.revocations.prune(after(60)))
    found = await store.read(lambda snapshot: snapshot.revocations.since(START, START, limit=9))
    assert [each.id for each in found] == ["young"]
