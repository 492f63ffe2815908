"""The chain of the audit log by other algorithms, and from one to the next, in both databases: who can write to the tables gains nothing by
naming another one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.anchors import Signer, is_signed
from headway.acts.audit import audit
from headway.acts.seal import Sealed, is_sealing_due, prune_audit, seal
from headway.acts.verify import Verification
from headway.model.audit import Action, AuditFilter
from headway.model.audit_chain import GENESIS, HASHES, SEAL, Verdict, algorithm_of, hash_json, hash_row, row_to_json
from headway.store.audit import AuditPage
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import link_of
from tests.contract.test_audit_chain import LI, SECRET, SIGNER, THIEF, check_harms, faults, fill, sql

PAIRS = [("SHA-512", "Ed448"), ("SHA3-256", "ML-DSA-65")]
OLD = Algorithms()
BOTH = Algorithms(audit=("SHA-512", "SHA-256"), anchors=("ML-DSA-65", "Ed25519"))
NEW = Algorithms(audit=("SHA-512",), anchors=("ML-DSA-65",))


async def look(store: SqlStore, signer: Signer) -> Verdict:
    """As a server of this signer verifies."""
    verification = await store.read(lambda s: Verification.begin(s, signer.keys, taken=signer.algorithms.audit))
    while await store.read(verification.step):
        pass
    return verification.verdict()


def told(verdict: Verdict) -> list[tuple[int, str]]:
    return [(fault.number, fault.what) for fault in verdict.faults]


def test_there_are_those_that_are_offered() -> None:
    assert set(HASHES) == set(OFFERED["audit"])
    assert Signer(SECRET, Algorithms(anchors=OFFERED["anchors"])).key == SIGNER.key


@pytest.mark.parametrize(("audit_by", "anchor_by"), PAIRS)
async def test_whatever_is_done_to_the_tables_is_found(store: SqlStore, audit_by: str, anchor_by: str) -> None:
    signer = Signer(SECRET, Algorithms(audit=(audit_by,), anchors=(anchor_by,)))
    await check_harms(store, signer)
    rows = await store.read(lambda s: s.audit.sealed(1, limit=9))
    assert {algorithm_of(row.hash or "") for row in rows} == {audit_by}
    anchors = await store.read(lambda s: s.audit.anchors())
    assert {anchor.key for anchor in anchors} == {signer.key}
    assert signer.key.startswith(f"{anchor_by.lower()}:")


async def test_a_chain_changes_its_algorithms_in_the_middle(store: SqlStore, clock: FakeClock) -> None:
    old, both, new = Signer(SECRET, OLD), Signer(SECRET, BOTH), Signer(SECRET, NEW)
    known = await fill(store, 4, signer=old)
    assert not await store.read(lambda s: is_sealing_due(s, known))
    known = await fill(store, 4, known, both)
    verdict = await look(store, both)
    assert (verdict.is_intact, verdict.row_count, set(verdict.keys)) == (True, 8, {old.key, both.key})
    assert verdict.last_hash == known.hash
    assert known.hash.startswith("sha512:")
    assert [algorithm_of(row.hash or "") for row in await store.read(lambda s: s.audit.sealed(4, limit=2))] == ["SHA-256", "SHA-512"]
    # A server that takes the new ones alone refuses what the old ones made, and nothing else.
    refused = [(2, "key_unknown"), (4, "key_unknown")], [(number, "algorithm_refused") for number in range(1, 5)]
    assert sorted(told(await look(store, new))) == sorted([*refused[0], *refused[1]])
    # And one that was not told of the new ones yet refuses those.
    assert {what for _, what in told(await look(store, old))} == {"algorithm_refused", "key_unknown", "row_unsealed"}


async def test_a_chain_changes_back(store: SqlStore) -> None:
    known = await fill(store, 2, signer=Signer(SECRET, BOTH))
    back = Signer(SECRET, Algorithms(audit=BOTH.audit[::-1], anchors=BOTH.anchors[::-1]))
    await fill(store, 2, known, back)
    assert (await look(store, back)).is_intact


async def test_a_server_that_has_just_started_goes_on_behind_an_anchor_of_before(store: SqlStore) -> None:
    """Also where somebody has put an anchor of their own behind it."""
    await fill(store, 4, signer=Signer(SECRET, OLD))
    await store.write(lambda tx: tx.audit.add_anchor(THIEF.anchor(SEAL, 70, "ab" * 32, tx.now)))
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    both = Signer(SECRET, BOTH)
    sealed = await store.write(lambda tx: seal(tx, both, holder="server"))
    assert isinstance(sealed, Sealed)
    assert sealed.number == 5
    assert told(await look(store, both)) == [(70, "key_unknown")]


async def test_a_server_that_no_longer_takes_what_signed_takes_no_numbers_back(store: SqlStore) -> None:
    """Steps were left out: it says which anchors it does not take, and goes on behind them."""
    known = await fill(store, 2, signer=Signer(SECRET, OLD))
    await fill(store, 2, known, Signer(SECRET, BOTH))
    old = Signer(SECRET, OLD)
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    again = await store.write(lambda tx: seal(tx, old, holder="server"))
    assert again is not None
    assert (again.number, again.count) == (5, 1)
    assert await store.read(lambda s: s.audit.list(AuditFilter(actions=frozenset({"audit.broken"})), AuditPage(limit=9))) == []
    assert (await look(store, Signer(SECRET, BOTH))).is_intact


async def test_an_anchor_that_is_not_taken_does_not_lead_a_running_server_astray(store: SqlStore) -> None:
    """Should its algorithm be broken."""
    new = Signer(SECRET, NEW)
    known = await fill(store, 4, signer=new)
    await store.write(lambda tx: tx.audit.add_anchor(SIGNER.anchor(SEAL, 70, "ab" * 32, tx.now)))
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    again = await store.write(lambda tx: seal(tx, new, holder="server", known=known))
    assert again is not None
    assert again.number == 5
    assert told(await look(store, new)) == [(70, "key_unknown")]


async def test_what_was_pruned_leaves_nothing_of_the_old_algorithms(store: SqlStore, clock: FakeClock) -> None:
    """So that they need not be taken for ever."""
    both, new = Signer(SECRET, BOTH), Signer(SECRET, NEW)
    known = await fill(store, 4, signer=Signer(SECRET, OLD))
    known = await fill(store, 2, known, both)
    clock.advance(100_000)
    await fill(store, 2, known, both)
    assert await store.write(lambda tx: prune_audit(tx, both, 1)) == 6
    verdict = await look(store, new)
    assert (verdict.is_intact, verdict.first, verdict.last) == (True, 7, 8)


async def test_a_row_gains_nothing_by_naming_another_algorithm(store: SqlStore) -> None:
    """Its hash is right by that algorithm; but the hash of the next row, or the anchor, is over the old one."""
    signer = Signer(SECRET, BOTH)
    await fill(store, 6, signer=signer)
    seen = {3: [(4, "row_changed")], 4: [(4, "anchor_differs"), (5, "row_changed")], 6: [(6, "anchor_differs")]}
    for number, found in seen.items():
        await store.write(lambda tx, number=number: named(tx, number, "SHA-256"))
        assert told(await look(store, signer)) == found
        await store.write(lambda tx, number=number: named(tx, number, "SHA3-256"))
        others = [each for each in found if each[0] != number]
        assert told(await look(store, signer)) == [(number, "algorithm_refused"), *others], "it is not taken at all"
        await store.write(lambda tx, number=number: named(tx, number, "SHA-512"))
    assert (await look(store, signer)).is_intact


def named(tx: Transaction, number: int, algorithm: str) -> None:
    """Hash a row anew by another algorithm, as whoever can write to the table would."""
    row = tx.audit.sealed(number, limit=1)[0]
    previous = (tx.audit.sealed(number - 1, limit=1)[0].hash or "") if number > 1 else GENESIS
    link_of(tx).cursor.execute(f"UPDATE audit SET hash = '{hash_row(previous, row, algorithm)}' WHERE number = {number}")


async def test_a_whole_chain_made_anew_by_an_algorithm_that_is_not_taken_is_found(store: SqlStore) -> None:
    """Even if its anchors could be forged."""
    new = Signer(SECRET, NEW)
    await fill(store, 4, signer=new)

    def forge(tx: Transaction) -> None:
        for number in range(1, 5):
            named(tx, number, "SHA-256")
        link_of(tx).cursor.execute("DELETE FROM audit_anchors")
        tx.audit.add_anchor(SIGNER.anchor(SEAL, 4, tx.audit.sealed(4, limit=1)[0].hash or "", tx.now))

    await store.write(forge)
    verdict = await look(store, new)
    assert (4, "key_unknown") in told(verdict)
    assert [(number, what) for number, what in told(verdict) if what == "algorithm_refused"] == [
        (n, "algorithm_refused") for n in range(1, 5)
    ]
    assert await faults(store) == [], "where the old ones are still taken, and their key was found out, nothing tells"


TAGS = [
    "hash = 'sha3-256:' || substr(hash, 8)", "hash = substr(hash, 8)", "hash = 'SHA512:' || substr(hash, 8)", "hash = ':' || substr(hash, 8)",
    "hash = 'sha512:sha512:' || substr(hash, 8)", "hash = 'md5:' || substr(hash, 8, 32)", "hash = hash || ' '", "hash = 'sha512:'",
]  # fmt: skip


@pytest.mark.parametrize("wrong", TAGS)
async def test_a_hash_with_another_name_in_front_is_none(store: SqlStore, wrong: str) -> None:
    signer = Signer(SECRET, BOTH)
    await fill(store, 4, signer=signer)
    await store.write(sql(f"UPDATE audit SET {wrong} WHERE number = 3"))
    assert (3, "row_changed") in told(await look(store, signer))


@pytest.mark.parametrize("anchor_by", ["Ed448", "ML-DSA-65"])
async def test_an_anchor_is_of_the_algorithm_of_its_key(store: SqlStore, anchor_by: str) -> None:
    signer = Signer(SECRET, Algorithms(anchors=(anchor_by,)))
    await fill(store, 2, signer=signer)
    (anchor,) = await store.read(lambda s: s.audit.anchors())
    assert is_signed(anchor)
    tag, bare = anchor.key.split(":")
    for key in (bare, SIGNER.key, f"{tag}:{SIGNER.key}", f":{bare}", f"{tag.upper()}:{bare}", f"x:{tag}:{bare}", f"ed25519:{SIGNER.key}"):
        assert not is_signed(replace(anchor, key=key)), key
    assert not is_signed(replace(SIGNER.anchor(SEAL, 2, anchor.hash, anchor.at), key=anchor.key))


async def test_the_hash_is_what_a_reader_of_the_export_can_count(store: SqlStore) -> None:
    """As the page of the audit log says, with nothing of ours: behind a tagged hash its whole text is hashed, behind a bare one its bytes."""
    signers = [Signer(SECRET, Algorithms(audit=(name,))) for name in ("SHA-256", "SHA-512", "SHA3-256", "SHA-256")]
    for signer in signers:
        await store.write(lambda tx: audit(tx, LI, Action.GRANT_GIVEN, project="ä", after={"ü": [None, True]}))
        await store.write(lambda tx, signer=signer: seal(tx, signer, holder="server"))
    rows = await store.read(lambda s: s.audit.sealed(1, limit=9))
    before = hashlib.sha256(b"headway audit log").hexdigest()
    for row in rows:
        plain: dict[str, Any] = json.loads(json.dumps(row_to_json(row)))
        claimed: str = plain.pop("hash")
        name, _, digits = claimed.rpartition(":")
        covered = bytes.fromhex(before) if ":" not in before else before.encode("ascii")
        covered += json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        assert hashlib.new({"": "sha256", "sha512": "sha512", "sha3-256": "sha3_256"}[name], covered).hexdigest() == digits
        before = claimed
    assert [algorithm_of(row.hash or "") for row in rows] == ["SHA-256", "SHA-512", "SHA3-256", "SHA-256"]
    assert hash_json(GENESIS, row_to_json(rows[0])) == rows[0].hash
