"""Stores that are looked after: on SQLite, and on a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store, of each kind in turn. Not behind PgBouncer: who copies or moves a store goes to the database itself."""
    return f"sqlite:///{tmp_path}/headway.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
