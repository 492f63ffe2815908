"""Codes and sessions over time, by a clock that the test moves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.principal import Principal
from headway.acts.sign_in import (
    CODE_LIFE,
    CODES_ALIVE,
    IDLE_LIFE,
    SESSION_LIFE,
    SESSIONS_ALIVE,
    USER_AGENT_LIMIT,
    Browser,
    end_session,
    find_session,
    offer_code,
    open_session,
    see_session,
)
from headway.model.errors import Forbidden, SessionEnded, SignInCodeInvalid
from headway.model.session import Session
from headway.store.sql.store import SqlStore
from headway.testing.clock import START, FakeClock
from headway.testing.store import memory_store

ANNA = Principal(id="anna", role="admin")


async def enter(store: SqlStore, name: str, by: Principal = ANNA, user_agent: str = "") -> Session:
    await store.write(lambda tx: offer_code(tx, f"code {name}", by))
    return await redeem(store, name, user_agent)


async def redeem(store: SqlStore, name: str, user_agent: str = "") -> Session:
    return await store.write(
        lambda tx: open_session(tx, code_hashes=(f"code {name}",), browser=Browser(secret_hash=f"secret {name}", user_agent=user_agent))
    )


async def is_in(store: SqlStore, name: str) -> bool:
    try:
        await store.read(lambda snapshot: find_session(snapshot, (f"secret {name}",)))
    except SessionEnded:
        return False
    return True


async def test_a_code_is_good_for_ten_minutes() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        for name in "ab":
            await store.write(lambda tx, name=name: offer_code(tx, f"code {name}", ANNA))
        clock.advance(CODE_LIFE.total_seconds() - 0.001)
        assert (await redeem(store, "a")).subject == "anna"
        clock.advance(0.001)
        with pytest.raises(SignInCodeInvalid):
            await redeem(store, "b")


async def test_a_session_is_good_for_thirty_days() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        session = await enter(store, "a", user_agent="x" * 1_000)
        assert session.user_agent == "x" * USER_AGENT_LIMIT
        for _ in range(5):  # it is seen now and then
            clock.advance((SESSION_LIFE / 5).total_seconds() - 1)
            assert (await store.write(lambda tx: see_session(tx, ("secret a",)))).seen_at == clock.now()
        clock.advance(4)
        assert await is_in(store, "a")
        clock.advance(1)
        assert not await is_in(store, "a")
        with pytest.raises(SessionEnded):
            await store.write(lambda tx: see_session(tx, ("secret a",)))


async def test_a_session_of_which_nothing_is_seen_for_a_week_is_over() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        await enter(store, "left behind")
        await enter(store, "in use")
        clock.advance(IDLE_LIFE.total_seconds() - 1)
        await store.write(lambda tx: see_session(tx, ("secret in use",)))
        clock.advance(1)
        assert not await is_in(store, "left behind")
        assert await is_in(store, "in use")
        with pytest.raises(SessionEnded):
            await store.write(lambda tx: see_session(tx, ("secret left behind",)))


async def test_a_session_ends_with_the_token_that_its_link_was_asked_for_with() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        ends = clock.now() + timedelta(minutes=5)
        guest = Principal(id="guest", role="admin", expires_at=ends)
        assert (await enter(store, "a", guest)).expires_at == ends
        await store.write(lambda tx: offer_code(tx, "code b", guest))
        clock.advance(300)
        with pytest.raises(SignInCodeInvalid):
            await redeem(store, "b")


async def test_signing_out_ends_one_session() -> None:
    async with memory_store(clock=FakeClock()) as store:
        first, _ = await enter(store, "a"), await enter(store, "b")
        await store.write(lambda tx: end_session(tx, first.id, by="anna"))
        assert [await is_in(store, name) for name in "ab"] == [False, True]


async def test_codes_and_sessions_are_bounded() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        for number in range(CODES_ALIVE + 1):
            clock.advance(1)
            await store.write(lambda tx, number=number: offer_code(tx, f"code {number}", ANNA))
        with pytest.raises(SignInCodeInvalid):
            await redeem(store, "0")
        first = await redeem(store, "1")

        for number in range(100, 100 + SESSIONS_ALIVE):
            clock.advance(1)
            await enter(store, str(number))
        assert [await is_in(store, name) for name in ("1", "100", str(99 + SESSIONS_ALIVE))] == [False, True, True]
        revoked = await store.read(lambda s: s.revocations.since(START, clock.now(), limit=9))
        assert [each.id for each in revoked] == [first.id], "its tokens end with it"


async def test_who_may_not_make_links_makes_none() -> None:
    async with memory_store(clock=FakeClock()) as store:
        for scopes in ((), ("project:default:session:create",), ("run:x:*",)):
            with pytest.raises(Forbidden, match="session:create"):
                await store.write(lambda tx, scopes=scopes: offer_code(tx, "code", Principal(id="boris", scopes=scopes)))
