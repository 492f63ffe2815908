"""The tables of approvals: see `schema.py` for what holds of all tables."""

from __future__ import annotations

import sqlalchemy as sa

from headway.store.sql.schema import Id, Time, metadata

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("project", sa.Text),
    sa.Column("run_id", Id),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("asker_key", sa.Text, nullable=False),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("requested_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("settled_at", Time, nullable=False),
    sa.Column("needed", sa.Integer, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("targets", sa.Text),
)
"""`run_id` is no foreign key: a request outlives its run. `settled_at`: 0 until then. `asker_key`: `person_key` of who asked.
`targets`: a JSON list of ids of runs, until it is settled."""

_OF_A_RUN = approvals.c.run_id.is_not(None)
_SETTLED = approvals.c.settled_at > sa.literal_column("0")
sa.Index("ix_approvals_state", approvals.c.state, approvals.c.id)
sa.Index("ix_approvals_project", approvals.c.project, approvals.c.id)
sa.Index("ix_approvals_asker", approvals.c.asker_key, approvals.c.id)
sa.Index("ix_approvals_due", approvals.c.state, approvals.c.expires_at)
sa.Index("ix_approvals_run", approvals.c.run_id, approvals.c.id, sqlite_where=_OF_A_RUN, postgresql_where=_OF_A_RUN)
sa.Index("ix_approvals_settled", approvals.c.settled_at, sqlite_where=_SETTLED, postgresql_where=_SETTLED)

approval_votes = sa.Table(
    "approval_votes",
    metadata,
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("voter_key", sa.Text, primary_key=True),
    sa.Column("by_id", sa.Text, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
)

protections = sa.Table(
    "protections",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("run_start", sa.Integer, nullable=False),
    sa.Column("run_delete", sa.Integer, nullable=False),
    sa.Column("bulk", sa.Integer, nullable=False),
    sa.Column("grant_admin", sa.Integer, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", Time, nullable=False),
)
"""Only those of which somebody has said something."""
