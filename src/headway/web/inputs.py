"""What callers send, where it differs from what things are. Strict: no field that we do not know, no "5" for 5."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from headway.acts.start import START_LIMIT, StartRun
from headway.model.clock import parse_iso
from headway.model.errors import Invalid
from headway.model.events import LEVELS, NAME_LIMIT, Facet
from headway.model.ids import ID_PATTERN, is_id
from headway.model.notice import TITLE_LIMIT, USER_LIMIT, NoticeLevel
from headway.model.run import DEFAULT_PROJECT
from headway.model.secret import LONGEST_SECRET, SHORTEST_SECRET
from headway.web.polling import LONGEST_WAIT

BULK_NAMED = 1_000
"""Runs that one act for many may name."""
BULK_LIMIT = 10_000
"""Runs of one call for many; when there are more, the answer says where the next goes on."""
ASKED_LIMIT = 200
"""Runs that one question may be about: a page of the list."""
BATCH_EVENTS = 5_000
"""Events of one batch."""
LARGEST_NUMBER = 2**53
"""Positions, fences and batch numbers stay below it, so that JavaScript counts them exactly."""


def _moment(value: object) -> object:
    """ISO 8601 text only: a bare number could be seconds or milliseconds."""
    if not isinstance(value, str):
        raise ValueError("must be a time as text, such as 2026-11-22T09:30:00Z")  # noqa: TRY004 - pydantic reports ValueErrors
    try:
        return parse_iso(value)
    except ValueError:
        raise ValueError("is not a time such as 2026-11-22T09:30:00Z") from None


def _sensible(value: datetime) -> datetime:
    if not 2000 <= value.year < 2200:
        raise ValueError("is not a year between 2000 and 2199")
    return value


def _run_id(value: str) -> str:
    if not is_id(value):
        raise ValueError("is not a run id")
    return value


def described(**schema: Any) -> Any:
    """What the description says of a value beside what pydantic checks, because it is checked elsewhere, and refused with a better
    sentence: JSON schema."""
    return Field(json_schema_extra=schema)


RunId = Annotated[str, AfterValidator(_run_id), described(pattern=f"^{ID_PATTERN}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_sensible), Field(strict=False)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=20)]
Json = dict[str, Any]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=LARGEST_NUMBER)]
Slug = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT, pattern=r"^[^\s\x85/:*]+$")]

TaskName = Annotated[str, Path(max_length=NAME_LIMIT, examples=["grading:grade"])]
RunName = Annotated[str, Path(max_length=NAME_LIMIT, description="Id of the run.", examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"])]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Position = Annotated[int, Query(ge=0, lt=LARGEST_NUMBER)]

LEVELS_PATTERN = f"^(({'|'.join(LEVELS)})(,({'|'.join(LEVELS)}))*)?$"

Levels = Annotated[
    str | None,
    Query(
        max_length=100, description="Levels of log lines, with commas.", examples=["warning,error,critical"],
        json_schema_extra={"pattern": LEVELS_PATTERN},
    ),
]  # fmt: skip


def read_levels(text: str | None) -> frozenset[str]:
    """Raises `Invalid` for a word that is no level."""
    if not text:
        return frozenset()
    levels = frozenset(text.split(","))
    unknown = sorted(levels.difference(LEVELS))
    if unknown:
        raise Invalid(f"levels: {', '.join(unknown)} is not a level; there are {', '.join(LEVELS)}.", field="levels")
    return levels


class Input(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class StartInput(Input):
    parameters: Json = {}
    name: Name | None = None
    tags: Tags = []
    metadata: Json = {}
    priority: Annotated[int, Field(ge=-10, le=10)] | None = None
    run_after: Moment | None = None
    external_id: Name | None = None
    project: Slug = DEFAULT_PROJECT
    queue: Slug | None = None
    parent: RunId | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"parameters": {"students": 30}, "name": "Class 7b", "tags": ["exam"], "priority": 1}]}
    )

    def wish(self, task: str, idempotency_key: str | None) -> StartRun:
        return StartRun(
            task=task,
            parameters=self.parameters,
            name=self.name,
            tags=self.tags,
            metadata=self.metadata,
            priority=self.priority,
            run_after=self.run_after,
            external_id=self.external_id,
            project=self.project,
            queue=self.queue,
            parent=self.parent,
            idempotency_key=idempotency_key,
        )


class StartManyItem(StartInput):
    idempotency_key: Name | None = None


class StartManyInput(Input):
    items: Annotated[list[StartManyItem], Field(min_length=1, max_length=START_LIMIT)]

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"parameters": {"n": 1}}, {"parameters": {"n": 2}}]}]})


class OpenInput(Input):
    name: Name
    external_id: Name | None = None
    tags: Tags = []
    metadata: Json = {}
    project: Slug = DEFAULT_PROJECT
    lost_after_seconds: Annotated[float, Field(ge=1, le=34_560_000, allow_inf_nan=False)] = 86_400.0

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "nightly import", "tags": ["import"]}]})


class EditInput(Input):
    name: Name | None = None
    tags: Tags | None = None
    metadata: Json | None = None
    priority: Annotated[int, Field(ge=-10, le=10)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Class 7b, second try", "priority": 5}]})


class BatchInput(Input):
    fence: Count
    batch_no: Count
    events: Annotated[list[Json], Field(max_length=BATCH_EVENTS)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fence": 1,
                    "batch_no": 1,
                    "events": [{"kind": "log.written", "at": "2026-11-22T09:30:00.125Z", "level": "info", "text": "begun"}],
                }
            ]
        }
    )


class OutcomeError(BaseModel):
    """What went wrong; further fields are kept."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    code: Annotated[str, Field(min_length=1, max_length=64)]
    message: Annotated[str, Field(max_length=16_384)] = ""
    type: Annotated[str, Field(max_length=NAME_LIMIT)] | None = None
    traceback: Annotated[str, Field(max_length=131_072)] | None = None
    is_retryable: bool | None = None


