"""What second factors are encrypted with, and what is not taken for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from headway.access import totp
from headway.access.principal import SYSTEM, Principal
from headway.access.seal import Seal
from headway.access.vault import Vault
from headway.acts.accounts import add_account
from headway.acts.second_factors import FactorKeys, begin_factor, must_enrol, set_factor
from headway.acts.secrets import rotate_secrets
from headway.acts.sign_in import Browser, open_account
from headway.model.errors import SecretUnreadable, Unavailable
from headway.model.second_factor import FactorCodeRefused
from headway.model.session import Way
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

OLD, NEW = Vault([bytes(range(32))]), Vault([bytes(range(32, 64)), bytes(range(32))])
SEAL = Seal("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")
KEYS = FactorKeys(OLD, SEAL)


async def signed_in(store: SqlStore, name: str = "ada") -> Principal:
    await store.write(lambda tx: add_account(tx, SYSTEM, name=name, display_name=name, password_hash="h"))
    browser = Browser(secret_hash=f"secret of {name}", user_agent="")
    session = await store.write(lambda tx: open_account(tx, name, browser, Way.PASSWORD))
    return Principal(id=name, account=name, session_id=session.id)


async def enrolled(store: SqlStore, clock: FakeClock, name: str = "ada") -> tuple[Principal, str]:
    by, secret = await signed_in(store, name), totp.make_secret()
    await store.write(lambda tx: begin_factor(tx, by, KEYS, secret))
    code = totp.code_of(secret, totp.step_at(clock.now()))
    await store.write(lambda tx: set_factor(tx, by, KEYS, code, totp.make_recovery_codes()))
    return by, secret


async def test_a_new_key_encrypts_them_again() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        _, secret = await enrolled(store, clock)
        before = await store.read(lambda s: s.second_factors.get("ada"))
        assert before is not None
        assert await store.write(lambda tx: rotate_secrets(tx, SYSTEM, NEW)) == 1
        after = await store.read(lambda s: s.second_factors.get("ada"))
        assert after is not None
        assert (after.key_id, replace(after, key_id=before.key_id, sealed=before.sealed)) == (NEW.newest, before)
        assert FactorKeys(NEW, SEAL).open(after) == secret
        with pytest.raises(SecretUnreadable):
            FactorKeys(OLD, SEAL).open(after)
        assert await store.write(lambda tx: rotate_secrets(tx, SYSTEM, NEW)) == 0


async def test_what_was_kept_for_one_opens_as_no_other() -> None:
    """Whoever can write into the database puts neither their own in the place of another's, nor an older one back."""
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        _, secret = await enrolled(store, clock)
        kept = await store.read(lambda s: s.second_factors.get("ada"))
        assert kept is not None
        assert KEYS.open(kept) == secret
        for moved in (replace(kept, account="boris"), replace(kept, begun_at=kept.begun_at + timedelta(milliseconds=1))):
            with pytest.raises(SecretUnreadable):
                KEYS.open(moved)


async def test_without_a_key_none_is_set_up() -> None:
    async with memory_store() as store:
        by = await signed_in(store)
        with pytest.raises(Unavailable):
            await store.write(lambda tx: begin_factor(tx, by, FactorKeys(None, SEAL), totp.make_secret()))
        assert await store.read(lambda s: s.second_factors.get("ada")) is None


async def test_a_recovery_code_sets_none_up() -> None:
    async with memory_store() as store:
        by = await signed_in(store)
        await store.write(lambda tx: begin_factor(tx, by, KEYS, totp.make_secret()))
        for wrong in (totp.make_recovery_codes()[0], "", "12345", "１２３４５６"):
            with pytest.raises(FactorCodeRefused):
                await store.write(lambda tx, w=wrong: set_factor(tx, by, KEYS, w, []))


async def test_who_must_enrol() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        by, _ = await enrolled(store, clock)
        without = await signed_in(store, "boris")
        await store.write(lambda tx: add_account(tx, SYSTEM, name="cara", display_name="Cara"))
        sessions = {
            name: await store.read(lambda s, i=who.session_id: s.sessions.get(i or "")) for name, who in (("ada", by), ("boris", without))
        }
        ada, boris = sessions["ada"], sessions["boris"]
        assert ada is not None
        assert boris is not None
        asked = [ada, boris, replace(boris, way=None), replace(boris, way=Way.LINK), replace(boris, way=Way.PROVIDER), replace(boris, account=None), replace(boris, account="cara")]  # fmt: skip
        assert [await store.read(lambda s, each=each: must_enrol(s, each)) for each in asked] == [
            False,
            True,
            True,
            True,
            False,
            False,
            False,
        ]
