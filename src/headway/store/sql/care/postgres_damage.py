# ruff: noqa: S608 - statements are put together from names of the schema only
"""What PostgreSQL can say of whether its data are sound, without anything installed in it.

Damage shows when something is read, so every row is: PostgreSQL compares the checksum of each page that comes from the disk,
and each value that lies beside its row is put together. (What `pg_amcheck` sees beyond that needs an extension, and a superuser.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headway.store.sql.care.reach import Advance, Tell
from headway.store.sql.link import Link


def find_damage(link: Link, tables: Sequence[str], tell: Tell) -> tuple[list[str], list[str]]:
    """What is wrong, and what was asked."""
    damages, asked = _read_all(link, tables, tell), ["all_rows", "foreign_keys"]
    rows = link.prepare(
        "SELECT conname FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = c.connamespace "
        "WHERE contype = 'f' AND NOT convalidated AND n.nspname = ANY (current_schemas(false))"
    ).all()
    damages += [f"the foreign key {row[0]} was never validated" for row in rows]
    if link.prepare("SHOW data_checksums").one()[0] == "on":
        asked.append("checksums")
        failures = link.prepare("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()").one()[0]
        if failures:
            damages.append(f"PostgreSQL has read {failures} pages whose checksum is wrong")
    return damages, asked


def _read_all(link: Link, tables: Sequence[str], tell: Tell) -> list[str]:
    found: list[str] = []
    driver: Any = link.dialect.dbapi
    for done, table in enumerate(tables):
        tell(Advance(stage="checking", done=done, total=len(tables), unit="", part=table))
        try:
            # Never null: it is there so that each value is read whole.
            link.prepare(f"SELECT count(*) FROM {table} AS t WHERE hash_record_extended(t, 0) IS NULL").one()
        except driver.InternalError as error:  # data_corrupted
            found.append(f"{table}: {str(error).strip().splitlines()[0]}")
    return found
