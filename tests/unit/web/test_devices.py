"""Tokens of programs that renew themselves: each refresh token is good once, and one that turns up twice ends them all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from headway.access.principal import SYSTEM
from headway.acts.devices import open_device, renew_device
from headway.acts.sign_in import offer_code
from headway.model.device import Device
from headway.model.errors import DeviceEnded, SignInCodeInvalid
from headway.model.ids import new_id
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store
from headway.web.patience import Patience
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.test_accounts import cookie_of, make, own
from tests.unit.web.test_sessions import link


async def sign_in(office: Office, **more: object) -> Json:
    answer = await office.ask("POST", "/tokens", token=None, json={"code": (await link(office))["code"], **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def program_of(store: SqlStore, account: str, **more: Any) -> Device:
    """One that is signed in to the account."""
    now = await store.read(lambda snapshot: snapshot.now)
    given: Json = {"name": "report generator", "created_at": now, "renewed_at": now, "expires_at": now + timedelta(days=1), **more}
    device = Device(id=new_id(), subject=account, account=account, role=None, scopes=(), **given)
    await store.write(lambda tx: tx.devices.add(device))
    return device


async def refresh(office: Office, tokens: Json) -> Json:
    answer = await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_code_buys_a_token_and_the_next_one(office: Office) -> None:
    first = await sign_in(office, name="report generator")
    assert first["expires_in"] == 600
    second = await refresh(office, first)
    third = await refresh(office, second)
    for tokens in (first, second, third):
        assert (await office.ask("GET", "/runs", token=tokens["token"])).status_code == 200
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert len({tokens["refresh_expires_at"] for tokens in (first, second, third)}) == 1


async def test_a_code_is_good_once_for_a_browser_or_a_program(office: Office) -> None:
    code = (await link(office))["code"]
    assert (await office.ask("POST", "/tokens", token=None, json={"code": code})).status_code == 201
    problem(await office.ask("POST", "/tokens", token=None, json={"code": code}), 401, "sign_in_code_invalid")


async def test_a_refresh_token_is_no_token_and_a_token_is_none(office: Office) -> None:
    tokens = await sign_in(office)
    problem(await office.ask("GET", "/runs", token=tokens["refresh_token"]), 401, "unauthorised")
    refused = await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": tokens["token"]})
    problem(refused, 401, "device_ended")


async def test_one_that_is_reused_signs_the_device_out(office: Office) -> None:
    first = await sign_in(office)
    third = await refresh(office, await refresh(office, first))
    stolen = await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": first["refresh_token"]})
    assert "somebody else" in problem(stolen, 401, "refresh_token_reused")["detail"]
    problem(await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": third["refresh_token"]}), 401, "device_ended")
    (ended,) = (await office.ask("GET", "/revocations")).json()["items"]
    office.tokens.revoke(ended["id"])  # what the news do in a server
    problem(await office.ask("GET", "/runs", token=third["token"]), 401, "unauthorised")


async def test_the_last_one_may_come_again_while_its_answer_may_be_lost(office: Office) -> None:
    first = await sign_in(office)
    lost, again = await refresh(office, first), await refresh(office, first)
    assert (await office.ask("GET", "/runs", token=again["token"])).status_code == 200
    # Both answers name the same next one: who has it, whether by the first answer or the second, goes on.
    await refresh(office, lost)
    await refresh(office, again)


@pytest.mark.parametrize(
    "wrong", [{}, {"refresh_token": ""}, {"refresh_token": "x" * 4_097}, {"refresh_token": 7}, {"refresh_token": "a", "x": 1}], ids=str
)
async def test_wishes_that_are_refused(office: Office, wrong: Json) -> None:
    problem(await office.ask("POST", "/tokens/refresh", token=None, json=wrong), 422, "invalid")


@pytest.mark.parametrize("token", ["a", "a.b.c", "hwk_0", "' OR 1=1 --", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_refresh_token(office: Office, token: str) -> None:
    problem(await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": token}), 401, "device_ended")


async def test_whoever_guesses_must_wait(office: Office) -> None:
    office.desk.patience = Patience(burst=5)
    for path, body in (("/tokens", {"code": "x"}), ("/tokens/refresh", {"refresh_token": "x"})):
        codes = [(await office.ask("POST", path, token=None, json=body)).status_code for _ in range(6)]
        assert codes[-1] == 429


# --- the act by itself, with a clock that stands ---------------------------------------------------------------------


async def device_of(store: SqlStore) -> Device:
    await store.write(lambda tx: offer_code(tx, "seal", SYSTEM))
    return await store.write(lambda tx: open_device(tx, code_hashes=("seal",), name="x"))


async def test_ten_seconds_are_the_limit_of_a_lost_answer(tmp_path: Path) -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        device = await device_of(store)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).device.number == 2
        clock.advance(10)
        repeated = await store.write(lambda tx: renew_device(tx, device.id, 1))
        assert (repeated.device.number, repeated.is_reused) == (2, False)
        clock.advance(0.001)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).is_reused
        with pytest.raises(DeviceEnded):
            await store.write(lambda tx: renew_device(tx, device.id, 2))


async def test_a_thief_within_the_ten_seconds_is_found_out_at_the_next_renewal() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        device = await device_of(store)
        for _ in ("owner", "thief"):
            assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).device.number == 2
        clock.advance(540)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 2))).device.number == 3
        clock.advance(60)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 2))).is_reused


async def test_one_before_the_last_is_never_taken_however_soon(tmp_path: Path) -> None:
    async with memory_store(clock=FakeClock()) as store:
        device = await device_of(store)
        for number in (1, 2):
            await store.write(lambda tx, number=number: renew_device(tx, device.id, number))
        assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).is_reused


@pytest.mark.parametrize("number", [0, -1, 3, 2**53])
async def test_a_number_that_was_never_given_ends_the_device(number: int) -> None:
    async with memory_store(clock=FakeClock()) as store:
        device = await device_of(store)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).device.number == 2
        assert (await store.write(lambda tx: renew_device(tx, device.id, number))).is_reused


async def test_a_device_ends_after_thirty_days_however_often_it_was_renewed() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        device = await device_of(store)
        clock.advance(timedelta(days=30).total_seconds() - 1)
        assert (await store.write(lambda tx: renew_device(tx, device.id, 1))).device.expires_at == device.expires_at
        clock.advance(1)
        with pytest.raises(DeviceEnded):
            await store.write(lambda tx: renew_device(tx, device.id, 2))


async def test_an_old_code_signs_nobody_in() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        await store.write(lambda tx: offer_code(tx, "seal", SYSTEM))
        clock.advance(600)
        with pytest.raises(SignInCodeInvalid):
            await store.write(lambda tx: open_device(tx, code_hashes=("seal",), name="x"))


async def test_ones_own_are_listed_and_signed_out(office: Office) -> None:
    await make(office)
    await make(office, "boris")
    here = await cookie_of(office)
    now = await office.store.read(lambda snapshot: snapshot.now)
    mine = await program_of(office.store, "ada")
    late = await program_of(office.store, "ada", name="importer", renewed_at=now + timedelta(minutes=1))
    await program_of(office.store, "ada", name="over", expires_at=now - timedelta(seconds=1))
    foreign = await program_of(office.store, "boris")
    listed = (await own(office, "GET", "/devices", here)).json()["items"]
    assert [(each["id"], each["name"]) for each in listed] == [(late.id, "importer"), (mine.id, "report generator")]
    assert all(set(each) == {"id", "name", "created_at", "renewed_at", "expires_at"} for each in listed), "no rights, and no number"

    for wrong in (foreign.id, "019336e2-2222-7333-8444-555566667777", "x"):
        problem(await own(office, "DELETE", f"/devices/{wrong}", here), 404, "device_not_found")
    assert (await own(office, "DELETE", f"/devices/{mine.id}", here)).status_code == 204
    problem(await own(office, "DELETE", f"/devices/{mine.id}", here), 404, "device_not_found")
    assert [each["id"] for each in (await own(office, "GET", "/devices", here)).json()["items"]] == [late.id]
    assert mine.id in {each["id"] for each in (await office.ask("GET", "/revocations")).json()["items"]}, "its tokens, too"
    refused = await office.ask(
        "POST", "/tokens/refresh", token=None, json={"refresh_token": office.tokens.issue_refresh(mine.id, 1, mine.expires_at)}
    )
    problem(refused, 401, "device_ended")
    (row, *_) = (await office.ask("GET", "/audit?action=session.ended")).json()["items"]
    assert (row["target"], row["by"], row["before"]) == (mine.id, "ada", {"account": "ada", "name": "report generator"})
