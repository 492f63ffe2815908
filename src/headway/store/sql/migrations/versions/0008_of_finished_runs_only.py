# pyright: reportUnknownArgumentType=false
"""What is to be done with finished runs is looked up among finished runs: starting one touches two indexes less

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make(" AND finished_at > 0")


def downgrade() -> None:
    _make("")


def _make(of_finished: str) -> None:
    for name, columns, condition in (
        ("ix_runs_uncompacted", ["finished_at"], "compacted_facets < 7"),
        ("ix_runs_uncounted", ["finished_at", "id"], "is_counted = 0"),
    ):
        op.drop_index(name, table_name="runs")
        only = sa.text(condition + of_finished)
        op.create_index(name, "runs", columns, sqlite_where=only, postgresql_where=only)
