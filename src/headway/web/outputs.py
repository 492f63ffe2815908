"""What answers look like, for OpenAPI. The values themselves are the dataclasses of the model; nothing here runs in a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, create_model

from headway.model.canary import CanaryState
from headway.model.permissions import Permission
from headway.model.run import Artifact, Attempt, Run, Step, Task

Json = dict[str, Any]
RUN_ID = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"
EVENT: Json = {
    "seq": 12,
    "line": 5,
    "attempt": 1,
    "kind": "log.written",
    "at": "2026-11-22T09:30:00.125Z",
    "level": "info",
    "text": "begun",
}
_OPTIONS: Json = {
    "timeout_seconds": None,
    "soft_timeout_seconds": None,
    "max_attempts": 1,
    "retry_delay_seconds": 1.0,
    "retry_delay_max_seconds": 300.0,
    "retry_on": [],
    "no_retry_on": [],
    "queue": "default",
    "priority": 0,
    "concurrency_key": None,
    "concurrency_limit": None,
    "family_key": None,
    "family_limit": None,
    "rate_limit_count": None,
    "rate_limit_seconds": 60.0,
    "rate_limit_key": None,
    "is_resumable": False,
    "lost_after_seconds": 86_400.0,
    "tags": [],
    "approval": 0,
    "secrets": [],
}
_RUN: Json = {
    "id": RUN_ID,
    "project": "default",
    "kind": "task",
    "task": "grading:grade",
    "name": "Class 7b",
    "state": "running",
    "queue": "default",
    "priority": 1,
    "created_at": "2026-11-22T09:29:59.900Z",
    "created_by": "admin",
    "external_id": None,
    "parameters": {"students": 30},
    "tags": ["exam"],
    "metadata": {},
    "options": _OPTIONS,
    "attempt": 1,
    "lost_count": 0,
    "failed_count": 0,
    "parent": None,
    "run_after": None,
    "queued_at": "2026-11-22T09:29:59.900Z",
    "started_at": "2026-11-22T09:30:00.010Z",
    "finished_at": None,
    "error_code": None,
    "blocked_on": None,
}
_VIEW: Json = {"state": "running", "name": "Class 7b", "attempt": 1, "stage": "recognise", "progress": {"done": 12, "total": 30}}
_ATTEMPT: Json = {
    "run": RUN_ID,
    "number": 1,
    "fence": 1,
    "worker": "w1",
    "started_at": "2026-11-22T09:30:00.010Z",
    "ended_at": None,
    "outcome": None,
    "error": None,
}
_STEP: Json = {
    "run": RUN_ID,
    "id": "1",
    "attempt": 1,
    "name": "recognise",
    "parent": None,
    "started_at": "2026-11-22T09:30:00.200Z",
    "ended_at": None,
    "outcome": None,
    "duration_seconds": None,
}
_ARTIFACT: Json = {
    "id": "019336e2-0a41-7c55-8d10-5b8f2a7c9e01",
    "run": RUN_ID,
    "name": "marks.csv",
    "media_type": "text/csv",
    "size_bytes": 812,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-22T09:31:00.000Z",
    "attempt": 1,
    "step": None,
}
_TASK: Json = {
    "name": "grading:grade",
    "description": "Grade a class's answer sheets.",
    "parameter_schema": {"type": "object", "properties": {"students": {"type": "integer"}}},
    "options": _OPTIONS,
    "is_async": False,
    "source": "grading:grade",
    "source_hash": "4c1f",
    "import_error": None,
    "updated_at": "2026-11-22T09:00:00.000Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail(Run):
    """A run's fields, and these beside them."""

    view: dict[str, Any]
    last_seq: int
    last_line: int
    attempts: list[Attempt]
    steps: list[Step]


class BulkProblem(BaseModel):
    code: str
    detail: str


class BulkFailure(BaseModel):
    id: str
    problem: BulkProblem


class BulkSkip(BaseModel):
    id: str
    ancestor: str
    """The run whose retry runs this one again."""


