# pyright: reportUnknownArgumentType=false
"""Presets, and the runs of a task in a project by time

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presets",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presets")),
    )
    with op.batch_alter_table("presets", schema=None) as batch_op:
        batch_op.create_index("uq_presets_name", ["task", "project", "name"], unique=True)
    op.create_index("ix_runs_task_project", "runs", ["task", "project", "created_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_runs_task_project", table_name="runs")
    op.drop_table("presets")
