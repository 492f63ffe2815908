"""The only room with SQLAlchemy: SQLite and PostgreSQL."""

from __future__ import annotations

# Tables that are kept in files of their own: whoever asks `schema` for all tables is to find them.
from headway.store.sql import approvals_tables as approvals_tables
