"""The border: rows become values here, and values rows. Nothing beyond this room sees a row.

Text is cleaned of what one of the databases cannot hold (NUL, lone surrogates), so that both keep the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from headway.model.run import Artifact, Attempt, Checkpoint, Options, Run, Step, Task
from headway.model.states import Outcome, RunState
from headway.store.contract import Head
from headway.store.places import Echoes, Lease, Worker

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG_NUMBER = re.compile(r"[0-9]{19}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
PRIORITY_STEP = 60_000_000
"""Microseconds of waiting that one step of priority is worth."""

# --- ids, times, text, JSON ----------------------------------------------------------------------------------------


def is_key(run: str) -> bool:
    """Whether this can be the id of anything here; what cannot is not looked for (PostgreSQL would refuse the statement)."""
    return _ID.fullmatch(run) is not None


def to_key(run: str) -> str:
    """An id as both databases take it: 32 hexadecimal digits."""
    return run.replace("-", "")


def checked_key(run: str) -> str:
    """As `to_key`, for a row that is about to be written. Raises `ValueError` if it is not an id."""
    if not is_key(run):
        raise ValueError(f"{run!r} is not an id (a UUID in lower case)")
    return run.replace("-", "")


def optional_key(run: str | None) -> str | None:
    return None if run is None else checked_key(run)


def to_id(key: Any) -> str:
    """The inverse: SQLite gives the digits, PostgreSQL's driver a `uuid.UUID`, SQLAlchemy the id itself."""
    if type(key) is str:
        return key if len(key) == 36 else f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
    return str(key)


def optional_id(key: Any) -> str | None:
    return None if key is None else to_id(key)


