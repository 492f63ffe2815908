"""Every test of this directory runs on both databases, or says why one is enough."""

from __future__ import annotations

from tests.databases import database, database_kind, pytest_generate_tests, shared_database

__all__ = ["database", "database_kind", "pytest_generate_tests", "shared_database"]
