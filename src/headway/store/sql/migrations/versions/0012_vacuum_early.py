"""PostgreSQL looks after tables that change all the time before they have grown

By default a table is vacuumed when a fifth of it is dead, and analysed when a tenth is new: with a million runs that is 200,000 dead
rows in every index that a claim walks through, and a planner that believes for hours that nothing is queued.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RUNS = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02"
HEADS = "autovacuum_vacuum_scale_factor = 0.05"
SEGMENTS = "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, settings in (("runs", RUNS), ("heads", HEADS), ("segments", SEGMENTS)):
            op.execute(f"ALTER TABLE {table} SET ({settings})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, settings in (("runs", RUNS), ("heads", HEADS), ("segments", SEGMENTS)):
            op.execute(f"ALTER TABLE {table} RESET ({', '.join(part.split(' = ')[0] for part in settings.split(', '))})")
