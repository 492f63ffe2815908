# pyright: reportUnknownArgumentType=false
"""The audit log: rows, and the anchors that sign them; and secrets, sealed

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.Text, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("project", sa.Text),
        sa.Column("target", sa.Text),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("transport", sa.Text, nullable=False),
        sa.Column("hash", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_number", "audit", ["number"], unique=True)
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    op.create_index("ix_audit_by_id", "audit", ["by_id", "at"])
    op.create_index("ix_audit_target", "audit", ["target", "at"])
    unsealed = sa.text("number IS NULL")
    op.create_index("ix_audit_unsealed", "audit", ["at", "id"], sqlite_where=unsealed, postgresql_where=unsealed)
    op.create_table(
        "audit_anchors",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", name=op.f("pk_audit_anchors")),
    )
    op.create_table(
        "secrets",
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_secrets")),
    )


def downgrade() -> None:
    op.drop_table("secrets")
    op.drop_table("audit_anchors")
    for name in ("unsealed", "target", "by_id", "at", "number"):
        op.drop_index(f"ix_audit_{name}", table_name="audit")
    op.drop_table("audit")
