"""The states of a run, and the one table that says which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from headway.model.errors import IllegalTransition


class RunState(StrEnum):
    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_active(self) -> bool:
        """Whether an attempt holds a lease: user code may be running."""
        return self in ACTIVE


class Outcome(StrEnum):
    """How an attempt ended. ``released`` gives the run back unharmed (a worker that shuts down)."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    PAUSED = "paused"
    RELEASED = "released"


_S = RunState
FINAL = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.TIMED_OUT, _S.LOST})
ACTIVE = frozenset({_S.RUNNING, _S.PAUSING, _S.CANCELLING})
_ENDS_OF_AN_ATTEMPT = FINAL | {_S.RETRYING, _S.QUEUED}

TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    _S.SCHEDULED: frozenset({_S.QUEUED, _S.PAUSED, _S.CANCELLED}),
    _S.AWAITING_APPROVAL: frozenset({_S.SCHEDULED, _S.QUEUED, _S.CANCELLED, _S.FAILED}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.PAUSED, _S.CANCELLED, _S.FAILED}),
    # queued again: the worker gave the run back (drain), or it was resumed before it had paused.
    _S.RUNNING: _ENDS_OF_AN_ATTEMPT | {_S.PAUSING, _S.CANCELLING},
    _S.PAUSING: _ENDS_OF_AN_ATTEMPT | {_S.PAUSED, _S.RUNNING, _S.CANCELLING},
    # scheduled: it was paused before its time had come, and resumed, too.
    _S.PAUSED: frozenset({_S.QUEUED, _S.SCHEDULED, _S.CANCELLED}),
    # A run may end in any way before the cancellation reaches it; it never goes back to running.
    _S.CANCELLING: FINAL,
    _S.RETRYING: frozenset({_S.QUEUED, _S.PAUSED, _S.CANCELLED}),
    **{state: frozenset[RunState]() for state in FINAL},
}


def check_transition(before: RunState, after: RunState) -> None:
    """Raise `IllegalTransition` unless ``before -> after`` stands in the table."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(before=before, after=after)
