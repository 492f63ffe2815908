"""The tables, one set for SQLite and PostgreSQL.

- Times are whole microseconds since 1970 in UTC. ``started_at`` and ``finished_at`` of a run are 0 until they happen, so
  that one index serves their order in both directions on both databases (which disagree about where NULL sorts).
- Ids are UUIDs; the text of a person is text; what is only handed through as JSON is text too, never searched by SQL.
- `heads` changes with every append and so has no secondary index (PostgreSQL updates it in place, HOT).
- `segments` and `steps` have no foreign key: the check would cost each append a look-up and, on PostgreSQL, a row lock.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.Uuid(as_uuid=False)
Time = sa.BigInteger


def _run_id(*, is_key: bool = True) -> sa.Column[str]:
    return sa.Column("run_id", Id, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=is_key, nullable=False)


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("task", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("metadata", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("lost_count", sa.Integer, nullable=False),
    sa.Column("failed_count", sa.Integer, nullable=False),
    sa.Column("parent", Id),
    sa.Column("run_after", Time),
    sa.Column("queued_at", Time),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("finished_at", Time, nullable=False),
    sa.Column("error_code", sa.Text),
    sa.Column("rank_at", Time, nullable=False),
    sa.Column("folded_name", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("compacted_facets", sa.SmallInteger, nullable=False),
    sa.Column("blocked_on", sa.Text, nullable=False, server_default=""),
    sa.Column("is_counted", sa.SmallInteger, nullable=False, server_default="0"),
    postgresql_with={"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02},
)
"""Looked after by PostgreSQL when a fiftieth has changed, not a fifth: claims walk through what is dead in an index."""
"""`blocked_on`: the key of the place that a queued run waits for; empty: for none, it may be claimed. `rank_at`: ``queued_at`` less a
minute for each step of priority: the order of the queue. `folded_name`: the name without case, for search. `compacted_facets`: one bit
a facet (`segments.FACET_BITS`) that holds no small segment any more.
`is_counted`: whether a finished run is in the tallies (`rollups`)."""

_WITH_PARENT = runs.c.parent.is_not(None)
_WITH_TIME = runs.c.run_after.is_not(None)
_WITH_KEY = runs.c.idempotency_key.is_not(None)
_WITH_EXTERNAL_ID = runs.c.external_id.is_not(None)
_WITHOUT_PARENT = runs.c.parent.is_(None)
_BLOCKED = runs.c.blocked_on != sa.literal_column("''")
_IN_LINE = sa.and_(runs.c.state == sa.literal_column("'queued'"), runs.c.blocked_on == sa.literal_column("''"))
_FINISHED = runs.c.finished_at > sa.literal_column("0")
_NOT_COUNTED = sa.and_(runs.c.is_counted == sa.literal_column("0"), _FINISHED)
_NOT_COMPACTED = sa.and_(runs.c.compacted_facets < sa.literal_column("7"), _FINISHED)

sa.Index("ix_runs_claim", runs.c.queue, runs.c.state, runs.c.blocked_on, runs.c.rank_at, runs.c.id)
# With the two columns that its condition gives, or SQLite thinks that the one above finds more.
sa.Index(
    "ix_runs_line",
    runs.c.queue,
    runs.c.state,
    runs.c.blocked_on,
    runs.c.task,
    runs.c.rank_at,
    runs.c.id,
    sqlite_where=_IN_LINE,
    postgresql_where=_IN_LINE,
)
sa.Index("ix_runs_blocked", runs.c.blocked_on, runs.c.rank_at, runs.c.id, sqlite_where=_BLOCKED, postgresql_where=_BLOCKED)
sa.Index("ix_runs_due", runs.c.state, runs.c.run_after, sqlite_where=_WITH_TIME, postgresql_where=_WITH_TIME)
sa.Index(
    "uq_runs_external_id",
    runs.c.project,
    runs.c.external_id,
    unique=True,
    sqlite_where=_WITH_EXTERNAL_ID,
    postgresql_where=_WITH_EXTERNAL_ID,
)
sa.Index(
    "uq_runs_idempotency_key",
    runs.c.created_by,
    runs.c.idempotency_key,
    unique=True,
    sqlite_where=_WITH_KEY,
    postgresql_where=_WITH_KEY,
)
sa.Index("ix_runs_created_at", runs.c.created_at, runs.c.id)
sa.Index("ix_runs_started_at", runs.c.started_at, runs.c.id)
sa.Index("ix_runs_finished_at", runs.c.finished_at, runs.c.id)
sa.Index("ix_runs_name", runs.c.name, runs.c.id)
sa.Index("ix_runs_project", runs.c.project, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_state", runs.c.state, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_project_state", runs.c.project, runs.c.state, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_task", runs.c.task, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_task_project", runs.c.task, runs.c.project, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_kind", runs.c.kind, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_created_by", runs.c.created_by, runs.c.created_at, runs.c.id)
sa.Index("ix_runs_parent", runs.c.parent, runs.c.created_at, runs.c.id, sqlite_where=_WITH_PARENT, postgresql_where=_WITH_PARENT)
sa.Index("ix_runs_family", runs.c.parent, runs.c.state, sqlite_where=_WITH_PARENT, postgresql_where=_WITH_PARENT)
sa.Index("ix_runs_roots", runs.c.project, runs.c.created_at, runs.c.id, sqlite_where=_WITHOUT_PARENT, postgresql_where=_WITHOUT_PARENT)
sa.Index("ix_runs_uncompacted", runs.c.finished_at, sqlite_where=_NOT_COMPACTED, postgresql_where=_NOT_COMPACTED)
sa.Index("ix_runs_uncounted", runs.c.finished_at, runs.c.id, sqlite_where=_NOT_COUNTED, postgresql_where=_NOT_COUNTED)

run_tags = sa.Table(
    "run_tags",
    metadata,
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("created_at", Time, primary_key=True),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, index=True),
)

heads = sa.Table(
    "heads",
    metadata,
    _run_id(),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("last_batch_no", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("last_line", sa.BigInteger, nullable=False),
    sa.Column("log_hash", sa.BigInteger, nullable=False),
    sa.Column("wish", sa.Text),
    sa.Column("first_kept_line", sa.BigInteger, nullable=False),
    sa.Column("first_kept_metric_seq", sa.BigInteger, nullable=False),
    sa.Column("view", sa.LargeBinary, nullable=False),
    postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.05},
)

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("run_id", Id, primary_key=True),
    sa.Column("facet", sa.Text, primary_key=True),
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("first_at", Time, nullable=False),
    sa.Column("last_at", Time, nullable=False),
    sa.Column("recorded_at", Time, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("levels", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    postgresql_with={"autovacuum_vacuum_scale_factor": 0.05, "autovacuum_vacuum_insert_scale_factor": 0.05},
)
"""`first_at` and `last_at` are the source's clock, `recorded_at` the store's. `size`: bytes of the body before compression."""

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("run_id", Id, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("outcome", sa.Text),
    sa.Column("duration_seconds", sa.Double[float]()),
)

attempts = sa.Table(
    "attempts",
    metadata,
    _run_id(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("outcome", sa.Text),
    sa.Column("error", sa.Text),
)

leases = sa.Table(
    "leases",
    metadata,
    _run_id(),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("until", Time, nullable=False, index=True),
    sa.Column("silent_since", Time),
    sa.Column("places", sa.Text, nullable=False, server_default="[]"),
)
"""`places`: keys of the `slots` that the attempt holds, given back with the lease."""

results = sa.Table("results", metadata, _run_id(), sa.Column("body", sa.LargeBinary, nullable=False))

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    _run_id(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Time, nullable=False),
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _run_id(is_key=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("step", sa.Text),
    sa.Column("stated_type", sa.Text),
)
sa.Index("ix_artifacts_run_id", artifacts.c.run_id, artifacts.c.created_at)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("parameter_schema", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("is_async", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_hash", sa.Text, nullable=False),
    sa.Column("import_error", sa.Text),
    sa.Column("updated_at", Time),
)

presets = sa.Table(
    "presets",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("updated_at", Time, nullable=False),
)
sa.Index("uq_presets_name", presets.c.task, presets.c.project, presets.c.name, unique=True)

slots = sa.Table(
    "slots",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("limit", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("heartbeat_at", Time, nullable=False, index=True),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("queues", sa.Text, nullable=False, server_default="[]"),
    sa.Column("tasks", sa.Text, nullable=False, server_default="[]"),
    sa.Column("echoes", sa.Text),
    sa.Column("is_draining", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("wish", sa.Text),
    sa.Column("is_now", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("wished_by", sa.Text),
    sa.Column("wished_at", Time),
    sa.Column("ended_at", Time),
)

queues = sa.Table(
    "queues",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("is_paused", sa.Boolean, nullable=False),
    sa.Column("paused_by", sa.Text),
    sa.Column("paused_at", Time),
    sa.Column("running_limit", sa.Integer),
    sa.Column("queued_limit", sa.Integer),
)
"""Only those of which somebody has said something."""

quotas = sa.Table(
    "quotas",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("running_limit", sa.Integer),
    sa.Column("queued_limit", sa.Integer),
)

rates = sa.Table(
    "rates",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("full_at", Time, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("period", sa.BigInteger, nullable=False),
)
"""Of a rate limit `count` in `period` microseconds: when all of the burst is there again (GCRA's theoretical arrival time)."""

samples = sa.Table(
    "samples",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("grain", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Time, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)
"""`grain`: seconds that a sample stands for, 0 as it was taken. `at` is the end of that time. `body` is JSON (`sql/samples.py`)."""

sign_in_codes = sa.Table(
    "sign_in_codes",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("session_expires_at", Time),
    sa.Column("account", sa.Text),
)
"""At most a few at any time: no index but the key."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("secret_hash", sa.Text, nullable=False, index=True, unique=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False, index=True),
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("way", sa.Text),
    sa.Column("proved_at", Time),
)
sa.Index("ix_sessions_subject", sessions.c.subject, sessions.c.seen_at)

revocations = sa.Table(
    "revocations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("revoked_at", Time, nullable=False, index=True),
    sa.Column("ends_at", Time, nullable=False),
    sa.Column("by_id", sa.Text, nullable=False),
)
"""Few at any time: what has `ends_at` behind it is pruned with the next one."""

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

duties = sa.Table(
    "duties",
    metadata,
    sa.Column("duty", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("until", Time, nullable=False),
)
"""Who leads what (the reaper, say), for how long."""

rollups = sa.Table(
    "rollups",
    metadata,
    sa.Column("grain", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Time, primary_key=True, autoincrement=False),
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("task", sa.Text, primary_key=True),
    sa.Column("created_by", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("succeeded", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.BigInteger, nullable=False),
    sa.Column("cancelled", sa.BigInteger, nullable=False),
    sa.Column("timed_out", sa.BigInteger, nullable=False),
    sa.Column("lost", sa.BigInteger, nullable=False),
    sa.Column("failed_count", sa.BigInteger, nullable=False),
    sa.Column("lost_count", sa.BigInteger, nullable=False),
    sa.Column("duration_micros", sa.BigInteger, nullable=False),
    sa.Column("queue_micros", sa.BigInteger, nullable=False),
    sa.Column("durations", sa.Text, nullable=False),
    sa.Column("waits", sa.Text, nullable=False),
)
"""What the runs that ended within `grain` seconds from `at` on add up to. `task` is empty for runs without one. `durations` and
`waits`: histograms, as a JSON list of bucket, count, bucket, count …"""

courses = sa.Table(
    "courses",
    metadata,
    _run_id(),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("finished_at", Time, nullable=False),
    sa.Column("duration_seconds", sa.Double[float](), nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("bar", sa.Text),
    sa.Column("total", sa.Double[float]()),
    sa.Column("shares", sa.Text, nullable=False),
)
sa.Index("ix_courses_task", courses.c.task, courses.c.project, courses.c.finished_at)
