"""Tables of signing keys, API keys, share links and devices. Of secrets they hold seals alone (`access/seal.py`)."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Id, Time, metadata

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("signs_from", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
"""Names and times: the keys themselves come out of the installation's secret."""

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False, index=True, unique=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("changed_at", Time, nullable=False, index=True),
    sa.Column("used_at", Time),
    sa.Column("old_secret_hash", sa.Text),
    sa.Column("old_until", Time),
    sa.Column("rotated_at", Time),
    sa.Column("revoked_at", Time),
)
sa.Index("ix_api_keys_owner", api_keys.c.owner, api_keys.c.id)

share_links = sa.Table(
    "share_links",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("code_hash", sa.Text, nullable=False, index=True, unique=True),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("opened_count", sa.BigInteger, nullable=False),
    sa.Column("opened_at", Time),
    sa.Column("revoked_at", Time),
)

devices = sa.Table(
    "devices",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("renewed_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False, index=True),
)
sa.Index("ix_devices_subject", devices.c.subject, devices.c.renewed_at)
