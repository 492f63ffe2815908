"""Run, task, attempt: the nouns that lists and details show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headway.model.states import Outcome, RunState

DEFAULT_PROJECT = "default"
DEFAULT_QUEUE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a task's runs are executed. A run keeps the options it was started with."""

    timeout_seconds: float | None = None
    """Hard limit of one attempt: the child is killed. None: no limit."""
    soft_timeout_seconds: float | None = None
    """`headway.SoftTimeout` is raised in user code after this time."""
    max_attempts: int = 1
    """Tries in all when an attempt fails or times out. A lost worker does not use these up."""
    retry_delay_seconds: float = 1.0
    """First back-off; doubles with each try, with full jitter, up to `retry_delay_max_seconds`."""
    retry_delay_max_seconds: float = 300.0
    retry_on: tuple[str, ...] = ()
    """Qualified names of exceptions that are worth another try; empty: all but those of `no_retry_on`."""
    no_retry_on: tuple[str, ...] = ()
    queue: str = DEFAULT_QUEUE
    priority: int = 0
    """-10 … 10; one step is worth 60 s of waiting."""
    concurrency_key: str | None = None
    """Runs with the same key share `concurrency_limit` places. ``{name}`` in it stands for that parameter of the run."""
    concurrency_limit: int | None = None
    family_key: str | None = None
    """Which of its siblings share `family_limit` places with it (`headway.map(cap=…)`)."""
    family_limit: int | None = None
    rate_limit_count: int | None = None
    """At most so many starts in `rate_limit_seconds`, for all runs with the same `rate_limit_key`. None: no limit."""
    rate_limit_seconds: float = 60.0
    rate_limit_key: str | None = None
    """As `concurrency_key`. None: the name of the task."""
    is_resumable: bool = False
    """Whether every step of `track()` may be taken as a checkpoint (pause and resume)."""
    lost_after_seconds: float = 86_400.0
    """Outside runs: how long silence lasts until the run counts as lost, in time that the server was up."""
    tags: tuple[str, ...] = ()
    approval: int = 0
    """How many others have to approve a run before it is executed, 0 to 5."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets that its process is given (`headway.secret`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    name: str
    description: str = ""
    parameter_schema: dict[str, Any] = field(default_factory=dict[str, Any])
    """JSON Schema (draft 2020-12) of the parameters object."""
    options: Options = field(default_factory=Options)
    is_async: bool = False
    source: str = ""
    """``module:function``"""
    source_hash: str = ""
    import_error: str | None = None
    """Why the task cannot be run, when its module does not import."""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    id: str
    project: str
    kind: str
    """``task``, ``outside`` (recorded from any program), or ``canary`` (`model/canary.py`)."""
    task: str | None
    name: str
    state: RunState
    queue: str
    priority: int
    created_at: datetime
    created_by: str
    external_id: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    options: Options = field(default_factory=Options)
    attempt: int = 0
    """Number of the newest attempt; 0 before the first."""
    lost_count: int = 0
    """Worker deaths so far; the third ends the run as ``poisoned``."""
    failed_count: int = 0
    """Attempts that failed or timed out, to be held against `Options.max_attempts`."""
    parent: str | None = None
    run_after: datetime | None = None
    """Not to be started before (delayed start, or the back-off of a retry)."""
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str | None = None
    blocked_on: str | None = None
    """Of a queued run: the key of the place that it waits for (`acts/places.py`). None: for none, it may be claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    run: str
    number: int
    fence: int
    worker: str | None
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    run: str
    id: str
    attempt: int
    name: str
    parent: str | None
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    duration_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    id: str
    run: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    attempt: int
    step: str | None = None
    stated_type: str | None = None
    """Media type that its sender gave, or that its name stands for, and that its content is not (`model/media_types.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    run: str
    number: int
    attempt: int
    value: Any
    """JSON, at most 256 KB."""
    created_at: datetime
