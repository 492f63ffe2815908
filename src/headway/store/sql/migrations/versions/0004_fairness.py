# pyright: reportUnknownArgumentType=false
"""What a queued run waits for; queues, quotas and rates; the places of a lease; what a worker serves; families by state

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_runs_claim", table_name="runs")
    op.add_column("runs", sa.Column("blocked_on", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_runs_claim", "runs", ["queue", "state", "blocked_on", "rank_at", "id"])
    blocked = sa.text("blocked_on != ''")
    op.create_index("ix_runs_blocked", "runs", ["blocked_on", "rank_at", "id"], sqlite_where=blocked, postgresql_where=blocked)
    child, root = sa.text("parent IS NOT NULL"), sa.text("parent IS NULL")
    op.create_index("ix_runs_family", "runs", ["parent", "state"], sqlite_where=child, postgresql_where=child)
    op.create_index("ix_runs_roots", "runs", ["project", "created_at", "id"], sqlite_where=root, postgresql_where=root)
    op.add_column("leases", sa.Column("places", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("workers", sa.Column("queues", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("workers", sa.Column("tasks", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "queues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("paused_by", sa.Text()),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("running_limit", sa.Integer()),
        sa.Column("queued_limit", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_queues")),
    )
    op.create_table(
        "quotas",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("running_limit", sa.Integer()),
        sa.Column("queued_limit", sa.Integer()),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_quotas")),
    )
    op.create_table(
        "rates",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rates")),
    )
    _name_places()


def _name_places() -> None:
    """What is executed at this moment holds its places by name from now on."""
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE slots SET key = 'key:' || key"))
    held = connection.execute(sa.text("SELECT l.run_id, r.options FROM leases l JOIN runs r ON r.id = l.run_id")).all()
    for run_id, options in held:
        key = json.loads(options).get("concurrency_key")
        if key is not None:
            places = json.dumps([f"key:{key}"])
            connection.execute(sa.text("UPDATE leases SET places = :places WHERE run_id = :run"), {"places": places, "run": run_id})


def downgrade() -> None:
    for table in ("rates", "quotas", "queues"):
        op.drop_table(table)
    op.execute(sa.text("DELETE FROM slots WHERE key NOT LIKE 'key:%'"))
    op.execute(sa.text("UPDATE slots SET key = substr(key, 5)"))
    for table, columns in (("workers", ("queues", "tasks")), ("leases", ("places",))):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
    for index in ("ix_runs_roots", "ix_runs_family", "ix_runs_blocked", "ix_runs_claim"):
        op.drop_index(index, table_name="runs")
    with op.batch_alter_table("runs") as batch_op:
        batch_op.drop_column("blocked_on")
    op.create_index("ix_runs_claim", "runs", ["queue", "state", "rank_at", "id"])
