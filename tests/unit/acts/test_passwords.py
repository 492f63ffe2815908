"""Tries are counted, names are locked, and links with which passwords are set give nobody more than they have."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from headway.access.directory import read_rights
from headway.access.lockout import FIRST_LOCK, FREE_TRIES, LONGEST_LOCK, SLOTS, lock_until, slot_of
from headway.access.principal import SYSTEM, Principal
from headway.access.seal import Seal
from headway.acts.accounts import add_account, change_account
from headway.acts.grants import give
from headway.acts.passwords import LINK_LIFE, Tried, follow_password_link, offer_password_link, sign_in_by_password, try_password
from headway.acts.sign_in import Browser
from headway.model.account import Account, Role
from headway.model.errors import Forbidden, SignInCodeInvalid, SignInLocked, SignInRefused
from headway.model.permissions import Permission
from headway.model.session import Session
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.clock import START, FakeClock
from headway.testing.store import memory_store

BROWSER = Browser(secret_hash="secret", user_agent="")
NAMES = ["ada", "nobody"]
"""Whoever tries is to see no difference."""


async def people(store: SqlStore) -> None:
    await store.write(lambda tx: add_account(tx, SYSTEM, name="ada", display_name="Ada", password_hash="h1"))


async def attempt(store: SqlStore, name: str) -> str:
    """What whoever brings a wrong password hears."""
    try:
        tried = await store.write(lambda tx: try_password(tx, name, 5))
        await store.write(lambda tx: sign_in_by_password(tx, tried, is_right=False, fresh_hash=None, browser=BROWSER))
    except SignInLocked as locked:
        return f"locked for {locked.fields['retry_in_seconds']} s"
    except SignInRefused:
        return "refused"
    raise AssertionError("let in")


def test_a_lock_doubles_up_to_a_day() -> None:
    assert [lock_until(count, START) for count in range(FREE_TRIES)] == [None] * FREE_TRIES
    minutes = [(until - START) / timedelta(minutes=1) for count in range(10, 19) if (until := lock_until(count, START))]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert lock_until(10**9, START) == START + LONGEST_LOCK


async def test_ten_wrong_ones_lock_a_name_whether_it_is_somebodys_or_not() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        await people(store)
        for name in NAMES:
            heard = [await attempt(store, name) for _ in range(12)]
            assert heard == ["refused"] * 10 + ["locked for 900 s"] * 2, name
        clock.advance(FIRST_LOCK.total_seconds() - 0.5)
        assert [await attempt(store, name) for name in NAMES] == ["locked for 1 s"] * 2
        clock.advance(0.5)
        assert [await attempt(store, name) for name in NAMES] == ["refused"] * 2
        assert [await attempt(store, name) for name in NAMES] == ["locked for 1800 s"] * 2
        clock.advance(1_800)
        assert [await attempt(store, name) for name in NAMES] == ["refused"] * 2
        assert [await attempt(store, name) for name in NAMES] == ["locked for 3600 s"] * 2


async def test_those_who_come_at_once_have_no_more_tries() -> None:
    async with memory_store() as store:
        await people(store)
        for name in NAMES:
            heard = await asyncio.gather(*(attempt(store, name) for _ in range(60)))
            assert sorted(set(heard)) == ["locked for 900 s", "refused"]
            assert heard.count("refused") == FREE_TRIES, name


async def enter(store: SqlStore, **more: Any) -> Session:
    tried = await store.write(lambda tx: try_password(tx, "ada", 5))
    return await store.write(
        lambda tx: sign_in_by_password(tx, tried, **({"is_right": True, "fresh_hash": None, "browser": BROWSER} | more))
    )


async def test_the_right_one_sets_the_count_back() -> None:
    async with memory_store() as store:
        await people(store)
        for round_ in range(3):
            assert [await attempt(store, "ada") for _ in range(9)] == ["refused"] * 9
            session = await enter(store, browser=Browser(secret_hash=f"secret {round_}", user_agent=""))
            assert (session.subject, session.account, session.role) == ("ada", "ada", None)
            found = await store.read(lambda s: s.accounts.get("ada"))
            assert found is not None
            assert (found.failed_count, found.locked_until) == (0, None)


async def test_a_locked_account_is_opened_by_a_link_which_ends_the_lock() -> None:
    async with memory_store() as store:
        await people(store)
        assert [await attempt(store, "ada") for _ in range(11)][-1] == "locked for 900 s"
        await store.write(lambda tx: offer_password_link(tx, SYSTEM, "ada", "code"))
        session = await store.write(lambda tx: follow_password_link(tx, ("code",), "h2", BROWSER))
        assert session.account == "ada"
        assert await attempt(store, "ada") == "refused"


async def test_whoever_looks_after_people_takes_a_lock_back() -> None:
    async with memory_store() as store:
        await people(store)
        assert [await attempt(store, "ada") for _ in range(11)][-1] == "locked for 900 s"
        await store.write(lambda tx: change_account(tx, SYSTEM, "ada", {"is_locked": False}))
        assert await attempt(store, "ada") == "refused"


async def test_a_password_that_has_changed_meanwhile_or_an_account_that_ended_lets_nobody_in() -> None:
    async with memory_store() as store:
        await people(store)
        changes: list[Any] = [{"password_hash": "h2"}, {"password_hash": "h1", "is_active": False}]
        for fields in changes:
            tried = Tried("ada", "h1")
            await store.write(lambda tx, fields=fields: tx.accounts.change("ada", **fields))
            with pytest.raises(SignInRefused):
                await store.write(lambda tx, tried=tried: sign_in_by_password(tx, tried, is_right=True, fresh_hash=None, browser=BROWSER))
        for nobody in (Tried(None, None), Tried("nobody", "h1")):
            with pytest.raises(SignInRefused):
                await store.write(
                    lambda tx, nobody=nobody: sign_in_by_password(tx, nobody, is_right=True, fresh_hash=None, browser=BROWSER)
                )


async def test_a_stronger_hash_is_kept() -> None:
    async with memory_store() as store:
        await people(store)
        await enter(store, fresh_hash="h2")
        assert (await store.write(lambda tx: try_password(tx, "ada", 5))).password_hash == "h2"


async def test_a_link_is_good_once_and_for_three_days() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        await people(store)
        await store.write(lambda tx: offer_password_link(tx, SYSTEM, "ada", "code"))
        clock.advance(LINK_LIFE.total_seconds())
        with pytest.raises(SignInCodeInvalid):
            await store.write(lambda tx: follow_password_link(tx, ("code",), "h2", BROWSER))
        await store.write(lambda tx: offer_password_link(tx, SYSTEM, "ada", "other"))
        clock.advance(LINK_LIFE.total_seconds() - 1)
        assert await store.write(lambda tx: follow_password_link(tx, ("other",), "h2", BROWSER))
        with pytest.raises(SignInCodeInvalid):
            await store.write(lambda tx: follow_password_link(tx, ("other",), "h3", BROWSER))


def _desk_role(tx: Transaction) -> None:
    tx.accounts.put_role(
        Role(
            name="desk",
            permissions=frozenset({Permission.USER_ADMIN, Permission.GRANT_EDIT, Permission.RUN_READ}),
            created_at=START,
            created_by="x",
        )
    )


async def principal(store: SqlStore, name: str) -> Principal:
    return Principal(id=name, account=name, session_id="s", rights=await store.read(lambda s: read_rights(s, name)))


async def test_who_looks_after_people_cannot_become_somebody_who_may_more() -> None:
    """By a link, by the address with which a provider lets in, or by giving a role."""
    async with memory_store() as store:
        await store.write(_desk_role)
        for name, role, project in (
            ("desk", "desk", None),
            ("boss", "admin", None),
            ("cara", "operator", "七班"),
            ("dora", "desk", "p"),
            ("emil", None, None),
        ):
            await store.write(lambda tx, n=name, r=role, p=project: add_with_role(tx, SYSTEM, n, r, p))
        desk = await principal(store, "desk")
        for above in ("boss", "cara"):
            with pytest.raises(Forbidden):
                await store.write(lambda tx, above=above: offer_password_link(tx, desk, above, "code"))
            with pytest.raises(Forbidden):
                await store.write(lambda tx, above=above: change_account(tx, desk, above, {"email": "desk@example.org"}))
        for role, project in (("admin", None), ("operator", "七班"), ("viewer", None)):
            with pytest.raises(Forbidden):
                await store.write(lambda tx, r=role, p=project: add_with_role(tx, desk, "fred", r, p))
        assert await store.read(lambda s: s.accounts.get("fred")) is None
        for beside in ("dora", "emil", "desk"):
            assert (await store.write(lambda tx, beside=beside: offer_password_link(tx, desk, beside, beside))).account == beside
        made = await store.write(lambda tx: add_with_role(tx, desk, "gil", "desk", "p"))
        assert made.created_by == "desk"


def add_with_role(tx: Transaction, by: Principal, name: str, role: str | None, project: str | None) -> Account:
    """As the route does."""
    made = add_account(tx, by, name=name, display_name=name)
    if role is not None:
        give(tx, by, account=name, group=None, role=role, project=project)
    return made


def test_names_of_nobody_share_a_bounded_number_of_places() -> None:
    seal, other = Seal("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"), Seal("e9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAk")
    places = [slot_of(f"name {number}", seal) for number in range(500)]
    assert all(0 <= place < SLOTS for place in places)
    assert len(set(places)) > 490
    assert slot_of("ada", seal) == slot_of("ada", seal)
    assert slot_of("ada", seal) != slot_of("ada", other), "nobody outside knows who shares a place"
