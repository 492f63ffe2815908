"""The part of the contract that is about the audit log; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.model.audit import AuditFilter, AuditRow
from headway.model.audit_chain import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """The newest first, or the oldest; what comes behind (`at`, `id`)."""

    limit: int
    after: tuple[datetime, str] | None = None
    is_descending: bool = True


class ReadAudit(Protocol):
    def list(self, where: AuditFilter, page: AuditPage) -> Sequence[AuditRow]:
        """Sealed or not, by time and id."""
        ...

    def sealed(self, first: int, *, limit: int) -> Sequence[AuditRow]:
        """From this number on, by number."""
        ...

    def unsealed(self, *, limit: int) -> Sequence[AuditRow]:
        """Those that have no number yet, the oldest first."""
        ...

    def count_unsealed(self, *, limit: int) -> int: ...
    def top(self) -> AuditRow | None:
        """The row with the highest number."""
        ...

    def last_before(self, at: datetime) -> int | None:
        """The highest number of those that are older than this."""
        ...

    def anchors(self) -> Sequence[Anchor]:
        """All, by number: one an hour (`thin_anchors`)."""
        ...

    def newest_anchor(self) -> Anchor | None: ...


class Audit(ReadAudit, Protocol):
    def add(self, rows: Sequence[AuditRow]) -> None:
        """Unsealed. There is no verb that changes a row once it is sealed."""
        ...

    def seal(self, rows: Sequence[AuditRow]) -> None:
        """Give unsealed rows their `number` and `hash`. Raises `Conflict` for a number that is given already."""
        ...

    def unseal_above(self, number: int) -> int:
        """Take their numbers from all rows above: no anchor of ours says them. How many."""
        ...

    def add_anchor(self, anchor: Anchor) -> None:
        """Raises `Conflict` for a second of this kind and number."""
        ...

    def thin_anchors(self, before: datetime) -> int:
        """Of those that seal and are older than this, keep the last of each hour. How many went."""
        ...

    def prune(self, to: int, *, limit: int) -> int:
        """Delete rows up to this number, `limit` at most, the oldest first, and the anchors that stood before it. How many rows."""
        ...
