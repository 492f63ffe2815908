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

_FLAGS = ("is_draining", "is_now")


def upgrade() -> None:
    for flag in _FLAGS:
        op.add_column("workers", sa.Column(flag, sa.Boolean, nullable=False, server_default=sa.false()))
    for text in ("wish", "wished_by"):
        op.add_column("workers", sa.Column(text, sa.Text))
    for time in ("wished_at", "ended_at"):
        op.add_column("workers", sa.Column(time, sa.BigInteger))


def downgrade() -> None:
    for column in (*_FLAGS, "wish", "wished_by", "wished_at", "ended_at"):
        op.drop_column("workers", column)
