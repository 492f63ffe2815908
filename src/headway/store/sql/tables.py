"""All tables: those of `schema`, and those that have a file of their own. Whoever needs every one of them imports `metadata` from here."""

from __future__ import annotations

from headway.store.sql import (
    accounts_tables,
    approvals_tables,
    audit_tables,
    credential_tables,
    second_factor_tables,
    secret_tables,
    sign_in_tables,
)
from headway.store.sql.schema import metadata

__all__ = [
    "accounts_tables", "approvals_tables", "audit_tables", "credential_tables", "metadata", "second_factor_tables", "secret_tables",
    "sign_in_tables",
]  # fmt: skip
