"""Why a run does not run yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self


class Cause(StrEnum):
    """What a run waits for: a stable word, and its `sentence`, into which the fields of `Waiting` are put."""

    sentence: str

    def __new__(cls, word: str, sentence: str) -> Self:
        cause = str.__new__(cls, word)
        cause._value_ = word
        cause.sentence = sentence
        return cause

    SCHEDULED = "scheduled", "It is to start at {until}."
    RETRYING = "retrying", "The last attempt failed; the next begins at {until}."
    APPROVAL = "approval", "It waits for approval ({given} of {limit} so far), asked for by {by}; it ends by itself at {until}."
    PAUSED = "paused", "It is paused. Resume it, and it goes on from its last checkpoint."
    QUEUE_PAUSED = "queue_paused", "The queue {queue} is paused, by {by}."
    QUEUE_LIMIT = "queue_limit", "The queue {queue} lets {limit} be executed at once, and so many are."
    PROJECT_QUOTA = "project_quota", "The project {project} may have {limit} executed at once, and has them."
    CONCURRENCY_KEY = "concurrency_key", "All places of the key {key} are taken ({limit})."
    FAMILY_CAP = "family_cap", "Its parent lets {limit} of its children be executed at once."
    RATE_LIMIT = "rate_limit", "The rate limit {key} lets the next start at {until}."
    NO_WORKER = "no_worker", "No worker is alive. `headway serve` starts one, and `headway worker` another."
    QUEUE_UNSERVED = "queue_unserved", "No worker serves the queue {queue}. `headway worker --queue {queue}` starts one that does."
    TASK_UNKNOWN = "task_unknown", "No worker knows the task {task}. Name its module when you start one."
    LAST_TRY = "last_try", "Workers died while they executed it; a worker tries such runs one after the other."
    WORKERS_BUSY = "workers_busy", "All places of the workers are taken ({limit})."
    NEXT = "next", "It is about to start."
    NOTHING = "nothing", "It does not wait: it is {state}."


FIRST = "It is the first of its queue."
ONE_AHEAD = "One run of its queue stands before it."
AHEAD = "{ahead} runs of its queue stand before it."


def ahead_sentence(ahead: int) -> str:
    """How many stand before it, beside the sentence of the cause."""
    return FIRST if ahead == 0 else ONE_AHEAD if ahead == 1 else AHEAD.format(ahead=ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why one run waits, since when it need not, and whom it waits for. Only the fields that the cause speaks of are set."""

    run: str
    state: str
    cause: Cause
    detail: str
    """The cause in English, and how many stand before it."""
    until: datetime | None = None
    queue: str | None = None
    project: str | None = None
    task: str | None = None
    key: str | None = None
    by: str | None = None
    limit: int | None = None
    given: int | None = None
    """How many have approved, of `limit` that are needed."""
    ahead: int | None = None
    """Runs of its queue that stand before it and wait for the same, counted no further than 10,000."""
    holders: tuple[str, ...] = ()
    """Runs that hold what it waits for (the first ten)."""
    expected_start_at: datetime | None = None
    """The middle of what is expected, from how long runs took lately. None: nothing can be said."""
    expected_start_from: datetime | None = None
    """It starts after this, and before `expected_start_to`, in eight cases of ten. None where no range can be given."""
    expected_start_to: datetime | None = None
