"""Hold the audit log against its hashes and anchors, a page at a time: no snapshot is kept for as long as that takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from headway.access.anchors import is_signed
from headway.model.audit_chain import FRONT, HASHES, Verdict, Verifier, row_to_json
from headway.store.contract import Snapshot, Transaction

PAGE = 500
UNSEALED_LIMIT = 10_000


@dataclass(slots=True, kw_only=True)
class Verification:
    """`step` until it says that there is no more."""

    trusted: frozenset[str]
    verifier: Verifier
    front: int
    top: int
    """The last row that there was at the beginning: what is sealed meanwhile is another verification's."""
    next: int = 1
    unsealed_count: int = 0

    @classmethod
    def begin(
        cls, snapshot: Snapshot | Transaction, trusted: Collection[str], number: int | None = None, hash: str | None = None,
        taken: Collection[str] = HASHES,
    ) -> Verification:  # fmt: skip
        """`trusted`: public keys of Headway. `number`, `hash`: of a row that was written down elsewhere, and must be there. `taken`: by
        which algorithms rows may be hashed."""
        noted = {} if number is None or hash is None else {number: hash}
        verifier = Verifier(is_signed=is_signed, trusted=frozenset(trusted), taken=taken, noted=noted)
        anchors = snapshot.audit.anchors()
        for anchor in anchors:
            verifier.anchor(anchor)
        top = snapshot.audit.top()
        front = max((each.number for each in anchors if each.kind == FRONT), default=0)
        return cls(
            trusted=frozenset(trusted), verifier=verifier, front=front, top=(top.number or 0) if top else 0,
            unsealed_count=snapshot.audit.count_unsealed(limit=UNSEALED_LIMIT),
        )  # fmt: skip

    def step(self, snapshot: Snapshot | Transaction) -> bool:
        """Look at the next page; whether there is another."""
        rows = snapshot.audit.sealed(self.next, limit=PAGE)
        for row in rows:
            if row.number is None or row.number > self.top:
                return False
            self.verifier.row(row.number, row.hash, row_to_json(row))
            self.next = row.number + 1
        return len(rows) == PAGE

    def verdict(self) -> Verdict:
        return self.verifier.verdict(unsealed_count=self.unsealed_count)

    def is_overtaken(self, snapshot: Snapshot | Transaction) -> bool:
        """Whether rows were pruned meanwhile: then it says nothing, and has to begin anew."""
        return max((each.number for each in snapshot.audit.anchors() if each.kind == FRONT), default=0) != self.front
