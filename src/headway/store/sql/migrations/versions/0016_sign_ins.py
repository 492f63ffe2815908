# pyright: reportUnknownArgumentType=false
"""Links with which passwords are set; wrong passwords under names of nobody; from where a session was opened

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "password_links",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_password_links"),
    )
    op.create_index("ix_password_links_code_hash", "password_links", ["code_hash"], unique=True)
    op.create_table(
        "strangers",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("failed_count", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("slot", name="pk_strangers"),
    )
    op.add_column("sessions", sa.Column("address", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sessions", "address")
    op.drop_table("strangers")
    op.drop_index("ix_password_links_code_hash", table_name="password_links")
    op.drop_table("password_links")
