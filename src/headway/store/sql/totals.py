"""What `pg_stat_statements` counts of our statements, where PostgreSQL has that extension and we may read it."""

from __future__ import annotations

from headway.model.statements import StatementTotal, StatementTotals, TotalsState, one_line
from headway.store.sql.link import Link

_SAVEPOINT = "totals"
_STATES = {"55000": TotalsState.NOT_LOADED, "42501": TotalsState.FORBIDDEN}
"""object_not_in_prerequisite_state: it is not in shared_preload_libraries; insufficient_privilege."""
_FIND = (
    "SELECT n.nspname FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace "
    "WHERE e.extname = 'pg_stat_statements'"
)
# Of our own role alone, and only statements whose values PostgreSQL has replaced by $1, $2 …: of the others, such as CREATE ROLE, older
# versions keep the text as it came, with what stood in it.
_READ = (
    "SELECT query, calls, total_exec_time, mean_exec_time, max_exec_time, rows FROM {schema}.pg_stat_statements "
    "WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) "
    "AND userid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) "
    "AND query ~* '^[[:space:]]*(select|insert|update|delete|with)[[:space:]]' ORDER BY total_exec_time DESC LIMIT ?"
)


class SqlStatements:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._find = link.prepare(_FIND) if link.is_postgres else None

    def totals(self, limit: int) -> StatementTotals:
        if self._find is None:
            return StatementTotals(state=TotalsState.NOT_POSTGRESQL)
        found = self._find.one()
        if found is None:
            return StatementTotals(state=TotalsState.MISSING)
        schema = self._link.dialect.identifier_preparer.quote(found[0])
        # A refusal must not end the transaction of whoever asks.
        self._link.savepoint(_SAVEPOINT)
        try:
            rows = self._link.prepare(_READ.format(schema=schema)).all(limit)
        except Exception as error:
            state = _STATES.get(getattr(error, "sqlstate", None) or "")
            self._link.rollback_to(_SAVEPOINT)
            if state is None:
                raise
            return StatementTotals(state=state)
        self._link.release(_SAVEPOINT)
        return StatementTotals(
            state=TotalsState.READ,
            items=[
                StatementTotal(
                    statement=one_line(text), call_count=calls, total_seconds=total / 1000, mean_seconds=mean / 1000,
                    most_seconds=most / 1000, row_count=count,
                )
                for text, calls, total, mean, most, count in rows
            ],
        )  # fmt: skip
