"""Run Alembic inside the transaction of whoever calls. Imported only when there is something to upgrade."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def config_for(connection: sa.Connection) -> Config:
    """Alembic's configuration without a file: where the versions are, and on which connection to work."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Bring the tables to version `to`. The caller commits: all steps or none."""
    if not connection.in_transaction():
        # Outside of a transaction that SQLAlchemy knows of, Alembic would begin its own, and its commit after the first step
        # would end the caller's.
        connection.begin()
    command.upgrade(config_for(connection), to)
