# pyright: reportUnknownArgumentType=false
"""Accounts, groups, roles and grants; whose a session is

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_identities_account", "identities", ["account"], False),
    ("ix_group_members_account", "group_members", ["account", "group_name"], False),
    ("uq_grants_given", "grants", ["account", "group_name", "role", "project"], True),
    ("ix_grants_group_name", "grants", ["group_name", "id"], False),
    ("ix_grants_role", "grants", ["role", "id"], False),
    ("ix_grants_project", "grants", ["project", "id"], False),
)


def _made() -> list[sa.Column[object]]:
    return [sa.Column("created_at", sa.BigInteger, nullable=False), sa.Column("created_by", sa.Text, nullable=False)]


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("theme", sa.Text),
        sa.Column("time_zone", sa.Text),
        *_made(),
        sa.Column("password_changed_at", sa.BigInteger),
        sa.Column("failed_count", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("folded", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
    )
    op.create_table(
        "account_groups",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        *_made(),
        sa.PrimaryKeyConstraint("name", name="pk_account_groups"),
    )
    op.create_table(
        "group_members",
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_name", "account", name="pk_group_members"),
    )
    op.create_table(
        "roles",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("permissions", sa.Text, nullable=False),
        sa.Column("inherits", sa.Text, nullable=False),
        *_made(),
        sa.PrimaryKeyConstraint("name", name="pk_roles"),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        *_made(),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    for name, table, columns, is_unique in _INDEXES:
        op.create_index(name, table, columns, unique=is_unique)
    op.add_column("sessions", sa.Column("account", sa.Text))
    op.add_column("sign_in_codes", sa.Column("account", sa.Text))


def downgrade() -> None:
    op.drop_column("sign_in_codes", "account")
    op.drop_column("sessions", "account")
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
    for table in ("grants", "roles", "group_members", "account_groups", "identities", "accounts"):
        op.drop_table(table)
