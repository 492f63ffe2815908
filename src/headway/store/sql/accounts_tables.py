"""The tables of accounts, groups, roles and grants.

Names are never changed and accounts never deleted, so nothing here needs a foreign key; what hangs on a group goes with it
(`accounts.py`). What a grant does not say (an account, a group, a project) is empty and not NULL: two NULLs are never equal, and the same
grant could be given twice.
"""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Id, Time, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("password_hash", sa.Text),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("theme", sa.Text),
    sa.Column("time_zone", sa.Text),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("password_changed_at", Time),
    sa.Column("failed_count", sa.Integer, nullable=False),
    sa.Column("locked_until", Time),
    sa.Column("folded", sa.Text, nullable=False),
)
"""`folded`: name, display name and e-mail without case, a line each, for search."""

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Time, nullable=False),
)

account_groups = sa.Table(
    "account_groups",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)

group_members = sa.Table(
    "group_members",
    metadata,
    sa.Column("group_name", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
)
sa.Index("ix_group_members_account", group_members.c.account, group_members.c.group_name)

roles = sa.Table(
    "roles",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),
    sa.Column("inherits", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
sa.Index("uq_grants_given", grants.c.account, grants.c.group_name, grants.c.role, grants.c.project, unique=True)
sa.Index("ix_grants_group_name", grants.c.group_name, grants.c.id)
sa.Index("ix_grants_role", grants.c.role, grants.c.id)
sa.Index("ix_grants_project", grants.c.project, grants.c.id)
