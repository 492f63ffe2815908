"""The table of secrets."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Time, metadata

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
)
"""`project` is empty for those of all projects."""
