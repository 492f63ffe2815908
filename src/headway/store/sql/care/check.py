# ruff: noqa: S608 - statements are put together from names of the schema only
"""Whether a store is sound and whole: what the database itself can say of its data, and the schema held against it."""

from __future__ import annotations

from dataclasses import dataclass

from headway.model.errors import Invalid
from headway.model.statements import TotalsState
from headway.store.sql.care.postgres_damage import find_damage
from headway.store.sql.care.postgres_indexes import LEAST_BYTES, counted_since, find_indexes, rebuild
from headway.store.sql.care.reach import Tell, file_of, linked
from headway.store.sql.care.report import Report, TableSize
from headway.store.sql.care.sqlite_backup import find_damage as find_damage_of_file
from headway.store.sql.care.versions import Versions, find_versions
from headway.store.sql.engines import begin_read
from headway.store.sql.link import Link
from headway.store.sql.migrate import VERSION
from headway.store.sql.tables import metadata
from headway.store.sql.totals import SqlStatements

TABLES = tuple(table.name for table in metadata.sorted_tables)
INDEXES = {str(index.name): table.name for table in metadata.sorted_tables for index in table.indexes}


def check(url: str, *, is_reindexing: bool, tell: Tell, least_bytes: int = LEAST_BYTES) -> Report:
    """Beside a running installation too. `least_bytes`: indexes below this are neither called unused nor bloated.

    Raises `NoStore`, `StoreUnavailable`, `Invalid` (SQLite has nothing to reindex while it runs).
    """
    versions = find_versions(url)
    path = file_of(url)
    if path is None:
        with linked(url) as link:
            return _check_postgres(link, versions, is_reindexing, least_bytes, tell)
    if is_reindexing:
        raise Invalid("--reindex is for PostgreSQL: the indexes of SQLite do not grow without bound.", field="--reindex")
    damages = find_damage_of_file(path, tell)
    with linked(url, is_reading=True) as link:
        missing = _missing(link, versions)
        return Report(
            backend="sqlite", version=versions.found, wanted_version=versions.wanted, damages=damages,
            asked=["integrity_check", "foreign_key_check"], tables=[] if damages else _tables_of_file(link),
            missing_tables=missing.tables, missing_indexes=missing.indexes,
        )  # fmt: skip


def _check_postgres(link: Link, versions: Versions, is_reindexing: bool, least_bytes: int, tell: Tell) -> Report:
    missing = _missing(link, versions)
    damages, asked = find_damage(link, [name for name in TABLES if name in missing.there], tell)
    indexes = find_indexes(link, TABLES, least_bytes)
    reindexed: list[str] = []
    if is_reindexing:
        reindexed = rebuild(link, [index for index in indexes if index.is_bloated or not index.is_valid], INDEXES)
        indexes = find_indexes(link, TABLES, least_bytes)
    rows = link.prepare(
        "SELECT c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid) FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname = ANY (current_schemas(false)) AND c.relname = ANY (?)"
    ).all(list(TABLES))
    return Report(
        backend="postgresql", version=versions.found, wanted_version=versions.wanted, damages=damages, asked=asked,
        tables=[TableSize(name=name, row_count=max(0, count), size_bytes=size) for name, count, size in rows],
        indexes=indexes, counted_since=counted_since(link), reindexed=reindexed, totals=_totals(link),
            missing_tables=missing.tables, missing_indexes=missing.indexes,
    )  # fmt: skip


def _totals(link: Link) -> TotalsState:
    begin_read(link, None)
    try:
        return SqlStatements(link).totals(1).state
    finally:
        link.cursor.execute("ROLLBACK")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    there: set[str]
    tables: list[str]
    indexes: list[str]


def _missing(link: Link, versions: Versions) -> _Missing:
    """Only of tables of this code's version: those of an older one are not of its schema."""
    if link.is_postgres:
        where = "WHERE schemaname = ANY (current_schemas(false))"
        tables = {row[0] for row in link.prepare(f"SELECT tablename FROM pg_tables {where}").all()}
        indexes = {row[0] for row in link.prepare(f"SELECT indexname FROM pg_indexes {where}").all()}
    else:
        tables = {row[0] for row in link.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()}
        indexes = {row[0] for row in link.prepare("SELECT name FROM sqlite_master WHERE type = 'index'").all()}
    if versions.found != VERSION:
        return _Missing(there=set(TABLES) & tables, tables=[], indexes=[])
    return _Missing(
        there=tables,
        tables=[name for name in TABLES if name not in tables],
        indexes=[name for name, table in INDEXES.items() if table in tables and name not in indexes],
    )


def _tables_of_file(link: Link) -> list[TableSize]:
    has_sizes = bool(link.prepare("SELECT count(*) FROM pragma_module_list WHERE name = 'dbstat'").one()[0])
    there = {row[0] for row in link.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()}
    sizes: dict[str, int] = {}
    if has_sizes:
        sizes = dict(
            link.prepare(
                "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name GROUP BY m.tbl_name"
            ).all()
        )
    return [
        TableSize(name=name, row_count=link.prepare(f"SELECT count(*) FROM {name}").one()[0], size_bytes=sizes.get(name))
        for name in TABLES
        if name in there
    ]
