"""Tables of second factors, of recovery codes, and of sign-ins that wait for a code. Of secrets they hold what is encrypted, and seals."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Time, metadata

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("begun_at", Time, nullable=False),
    sa.Column("set_at", Time),
    sa.Column("last_step", sa.BigInteger, nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("code_hash", sa.Text, primary_key=True),
)

vouchers = sa.Table(
    "vouchers",
    metadata,
    sa.Column("voucher_hash", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False, index=True),
)
sa.Index("ix_vouchers_account", vouchers.c.account, vouchers.c.created_at)
