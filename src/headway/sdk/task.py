"""`@headway.task`: a function that Headway can run, and that stays a function."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar, overload

from headway.model import run as model
from headway.model.errors import DuplicateTask
from headway.model.secret import SECRET_NAME, SECRETS_OF_A_TASK

P = ParamSpec("P")
R = TypeVar("R")

ExceptionOrName = type[BaseException] | str

_registry: dict[str, Task[..., Any]] = {}
_may_replace = False
"""Within `keeping_tasks`: a test may define a task of any name."""


class Task(Generic[P, R]):
    """A task: call it like the function it is made of, or let Headway run it by its `name`."""

    def __init__(self, function: Callable[P, R], *, name: str | None, options: model.Options) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name or function.__name__
        self.options = options
        self.is_async = inspect.iscoroutinefunction(function)
        code = getattr(inspect.unwrap(function), "__code__", None)
        self.place = f"{code.co_filename}:{code.co_firstlineno}" if code else function.__qualname__
        self.source = f"{function.__module__}:{function.__qualname__}"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it here and now, as a plain function: no server, no queue."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<headway task {self.name} ({self.source})>"

    def __reduce__(self) -> str:
        """Pickled by its name in its module, as a function is, so that it can be handed to process pools."""
        return self.function.__qualname__


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    name: str | None = None,
    timeout: float | timedelta | None = None,
    soft_timeout: float | timedelta | None = None,
    retries: int = 0,
    retry_delay: float | timedelta = 1.0,
    retry_on: ExceptionOrName | Sequence[ExceptionOrName] = (),
    no_retry_on: ExceptionOrName | Sequence[ExceptionOrName] = (),
    queue: str = model.DEFAULT_QUEUE,
    priority: int = 0,
    concurrency_key: str | None = None,
    concurrency_limit: int | None = None,
    rate_limit: str | None = None,
    rate_limit_key: str | None = None,
    resumable: bool = False,
    tags: Sequence[str] = (),
    secrets: Sequence[str] = (),
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    timeout: float | timedelta | None = None,
    soft_timeout: float | timedelta | None = None,
    retries: int = 0,
    retry_delay: float | timedelta = 1.0,
    retry_on: ExceptionOrName | Sequence[ExceptionOrName] = (),
    no_retry_on: ExceptionOrName | Sequence[ExceptionOrName] = (),
    queue: str = model.DEFAULT_QUEUE,
    priority: int = 0,
    concurrency_key: str | None = None,
    concurrency_limit: int | None = None,
    rate_limit: str | None = None,
    rate_limit_key: str | None = None,
    resumable: bool = False,
    tags: Sequence[str] = (),
    secrets: Sequence[str] = (),
) -> Any:
    """Make a function a task. ``@headway.task`` as it is, or with options.

    Its type hints and docstring become the schema of its parameters; its docstring's first part the description.

    Args:
        name: Unique among all tasks; by default the function's name.
        timeout: Seconds (or a timedelta) until an attempt is killed.
        soft_timeout: Seconds until `headway.SoftTimeout` is raised in it.
        retries: Further tries when it fails or times out. A lost worker does not use these up.
        retry_delay: Seconds before the first retry; doubles each time, with full jitter.
        retry_on: Exceptions (classes, or names such as ``requests.exceptions.ConnectionError``) that are worth a retry; none named: all.
        no_retry_on: Exceptions that are not.
        queue: Where its runs wait.
        priority: -10 … 10; a step is worth a minute of waiting.
        concurrency_key: Runs with the same key share a limit. ``"exam-{exam}"`` is a key for each value of the parameter `exam`.
        concurrency_limit: How many of them run at once; 1 unless said.
        rate_limit: So many starts in so much time: ``"30/min"``, ``"5/s"``, ``"1000/h"``, ``"10/30s"``. A burst of as many is let through.
        rate_limit_key: Whose starts count together; as `concurrency_key`. By default those of this task.
        resumable: Every item of an outermost `track()` loop may be the last one before a pause: the loop keeps its place.
        tags: Given to every run.
        secrets: Names of secrets (`headway secret set`) that its process may read with `headway.secret`. A start is refused where one is
            not set.

    Raises:
        DuplicateTask: Another function has this name.
        ValueError: An option is out of range.
    """
    rate = (None, 60.0) if rate_limit is None else read_rate(rate_limit)
    options = model.Options(
        timeout_seconds=_seconds(timeout, "timeout"),
        soft_timeout_seconds=_seconds(soft_timeout, "soft_timeout"),
        max_attempts=_within(retries, "retries", 0, 1_000) + 1,
        retry_delay_seconds=_seconds(retry_delay, "retry_delay") or 0.0,
        retry_on=_names(retry_on),
        no_retry_on=_names(no_retry_on),
        queue=queue,
        priority=_within(priority, "priority", -10, 10),
        concurrency_key=concurrency_key,
        concurrency_limit=None if concurrency_limit is None else _within(concurrency_limit, "concurrency_limit", 1, 1_000_000),
        rate_limit_count=rate[0],
        rate_limit_seconds=rate[1],
        rate_limit_key=rate_limit_key,
        is_resumable=resumable,
        tags=(tags,) if isinstance(tags, str) else tuple(tags),
        secrets=_secrets(secrets),
    )

    def decorate(decorated: Callable[..., Any]) -> Task[..., Any]:
        return _register(Task(decorated, name=name, options=options))

    return decorate if function is None else decorate(function)


def registered_tasks() -> dict[str, Task[..., Any]]:
    """All tasks of the modules imported so far, by name."""
    return dict(_registry)


def find_task(name: str) -> Task[..., Any] | None:
    return _registry.get(name)


@contextmanager
def keeping_tasks() -> Generator[None]:
    """Tasks that are defined in the block are forgotten at its end, and meanwhile take the place of others of their name."""
    global _may_replace
    known, before, _may_replace = dict(_registry), _may_replace, True
    try:
        yield
    finally:
        _may_replace = before
        _registry.clear()
        _registry.update(known)


def _register(made: Task[..., Any]) -> Task[..., Any]:
    known = _registry.get(made.name)
    # The same place again is a module that was reloaded, or that is both __main__ and imported.
    if known is not None and not _may_replace and known.place != made.place and known.source != made.source:
        raise DuplicateTask(task=made.name, first=known.place, second=made.place)
    _registry[made.name] = made
    return made


def _seconds(value: float | timedelta | None, name: str) -> float | None:
    if value is None:
        return None
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if not 0 <= seconds < 1e9 or (seconds == 0 and name != "retry_delay"):
        raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")
    return seconds


_RATE = re.compile(r"\s*(\d+)\s*/\s*(\d+(?:\.\d+)?)?\s*(s|sec|second|m|min|minute|h|hour|d|day)s?\s*")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def read_rate(text: str) -> tuple[int, float]:
    """``"30/min"`` as (30, 60.0). Raises `ValueError`."""
    found = _RATE.fullmatch(text)
    count = int(found[1]) if found else 0
    seconds = float(found[2] or 1) * _UNIT_SECONDS[found[3][0]] if found else 0.0
    if not 1 <= count <= 1_000_000 or not 0.001 <= seconds <= 31_536_000:
        raise ValueError(f'rate_limit must be written as "30/min", "5/s" or "10/30s", not {text!r}')
    return count, seconds


def _within(value: int, name: str, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{name} must be a whole number from {lowest} to {highest}, not {value!r}")
    return value


def _names(exceptions: ExceptionOrName | Sequence[ExceptionOrName]) -> tuple[str, ...]:
    if isinstance(exceptions, (str, type)):
        exceptions = (exceptions,)
    return tuple(exception_name(one) if isinstance(one, type) else one for one in exceptions)


def exception_name(kind: type[BaseException]) -> str:
    """How an exception class is named in options and errors: ``ValueError``, ``requests.exceptions.Timeout``."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _secrets(names: Sequence[str]) -> tuple[str, ...]:
    found = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    if len(found) > SECRETS_OF_A_TASK:
        raise ValueError(f"secrets: a task may ask for {SECRETS_OF_A_TASK} at most.")
    for name in found:
        if not SECRET_NAME.fullmatch(name):
            raise ValueError(f"secrets: {name!r} is no name of a secret: letters, digits and underscores, with no digit in front.")
    return found
