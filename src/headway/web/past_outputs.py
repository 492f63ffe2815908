"""What answers look like that are made of the past: hits, series, statistics, presets. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from headway.acts.parameters import ParameterProblem, Validation
from headway.insight.outlook import BriefEstimate, Expectation, RunEstimate
from headway.insight.statistics import GroupBy, OutcomeBucket, OutcomeGroup, Outcomes
from headway.model.preset import Preset
from headway.model.statistics import TaskStatistics
from headway.web.outputs import RUN_ID, many, one
from headway.web.searching import Hits
from headway.web.sorting import SeriesList

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPreset(Preset):
    """A preset, and what its task's schema says of it now."""

    problems: Sequence[ParameterProblem]
    """What does not fit; that something is missing is none, for a preset may be a part."""


_PROBLEM: Json = {"field": "/students", "message": '"many" is not of type "integer"'}
_PRESET: Json = {
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e13",
    "task": "grading:grade",
    "project": "default",
    "name": "Class 7b",
    "parameters": {"students": 30},
    "created_by": "admin",
    "created_at": "2026-11-22T09:30:00.000Z",
    "updated_at": "2026-11-22T09:30:00.000Z",
    "problems": [],
}
_HIT: Json = {
    "line": 1203,
    "kind": "log.written",
    "level": "warning",
    "at": "2026-11-22T09:30:00.125Z",
    "attempt": 1,
    "step": "2",
    "text": "sheet 7 is doubtful",
    "spans": [[11, 19]],
}
_SERIES: Json = {
    "name": "accuracy",
    "labels": {},
    "unit": None,
    "points": [[14, 1795339800125, 0.97, 1]],
    "thinned": False,
    "count": 1,
}
_STATISTICS: Json = {
    "runs": {"failed": 2, "running": 1, "succeeded": 37},
    "success_rate": 0.9487,
    "duration_seconds": {"p50": 94.2, "p95": 131.0, "mean": 97.4, "count": 37},
    "queue_seconds": {"p50": 0.012, "p95": 4.1, "mean": 0.6, "count": 40},
    "recent": [
        {
            "id": RUN_ID,
            "name": "Class 7b",
            "state": "succeeded",
            "created_at": "2026-11-22T09:29:59.900Z",
            "started_at": "2026-11-22T09:30:00.010Z",
            "duration_seconds": 94.2,
        }
    ],
    "per_day": [{"day": "2026-11-22", "succeeded": 37, "failed": 2, "other": 1}],
    "steps": [{"name": "recognise", "p50_start_seconds": 0.2, "p50_seconds": 61.5, "count": 20}],
    "considered": 40,
    "is_complete": True,
}

_SPREAD: Json = {"p50": 94.2, "p95": 131.0, "mean": 97.4, "count": 37}
_OUTCOMES: Json = {
    "runs": {"failed": 2, "succeeded": 37},
    "count": 39,
    "success_rate": 0.9487,
    "duration_seconds": _SPREAD,
    "queue_seconds": {"p50": 0.012, "p95": 4.1, "mean": 0.6, "count": 39},
    "failed_attempts": 3,
    "lost_attempts": 0,
    "per_hour": 1.625,
}
_SUMMED_UP: Json = {
    "from": "2026-11-21T09:30:00.000Z",
    "to": "2026-11-22T09:30:00.000Z",
    "step_seconds": 86_400,
    "by": "task",
    "total": _OUTCOMES,
    "groups": [{"key": "grading:grade", **_OUTCOMES}],
    "buckets": [{"at": "2026-11-21T09:30:00.000Z", **_OUTCOMES}],
    "is_complete": True,
}


class SummedUp(BaseModel):
    """How runs went over a span of time."""

    from_: datetime = Field(alias="from")
    to: datetime
    step_seconds: int | None
    by: GroupBy
    total: Outcomes
    groups: list[OutcomeGroup]
    buckets: list[OutcomeBucket]
    is_complete: bool


_SPELL: Json = {"low": 80.0, "middle": 95.0, "high": 118.0}
_KNOT: Json = {"share": 0.04, "left_seconds": 90.1, "rate_weight": 0.31, "low": -0.12, "high": 0.16}
_GUIDE: Json = {"count": 37, "bar": "main", "usual": _SPELL, "durations": [80.2, 94.2, 131.0], "knots": [_KNOT]}
_ESTIMATE: Json = {"left": _SPELL, "basis": "both", "slowness": 1.04, "is_slower_than_usual": False}
_RUN_ESTIMATE: Json = {"estimate": _ESTIMATE, "attempt_started_at": "2026-11-22T09:30:00.010Z", "guide": _GUIDE}
ESTIMATE = one(200, RunEstimate, _RUN_ESTIMATE, "When the run will end.")
ESTIMATES = many("BriefEstimate", BriefEstimate, {"run": RUN_ID, "estimate": _ESTIMATE}, "When they will end, in the order asked for.")
EXPECTATION = one(200, Expectation, {"usual": _SPELL, "count": 37}, "How long it usually takes.")
OUTCOMES = one(200, SummedUp, _SUMMED_UP, "How runs went.")
HITS = one(200, Hits, {"items": [_HIT], "next_cursor": "1204", "total": None, "scanned_to": 1203}, "A page of hits.")
SERIES = one(
    200, SeriesList, {"items": [_SERIES], "next_cursor": None, "total": None, "left_out": [], "to_seq": 40}, "All series of the run."
)
STATISTICS = one(200, TaskStatistics, _STATISTICS, "What the past runs say.")
PRESETS = many("Preset", CheckedPreset, _PRESET, "Presets.")
PRESET = one(200, CheckedPreset, _PRESET, "The preset.")
PRESET_CREATED = one(201, CheckedPreset, _PRESET, "The new preset.")
VALIDATION = one(
    200, Validation, {"is_valid": False, "problems": [_PROBLEM], "parameters": {"students": "many"}}, "What the schema says of them."
)
