# pyright: reportUnknownArgumentType=false
"""Samples of hosts, processes, runs, queues and routes

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('samples',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('grain', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'grain', 'at', 'name', name=op.f('pk_samples'))
    )


def downgrade() -> None:
    op.drop_table('samples')
