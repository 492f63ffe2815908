# pyright: reportUnknownArgumentType=false
"""Approvals, who voted on them, and protected projects

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("project", sa.Text),
        sa.Column("run_id", sa.Uuid(as_uuid=False)),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("asker_key", sa.Text, nullable=False),
        sa.Column("asker", sa.Text, nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("targets", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_state", "approvals", ["state", "id"])
    op.create_index("ix_approvals_project", "approvals", ["project", "id"])
    op.create_index("ix_approvals_asker", "approvals", ["asker_key", "id"])
    op.create_index("ix_approvals_due", "approvals", ["state", "expires_at"])
    of_a_run, settled = sa.text("run_id IS NOT NULL"), sa.text("settled_at > 0")
    op.create_index("ix_approvals_run", "approvals", ["run_id", "id"], sqlite_where=of_a_run, postgresql_where=of_a_run)
    op.create_index("ix_approvals_settled", "approvals", ["settled_at"], sqlite_where=settled, postgresql_where=settled)
    op.create_table(
        "approval_votes",
        sa.Column("approval_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("voter_key", sa.Text, nullable=False),
        sa.Column("by_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_approval_votes_approval_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("approval_id", "voter_key", name=op.f("pk_approval_votes")),
    )
    op.create_table(
        "protections",
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run_start", sa.Integer, nullable=False),
        sa.Column("run_delete", sa.Integer, nullable=False),
        sa.Column("bulk", sa.Integer, nullable=False),
        sa.Column("grant_admin", sa.Integer, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_protections")),
    )


def downgrade() -> None:
    op.drop_table("protections")
    op.drop_table("approval_votes")
    op.drop_table("approvals")
