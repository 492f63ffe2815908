# pyright: reportUnknownArgumentType=false
"""Who may be claimed, by task: so that a worker walks past nobody whom it cannot execute

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    in_line = sa.text("state = 'queued' AND blocked_on = ''")
    columns = ["queue", "state", "blocked_on", "task", "rank_at", "id"]
    op.create_index("ix_runs_line", "runs", columns, sqlite_where=in_line, postgresql_where=in_line)


def downgrade() -> None:
    op.drop_index("ix_runs_line", table_name="runs")
