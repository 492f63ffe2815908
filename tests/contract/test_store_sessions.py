"""Sessions and the codes that open them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from headway.model.ids import new_id
from headway.model.session import Session, SignInCode
from headway.store.sql import migrate
from headway.store.sql.engines import make_engine
from headway.store.sql.migrations.upgrade import upgrade
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after


def a_code(code_hash: str, **fields: Any) -> SignInCode:
    given: dict[str, Any] = {"subject": "anna", "role": "admin", "created_at": START, "expires_at": after(600)}
    return SignInCode(code_hash=code_hash, **(given | fields))


def a_session(secret_hash: str, **fields: Any) -> Session:
    given: dict[str, Any] = {
        "id": new_id(), "subject": "anna", "role": None, "scopes": ("project:七班:run:read",), "created_at": START, "seen_at": START,
        "expires_at": after(1_000), "user_agent": "Mozilla/5.0 \u0000(x)",
    }  # fmt: skip
    return Session(secret_hash=secret_hash, **(given | fields))


async def test_a_code_is_taken_once_whoever_comes_at_the_same_time(store: SqlStore) -> None:
    code = a_code("a" * 64, scopes=("project:七班:run:read",), session_expires_at=after(99))
    await store.write(lambda tx: tx.sessions.offer(code))
    taken = await asyncio.gather(*(store.write(lambda tx: tx.sessions.redeem("a" * 64)) for _ in range(5)))
    assert sorted(taken, key=lambda one: one is None) == [code, None, None, None, None]
    assert await store.write(lambda tx: tx.sessions.redeem("\u0001' OR 1=1")) is None


async def test_a_session_is_found_seen_and_ended(store: SqlStore) -> None:
    session = a_session("b" * 64)
    await store.write(lambda tx: tx.sessions.open(session))
    kept = replace(session, user_agent="Mozilla/5.0 \ufffd(x)")
    assert await store.read(lambda s: s.sessions.find("b" * 64)) == kept
    assert await store.read(lambda s: s.sessions.find("c" * 64)) is None
    await store.write(lambda tx: tx.sessions.see(session.id, after(60)))
    assert await store.read(lambda s: s.sessions.find("b" * 64)) == replace(kept, seen_at=after(60))
    await store.write(lambda tx: tx.sessions.reseal(session.id, f"sha512:{'b' * 128}"))
    assert await store.read(lambda s: s.sessions.find("b" * 64)) is None
    again = await store.read(lambda s: s.sessions.find(f"sha512:{'b' * 128}"))
    assert again == replace(kept, seen_at=after(60), secret_hash=f"sha512:{'b' * 128}")
    await store.write(lambda tx: tx.sessions.end(session.id))
    assert await store.read(lambda s: s.sessions.get(session.id)) is None


async def test_pruning_keeps_what_is_young_and_in_use(store: SqlStore) -> None:
    codes = [a_code(f"{number:064}", created_at=after(number), expires_at=after(100 + number)) for number in range(5)]
    sessions = [a_session(f"{number:064}", seen_at=after(number), expires_at=after(100 + number)) for number in range(5)]
    other = a_session("f" * 64, subject="boris")

    async def left() -> tuple[list[str], list[str]]:
        found = await store.read(lambda s: [s.sessions.find(one.secret_hash) for one in [*sessions, other]])
        taken = await store.write(lambda tx: [tx.sessions.redeem(code.code_hash) for code in codes])
        await store.write(lambda tx: [tx.sessions.offer(code) for code in taken if code])
        return [code.code_hash[-1] for code in taken if code], [one.secret_hash[-1] for one in found if one]

    await store.write(lambda tx: [tx.sessions.offer(code) for code in codes])
    await store.write(lambda tx: [tx.sessions.open(session) for session in [*sessions, other]])
    await store.write(lambda tx: tx.sessions.prune(after(101)))
    assert await left() == (["2", "3", "4"], ["2", "3", "4", "f"])
    many = await store.write(lambda tx: tx.sessions.prune(after(0), codes_kept=2, subject="anna", sessions_kept=1))
    assert await left() == (["3", "4"], ["4", "f"])
    assert set(many) == {sessions[2].id, sessions[3].id}
    await store.write(lambda tx: tx.sessions.prune(after(9_999), codes_kept=2, subject="anna", sessions_kept=1))
    assert await left() == ([], [])


async def test_a_store_of_the_first_version_gets_its_tables(url: str) -> None:
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        upgrade(connection, "0001")
        connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('epoch', 'the first')"))
        connection.commit()
    engine.dispose()
    store = await SqlStore.open(url, synchronous="OFF")
    assert store.epoch == "the first"
    await store.write(lambda tx: tx.sessions.open(a_session("d" * 64)))
    assert await store.read(lambda s: s.sessions.find("d" * 64))
    await store.close()
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == migrate.VERSION
    engine.dispose()
