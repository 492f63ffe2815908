# pyright: reportUnknownArgumentType=false
"""What a worker of Celery hears

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("echoes", sa.Text))


def downgrade() -> None:
    op.drop_column("workers", "echoes")
