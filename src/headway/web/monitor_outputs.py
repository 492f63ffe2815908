"""What the answers of the monitor look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.acts.hearing import BrokerState
from headway.model.canary import CanaryState
from headway.model.gateway_flags import GatewayFlag
from headway.model.samples import Slow
from headway.model.statements import SlowStatement, StatementTotals
from headway.web.monitoring import RouteFigures, SampledSeries
from headway.web.outputs import RUN_ID, one

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledWindow:
    """What every answer begins with."""

    begins_at: datetime
    ends_at: datetime
    step_seconds: int
    """At least what was asked for: older samples are kept in longer steps."""
    times: Sequence[int]
    """When each step begins, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSampled(SampledWindow):
    hosts: Sequence[SampledSeries]
    servers: Sequence[SampledSeries]
    workers: Sequence[SampledSeries]
    canaries: Sequence[SampledSeries]
    canary: CanaryState | None
    """What the canary of this server says; null: it is turned off, or there are no tasks."""
    broker: BrokerState | None
    """How it is with Celery's broker and those who listen to it; null: workers are not called by Celery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAtWork:
    run: str
    name: str
    task: str | None
    project: str
    cpu: float | None
    """Percent of one processor."""
    memory_bytes: float | None
    processes: float | None
    sharing: float
    """Runs in the same process, this one included: what is said is of them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksSampled(SampledWindow):
    queues: Sequence[SampledSeries]
    ended: SampledSeries
    """Runs that ended, by how, and events."""
    at_work: Sequence[RunAtWork]
    """Runs that were executed at the last sample, the one that takes most first; at most 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApisSampled(SampledWindow):
    routes: Sequence[RouteFigures]
    series: SampledSeries
    """Of all routes together, or of the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSampled(SampledWindow):
    processes: Sequence[SampledSeries]
    slow: Sequence[Slow]
    """The slowest acts and queries as a whole (above `HEADWAY_SLOW_STATEMENT_MS`), the slowest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStatement(SlowStatement):
    process: str
    """Which one noticed it, such as `server@lab-3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsListed:
    slow_seconds: float | None
    """From how many seconds on a statement is slow."""
    items: Sequence[ListedStatement]
    totals: StatementTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySampled(SampledWindow):
    gateways: Sequence[SampledSeries]
    flags: Sequence[GatewayFlag]
    """What was not well in the last two minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSampled(SampledWindow):
    series: SampledSeries
    """`cpu` (percent of one processor), `memory_bytes`, `processes`, `sharing`."""


def _series(name: str, levels: Json, counts: Json | None = None, took: Json | None = None) -> Json:
    return {
        "name": name,
        "label": None,
        "current": None,
        "levels": levels,
        "peaks": levels,
        "counts": counts or {},
        "p50": took or {},
        "p95": took or {},
    }


_WINDOW: Json = {
    "begins_at": "2026-11-22T09:00:00.000Z",
    "ends_at": "2026-11-22T09:01:00.000Z",
    "step_seconds": 30,
    "times": [1795338000000, 1795338030000],
}
_CANARY: Json = {
    "period_seconds": 15.0,
    "age_seconds": 4.2,
    "took_seconds": 0.031,
    "is_late": False,
    "failed_count": 0,
    "reason": None,
}
SYSTEM = one(
    200,
    SystemSampled,
    {
        **_WINDOW,
        "hosts": [_series("lab-3", {"cpu": [12.5, 14.0], "memory_bytes": [2.1e9, 2.1e9]})],
        "servers": [_series("server@lab-3", {"cpu": [1.1, 1.2]})],
        "workers": [_series("w1", {"cpu": [80.2, 79.9], "busy": [1.0, 1.0], "slots": [2.0, 2.0]})],
        "canaries": [_series("server@lab-3", {}, {"succeeded": [2, 2], "failed": [0, 0]}, {"took": [0.031, 0.03]})],
        "canary": _CANARY,
        "broker": {
            "is_away": False,
            "deaf_workers": [{"worker": "w1", "label": "lab-3:4711", "queues": ["night"]}],
            "unheard_queues": ["night"],
        },
    },
    "Hosts, processes and the canary.",
)
TASKS = one(
    200,
    TasksSampled,
    {
        **_WINDOW,
        "queues": [_series("default", {"queued": [3.0, 0.0], "running": [2.0, 2.0], "oldest_seconds": [4.1, 0.0]})],
        "ended": _series("runs", {}, {"succeeded": [12, 14], "failed": [0, 1]}),
        "at_work": [
            {
                "run": RUN_ID,
                "name": "Class 7b",
                "task": "grading:grade",
                "project": "default",
                "cpu": 98.7,
                "memory_bytes": 1.2e8,
                "processes": 1.0,
                "sharing": 1.0,
            }
        ],
    },
    "Queues and runs.",
)
_ROUTE: Json = {
    "route": "GET /api/v1/runs",
    "calls": 120,
    "client_errors": 1,
    "errors": 0,
    "p50": 0.0041,
    "p95": 0.012,
    "spread": [[0.0045, 110], [0.0122, 10]],
}
APIS = one(
    200,
    ApisSampled,
    {**_WINDOW, "routes": [_ROUTE], "series": _series("all", {}, {"calls": [60, 60]}, {"took": [0.004, 0.004]})},
    "Calls of the interface.",
)
DATABASE = one(
    200,
    DatabaseSampled,
    {
        **_WINDOW,
        "processes": [
            _series(
                "server@lab-3",
                {"size_bytes": [4.1e6, 4.1e6], "connections": [5, 5], "in_use": [0.12, 0.1]},
                {"commit": [31, 29]},
                {"commit": [0.002, 0.002], "read_wait": [0.0003, 0.0003], "write_wait": [0.0008, 0.0007]},
            )
        ],
        "slow": [{"what": "query list_runs.<locals>.read", "seconds": 0.213, "at": "2026-11-22T09:00:41.120Z"}],
    },
    "The store.",
)
_STATEMENT = "SELECT name, at, body FROM samples WHERE kind = %s AND grain = %s AND at > %s AND at <= %s ORDER BY at DESC LIMIT %s"
STATEMENTS = one(
    200,
    StatementsListed,
    {
        "slow_seconds": 0.1,
        "items": [
            {
                "process": "server@lab-3",
                "statement": _STATEMENT,
                "purpose": "query",
                "asked_by": "GET /api/v1/monitor/system",
                "seconds": 0.213,
                "at": "2026-11-22T09:00:41.120Z",
            }
        ],
        "totals": {
            "state": "read",
            "items": [
                {
                    "statement": _STATEMENT.replace("%s", "$1"),
                    "call_count": 1204,
                    "total_seconds": 9.1,
                    "mean_seconds": 0.0076,
                    "most_seconds": 0.213,
                    "row_count": 24080,
                }
            ],
        },
    },
    "Statements.",
)
EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures.",
        "content": {"text/plain": {"example": 'headway_database_connections_in_use{process="server@lab-3"} 1\n'}},
    }
}
WORKERS_EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures.",
        "content": {"text/plain": {"example": 'headway_worker_slots{host="lab-3",worker="worker-0193a1c2"} 4.0\n'}},
    }
}
_FLAG: Json = {"gateway": "server@lab-3", "kind": "churn", "value": 6.1, "bound": 2.0}
GATEWAY = one(
    200,
    GatewaySampled,
    {
        **_WINDOW,
        "gateways": [
            _series(
                "server@lab-3",
                {"viewers": [3.0, 3.0]},
                {"sent_bytes": [8120, 9004], "pages_found": [14, 0], "pages_read": [2, 0]},
                {"lag": [0.021, 0.019]},
            )
        ],
        "flags": [_FLAG],
    },
    "Viewers.",
)
RUN_SAMPLES = one(
    200, RunSampled, {**_WINDOW, "series": _series(RUN_ID, {"cpu": [98.7, 97.9], "memory_bytes": [1.2e8, 1.3e8]})}, "What the run took."
)