class OutcomeInput(Input):
    fence: Count
    outcome: Literal["succeeded", "failed", "cancelled", "timed_out"]
    batch_no: Count = 0
    events: Annotated[list[Json], Field(max_length=BATCH_EVENTS)] = []
    result: Any = None
    error: OutcomeError | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"fence": 1, "outcome": "succeeded", "result": {"rows": 1200}}]})


class ProgressInput(Input):
    done: Number | None = None
    total: Number | None = None
    unit: Annotated[str, Field(max_length=64)] | None = None
    stage: Name | None = None
    status_text: Annotated[str, Field(max_length=1_000)] | None = None
    message: Annotated[str, Field(max_length=1_000)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": 40, "total": 120, "unit": "rows", "stage": "load"}]})


class WishInput(Input):
    reason: Annotated[str, Field(max_length=1_000)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong file"}]})


QueueLimit = Annotated[int, Field(ge=0, le=1_000_000)]


class QueueInput(Input):
    """What is left out stays as it is; a limit of null takes it away."""

    is_paused: bool | None = None
    running_limit: QueueLimit | None = None
    queued_limit: QueueLimit | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_paused": True}, {"running_limit": 4, "queued_limit": 10_000}]})


class QuotaInput(Input):
    """What is left out stays as it is; a limit of null takes it away."""

    running_limit: QueueLimit | None = None
    queued_limit: QueueLimit | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"running_limit": 20}]})


