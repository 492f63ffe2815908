"""`@headway.on`: code that runs where the task ran, once a run has ended."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from headway.sdk.context import current
from headway.sdk.log import short_traceback, write_line
from headway.sdk.task import Task

EVENTS = ("run.succeeded", "run.failed", "run.cancelled", "run.timed_out", "run.paused")

ListenerFunction = TypeVar("ListenerFunction", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """What a listener is told."""

    id: str
    task: str
    name: str
    attempt: int
    outcome: str
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    result: Any = None
    """As JSON; None unless it succeeded."""
    error: dict[str, Any] | None = None
    """``{code, type, message, …}``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    event: str
    task: str | None
    function: Callable[[EndedRun], Any]


_listeners: list[Listener] = []


def on(event: str, *, task: str | Task[..., Any] | None = None) -> Callable[[ListenerFunction], ListenerFunction]:
    """Call the decorated function with an `EndedRun` after each run that ended so: ``@headway.on("run.succeeded", task=grade)``.

    It runs in a child of the worker that ran the task, after the outcome is recorded, for at most 60 seconds. A run that has ended
    takes no more lines, so what a listener prints, and an error in it, goes to the worker's own log (errors as warnings), and
    changes nothing else. It hears of what a worker has brought to its end, not of runs that were cancelled while they waited or whose
    worker died for the third time. Plain and async functions.

    Args:
        event: ``run.succeeded``, ``run.failed``, ``run.cancelled``, ``run.timed_out`` (the soft limit) or ``run.paused``.
        task: A task or its name; None: all tasks.
    """
    if event not in EVENTS:
        raise ValueError(f"there is no event {event!r} to listen to; there are {', '.join(EVENTS)}")

    def listen(function: ListenerFunction) -> ListenerFunction:
        _listeners.append(Listener(event=event, task=task.name if isinstance(task, Task) else task, function=function))
        return function

    return listen


def listeners_for(event: str, task: str) -> list[Listener]:
    return [one for one in _listeners if one.event == event and one.task in (None, task)]


def notify(event: str, run: EndedRun) -> None:
    """Call the listeners one after another, async ones in a loop of their own. Never raises. For plain tasks, within the run's context."""
    for listener in listeners_for(event, run.task):
        try:
            answer = listener.function(run)
            if inspect.isawaitable(answer):
                asyncio.run(_awaited(answer))
        except BaseException as error:  # noqa: BLE001  (whatever it is, the run has ended and stays as it ended)
            _tell(listener, error)


async def notify_async(event: str, run: EndedRun) -> None:
    """As `notify`, for a child whose event loop is running."""
    for listener in listeners_for(event, run.task):
        try:
            answer = listener.function(run)
            if inspect.isawaitable(answer):
                await answer
        except BaseException as error:  # noqa: BLE001
            _tell(listener, error)


async def _awaited(answer: Any) -> Any:
    return await answer


def _tell(listener: Listener, error: BaseException) -> None:
    run = current()
    name = getattr(listener.function, "__qualname__", repr(listener.function))
    text = f"The listener {name} for {listener.event} failed: {type(error).__name__}: {error}"
    fields = {"logger": "headway.listeners", "traceback": short_traceback("".join(traceback.format_exception(error)), run.mask)}
    write_line(run, "error", text, fields)
