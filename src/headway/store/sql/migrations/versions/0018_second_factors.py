# pyright: reportUnknownArgumentType=false
"""Second factors, recovery codes, sign-ins that wait for a code; how a session was opened, and when its owner proved who they are

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("set_at", sa.BigInteger),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "vouchers",
        sa.Column("voucher_hash", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("voucher_hash", name="pk_vouchers"),
    )
    op.create_index("ix_vouchers_account", "vouchers", ["account", "created_at"])
    op.create_index("ix_vouchers_expires_at", "vouchers", ["expires_at"])
    op.add_column("sessions", sa.Column("way", sa.Text))
    op.add_column("sessions", sa.Column("proved_at", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("sessions", "proved_at")
    op.drop_column("sessions", "way")
    op.drop_table("vouchers")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
