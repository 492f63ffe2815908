"""Seal the audit log: give rows their numbers and hashes, sign where the chain ends, and prune what is too old.

One server does it, a second behind (`assembly/sealing.py`). Each transaction that seals ends with an anchor, so nothing that has a number
stands behind no signature; of anchors that are older than an hour one an hour is kept, for each says all that the one before it said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from headway.access.anchors import Signer, is_signed
from headway.access.principal import SYSTEM
from headway.acts.audit import audit
from headway.model.audit import Action, AuditOutcome, AuditRow
from headway.model.audit_chain import FRONT, GENESIS, SEAL, hash_row
from headway.store.contract import Snapshot, Transaction

DUTY = "audit"
LEAD = timedelta(seconds=10)
"""Whoever leads and is not heard of for so long has another take its place."""
ROWS_LIMIT = 500
"""Sealed in one transaction."""
PRUNE_LIMIT = 2_000
THINNED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What came of it: how many rows, and where the chain ends now."""

    count: int
    number: int
    hash: str


def seal(tx: Transaction, signer: Signer, *, holder: str, known: Sealed | None = None) -> Sealed | None:
    """Seal what waits. None: another leads.

    `known`: what this process saw last. A chain that is shorter now, or another, was not left so by Headway: that is written into it.
    """
    if tx.meta.lead(DUTY, holder, tx.now + LEAD) is None:
        return None
    number, hash_ = _end_of_chain(tx, signer, known)
    _look_for_breach(tx, number, hash_, known)
    waiting = tx.audit.unsealed(limit=ROWS_LIMIT)
    if not waiting:
        return Sealed(count=0, number=number, hash=hash_)
    sealed: list[AuditRow] = []
    for row in waiting:
        number += 1
        numbered = replace(row, number=number, hash=None)
        hash_ = hash_row(hash_, numbered, signer.algorithms.audit[0])
        sealed.append(replace(numbered, hash=hash_))
    tx.audit.seal(sealed)
    tx.audit.add_anchor(signer.anchor(SEAL, number, hash_, tx.now))
    return Sealed(count=len(sealed), number=number, hash=hash_)


def is_sealing_due(snapshot: Snapshot, known: Sealed | None) -> bool:
    """Whether something waits, or the chain does not end where it did: looked at each second, so that an idle server writes nothing."""
    newest, top = snapshot.audit.newest_anchor(), snapshot.audit.top()
    end = (0, GENESIS) if newest is None else (newest.number, newest.hash)
    is_above = top is not None and top.number is not None and top.number > end[0]
    return is_above or (known is not None and end != (known.number, known.hash)) or snapshot.audit.count_unsealed(limit=1) > 0


def _end_of_chain(tx: Transaction, signer: Signer, known: Sealed | None) -> tuple[int, str]:
    """Number and hash of the newest anchor that we have signed; of another's (the secret was changed) only where there is none of ours.

    A server that knows nothing yet goes on behind anchors of all its algorithms: the one before it may have taken others. That it does not
    take them itself, `verify` says; to take the numbers of good rows back would be worse."""
    newest = tx.audit.newest_anchor()
    if newest is None:
        return 0, GENESIS
    if known is not None and (newest.number, newest.hash) == (known.number, known.hash):
        return known.number, known.hash
    ours = signer.own if known is None else signer.keys
    signed = [newest] if newest.key in ours and is_signed(newest) else [each for each in tx.audit.anchors() if is_signed(each)]
    end = next((each for each in reversed(signed) if each.key in ours), signed[-1] if signed else None)
    return (0, GENESIS) if end is None else (end.number, end.hash)


def _look_for_breach(tx: Transaction, number: int, hash: str, known: Sealed | None) -> None:
    """Numbers above the newest anchor were given by somebody else, and are taken back: those rows are sealed as any that came without
    one, behind a row that says what was found."""
    top = tx.audit.top()
    if top is not None and top.number is not None and top.number > number:
        count = tx.audit.unseal_above(number)
        found = {"found": "rows above the newest anchor", "newest_anchor": number, "highest_row": top.number, "row_count": count}
        audit(tx, SYSTEM, Action.AUDIT_BROKEN, after=found, outcome=AuditOutcome.FAILED)
    if known is not None and (number < known.number or (number == known.number and hash != known.hash)):
        found = {"found": "a chain that ends before where it was", "newest_anchor": number, "known": known.number, "known_hash": known.hash}
        audit(tx, SYSTEM, Action.AUDIT_BROKEN, after=found, outcome=AuditOutcome.FAILED)


def thin_anchors(tx: Transaction) -> int:
    return tx.audit.thin_anchors(tx.now - THINNED_AFTER)


def prune_audit(tx: Transaction, signer: Signer, keep_days: float) -> int:
    """Delete the oldest rows: those before the last anchor that is older than `keep_days`, and none of the rest. How many; 0: none are
    left. What remains begins behind a signed front, so that rows which only seem to have been pruned are found out."""
    last = tx.audit.last_before(tx.now - timedelta(days=keep_days))
    if last is None:
        return 0
    anchors = tx.audit.anchors()
    before = [each for each in anchors if each.number <= last]
    if not before:
        return 0
    newest = before[-1]
    if not any(each.kind == FRONT and each.number == newest.number for each in before):
        tx.audit.add_anchor(signer.anchor(FRONT, newest.number, newest.hash, tx.now))
        audit(tx, SYSTEM, Action.AUDIT_PRUNED, after={"to_number": newest.number, "hash": newest.hash, "keep_days": keep_days})
    return tx.audit.prune(newest.number, limit=PRUNE_LIMIT)
