# pyright: reportUnknownArgumentType=false
"""What is asked of a worker, and when it ended

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COLUMNS = ("is_draining", "wish", "is_now", "wished_by", "wished_at", "ended_at")


def upgrade() -> None:
    op.add_column("workers", sa.Column("is_draining", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("workers", sa.Column("wish", sa.Text))
    op.add_column("workers", sa.Column("is_now", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("workers", sa.Column("wished_by", sa.Text))
    op.add_column("workers", sa.Column("wished_at", sa.BigInteger))
    op.add_column("workers", sa.Column("ended_at", sa.BigInteger))


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_column("workers", column)
