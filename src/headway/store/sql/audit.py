# ruff: noqa: S608 - statements are put together from constants of this module only; values are always parameters
"""The audit log: rows are added, sealed once, and pruned from the front; there is no statement that changes a sealed one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headway.model.audit import AuditFilter, AuditRow
from headway.model.audit_chain import Anchor
from headway.model.errors import Conflict
from headway.store.audit import AuditPage
from headway.store.sql.audit_tables import audit
from headway.store.sql.link import Link
from headway.store.sql.values import checked_key, clean, dumps, is_key, loads, micros, moment, optional_clean, to_id, to_key

_c = audit.c
_NAMES = ", ".join(f'"{column.name}"' for column in audit.c)
_ANCHOR = "kind, number, hash, at, key, signature"
HOUR_MICROS = 3_600_000_000


class SqlAudit:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._rows = link.rows(audit)
        self._sealed = link.prepare(f"SELECT {_NAMES} FROM audit WHERE number >= ? ORDER BY number LIMIT ?")
        self._unsealed = link.prepare(f"SELECT {_NAMES} FROM audit WHERE number IS NULL ORDER BY at, id LIMIT ?")
        self._count = link.prepare("SELECT count(*) FROM (SELECT 1 FROM audit WHERE number IS NULL LIMIT ?) AS counted")
        self._top = link.prepare(f"SELECT {_NAMES} FROM audit WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1")
        self._last_before = link.prepare("SELECT max(number) FROM audit WHERE at < ?")
        self._seal = link.prepare("UPDATE audit SET number = ?, hash = ? WHERE id = ? AND number IS NULL")
        self._unseal = link.prepare("UPDATE audit SET number = NULL, hash = NULL WHERE number > ?")
        self._prune = link.prepare("DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE number <= ? ORDER BY number LIMIT ?)")
        self._anchors = link.prepare(f"SELECT {_ANCHOR} FROM audit_anchors ORDER BY number, kind")
        self._newest = link.prepare(f"SELECT {_ANCHOR} FROM audit_anchors ORDER BY number DESC, kind LIMIT 1")
        self._add_anchor = link.prepare(f"INSERT INTO audit_anchors ({_ANCHOR}) VALUES (?, ?, ?, ?, ?, ?)")
        self._thin = link.prepare(
            "DELETE FROM audit_anchors WHERE kind = 'seal' AND at < ? AND number NOT IN "
            f"(SELECT max(number) FROM audit_anchors WHERE kind = 'seal' GROUP BY at / {HOUR_MICROS})"
        )
        self._prune_anchors = link.prepare("DELETE FROM audit_anchors WHERE number < ?")

    def list(self, where: AuditFilter, page: AuditPage) -> Sequence[AuditRow]:
        if where.projects is not None and not where.projects:
            return []
        statement = sa.select(audit).where(*_conditions(where)).limit(page.limit)
        if page.after is not None:
            at, key = page.after
            here = sa.tuple_(_c.at, _c.id)
            there = sa.tuple_(sa.literal(micros(at)), sa.literal(key if is_key(key) else to_id("0" * 32), type_=_c.id.type))
            statement = statement.where(here < there if page.is_descending else here > there)
        order = (_c.at.desc(), _c.id.desc()) if page.is_descending else (_c.at, _c.id)
        return [_row_of(tuple(row)) for row in self._link.rows_of(statement.order_by(*order))]

    def sealed(self, first: int, *, limit: int) -> Sequence[AuditRow]:
        return [_row_of(row) for row in self._sealed.all(first, limit)]

    def unsealed(self, *, limit: int) -> Sequence[AuditRow]:
        return [_row_of(row) for row in self._unsealed.all(limit)]

    def count_unsealed(self, *, limit: int) -> int:
        return self._count.one(limit)[0]

    def top(self) -> AuditRow | None:
        row = self._top.one()
        return None if row is None else _row_of(row)

    def last_before(self, at: datetime) -> int | None:
        return self._last_before.one(micros(at))[0]

    def anchors(self) -> Sequence[Anchor]:
        return [_anchor_of(row) for row in self._anchors.all()]

    def newest_anchor(self) -> Anchor | None:
        row = self._newest.one()
        return None if row is None else _anchor_of(row)

    def add(self, rows: Sequence[AuditRow]) -> None:
        self._rows.insert([_values(row) for row in rows])

    def seal(self, rows: Sequence[AuditRow]) -> None:
        try:
            self._seal.many([(row.number, row.hash, checked_key(row.id)) for row in rows])
            self._link.send()
        except self._link.integrity_error as error:
            raise Conflict("a number of the audit log is given already") from error

    def unseal_above(self, number: int) -> int:
        return self._unseal.run(number)

    def add_anchor(self, anchor: Anchor) -> None:
        try:
            self._add_anchor.run(anchor.kind, anchor.number, anchor.hash, micros(anchor.at), anchor.key, anchor.signature)
        except self._link.integrity_error as error:
            raise Conflict("an anchor of the audit log is there already") from error

    def thin_anchors(self, before: datetime) -> int:
        return self._thin.run(micros(before))

    def prune(self, to: int, *, limit: int) -> int:
        gone = self._prune.run(to, limit)
        if gone < limit:
            self._prune_anchors.later(to)
        return gone


def _conditions(where: AuditFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    equal = ((_c.by_id, where.by), (_c.project, where.project), (_c.target, where.target), (_c.outcome, where.outcome))
    found += [column == clean(str(value)) for column, value in equal if value is not None]
    if where.actions:
        found.append(_c.action.in_(sorted(where.actions)))
    if where.projects is not None:
        found.append(_c.project.in_(sorted(where.projects)))
    if where.at_from is not None:
        found.append(_c.at >= micros(where.at_from))
    if where.at_to is not None:
        found.append(_c.at < micros(where.at_to))
    return found


def _row_of(row: Sequence[Any]) -> AuditRow:
    (
        id_, number, at, by, token, action, outcome, project, target, before, after, address, request_id, transport, hash_,
    ) = row  # fmt: skip
    return AuditRow(
        id=to_id(id_), number=number, at=moment(at), by=by, token=token, action=action, outcome=outcome,
        project=project, target=target, before=_loaded(before), after=_loaded(after), address=address, request_id=request_id,
        transport=transport, hash=hash_,
    )  # fmt: skip


def _loaded(text: str | None) -> Any:
    """What somebody else has made unreadable is shown as it stands: its hash says the rest."""
    try:
        return None if text is None else loads(text)
    except ValueError:
        return {"unreadable": text}


def _dumped(value: Any) -> str | None:
    return None if value is None else dumps(value).decode()


def _values(row: AuditRow) -> tuple[Any, ...]:
    return (
        to_key(checked_key(row.id)), row.number, micros(row.at), clean(row.by), optional_clean(row.token), str(row.action),
        str(row.outcome), optional_clean(row.project), optional_clean(row.target), _dumped(row.before), _dumped(row.after),
        optional_clean(row.address), optional_clean(row.request_id), row.transport, row.hash,
    )  # fmt: skip


def _anchor_of(row: Sequence[Any]) -> Anchor:
    kind, number, hash_, at, key, signature = row
    return Anchor(kind=kind, number=number, hash=hash_, at=moment(at), key=key, signature=signature)