class BulkInput(Input):
    """Which runs are meant is said in one way: by the filter in the query, by `runs`, or by `is_everything`."""

    runs: Annotated[list[Annotated[str, Field(max_length=NAME_LIMIT)]], Field(min_length=1, max_length=BULK_NAMED)] | None = None
    is_everything: bool = False
    is_preview: bool = False
    """Only count what matches, or is named."""
    limit: Annotated[int, Field(ge=1, le=BULK_LIMIT)] | None = None
    """Runs that this call reaches at most, of those that match; 10,000 if it is not given."""
    cursor: Annotated[str, Field(max_length=1_024)] | None = None
    """`next_cursor` of the call before: go on after the last run that it reached; of the preview: begin, with what it counted. The
    same call again, because its answer got lost, does nothing twice."""
    reason: Annotated[str, Field(max_length=1_000)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong file", "is_preview": True}]})


Target = Annotated[str, Field(max_length=500, pattern=r"^/([^\x00-\x20\x7f\\#/][^\x00-\x20\x7f\\#]*)?$")]
"""A path of the console, never another server."""


class SignInLinkInput(Input):
    to: Target | None = None
    """Where the link leads: a path of the console, never another server."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "/runs/019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"}]})


def printable(value: str) -> str:
    if not value.isprintable() or value.isspace():
        raise ValueError("must be one line of text")
    return value


class NoticeInput(Input):
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT), AfterValidator(printable)]
    level: Annotated[NoticeLevel, Field(strict=False)] = NoticeLevel.INFO
    user: Annotated[str, Field(min_length=1, max_length=USER_LIMIT), AfterValidator(printable)] | None = None
    """Whom it is for, by the name in their token; everybody without."""
    expires_in: Annotated[int, Field(ge=10, le=2_592_000)] = 86_400
    """Seconds for which it is shown: a day without."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Maintenance at 18:00", "level": "warning", "expires_in": 7200}]})


class RevocationInput(Input):
    token: Annotated[str, Field(min_length=1, max_length=4_096)] | None = None
    """The token itself. It is not kept."""
    id: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)] | None = None
    """Its id (the claim `jti`), where nobody has the token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"}]})


POLLED_PATTERN = rf"^(run:{ID_PATTERN}|user:.{{1,{USER_LIMIT}}})$"


class PollChannel(Input):
    """A `subscribe` of the live wire."""

    channel: Annotated[str, Field(max_length=200), described(pattern=POLLED_PATTERN)]
    facets: Annotated[list[Annotated[str, described(pattern=f"^({'|'.join(Facet)})$")]], Field(min_length=1, max_length=3)] | None = None
    begin: Json | None = Field(
        None, alias="from", description="Where to begin, of a channel that is not in the cursor: `{line}` or `{tail}`."
    )
    has_view: bool = Field(False, description="You hold the view at the cursor's position: go on from there, without a snapshot.")


class PollInput(Input):
    subscribe: Annotated[list[PollChannel], Field(min_length=1, max_length=200)]
    cursor: str | None = None
    wait: Annotated[float, Field(ge=0, le=LONGEST_WAIT, allow_inf_nan=False)] = 25.0

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subscribe": [{"channel": "run:019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"}], "wait": 25}]}
    )


class RetryInput(Input):
    parameters: Json | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"parameters": {"students": 10}}]})


class PresetInput(Input):
    name: Name
    parameters: Json
    project: Slug = DEFAULT_PROJECT

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Class 7b", "parameters": {"students": 30}}]})


class PresetEditInput(Input):
    name: Name | None = None
    parameters: Json | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Class 7c"}]})


class ValidationInput(Input):
    parameters: Json

    model_config = ConfigDict(json_schema_extra={"examples": [{"parameters": {"students": "many"}}]})


class LeaveInput(Input):
    is_now: bool = False
    """Whether the worker gives its runs back rather than finish them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_now": True}]})


class SweepInput(Input):
    unread_seconds: Annotated[float, Field(ge=1, le=3_600, allow_inf_nan=False)] | None = None
    """How long a viewer may not have read; 10 without."""


class SecretInput(Input):
    value: Annotated[str, Field(max_length=LONGEST_SECRET, json_schema_extra={"minLength": SHORTEST_SECRET})]
    project: Slug | None = None
    """Null: for runs of all projects."""

    model_config = ConfigDict(hide_input_in_errors=True, json_schema_extra={"examples": [{"value": "sk-9f2c…", "project": None}]})


class RotationInput(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})
