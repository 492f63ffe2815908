"""Tables of passwords that people are yet to set, and of names that nobody has."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Time, metadata

password_links = sa.Table(
    "password_links",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("code_hash", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
)
sa.Index("ix_password_links_code_hash", password_links.c.code_hash, unique=True)

strangers = sa.Table(
    "strangers",
    metadata,
    sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("failed_count", sa.Integer, nullable=False),
    sa.Column("locked_until", Time),
)
"""As many rows as there are slots, at most."""
