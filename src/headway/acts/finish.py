"""An attempt ends, and the run with it, or it is tried again.

The only place that decides between the two: `finish` (a worker says how it ended), the reaper (a worker died) and outside
runs all come here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from headway.acts.append import Append, fact
from headway.acts.change import change_state
from headway.acts.family import Counted, count_children, count_event, tell_counts
from headway.acts.places import POISON_LIMIT, give_back_places
from headway.acts.record import Batch, check_fence, take_batch
from headway.model import events as e
from headway.model.clock import iso
from headway.model.errors import HeadwayError, RunNotFound
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.store.contract import Head, Queued, Transaction

RESULT_LIMIT = 1_048_576
"""Bytes of a result as JSON."""
INLINE_RESULT_LIMIT = 65_536
"""Bytes up to which a result travels inside its event."""
_KEEP_THEIR_PLACE = frozenset({Outcome.LOST, Outcome.RELEASED})
"""Through no fault of its own a run waits again: not behind all that came after it (measured: a minute in a queue of 40)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How an attempt ended, with the last batch of what it reported."""

    run: str
    fence: int
    batch_no: int
    """Number of the batch that `events` make; 0: there is none."""
    events: Sequence[bytes]
    outcome: Outcome
    result: bytes | None = None
    """JSON."""
    error: Mapping[str, Any] | None = None
    """{code, type?, message, traceback?, is_retryable?, details?}"""
    retry_delay_seconds: float | None = None
    """The task's own wish (`headway.Retry(delay=…)`)."""
    is_lenient: bool = True


def finish(tx: Transaction, ends: Sequence[Finish]) -> list[RunState | HeadwayError]:
    """End attempts; the state that each run has now, or why it was refused."""
    append = Append(tx)
    heads = append.lock({end.run for end in ends})
    runs = {run.id: run for run in tx.runs.get_many([end.run for end in ends])}
    answers: list[RunState | HeadwayError] = []
    for end in ends:
        head, run = heads.get(end.run), runs.get(end.run)
        try:
            if head is None or run is None:
                raise RunNotFound(run=end.run)
            check_fence(head, end.fence)
            if end.batch_no:
                take_batch(
                    append, head, Batch(run=end.run, fence=end.fence, batch_no=end.batch_no, events=end.events, is_lenient=end.is_lenient)
                )
            if end.result is not None and end.outcome is Outcome.SUCCEEDED:
                _store_result(tx, append, run, end.result)
            answers.append(end_attempt(tx, append, head, run, end.outcome, end.error, end.retry_delay_seconds))
        except HeadwayError as error:
            answers.append(error)
    append.flush()
    _tell_resting_parents(tx, [run.parent for run in runs.values() if run.parent is not None])
    return answers


def _tell_resting_parents(tx: Transaction, parents: Sequence[str]) -> None:
    """A parent that is executed is told once a second by its worker (`work/kin.py`); one that rests would not be told at all."""
    if parents:
        resting = [run.id for run in tx.runs.get_many(sorted(set(parents))) if not run.state.is_active and not run.state.is_final]
        if resting:
            tell_counts(tx, resting)


def end_attempt(
    tx: Transaction,
    append: Append,
    head: Head,
    run: Run,
    outcome: Outcome,
    error: Mapping[str, Any] | None = None,
    delay: float | None = None,
) -> RunState:
    """End the present attempt of a run whose head is locked: attempt, lease, slot, fence, and the next state."""
    ending = fact(e.ATTEMPT_ENDED, attempt=run.attempt, outcome=outcome.value, error=dict(error) if error else None)
    append.add(run.id, ending, attempt=run.attempt)
    tx.details.end_attempts([(run.id, run.attempt, tx.now, outcome, error)])
    give_back_places(tx, run)
    tx.leases.release([run.id])
    verdict = _verdict(run, outcome, error, delay)
    head.fence += 1
    head.last_batch_no = 0
    head.wish = None
    append.touch(run.id)
    if "children" in head.view:
        # Its worker tells them once a second, and now no more. Of a final run this is the last that is said of them: it never changes, and
        # what its children do after it is asked of them.
        append.add(run.id, count_event(count_children(tx, [run.id]).get(run.id) or Counted(total=0, done=0.0, states={})))
    fields: dict[str, Any] = {"lost_count": verdict.lost_count, "failed_count": verdict.failed_count}
    said: dict[str, Any] = {"attempt": run.attempt, "reason": verdict.reason}
    if verdict.state.is_final and verdict.state is not RunState.SUCCEEDED:
        shown = {key: value for key, value in (verdict.error or {}).items() if key != "traceback"}
        fields["error_code"] = shown.get("code")
        said["error"] = shown or None
    if verdict.state is RunState.QUEUED and outcome in _KEEP_THEIR_PLACE:
        fields["queued_at"] = run.queued_at
    if verdict.delay_seconds is not None:
        until = tx.now + timedelta(seconds=verdict.delay_seconds)
        fields["run_after"] = until
        said["until"] = iso(until.timestamp())
    change_state(tx, append, run, verdict.state, fields=fields, **said)
    if verdict.state is RunState.QUEUED:
        tx.announce(Queued(queue=run.queue, priority=run.priority))
    return verdict.state


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    state: RunState
    lost_count: int
    failed_count: int
    reason: str | None = None
    error: Mapping[str, Any] | None = None
    delay_seconds: float | None = None