class BulkStart(BaseModel):
    id: str
    run: str
    """The new run."""


class Bulk(BaseModel):
    matched: int
    succeeded: int
    failed_count: int
    failed: list[BulkFailure]
    """The first 1,000 of them."""
    skipped_count: int
    """Of a retry: children of runs that are run again in the same act; those run them again."""
    skipped: list[BulkSkip]
    """The first 1,000 of them."""
    started: list[BulkStart]
    """Of a retry: the first 1,000 of those that were run again, each with its new run."""
    is_complete: bool
    """False: more runs match than this call reached."""
    next_cursor: str | None = None
    """Where the next call goes on; of a preview, where the first begins, if it is to reach what was counted."""


class Opened(BaseModel):
    run: Run
    attempt: int
    fence: int
    token: str


class Recorded(BaseModel):
    last_seq: int
    last_line: int
    lease_until: str
    watched: int
    wish: str | None


class Health(BaseModel):
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerHealth:
    """How it is with the broker of Celery; names stand in `/monitor/system`."""

    is_away: bool
    deaf_workers: int
    unheard_queues: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    ok: bool
    status: str
    """``ready`` or ``degraded``."""
    reasons: list[str]
    """Why it is degraded."""
    canary: CanaryState | None
    """Null: it is turned off, or there are no tasks."""
    broker: BrokerHealth | None
    """Null: workers are not called by Celery."""


class Who(BaseModel):
    """A principal, as its session or token names it."""

    id: str
    role: str | None
    scopes: list[str]
    permissions: list[str]
    """Those held everywhere, not only in a project or for a run."""
    permissions_somewhere: list[str]
    """Those held everywhere, in a project, or for a run."""
    is_enrolling: bool
    """They have to set up a second factor before anything else."""


class SignInLink(BaseModel):
    url: str
    code: str
    expires_at: str


class SessionCreated(BaseModel):
    principal: Who
    expires_at: str
    recovery_codes_left: int | None
    """After one was used; null: none was."""


class SessionShown(BaseModel):
    id: str
    principal: Who
    created_at: str
    seen_at: str
    expires_at: str


class TokenCreated(BaseModel):
    token: str
    expires_in: int
    principal: Who


