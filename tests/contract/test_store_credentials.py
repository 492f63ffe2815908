"""Signing keys, API keys, share links and devices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from headway.model.api_key import ApiKey
from headway.model.device import Device
from headway.model.ids import new_id
from headway.model.share_link import ShareLink
from headway.model.signing_key import SigningKey
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import a_run, after, insert

ODD = "li' OR 1=1 -- 汉 %"


def a_key(**fields: Any) -> ApiKey:
    given: dict[str, Any] = {
        "id": new_id(), "prefix": new_id()[-12:], "secret_hash": "s" * 64, "name": ODD, "scopes": ("run:read", f"project:{ODD}:run:*"),
        "owner": "anna", "role": "operator", "created_at": START, "expires_at": after(900), "changed_at": START,
    }  # fmt: skip
    return ApiKey(**(given | fields))


def a_link(run: str, **fields: Any) -> ShareLink:
    given: dict[str, Any] = {
        "id": new_id(), "code_hash": new_id(), "run": run, "label": ODD, "created_at": START, "created_by": "anna", "expires_at": after(900),
    }  # fmt: skip
    return ShareLink(**(given | fields))


def a_device(**fields: Any) -> Device:
    given: dict[str, Any] = {
        "id": new_id(), "subject": "anna", "role": None, "scopes": ("run:x:read",), "name": ODD, "created_at": START, "renewed_at": START,
        "expires_at": after(900),
    }  # fmt: skip
    return Device(**(given | fields))


async def test_signing_keys_stand_in_the_order_in_which_they_sign(store: SqlStore) -> None:
    assert await store.read(lambda snapshot: list(snapshot.signing_keys.list())) == []
    late = SigningKey(id="b", created_at=after(5), signs_from=after(20), created_by="anna")
    soon = SigningKey(id="c", created_at=after(6), signs_from=after(10), created_by="anna")
    for key in (late, soon):
        await store.write(lambda tx, key=key: tx.signing_keys.add(key))
    assert await store.read(lambda snapshot: list(snapshot.signing_keys.list())) == [soon, late]
    await store.write(lambda tx: tx.signing_keys.delete("c"))
    assert await store.read(lambda snapshot: list(snapshot.signing_keys.list())) == [late]


async def test_a_key_is_found_by_prefix_and_by_id_as_it_was_added(store: SqlStore) -> None:
    key = a_key(account="anna", role=None)
    await store.write(lambda tx: tx.api_keys.add(key))
    assert await store.read(lambda snapshot: snapshot.api_keys.find(key.prefix)) == key
    assert await store.read(lambda snapshot: snapshot.api_keys.get(key.id)) == key
    for nonsense in ("", "x", "' OR 1=1 --", "\0", new_id()):
        assert await store.read(lambda snapshot, text=nonsense: snapshot.api_keys.get(text)) is None
        assert await store.read(lambda snapshot, text=nonsense: snapshot.api_keys.find(text)) is None


async def test_keys_are_listed_by_owner_the_newest_first_and_in_pages(store: SqlStore) -> None:
    mine, others = [a_key() for _ in range(3)], a_key(owner="bert")
    for key in (*mine, others):
        await store.write(lambda tx, key=key: tx.api_keys.add(key))
    assert await store.read(lambda snapshot: list(snapshot.api_keys.list(owner="anna"))) == mine[::-1]
    assert await store.read(lambda snapshot: list(snapshot.api_keys.list())) == [others, *mine[::-1]]
    assert await store.read(lambda snapshot: list(snapshot.api_keys.list(owner="anna", after=mine[2].id, limit=1))) == [mine[1]]
    assert await store.read(lambda snapshot: list(snapshot.api_keys.list(owner="' OR 1=1 --"))) == []


async def test_what_counts_of_an_owner_are_the_keys_that_are_good(store: SqlStore) -> None:
    keys = [a_key(), a_key(expires_at=after(10)), a_key(revoked_at=after(5)), a_key(owner="bert")]
    for key in keys:
        await store.write(lambda tx, key=key: tx.api_keys.add(key))
    assert await store.read(lambda snapshot: snapshot.api_keys.count("anna", after(20))) == 1
    await store.write(lambda tx: tx.api_keys.prune(after(15)))
    left = await store.read(lambda snapshot: [key.id for key in snapshot.api_keys.list()])
    assert left == [keys[3].id, keys[0].id]


async def test_a_changed_key_is_found_by_when_and_keeps_its_use(store: SqlStore) -> None:
    key, still = a_key(), a_key()
    for each in (key, still):
        await store.write(lambda tx, each=each: tx.api_keys.add(each))
    await store.write(lambda tx: tx.api_keys.use({key.id: after(60), still.id: after(60)}))
    rotated = replace(
        key, secret_hash="t" * 64, old_secret_hash=key.secret_hash, old_until=after(70), rotated_at=after(65), changed_at=after(65),
        expires_at=after(999),
    )  # fmt: skip
    await store.write(lambda tx: tx.api_keys.change(rotated))
    assert await store.read(lambda snapshot: snapshot.api_keys.get(key.id)) == replace(rotated, used_at=after(60))
    assert await store.read(lambda snapshot: list(snapshot.api_keys.changed_since(after(1), limit=9))) == [(key.prefix, after(65))]
    assert len(await store.read(lambda snapshot: list(snapshot.api_keys.changed_since(START, limit=9)))) == 2
    assert len(await store.read(lambda snapshot: list(snapshot.api_keys.changed_since(START, limit=1)))) == 1


async def test_a_key_is_sealed_again_unless_it_was_rotated_meanwhile(store: SqlStore) -> None:
    key, rotated = a_key(), a_key(secret_hash="t" * 64)
    for each in (key, rotated):
        await store.write(lambda tx, each=each: tx.api_keys.add(each))
        await store.write(lambda tx, each=each: tx.api_keys.reseal(each.id, key.secret_hash, f"sha3-256:{'n' * 64}"))
    kept = await store.read(lambda snapshot: [snapshot.api_keys.get(each.id) for each in (key, rotated)])
    assert kept == [replace(key, secret_hash=f"sha3-256:{'n' * 64}"), rotated]


async def test_the_later_use_counts(store: SqlStore) -> None:
    key = a_key()
    await store.write(lambda tx: tx.api_keys.add(key))
    for at in (60, 180, 120):
        await store.write(lambda tx, at=at: tx.api_keys.use({key.id: after(at)}))
    found = await store.read(lambda snapshot: snapshot.api_keys.get(key.id))
    assert found is not None
    assert found.used_at == after(180)


async def test_share_links_are_found_by_code_and_listed_by_run(store: SqlStore) -> None:
    run, other = a_run(), a_run()
    await insert(store, run, other)
    links = [a_link(run.id), a_link(run.id), a_link(other.id)]
    for link in links:
        await store.write(lambda tx, link=link: tx.share_links.add(link))
    assert await store.read(lambda snapshot: list(snapshot.share_links.list(run.id))) == [links[1], links[0]]
    assert await store.read(lambda snapshot: snapshot.share_links.find(links[2].code_hash)) == links[2]
    assert await store.read(lambda snapshot: snapshot.share_links.get(links[2].id)) == links[2]
    for nonsense in ("", "' OR 1=1 --", new_id()):
        assert await store.read(lambda snapshot, text=nonsense: snapshot.share_links.find(text)) is None
        assert await store.read(lambda snapshot, text=nonsense: snapshot.share_links.get(text)) is None
        assert await store.read(lambda snapshot, text=nonsense: list(snapshot.share_links.list(text))) == []


async def test_links_count_who_comes_and_end_once(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)
    link, short = a_link(run.id), a_link(run.id, expires_at=after(30))
    for each in (link, short):
        await store.write(lambda tx, each=each: tx.share_links.add(each))
    await store.write(lambda tx: tx.share_links.open(link.id, after(10), count=1))
    await store.write(lambda tx: tx.share_links.open(link.id, after(20), count=0))
    expected = replace(link, opened_count=1, opened_at=after(20))
    assert await store.read(lambda snapshot: snapshot.share_links.get(link.id)) == expected
    both = [link.id, short.id, new_id()]
    assert await store.read(lambda snapshot: snapshot.share_links.alive(both, after(20))) == {link.id, short.id}
    assert await store.read(lambda snapshot: snapshot.share_links.alive(both, after(30))) == {link.id}
    for at in (40, 50):
        await store.write(lambda tx, at=at: tx.share_links.end(link.id, after(at)))
    assert await store.read(lambda snapshot: snapshot.share_links.get(link.id)) == replace(expected, revoked_at=after(40))
    assert await store.read(lambda snapshot: snapshot.share_links.alive(both, after(20))) == {short.id}
    await store.write(lambda tx: tx.share_links.prune(after(35)))
    assert await store.read(lambda snapshot: [each.id for each in snapshot.share_links.list(run.id)]) == [link.id]


async def test_links_go_with_their_run(store: SqlStore) -> None:
    run = a_run()
    await insert(store, run)
    link = a_link(run.id)
    await store.write(lambda tx: tx.share_links.add(link))
    await store.write(lambda tx: tx.runs.delete(run.id))
    assert await store.read(lambda snapshot: snapshot.share_links.get(link.id)) is None


async def test_devices_are_renewed_ended_and_bounded(store: SqlStore) -> None:
    devices = [a_device(renewed_at=after(number)) for number in range(4)]
    other, over = a_device(subject="bert"), a_device(expires_at=after(5))
    for device in (*devices, other, over):
        await store.write(lambda tx, device=device: tx.devices.add(device))
    await store.write(lambda tx: tx.devices.renew(devices[0].id, 7, after(60)))
    assert await store.read(lambda snapshot: snapshot.devices.get(devices[0].id)) == replace(devices[0], number=7, renewed_at=after(60))
    ids = [device.id for device in (*devices, other, over)]
    assert await store.read(lambda snapshot: snapshot.devices.alive(ids, after(5))) == set(ids) - {over.id}
    many = await store.write(lambda tx: tx.devices.prune(after(5), subject="anna", kept=2))
    assert set(many) == {devices[1].id, devices[2].id}, "what has expired needs no end"
    assert await store.read(lambda snapshot: snapshot.devices.alive(ids, START)) == {devices[0].id, devices[3].id, other.id}
    await store.write(lambda tx: tx.devices.end(devices[3].id))
    assert await store.read(lambda snapshot: snapshot.devices.get(devices[3].id)) is None


@pytest.mark.parametrize("nonsense", ["", "x", "\0", "' OR 1=1 --"])
async def test_what_is_no_id_is_no_device(store: SqlStore, nonsense: str) -> None:
    assert await store.read(lambda snapshot: snapshot.devices.get(nonsense)) is None