def _verdict(run: Run, outcome: Outcome, error: Mapping[str, Any] | None, delay: float | None) -> _Verdict:
    """What becomes of a run whose attempt ended so. Reads nothing but its arguments (and chance, for the jitter)."""
    lost, failed = run.lost_count, run.failed_count

    def to(state: RunState, reason: str | None = None, **more: Any) -> _Verdict:
        return _Verdict(
            state=state, lost_count=more.pop("lost_count", lost), failed_count=more.pop("failed_count", failed), reason=reason, **more
        )

    def again(reason: str, **more: Any) -> _Verdict:
        """Back into the queue; or, if someone wants it to pause, to where it waits for them."""
        return to(RunState.PAUSED, **more) if run.state is RunState.PAUSING else to(RunState.QUEUED, reason, **more)

    match outcome:
        case Outcome.SUCCEEDED:
            return to(RunState.SUCCEEDED)
        case Outcome.CANCELLED:
            return to(RunState.CANCELLED)
        case Outcome.PAUSED:
            if run.state is RunState.CANCELLING:
                return to(RunState.CANCELLED)
            return again("resumed")  # paused, unless that was taken back when it was too late for this attempt
        case Outcome.RELEASED:
            return to(RunState.CANCELLED) if run.state is RunState.CANCELLING else again("worker_stopping")
        case Outcome.LOST:
            lost += 1
            if run.state is RunState.CANCELLING:
                return to(RunState.CANCELLED, "worker_lost")
            if run.kind != "task":
                return to(RunState.LOST, "silent", error=error)
            if lost >= POISON_LIMIT:
                return to(
                    RunState.FAILED,
                    "poisoned",
                    error={"code": "poisoned", "message": f"{lost} workers died while they executed this run; it is not tried again."},
                )
            return again("worker_lost", lost_count=lost)
        case Outcome.FAILED | Outcome.TIMED_OUT:
            failed += 1
            may_retry = run.kind == "task" and run.state is not RunState.CANCELLING and failed < run.options.max_attempts
            if may_retry and is_retryable(run, error):
                if run.state is RunState.PAUSING:
                    return again("attempt_" + outcome.value, failed_count=failed)
                return to(RunState.RETRYING, "attempt_" + outcome.value, delay_seconds=back_off(run, failed) if delay is None else delay)
            return to(RunState(outcome.value), error=error)


def is_retryable(run: Run, error: Mapping[str, Any] | None) -> bool:
    """Whether an error is worth another try: what the error itself says, else the lists of the task's options.

    An exception's type is compared by its qualified name, its bare name, and those of its bases (``error["bases"]``).
    """
    if error is None:
        return True
    if isinstance(error.get("is_retryable"), bool):
        return bool(error["is_retryable"])
    names = {error.get("type"), *(error.get("bases") or ())}
    names |= {name.rpartition(".")[2] for name in names if isinstance(name, str)}
    if names & set(run.options.no_retry_on):
        return False
    return not run.options.retry_on or bool(names & set(run.options.retry_on))


def back_off(run: Run, failed_count: int) -> float:
    """Seconds until the next try: full jitter over an exponentially growing span, so that many runs that failed together
    (an outage) do not come back together."""
    span = min(run.options.retry_delay_max_seconds, run.options.retry_delay_seconds * 2.0 ** min(failed_count - 1, 30))
    return random.uniform(0, span)


def _store_result(tx: Transaction, append: Append, run: Run, result: bytes) -> None:
    tx.details.store_results([(run.id, result)])
    value = {"value": orjson.loads(result)} if len(result) <= INLINE_RESULT_LIMIT else {}
    append.add(run.id, {**fact(e.RESULT_STORED, size_bytes=len(result)), **value}, attempt=run.attempt)