class Problem(BaseModel):
    """RFC 9457. Further fields say more about some codes."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    field: str | None = None


def one(status: int, model: Any, example: object, says: str) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": model, "description": says, "content": {"application/json": {"example": example}}}}


def many(name: str, model: Any, example: object, says: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    page = create_model(f"{name}Page", items=(cast("Any", list)[model], ...), next_cursor=(str | None, ...), total=(int | None, ...))
    return one(status, page, {"items": [example], "next_cursor": None, "total": None}, says)


TASKS = many("Task", Task, _TASK, "Tasks.")
TASK = one(200, Task, _TASK, "The task.")
RUN = one(200, Run, _RUN, "The run.")
_BULK: Json = {
    "matched": 123,
    "succeeded": 119,
    "failed_count": 1,
    "failed": [
        {"id": RUN_ID, "problem": {"code": "run_final", "detail": "The run has already ended (failed); it does not change any more."}}
    ],
    "skipped_count": 3,
    "skipped": [{"id": RUN_ID, "ancestor": RUN_ID}],
    "started": [{"id": RUN_ID, "run": RUN_ID}],
    "is_complete": True,
    "next_cursor": None,
}
BULK = one(200, Bulk, _BULK, "What came of it.")
RUN_CREATED = one(201, Run, _RUN, "The new run.")
RUN_ACCEPTED = one(202, Run, _RUN, "The run as it is after the wish.")
RUNS = many("Run", Run, _RUN, "A page of runs.")
RUNS_CREATED = many("StartedRun", Run, _RUN, "The new runs, in the order asked for.", 201)
_DETAIL: Json = {**_RUN, "view": _VIEW, "last_seq": 40, "last_line": 7, "attempts": [_ATTEMPT], "steps": [_STEP]}
RUN_DETAIL = one(200, RunDetail, _DETAIL, "The run.")
_OPENED: Json = {"run": {**_RUN, "kind": "outside", "task": None}, "attempt": 1, "fence": 1, "token": "eyJ…"}
OPENED = one(201, Opened, _OPENED, "The run is open.")
RECORDED = one(
    200,
    Recorded,
    {"last_seq": 40, "last_line": 7, "lease_until": "2026-11-22T09:31:00.125Z", "watched": 1, "wish": None},
    "The batch is on disk.",
)
VIEW = one(200, dict[str, Any], _VIEW, "The view.")
RESULT = one(200, Any, {"mean": 71.5}, "The result, as the run returned it.")
ATTEMPTS = many("Attempt", Attempt, _ATTEMPT, "Attempts.")
STEPS = many("Step", Step, _STEP, "Steps.")
EVENTS = many("Event", dict[str, Any], EVENT, "Events, as stored.")
ENTRIES = many("Entry", dict[str, Any], EVENT, "Entries, as stored.")
POINTS = many(
    "Point",
    dict[str, Any],
    {"seq": 14, "attempt": 1, "kind": "metric.reported", "at": "2026-11-22T09:30:00.125Z", "name": "accuracy", "value": 0.97},
    "Points, as stored.",
)
LOG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The log as a stream.",
        "content": {
            "text/plain": {"example": "2026-11-22T09:30:00.125Z info     begun\n"},
            "application/x-ndjson": {"example": EVENT},
            "application/gzip": {"schema": {}},
        },
    }
}
ARTIFACTS = many("Artifact", Artifact, _ARTIFACT, "Artifacts.")
ARTIFACT = one(200, Artifact, _ARTIFACT, "The artifact.")
ARTIFACT_CREATED = one(201, Artifact, _ARTIFACT, "The artifact was added.")
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes, of the type that they were kept with.", "content": {"*/*": {}}}
}
HEALTH = one(200, Health, {"ok": True}, "Yes.")
_CANARY: Json = {
    "period_seconds": 15.0,
    "age_seconds": 4.2,
    "took_seconds": 0.031,
    "is_late": False,
    "failed_count": 0,
    "reason": None,
}
READINESS = one(
    200,
    Readiness,
    {"ok": True, "status": "ready", "reasons": [], "canary": _CANARY, "broker": None},
    "Yes; `degraded` says what is not well.",
)
_ALL = [permission.value for permission in Permission]
_WHO: Json = {"id": "admin", "role": "admin", "scopes": [], "permissions": _ALL, "permissions_somewhere": _ALL, "is_enrolling": False}
SIGN_IN_LINK = one(
    201,
    SignInLink,
    {"url": "http://127.0.0.1:8765/sign-in#code=PvJ2…", "code": "PvJ2…", "expires_at": "2026-11-22T09:40:00.125Z"},
    "The link.",
)
SESSION_CREATED = one(
    201, SessionCreated, {"principal": _WHO, "expires_at": "2026-12-22T09:30:00.125Z", "recovery_codes_left": None}, "Signed in."
)
SESSION = one(
    200,
    SessionShown,
    {
        "id": "019336e2-2222-7333-8444-555566667777",
        "principal": _WHO,
        "created_at": "2026-11-22T09:30:00.125Z",
        "seen_at": "2026-11-22T11:02:00.000Z",
        "expires_at": "2026-12-22T09:30:00.125Z",
    },
    "The session.",
)
TOKEN_CREATED = one(201, TokenCreated, {"token": "eyJ…", "expires_in": 600, "principal": _WHO}, "The token.")

PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "model": Problem,
        "description": "What went wrong; `docs/reference/errors.md` lists the codes.",
        "content": {
            "application/problem+json": {
                "example": {
                    "type": "urn:headway:problem:run_not_found",
                    "title": "Run not found",
                    "status": 404,
                    "detail": f"There is no run {RUN_ID} here, or you may not see it.",
                    "code": "run_not_found",
                    "request_id": "019336e2-1111-7222-8333-444455556666",
                }
            }
        },
    }
}
