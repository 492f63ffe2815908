"""The chain of the audit log: whatever is changed behind Headway's back is found, in both databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from headway.access.anchors import Signer
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.seal import Sealed, is_sealing_due, prune_audit, seal, thin_anchors
from headway.acts.verify import Verification
from headway.model.audit import Action, AuditFilter
from headway.model.audit_chain import FRONT, SEAL, Verdict, hash_row, row_to_json
from headway.model.errors import Invalid
from headway.store.audit import AuditPage
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from tests.contract.material import link_of, write_together

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
SIGNER = Signer(SECRET)
THIEF = Signer("another-Z9x8c7v6b5n4m3q2w1e0r_tyuiop")
LI = Principal(id="li", token_id="t-1")


async def fill(store: SqlStore, count: int = 6, known: Sealed | None = None, signer: Signer = SIGNER) -> Sealed:
    """Rows in batches of two, each batch with an anchor."""
    for number in range(count):
        await store.write(lambda tx, number=number: audit(tx, LI, Action.QUEUE_CHANGED, target=f"q{number}", after={"limit": number}))
        if number % 2 or number == count - 1:
            known = await store.write(lambda tx, known=known: seal(tx, signer, holder="server", known=known))
    assert known is not None
    return known


async def verify(store: SqlStore, *keys: str) -> Verdict:
    verification = await store.read(lambda s: Verification.begin(s, keys or [SIGNER.key]))
    while await store.read(verification.step):
        pass
    return verification.verdict()


async def faults(store: SqlStore) -> list[tuple[int, str]]:
    verdict = await verify(store)
    assert verdict.is_intact == (not verdict.faults)
    return [(fault.number, fault.what) for fault in verdict.faults]


def sql(*statements: str) -> Callable[[Transaction], None]:
    def act(tx: Transaction) -> None:
        for statement in statements:
            link_of(tx).cursor.execute(statement)

    return act


async def test_rows_are_numbered_in_order_and_hold(store: SqlStore, clock: FakeClock) -> None:
    assert not await store.read(lambda s: is_sealing_due(s, None))
    known = await fill(store, 5)
    rows = await store.read(lambda s: s.audit.sealed(1, limit=9))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.target for row in rows] == ["q0", "q1", "q2", "q3", "q4"]
    assert rows[2].hash == hash_row(rows[1].hash or "", rows[2])
    assert (known.number, known.hash) == (5, rows[-1].hash)
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    assert await store.read(lambda s: is_sealing_due(s, known))
    verdict = await verify(store)
    assert (verdict.is_intact, verdict.first, verdict.last, verdict.row_count, verdict.unsealed_count) == (True, 1, 5, 5, 1)
    assert (verdict.last_hash, verdict.keys) == (known.hash, [SIGNER.key])


async def test_an_act_that_fails_leaves_no_row_and_no_gap(store: SqlStore) -> None:
    def fails(tx: Transaction) -> None:
        audit(tx, LI, Action.QUEUE_CHANGED, target="never")
        raise Invalid("no")

    def works(tx: Transaction) -> None:
        audit(tx, LI, Action.QUEUE_CHANGED, target="done")

    answers = await write_together(store, works, fails, works)
    assert isinstance(answers[1], Invalid)
    await store.write(lambda tx: seal(tx, SIGNER, holder="server"))
    assert [(row.number, row.target) for row in await store.read(lambda s: s.audit.sealed(1, limit=9))] == [(1, "done"), (2, "done")]


async def test_one_seals_and_the_other_waits_for_its_turn(store: SqlStore, clock: FakeClock) -> None:
    await fill(store, 2)
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    assert await store.write(lambda tx: seal(tx, SIGNER, holder="another")) is None
    clock.advance(11)
    assert await store.write(lambda tx: seal(tx, SIGNER, holder="another")) is not None
    assert (await verify(store)).is_intact


@dataclass(frozen=True)
class Harm:
    name: str
    statements: tuple[str, ...]
    found: list[tuple[int, str]]


SWAP = (
    "UPDATE audit SET number = 900 WHERE number = 3", "UPDATE audit SET number = 3 WHERE number = 4",
    "UPDATE audit SET number = 4 WHERE number = 900",
)  # fmt: skip
HARMS = [
    *[
        Harm(f"{column} altered", (f'UPDATE audit SET "{column}" = {value} WHERE number = 3',), [(3, "row_changed")])
        for column, value in {
            "by_id": "'anna'",
            "at": "at + 1000",
            "token": "'t-2'",
            "action": "'sign_in.done'",
            "outcome": "'refused'",
            "project": "'p'",
            "target": "'q9'",
            "before": "'{}'",
            "after": "'not json'",
            "address": "'10.0.0.1'",
            "request_id": "'r'",
            "transport": "'rest'",
        }.items()
    ],
    Harm("hash altered", (f"UPDATE audit SET hash = '{'0' * 64}' WHERE number = 3",), [(3, "row_changed"), (4, "row_changed")]),
    Harm("hash that is none", ("UPDATE audit SET hash = 'x' WHERE number = 3",), [(3, "row_changed")]),
    Harm("first removed", ("DELETE FROM audit WHERE number = 1",), [(1, "row_missing")]),
    Harm("one removed", ("DELETE FROM audit WHERE number = 3",), [(3, "row_missing")]),
    Harm("last removed", ("DELETE FROM audit WHERE number = 6",), [(6, "row_missing")]),
    Harm("all removed", ("DELETE FROM audit",), [(number, "row_missing") for number in range(1, 7)]),
    Harm("unsealed again", ("UPDATE audit SET number = NULL, hash = NULL WHERE number = 6",), [(6, "row_missing")]),
    Harm("reordered", SWAP, [(3, "row_changed"), (4, "row_changed"), (5, "row_changed")]),
    Harm(
        "one removed and the others closed up",
        ("DELETE FROM audit WHERE number = 3", *[f"UPDATE audit SET number = {n - 1} WHERE number = {n}" for n in (4, 5, 6)]),
        [],
    ),
    Harm("an anchor's hash", (f"UPDATE audit_anchors SET hash = '{'0' * 64}' WHERE number = 4",), [(4, "anchor_forged")]),
    Harm("an anchor's time", ("UPDATE audit_anchors SET at = at + 1000 WHERE number = 4",), [(4, "anchor_forged")]),
    Harm("an anchor's signature", ("UPDATE audit_anchors SET signature = 'AAAA' WHERE number = 4",), [(4, "anchor_forged")]),
    Harm(
        "an anchor's place",
        ("UPDATE audit_anchors SET number = 5 WHERE number = 6",),
        [(5, "anchor_forged"), (5, "row_unsealed"), (6, "row_unsealed")],
    ),
    Harm("an anchor's kind", ("UPDATE audit_anchors SET kind = 'front' WHERE number = 4",), [(4, "anchor_forged")]),
    Harm("the newest anchor removed", ("DELETE FROM audit_anchors WHERE number = 6",), [(5, "row_unsealed"), (6, "row_unsealed")]),
    Harm("all anchors removed", ("DELETE FROM audit_anchors",), [(number, "row_unsealed") for number in range(1, 7)]),
    Harm("as if pruned", ("DELETE FROM audit WHERE number <= 4",), [(number, "row_missing") for number in range(1, 5)]),
]


class Undone(Exception):
    """Takes a harm back, with the savepoint of its act."""


async def test_whatever_is_done_to_the_tables_is_found(store: SqlStore) -> None:
    await check_harms(store, SIGNER)


async def check_harms(store: SqlStore, signer: Signer) -> None:
    """Do each to a chain of this signer, look, and take it back."""
    await fill(store, signer=signer)
    for harm in HARMS:
        found: list[tuple[int, str]] = []

        def act(tx: Transaction, harm: Harm = harm, found: list[tuple[int, str]] = found) -> None:
            sql(*harm.statements)(tx)
            verification = Verification.begin(tx, signer.keys, taken=signer.algorithms.audit)
            while verification.step(tx):
                continue
            found += [(fault.number, fault.what) for fault in verification.verdict().faults]
            raise Undone

        with pytest.raises(Undone):
            await store.write(act)
        assert found == harm.found if harm.found else {3, 6} <= {number for number, _ in found}, harm.name
    assert (await verify(store, *signer.keys)).is_intact


async def test_an_anchor_between_others_may_go_for_the_next_says_the_same(store: SqlStore) -> None:
    await fill(store)
    await store.write(sql("DELETE FROM audit_anchors WHERE number = 4"))
    assert await faults(store) == []


async def test_a_row_put_between_or_behind_by_one_who_knows_how_is_found(store: SqlStore) -> None:
    """The hash is no secret: only the signature is."""
    await fill(store)
    newest = await store.read(lambda s: s.audit.sealed(6, limit=1))
    forged = await store.write(lambda tx: audit(tx, LI, Action.GRANT_GIVEN, target="admin"))

    def insert(tx: Transaction) -> None:
        numbered = replace(forged, number=7)
        tx.audit.seal([replace(numbered, hash=hash_row(newest[0].hash or "", numbered))])

    await store.write(insert)
    assert await faults(store) == [(7, "row_unsealed")]
    known = Sealed(count=0, number=6, hash=newest[0].hash or "")
    assert await store.read(lambda s: is_sealing_due(s, known))
    await store.write(lambda tx: seal(tx, SIGNER, holder="server", known=known))
    listed = await store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=9)))
    assert {"found": "rows above the newest anchor", "newest_anchor": 6, "highest_row": 7, "row_count": 1} in [row.after for row in listed]
    assert (await verify(store)).is_intact, "what was found stands in the chain from now on"


async def test_a_whole_chain_made_anew_is_found(store: SqlStore) -> None:
    """Whoever can write to the database can count all hashes again, and sign with a key of their own."""
    await fill(store)

    def forge(tx: Transaction) -> None:
        cursor = link_of(tx).cursor
        cursor.execute("UPDATE audit SET by_id = 'nobody' WHERE number = 2")
        previous = tx.audit.sealed(1, limit=1)[0].hash or ""
        for row in tx.audit.sealed(2, limit=9):
            previous = hash_row(previous, row)
            cursor.execute(f"UPDATE audit SET hash = '{previous}' WHERE number = {row.number}")
        cursor.execute("DELETE FROM audit_anchors")
        tx.audit.add_anchor(THIEF.anchor(SEAL, 6, previous, tx.now))

    await store.write(forge)
    assert (6, "key_unknown") in await faults(store)
    assert (await verify(store, SIGNER.key, THIEF.key)).is_intact, "but for whoever trusts that key, such as after the secret was changed"


async def test_a_chain_that_was_cut_back_to_an_older_anchor_is_noted_by_who_remembers(store: SqlStore) -> None:
    known = await fill(store)
    await store.write(sql("DELETE FROM audit WHERE number > 4", "DELETE FROM audit_anchors WHERE number > 4"))
    assert await faults(store) == [], "nothing that is left says that there was more"
    assert await store.read(lambda s: is_sealing_due(s, known))
    again = await store.write(lambda tx: seal(tx, SIGNER, holder="server", known=known))
    assert again is not None
    (row,) = await store.read(lambda s: s.audit.list(AuditFilter(actions=frozenset({"audit.broken"})), AuditPage(limit=9)))
    assert (row.after["known"], row.after["newest_anchor"], row.number) == (6, 4, 5)
    assert not await store.read(lambda s: is_sealing_due(s, again)), "once"


async def test_an_anchor_of_somebody_else_does_not_lead_the_chain_astray(store: SqlStore) -> None:
    known = await fill(store)
    await store.write(lambda tx: tx.audit.add_anchor(THIEF.anchor(SEAL, 70, "ab" * 32, tx.now)))
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    await store.write(lambda tx: seal(tx, SIGNER, holder="server", known=known))
    assert [row.number for row in await store.read(lambda s: s.audit.sealed(6, limit=9))] == [6, 7]
    assert await faults(store) == [(70, "key_unknown")]


async def test_with_another_secret_the_chain_goes_on(store: SqlStore) -> None:
    await fill(store)
    await store.write(lambda tx: audit(tx, LI, Action.QUEUE_CHANGED))
    new = Signer("a-new-one-M4n5b6v7c8x9z0a1s2d3f4g5")
    sealed = await store.write(lambda tx: seal(tx, new, holder="server"))
    assert sealed is not None
    assert sealed.number == 7
    assert (await verify(store, SIGNER.key, new.key)).is_intact
    assert not (await verify(store, new.key)).is_intact


async def test_retention_prunes_whole_stretches_and_the_rest_holds(store: SqlStore, clock: FakeClock) -> None:
    known = await fill(store, 5)
    clock.advance(timedelta(days=10).total_seconds())
    await fill(store, 4, known)
    assert await store.write(lambda tx: prune_audit(tx, SIGNER, 30)) == 0
    clock.advance(timedelta(days=25).total_seconds())
    assert await store.write(lambda tx: prune_audit(tx, SIGNER, 30)) == 5
    assert await store.write(lambda tx: prune_audit(tx, SIGNER, 30)) == 0
    verdict = await verify(store)
    assert (verdict.is_intact, verdict.first, verdict.last) == (True, 6, 9)
    assert [(each.kind, each.number) for each in await store.read(lambda s: s.audit.anchors())][:2] == [(FRONT, 5), (SEAL, 5)]
    await store.write(lambda tx: seal(tx, SIGNER, holder="server"))
    pruned = await store.read(lambda s: s.audit.list(AuditFilter(actions=frozenset({"audit.pruned"})), AuditPage(limit=9)))
    assert [(row.by, row.after["to_number"]) for row in pruned] == [("system", 5)]
    await store.write(sql("DELETE FROM audit_anchors WHERE kind = 'front'"))
    assert (1, "row_missing") in await faults(store), "rows that only seem to have been pruned"


async def test_anchors_are_thinned_and_the_chain_holds(store: SqlStore, clock: FakeClock) -> None:
    await fill(store, 6)
    clock.advance(7_300)
    assert await store.write(thin_anchors) == 2
    assert await faults(store) == []


async def test_the_hash_is_what_a_reader_of_the_export_can_count(store: SqlStore) -> None:
    """Decision 38 says how; here it is done with nothing of ours."""
    await store.write(lambda tx: audit(tx, LI, Action.GRANT_GIVEN, project="ä", target='a"b', before={"x": 1.5}, after={"ü": [None, True]}))
    await store.write(lambda tx: seal(tx, SIGNER, holder="server"))
    (row,) = await store.read(lambda s: s.audit.sealed(1, limit=9))
    plain: dict[str, Any] = json.loads(json.dumps(row_to_json(row)))
    claimed = plain.pop("hash")
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(hashlib.sha256(b"headway audit log").digest() + text.encode()).hexdigest() == claimed