def micros(moment: datetime) -> int:
    """Microseconds since 1970. A time without an offset is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def optional_micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def micros_of_text(text: str, otherwise: int) -> int:
    """A source's time as text. Its clock is not ours to judge: what is no time counts as `otherwise`."""
    try:
        return micros(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return otherwise


def moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def optional_moment(microseconds: int | None) -> datetime | None:
    """None for NULL, and for the 0 that stands for *not yet*."""
    return _EPOCH + timedelta(microseconds=microseconds) if microseconds else None


def clean(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def optional_clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def dumps(value: Any) -> bytes:
    """Compact JSON. Whole numbers of any size survive (orjson alone stops at 64 bits)."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=_plain, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} is not JSON")


def loads(text: str | bytes) -> Any:
    """The inverse. A number too long for 64 bits would come out of orjson as a float."""
    if isinstance(text, str) and _LONG_NUMBER.search(text):
        return json.loads(text)
    return orjson.loads(text)


# --- runs ----------------------------------------------------------------------------------------------------------

RUN_COLUMNS = (
    "id", "project", "kind", "task", "name", "state", "queue", "priority", "created_at", "created_by", "external_id", "parameters",
    "tags", "metadata", "options", "attempt", "lost_count", "failed_count", "parent", "run_after", "queued_at", "started_at", "finished_at",
    "error_code", "blocked_on",
)  # fmt: skip
"""Those that a `Run` is made of, in the order of `run_of`."""

_OPTION_NAMES = frozenset(each.name for each in fields(Options))
_OPTION_LISTS = ("retry_on", "no_retry_on", "tags", "secrets")
_DEFAULT_OPTIONS = Options()
_DEFAULT_OPTIONS_TEXT = orjson.dumps(_DEFAULT_OPTIONS).decode()


_STATES = {state.value: state for state in RunState}


def options_text(options: Options) -> str:
    return _DEFAULT_OPTIONS_TEXT if options is _DEFAULT_OPTIONS else dumps(options).decode()


@lru_cache(maxsize=1_024)
def options_of(text: str) -> Options:
    """Options that a newer version may have written: unknown ones are passed over.

    Those of one task are the same text in all its runs, so they are read once (12 us each, half of what a row of a list costs).
    """
    if text == _DEFAULT_OPTIONS_TEXT:
        return _DEFAULT_OPTIONS
    plain = {name: value for name, value in loads(text).items() if name in _OPTION_NAMES}
    for name in _OPTION_LISTS:
        if name in plain:
            plain[name] = tuple(plain[name])
    return Options(**plain)


def run_of(row: Sequence[Any]) -> Run:
    (
        key, project, kind, task, name, state, queue, priority, created_at, created_by, external_id, parameters,
        tags, metadata, options, attempt, lost_count, failed_count, parent, run_after, queued_at, started_at, finished_at, error_code,
        blocked_on,
    ) = row  # fmt: skip
    return Run(
        id=to_id(key),
        project=project,
        kind=kind,
        task=task,
        name=name,
        state=_STATES[state],
        queue=queue,
        priority=priority,
        created_at=moment(created_at),
        created_by=created_by,
        external_id=external_id,
        parameters={} if parameters == "{}" else loads(parameters),
        tags=() if tags == "[]" else tuple(loads(tags)),
        metadata={} if metadata == "{}" else loads(metadata),
        options=options_of(options),
        attempt=attempt,
        lost_count=lost_count,
        failed_count=failed_count,
        parent=optional_id(parent),
        run_after=optional_moment(run_after),
        queued_at=optional_moment(queued_at),
        started_at=optional_moment(started_at),
        finished_at=optional_moment(finished_at),
        error_code=error_code,
        blocked_on=blocked_on or None,
    )


def run_row(run: Run, idempotency_key: str | None) -> tuple[Any, ...]:
    """A row of `schema.runs`, in the order of its columns."""
    name = clean(run.name)
    queued_at = optional_micros(run.queued_at)
    created_at = micros(run.created_at)
    return (
        checked_key(run.id),
        run.project,
        run.kind,
        run.task,
        name,
        run.state.value,
        run.queue,
        run.priority,
        created_at,
        run.created_by,
        optional_clean(run.external_id),
        dumps(run.parameters).decode(),
        dumps(run.tags).decode(),
        dumps(run.metadata).decode(),
        options_text(run.options),
        run.attempt,
        run.lost_count,
        run.failed_count,
        optional_key(run.parent),
        optional_micros(run.run_after),
        queued_at,
        optional_micros(run.started_at) or 0,
        optional_micros(run.finished_at) or 0,
        run.error_code,
        (queued_at or created_at) - run.priority * PRIORITY_STEP,
        name.casefold(),
        optional_clean(idempotency_key),
        0,
        _clean_or_empty(run.blocked_on),
        0,
    )


def _json_text(value: Any) -> str:
    return dumps(value).decode()


def _tags_text(tags: Sequence[str]) -> str:
    return dumps(tuple(tags)).decode()


def _state_text(state: str) -> str:
    return RunState(state).value


def _micros_or_zero(moment: datetime | None) -> int:
    return optional_micros(moment) or 0


def _clean_or_empty(text: str | None) -> str:
    return clean(text or "")


_CHANGED: Mapping[str, Callable[[Any], Any]] = {
    "name": clean,
    "state": _state_text,
    "external_id": optional_clean,
    "parameters": _json_text,
    "tags": _tags_text,
    "metadata": _json_text,
    "options": options_text,
    "parent": optional_key,
    "run_after": optional_micros,
    "queued_at": optional_micros,
    "started_at": _micros_or_zero,
    "finished_at": _micros_or_zero,
    "blocked_on": _clean_or_empty,
}
_FIXED = frozenset({"id", "created_at", "created_by", "kind"})


def changed_value(name: str, value: Any) -> Any:
    """What a changed field of a `Run` looks like in its column. Raises `ValueError` for one that is none, or never changes."""
    if name not in RUN_COLUMNS or name in _FIXED:
        raise ValueError(f"{name} of a run cannot be changed")
    convert = _CHANGED.get(name)
    return value if convert is None else convert(value)


# --- heads ---------------------------------------------------------------------------------------------------------

HEAD_COLUMNS = "run_id, fence, last_batch_no, last_seq, last_line, log_hash, wish, first_kept_line, first_kept_metric_seq, view"


def head_of(row: Sequence[Any]) -> Head:
    run_id, fence, last_batch_no, last_seq, last_line, log_hash, wish, first_kept_line, first_kept_metric_seq, view = row
    return Head(
        run=to_id(run_id),
        fence=fence,
        last_batch_no=last_batch_no,
        last_seq=last_seq,
        last_line=last_line,
        log_hash=log_hash,
        wish=wish,
        first_kept_line=first_kept_line,
        first_kept_metric_seq=first_kept_metric_seq,
        view=orjson.loads(view),
    )


def head_row(head: Head) -> tuple[Any, ...]:
    """All but the run's id, which `journal` puts first to insert and last to update."""
    return (
        head.fence, head.last_batch_no, head.last_seq, head.last_line, head.log_hash, head.wish,
        head.first_kept_line, head.first_kept_metric_seq, dumps(head.view),
    )  # fmt: skip


# --- details -------------------------------------------------------------------------------------------------------


def attempt_of(row: Sequence[Any]) -> Attempt:
    run_id, number, fence, worker, started_at, ended_at, outcome, error = row
    return Attempt(
        run=to_id(run_id),
        number=number,
        fence=fence,
        worker=worker,
        started_at=moment(started_at),
        ended_at=optional_moment(ended_at),
        outcome=Outcome(outcome) if outcome else None,
        error=loads(error) if error else None,
    )


def attempt_row(attempt: Attempt) -> tuple[Any, ...]:
    return (
        checked_key(attempt.run), attempt.number, attempt.fence, attempt.worker, micros(attempt.started_at),
        optional_micros(attempt.ended_at), attempt.outcome.value if attempt.outcome else None, error_text(attempt.error),
    )  # fmt: skip


def error_text(error: Mapping[str, Any] | None) -> str | None:
    return None if error is None else dumps(dict(error)).decode()


def step_of(row: Sequence[Any]) -> Step:
    run_id, attempt, id_, name, parent, started_at, ended_at, outcome, duration = row
    return Step(
        run=to_id(run_id),
        id=id_,
        attempt=attempt,
        name=name,
        parent=parent,
        started_at=moment(started_at),
        ended_at=optional_moment(ended_at),
        outcome=outcome,
        duration_seconds=duration,
    )


def step_row(step: Step) -> tuple[Any, ...]:
    return (
        checked_key(step.run), step.attempt, clean(step.id), clean(step.name), optional_clean(step.parent), micros(step.started_at),
        optional_micros(step.ended_at), optional_clean(step.outcome), step.duration_seconds,
    )  # fmt: skip


_STATED = re.compile(r'(.*); stated="(.*)"')
"""What is kept in the column of the media type where content and name differ: one column for two values that are read together."""


def artifact_of(row: Sequence[Any]) -> Artifact:
    id_, run_id, name, media_type, size_bytes, sha256, created_at, attempt, step = row
    stated = _STATED.fullmatch(media_type)
    return Artifact(
        id=to_id(id_),
        run=to_id(run_id),
        name=name,
        media_type=media_type if stated is None else stated[1],
        size_bytes=size_bytes,
        sha256=sha256,
        created_at=moment(created_at),
        attempt=attempt,
        step=step,
        stated_type=None if stated is None else stated[2],
    )


def artifact_row(artifact: Artifact) -> tuple[Any, ...]:
    media_type = artifact.media_type if artifact.stated_type is None else f'{artifact.media_type}; stated="{artifact.stated_type}"'
    return (
        checked_key(artifact.id), checked_key(artifact.run), clean(artifact.name), clean(media_type), artifact.size_bytes,
        artifact.sha256, micros(artifact.created_at), artifact.attempt, optional_clean(artifact.step),
    )  # fmt: skip


def checkpoint_of(row: Sequence[Any]) -> Checkpoint:
    run_id, number, attempt, value, created_at = row
    return Checkpoint(run=to_id(run_id), number=number, attempt=attempt, value=loads(bytes(value).decode()), created_at=moment(created_at))


# --- leases, tasks, workers ----------------------------------------------------------------------------------------


def lease_of(row: Sequence[Any]) -> Lease:
    run_id, attempt, fence, worker, until, silent_since, places = row
    return Lease(
        run=to_id(run_id),
        attempt=attempt,
        fence=fence,
        worker=worker,
        until=moment(until),
        silent_since=optional_moment(silent_since),
        places=() if places == "[]" else tuple(loads(places)),
    )


def task_of(row: Sequence[Any]) -> Task:
    name, description, parameter_schema, options, is_async, source, source_hash, import_error, updated_at = row
    return Task(
        name=name,
        description=description,
        parameter_schema=loads(parameter_schema),
        options=options_of(options),
        is_async=bool(is_async),
        source=source,
        source_hash=source_hash,
        import_error=import_error,
        updated_at=optional_moment(updated_at),
    )


def task_row(task: Task, now: datetime) -> tuple[Any, ...]:
    return (
        clean(task.name), clean(task.description), dumps(task.parameter_schema).decode(), options_text(task.options), task.is_async,
        clean(task.source), task.source_hash, optional_clean(task.import_error), micros(task.updated_at or now),
    )  # fmt: skip


def worker_of(row: Sequence[Any]) -> Worker:
    id_, host, pid, version, started_at, heartbeat_at, slots, queues, tasks, echoes, *asked = row
    is_draining, wish, is_now, wished_by, wished_at, ended_at = asked
    return Worker(
        id=id_, host=host, pid=pid, version=version, started_at=moment(started_at), heartbeat_at=moment(heartbeat_at), slots=slots,
        queues=tuple(loads(queues)), tasks=frozenset(loads(tasks)), echoes=None if echoes is None else _echoes_of(loads(echoes)),
        is_draining=bool(is_draining), wish=wish, is_now=bool(is_now), wished_by=wished_by, wished_at=optional_moment(wished_at),
        ended_at=optional_moment(ended_at),
    )  # fmt: skip


def _echoes_of(said: dict[str, Any]) -> Echoes:
    return Echoes(heard_at={queue: moment(at) for queue, at in said["heard_at"].items()}, deaf=tuple(said["deaf"]))
