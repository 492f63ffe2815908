"""Tasks of an existing Celery project, seen in Headway: their progress, logs, retries and results. Two lines:

    from headway.contrib.celery import instrument
    instrument(app)

Celery executes them as before. Each try of a task is a run that is reported from outside (as by `headway.record`): Headway being away
costs a task nothing, and what it would have been told is kept and delivered later.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any, cast

from headway.model.errors import HeadwayError
from headway.model.events import NAME_LIMIT
from headway.sdk.capture import LogCapture
from headway.sdk.jsonable import clean, exact
from headway.sdk.log import log
from headway.sdk.progress import progress, status
from headway.sdk.record import Recording
from headway.sdk.spool import Opening

# Celery has no types.
_signals: Any = import_module("celery.signals")
_exceptions: Any = import_module("celery.exceptions")
_Ignore: type[Exception] = _exceptions.Ignore
_Task: Any = import_module("celery.app.task").Task

_logger = logging.getLogger("headway")
ARGUMENTS_SHOWN = 1_000
"""Characters of the arguments, as text."""
_DONE = ("current", "done", "n", "completed", "progress")
_TOTAL = ("total", "of")
_TEXT = ("message", "status", "text", "description")


class CancelledInHeadway(_Ignore):  # pyright: ignore[reportUntypedBaseClass]
    """Raised in a task whose run somebody has cancelled in Headway. Celery ends a task with it as ``IGNORED``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Instrumented:
    """What `instrument` was told, for the tasks of one app."""

    app: Any
    tasks: tuple[str, ...]
    exclude: tuple[str, ...]
    project: str | None
    url: str | None
    token: str | None
    lost_after_seconds: float

    def wants(self, task: Any) -> bool:
        name = str(task.name)
        return task.app is self.app and _is_any(name, self.tasks) and not _is_any(name, self.exclude)


class _TaskLogs(logging.Handler):
    """On the logger of Celery's tasks, which keeps its records from the root, where `headway.record` takes them."""

    def emit(self, record: logging.LogRecord) -> None:
        if not _task_logger.propagate:
            for handler in logging.root.handlers:
                if isinstance(handler, LogCapture):
                    handler.handle(record)


_task_logger = logging.getLogger("celery.task")
_task_logs = _TaskLogs()
_lock = threading.Lock()
_instrumented: list[_Instrumented] = []
_running: dict[str, Recording] = {}
"""By Celery's id of the task."""


def instrument(
    app: Any,
    *,
    tasks: Iterable[str] = ("*",),
    exclude: Iterable[str] = ("celery.*",),
    project: str | None = None,
    lost_after_seconds: float = 300.0,
    url: str | None = None,
    token: str | None = None,
) -> None:
    """Show the tasks of a Celery app in Headway, wherever a worker executes them. Call it where the app is made.

    Within a task `headway.log`, `track`, `step`, `progress`, `metric` and `artifact` belong to its run, and so do `print`, `logging`, and
    what `update_state` says: ``meta={"current": 3, "total": 10}`` is progress. A task that is retried is a new run for each try. Somebody
    who cancels a run in Headway ends the task as Celery's `Ignore` would.

    Args:
        app: The `celery.Celery`.
        tasks: Names of tasks, with ``*`` and ``?``.
        exclude: Of these, the ones that are not shown.
        project: In which project the runs are.
        lost_after_seconds: A run whose process died without a word counts as lost after this long.
        url: Of the server; default: as for `headway.record`.
        token: For it.
    """
    choice = _Instrumented(
        app=app, tasks=tuple(tasks), exclude=tuple(exclude), project=project, url=url, token=token, lost_after_seconds=lost_after_seconds
    )
    with _lock:
        is_first = not _instrumented
        _instrumented[:] = [each for each in _instrumented if each.app is not app] + [choice]
    if is_first:
        _signals.task_prerun.connect(_before, weak=False, dispatch_uid="headway")
        _signals.task_postrun.connect(_after, weak=False, dispatch_uid="headway")
        _listen_to_update_state()


def _is_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


# --- around a task, in the process and thread that executes it ----------------------------------------------------------


