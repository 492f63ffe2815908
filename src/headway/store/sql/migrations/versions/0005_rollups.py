# pyright: reportUnknownArgumentType=false
"""Rollups of finished runs, and the courses that runs took

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNCOUNTED = sa.text("is_counted = 0")
_SUMS = ("succeeded", "failed", "cancelled", "timed_out", "lost", "failed_count", "lost_count", "duration_micros", "queue_micros")


def upgrade() -> None:
    # A constant default: neither database writes the rows anew. All that ended before is counted by the next leader's turns.
    op.add_column("runs", sa.Column("is_counted", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_index(
        "ix_runs_uncounted", "runs", ["finished_at", "id"], unique=False, sqlite_where=_UNCOUNTED, postgresql_where=_UNCOUNTED
    )
    op.create_table(
        "rollups",
        sa.Column("grain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS],
        sa.Column("durations", sa.Text(), nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "at", "project", "task", "created_by", "kind", name=op.f("pk_rollups")),
    )
    op.create_table(
        "courses",
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("bar", sa.Text(), nullable=True),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_courses_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_courses")),
    )
    op.create_index("ix_courses_task", "courses", ["task", "project", "finished_at"], unique=False)


def downgrade() -> None:
    op.drop_table("courses")
    op.drop_table("rollups")
    op.drop_index("ix_runs_uncounted", table_name="runs")
    op.drop_column("runs", "is_counted")
