"""Alembic's environment: the connection and its transaction belong to the caller (`store/sql/migrate.py`)."""

from __future__ import annotations

from alembic import context

from headway.store.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
    compare_type=True,
)
context.run_migrations()