def _before(*, task_id: str, task: Any, args: Any = (), kwargs: Any = None, **_: Any) -> None:
    """Celery logs what a receiver raises; the task is executed all the same."""
    choice = next((each for each in _instrumented if each.wants(task)), None)
    if choice is None:
        return
    recording = Recording(
        _opening(choice, task, task_id, args, kwargs), capture=True, settle_seconds=0, url=choice.url, token=choice.token,
        cancelled=CancelledInHeadway,
    )  # fmt: skip
    recording.__enter__()
    if _task_logs not in _task_logger.handlers:
        _task_logger.addHandler(_task_logs)
    _running[task_id] = recording


def _after(*, task_id: str, state: str | None = None, retval: Any = None, **_: Any) -> None:
    recording = _running.pop(task_id, None)
    if recording is None:
        return
    error: BaseException | None = None
    match state:
        case "SUCCESS":
            with contextlib.suppress(HeadwayError):  # a result that JSON cannot hold is Celery's alone
                recording.set_result(retval)
        case "RETRY":
            recording.fail(_retried(retval), code="celery_retry")
        case "REJECTED":
            recording.fail("The task rejected its message.", code="celery_rejected")
        case "IGNORED":
            error = CancelledInHeadway() if recording.is_cancelled else None
        case _:
            error = retval if isinstance(retval, BaseException) else None
            if error is None:
                recording.fail(clean(f"The task ended as {state}: {retval}"), code="celery_failure")
    recording.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def _opening(choice: _Instrumented, task: Any, task_id: str, args: Any, kwargs: Any) -> Opening:
    request = task.request
    delivery = cast("Mapping[str, Any]", request.delivery_info or {})
    retries = int(request.retries or 0)
    facts: dict[str, Any] = {
        "id": task_id,
        "retries": retries,
        "queue": delivery.get("routing_key"),
        "worker": request.hostname,
        "parent": request.parent_id,
        "root": request.root_id,
        "args": _shown(request.argsrepr or repr(args)),
        "kwargs": _shown(request.kwargsrepr or repr(kwargs or {})),
    }
    # One id names one run: a further try, or a message that came twice, is another.
    is_again = retries > 0 or bool(delivery.get("redelivered"))
    return Opening(
        name=clean(str(task.name))[:NAME_LIMIT],
        external_id=None if is_again else task_id,
        tags=("celery",),
        metadata={"celery": exact({key: value for key, value in facts.items() if value is not None}, "metadata")},
        project=choice.project,
        lost_after_seconds=choice.lost_after_seconds,
    )


def _shown(arguments: object) -> str:
    text = clean(str(arguments))
    return text if len(text) <= ARGUMENTS_SHOWN else f"{text[: ARGUMENTS_SHOWN - 1]}…"


def _retried(retry: Any) -> str:
    cause = getattr(retry, "exc", None)
    why = "" if cause is None else f": {type(cause).__name__}: {cause}"
    return clean(f"The task is tried again{why}")


# --- update_state --------------------------------------------------------------------------------------------------------


def _listen_to_update_state() -> None:
    """Celery sends no signal for it."""
    before = _Task.update_state

    def update_state(self: Any, task_id: str | None = None, state: str | None = None, meta: Any = None, **more: Any) -> None:
        before(self, task_id=task_id, state=state, meta=meta, **more)
        if (task_id or self.request.id) in _running:
            _tell(state, meta)

    _Task.update_state = update_state


def _tell(state: str | None, meta: Any) -> None:
    """A state of the task's own, and what it carries, as progress and status of the run."""
    try:
        said: Mapping[str, Any] = cast("Mapping[str, Any]", meta) if isinstance(meta, Mapping) else {}
        done, total = _first(said, _DONE, (int, float)), _first(said, _TOTAL, (int, float))
        if done is not None:
            progress(done, total)
        text = _first(said, _TEXT, (str,))
        if text is not None or state is not None:
            status(str(state) if text is None else text, stage=state)
        if said and done is None and text is None:
            log(str(state or "update_state"), **{str(key): value for key, value in said.items()})
    except (HeadwayError, ValueError, TypeError) as error:
        _logger.warning("What a task said of its state was not kept: %s", error)


def _first(said: Mapping[str, Any], names: Iterable[str], kinds: tuple[type, ...]) -> Any:
    """The value of the first of these names that has one of such a kind."""
    return next((said[name] for name in names if isinstance(said.get(name), kinds) and not isinstance(said[name], bool)), None)
