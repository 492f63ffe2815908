"""The tables of the audit log."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Id, Time, metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("at", Time, nullable=False),
    sa.Column("by_id", sa.Text, nullable=False),
    sa.Column("token", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("project", sa.Text),
    sa.Column("target", sa.Text),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("request_id", sa.Text),
    sa.Column("transport", sa.Text, nullable=False),
    sa.Column("hash", sa.Text),
)
"""`number` and `hash` are there once the row is sealed. `before` and `after` are JSON."""
sa.Index("ix_audit_number", audit.c.number, unique=True)
sa.Index("ix_audit_at", audit.c.at, audit.c.id)
sa.Index("ix_audit_by_id", audit.c.by_id, audit.c.at)
sa.Index("ix_audit_target", audit.c.target, audit.c.at)
_UNSEALED = audit.c.number.is_(None)
sa.Index("ix_audit_unsealed", audit.c.at, audit.c.id, sqlite_where=_UNSEALED, postgresql_where=_UNSEALED)

audit_anchors = sa.Table(
    "audit_anchors",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)
