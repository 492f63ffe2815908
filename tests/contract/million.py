"""A million runs in PostgreSQL, made by the database itself in some seconds: the indexes are laid over them afterwards."""

from __future__ import annotations

import hashlib
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from headway.store.sql import schema

COUNT = 1_000_000
PROJECTS, TASKS, PEOPLE, TAGS = 20, 40, 200, 50
FAMILY = 50
"""Every fifth run belongs to a family: a parent and 49 children."""
FIRST_AT = 1_790_000_000_000_000
"""Microseconds since 1970; a run is created each second from then on."""
_STEP = 1_000_000

_RUNS = f"""
    INSERT INTO runs (id, project, kind, task, name, folded_name, state, queue, priority, created_at, created_by, parameters, tags, metadata,
                      options, attempt, lost_count, failed_count, parent, queued_at, started_at, finished_at, rank_at, compacted_facets,
                      is_counted, external_id)
    SELECT md5(n::text)::uuid,
           CASE WHEN a % 2 = 0 THEN 'p0' ELSE 'p' || (a >> 1) % {PROJECTS} END,
           CASE WHEN b % 20 = 0 THEN 'outside' WHEN b % 500 = 1 THEN 'canary' ELSE 'task' END,
           CASE WHEN b % 20 = 0 THEN NULL ELSE 't' || c % {TASKS} END,
           'Class ' || d % 997, 'class ' || d % 997,
           CASE WHEN is_new THEN (ARRAY['queued', 'running', 'paused', 'retrying'])[1 + e % 4]
                WHEN e % 50 = 0 THEN 'failed' WHEN e % 1000 = 7 THEN 'lost' WHEN e % 100 = 9 THEN 'cancelled' ELSE 'succeeded' END,
           'default', 0, at, 'u' || f % {PEOPLE}, '{{}}', '[]', '{{}}', '{{}}', 1, 0, 0,
           CASE WHEN n > {5 * FAMILY} AND n % {5 * FAMILY} BETWEEN 1 AND {FAMILY - 1} THEN md5((n - n % {5 * FAMILY})::text)::uuid END,
           at, at + 500000 + a % 9000000, CASE WHEN is_new THEN 0 ELSE at + 9500000 + b % 60000000 END, at,
           CASE WHEN is_new THEN 0 ELSE 7 END, CASE WHEN is_new THEN 0 ELSE 1 END, CASE WHEN b % 20 = 0 THEN 'x' || n END
    FROM (SELECT n, n > {COUNT} - 5000 AS is_new, {FIRST_AT} + n::bigint * {_STEP} AS at, {
    ", ".join(f"hashint4(n + {number}0000000) & 2147483647 AS {name}" for number, name in enumerate("abcdef", 1))
} FROM generate_series(1, {COUNT}) AS n) AS made"""
"""What a run belongs to is drawn for each of these apart, by a hash of its number, so that no two go together."""

_TAGS = f"""
    INSERT INTO run_tags (tag, created_at, run_id)
    SELECT 'g' || (hashint4(n + 70000000) & 2147483647) % {TAGS}, {FIRST_AT} + n::bigint * {_STEP}, md5(n::text)::uuid
    FROM generate_series(1, {COUNT}, 3) AS n"""


def fill(connection: psycopg.Connection) -> None:
    """The tables are there, and empty. Autocommit."""
    tables = (schema.runs, schema.run_tags)
    dialect = postgresql.dialect()
    connection.execute("SET maintenance_work_mem = '256MB'")
    connection.execute("SET session_replication_role = replica")  # foreign keys hold by how the rows are made
    for table in tables:
        for index in table.indexes:
            connection.execute(f"DROP INDEX {index.name}")
    connection.execute(_RUNS)
    connection.execute(_TAGS)
    for table in tables:
        for index in table.indexes:
            connection.execute(str(sa.schema.CreateIndex(index).compile(dialect=dialect)))
        connection.execute(f"VACUUM ANALYZE {table.name}")


def parent_of(n: int) -> str:
    """The parent of the run of this number."""
    return str(UUID(hashlib.md5(str(n - n % (5 * FAMILY)).encode(), usedforsecurity=False).hexdigest()))
