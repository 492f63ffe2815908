"""One algorithm of seals after another, at an installation that people are signed in to: what was kept by the one before stays good for as
long as that one is taken, and no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from headway.access.algorithms import Algorithms
from headway.access.anchors import Signer
from headway.access.seal import Seal
from headway.acts.sign_in import SEEN_EVERY
from headway.assembly.sealing import Sealing
from headway.testing.clock import FakeClock
from headway.web.key_ring import KeyRing
from tests.contract.material import link_of
from tests.unit.web.office import SECRET, Json, Office, open_office, problem
from tests.unit.web.phones import voucher_of, with_code, with_phone
from tests.unit.web.test_accounts import GOOD, OTHER, invite
from tests.unit.web.test_api_keys import make as make_key
from tests.unit.web.test_remote_workers import Remote, parcel, remote
from tests.unit.web.test_sessions import link, page, sign_in
from tests.unit.web.test_share_links import share

Try = Callable[[], Awaitable[int]]
"""Shows something that was given out before: the status of the answer."""
BOTH, NEW = ("HMAC-SHA-512", "HMAC-SHA-256"), ("HMAC-SHA-512",)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def office(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    async with open_office(tmp_path / "artifacts", clock=clock) as opened:
        yield opened


def restart(office: Office, *names: str) -> None:
    """As a server that is started again with these algorithms."""
    desk = office.desk
    desk.seal = Seal(SECRET, Algorithms(seals=names))
    desk.keys = KeyRing(desk.store, desk.seal, desk.tokens, desk.directory)


async def give_out(office: Office, clock: FakeClock) -> dict[str, Try]:
    """One of each kind of secret that is kept as its seal, with what is done with it."""
    run = (await office.start())["id"]
    cookie, code, device, shared = await sign_in(office), await link(office), await link(office), await share(office, run)
    key, old_key = await make_key(office), await make_key(office)
    rotated = (await office.ask("POST", f"/keys/{old_key['id']}/rotation", json={"grace_seconds": 86_400})).json()
    phone = await with_phone(office, clock)
    voucher, second = await voucher_of(office), await voucher_of(office)
    invited = await invite(office, "bert")
    worker = await remote(office, "project:default:worker:serve")
    claim = await worker.claim()
    file = (await worker.say("POST", "/files", content=b"mine")).json()

    async def of_key(text: str) -> int:
        return (await office.ask("GET", f"/runs/{run}", token=text)).status_code

    return {
        "session": lambda: _status(page(office, "POST", "/session/tokens", cookie)),
        "sign-in link": lambda: _status(page(office, "POST", "/sessions", json={"code": code["code"]})),
        "link of a device": lambda: _status(office.ask("POST", "/tokens", token=None, json={"code": device["code"]})),
        "share link": lambda: _status(office.ask("POST", "/share-tokens", token=None, json={"code": shared["code"]})),
        "key": lambda: of_key(key["key"]),
        "key before its rotation": lambda: of_key(old_key["key"]),
        "key after its rotation": lambda: of_key(rotated["key"]),
        "voucher": lambda: _status(with_code(office, voucher, phone.fresh())),
        "recovery code": lambda: _status(with_code(office, second, phone.recovery_codes[0])),
        "password link": lambda: _status(page(office, "POST", "/sessions", json={"code": invited, "password": OTHER})),
        "receipt": lambda: hand_in(worker, claim, file),
    }


async def _status(asked: Awaitable[object]) -> int:
    return getattr(await asked, "status_code")  # noqa: B009 - of whatever answers


async def hand_in(worker: Remote, claim: Json, file: Json) -> int:
    known = {"kind": "artifact", "id": worker.id[-36:], "name": "a.csv", "media_type": "text/csv", "created_at": "2026-11-22T09:00:00Z"}
    wrong = parcel(claim, 0, keep={**known, "attempt": 1, **file})
    return (await worker.say("POST", "/parcels", {"parcels": [wrong]})).status_code


GOOD_ONES = dict.fromkeys(("session", "sign-in link", "link of a device", "share link", "voucher", "recovery code", "password link"), 201)
GOOD_ONES |= {"key": 200, "key before its rotation": 200, "key after its rotation": 200, "receipt": 200}


async def test_while_both_are_taken_all_that_was_given_out_is_good(office: Office, clock: FakeClock) -> None:
    given = await give_out(office, clock)
    restart(office, *BOTH)
    assert {name: await show() for name, show in given.items()} == GOOD_ONES


async def test_when_the_old_one_is_no_longer_taken_nothing_of_it_is_good(office: Office, clock: FakeClock) -> None:
    given = await give_out(office, clock)
    restart(office, *NEW)
    found = {name: await show() for name, show in given.items()}
    assert found == dict.fromkeys(GOOD_ONES, 401) | {"receipt": 422}


async def test_what_is_given_out_by_the_new_one_is_good_without_the_old(office: Office, clock: FakeClock) -> None:
    restart(office, *BOTH)
    given = await give_out(office, clock)
    stored = await office.store.write(lambda tx: "\n".join(link_of(tx).driver.iterdump()))
    assert stored.count("'sha512:") >= 15
    restart(office, *NEW)
    assert {name: await show() for name, show in given.items()} == GOOD_ONES


async def test_one_server_may_take_the_new_one_before_another_makes_it(office: Office, clock: FakeClock) -> None:
    """Of two that are started one after the other: first both take it, then one makes it, then the other."""
    restart(office, *BOTH)
    given = await give_out(office, clock)
    restart(office, *BOTH[::-1])
    assert {name: await show() for name, show in given.items()} == GOOD_ONES


async def test_a_session_in_use_goes_over_to_the_new_one(office: Office, clock: FakeClock) -> None:
    """When it is next noted that it is in use: at two pages at once, once."""
    cookie, left_behind = await sign_in(office), await sign_in(office)
    restart(office, *BOTH)
    clock.advance(SEEN_EVERY.total_seconds() - 1)
    assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201
    restart(office, *NEW)
    problem(await page(office, "POST", "/session/tokens", cookie), 401, "session_ended")
    restart(office, *BOTH)
    clock.advance(1)
    for _ in range(2):
        assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201
    restart(office, *NEW)
    assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201
    problem(await page(office, "POST", "/session/tokens", left_behind), 401, "session_ended")


async def test_a_session_that_another_page_has_taken_over_meanwhile_goes_on(office: Office, clock: FakeClock) -> None:
    cookie = await sign_in(office)
    clock.advance(SEEN_EVERY.total_seconds())
    restart(office, *BOTH)
    read = office.store.read

    async def overtaken(act: Callable[..., object]) -> object:
        """Between the look for the session and the note that it is in use, another page does all of it."""
        office.store.read = read
        found = await read(act)
        assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201
        return found

    office.store.read = overtaken  # type: ignore[method-assign, assignment]
    assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201


async def test_a_key_in_use_goes_over_to_the_new_one(office: Office) -> None:
    used, unused = await make_key(office), await make_key(office)
    restart(office, *BOTH)
    for _ in range(2):
        await office.desk.keys.read(used["key"])
        await office.desk.keys.note()
        await office.desk.keys.read(used["key"])
    wrote = office.store.write

    async def refuse(*_: object, **__: object) -> object:
        raise AssertionError("there is nothing more to be written")

    office.store.write = refuse  # type: ignore[method-assign, assignment]
    await office.desk.keys.note()
    office.store.write = wrote
    restart(office, *NEW)
    assert (await office.ask("GET", "/runs", token=used["key"])).status_code == 200
    problem(await office.ask("GET", "/runs", token=unused["key"]), 401, "unauthorised")


async def test_a_key_that_was_rotated_meanwhile_is_not_set_back(office: Office) -> None:
    made = await make_key(office)
    restart(office, *BOTH)
    await office.desk.keys.read(made["key"])
    rotated = (await office.ask("POST", f"/keys/{made['id']}/rotation", json={"grace_seconds": 0})).json()
    await office.desk.keys.note()
    office.desk.keys = KeyRing(office.store, office.desk.seal, office.tokens, office.desk.directory)
    assert (await office.ask("GET", "/runs", token=rotated["key"])).status_code == 200
    problem(await office.ask("GET", "/runs", token=made["key"]), 401, "unauthorised")


async def test_who_has_tried_too_often_has_no_more_tries_by_a_change(office: Office, clock: FakeClock) -> None:
    for _ in range(10):
        await page(office, "POST", "/sessions/by-password", json={"name": "nobody", "password": GOOD})
    restart(office, *NEW)
    problem(await page(office, "POST", "/sessions/by-password", json={"name": "nobody", "password": GOOD}), 429, "sign_in_locked")


async def test_the_log_of_who_did_what_is_verified_by_what_the_server_takes(office: Office) -> None:
    async def seal(algorithms: Algorithms) -> Json:
        """A server of these algorithms has something to seal, seals it, and verifies."""
        office.desk.signer = Signer(SECRET, algorithms)
        await office.ask("PATCH", "/quotas/p", json={"running_limit": 1})
        await Sealing(office.store, office.desk.signer, office.desk.refusals, holder="server", keep_days=400).turn()
        return (await office.ask("GET", "/audit/verify")).json()

    before = await seal(Algorithms())
    assert (before["is_intact"], len(before["last_hash"])) == (True, 64)
    both = Algorithms(audit=("SHA-512", "SHA-256"), anchors=("ML-DSA-65", "Ed25519"))
    between = await seal(both)
    assert (between["is_intact"], between["row_count"], len(between["keys"])) == (True, 2, 2)
    noted = {"number": between["last"], "hash": between["last_hash"]}
    assert noted["hash"].startswith("sha512:")
    assert (await office.ask("GET", "/audit/verify", params=noted)).json()["is_intact"]
    other = {**noted, "hash": f"sha3-256:{'ab' * 32}"}
    assert (await office.ask("GET", "/audit/verify", params=other)).json()["faults"] == [{"number": 2, "what": "row_changed"}]
    for wrong in (f"sha512:{'ab' * 32}", "AB" * 32, f"md5:{'ab' * 16}"):
        problem(await office.ask("GET", "/audit/verify", params={**noted, "hash": wrong}), 422, "invalid")

    after = await seal(Algorithms(audit=("SHA-512",), anchors=("ML-DSA-65",)))
    assert after["faults"] == [{"number": 1, "what": "key_unknown"}, {"number": 1, "what": "algorithm_refused"}]
    old_key = Signer(SECRET).key
    named = (await office.ask("GET", "/audit/verify", params={"key": [old_key, Signer(SECRET, both).key]})).json()
    assert named["faults"] == [{"number": 1, "what": "algorithm_refused"}], "a key that is named is trusted; a hash is not"
    problem(await office.ask("GET", "/audit/verify", params={"key": f"ed448:{old_key}"}), 422, "invalid")
