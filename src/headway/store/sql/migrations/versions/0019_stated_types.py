# pyright: reportUnknownArgumentType=false
"""What an artifact was called that its content is not.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("artifacts", sa.Column("stated_type", sa.Text))


def downgrade() -> None:
    op.drop_column("artifacts", "stated_type")
