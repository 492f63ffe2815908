"""All tables, also those that stand in files of their own: whoever needs every one of them takes `metadata` from here."""

from __future__ import annotations

from headway.store.sql import credential_tables, schema

PARTS = (schema, credential_tables)
metadata = schema.metadata
