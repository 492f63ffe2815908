"""`headway.step`: a named part of a run, with a beginning, an end and an outcome."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Awaitable, Callable
from contextvars import Token
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from headway.model.clock import iso
from headway.model.events import NAME_LIMIT, STEP_ENDED, STEP_STARTED, Event
from headway.sdk.context import RunContext, current, innermost_step
from headway.sdk.jsonable import clean
from headway.sdk.outcomes import outcome_of

P = ParamSpec("P")
R = TypeVar("R")


def current_step_id() -> str | None:
    """Id of the innermost step this code is in."""
    step = innermost_step.get()
    return None if step is None else step.id


def step(name: str, total: float | None = None, unit: str | None = None) -> Step:
    """A part of the run that people see as such: ``with headway.step("recognise", total=40, unit="sheets") as part: part.advance()``.

    Works with ``with``, ``async with`` and as a decorator of plain and async functions; steps nest. An exception that
    passes through makes the step failed (or cancelled).
    """
    return Step(name, total, unit)


class Step:
    """What `step()` returns. `progress` and `advance` move the step's own bar."""

    def __init__(self, name: str, total: float | None, unit: str | None) -> None:
        self.name = clean(str(name))[:NAME_LIMIT]
        self.total = total
        self.unit = unit
        self.id = ""
        self._run: RunContext | None = None
        self._token: Token[Step | None] | None = None
        self._done: float = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        if self._run is not None:
            raise RuntimeError(f"the step {self.name!r} has been entered already; make a new one with headway.step(...)")
        run = self._run = current()
        parent = innermost_step.get()
        self.id = run.new_step_id()
        self._started = time.monotonic()
        event: Event = {"kind": STEP_STARTED, "at": iso(), "step": self.id, "name": self.name}
        if parent is not None and parent._run is run:
            event["parent"] = parent.id
        if self.total is not None:
            event["total"] = self.total
        if self.unit is not None:
            event["unit"] = self.unit[:NAME_LIMIT]
        run.open_steps[self.id] = self
        self._token = innermost_step.set(self)
        run.reporter.report(event)
        if self.total is not None:
            self.progress(0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._token is not None:
            try:
                innermost_step.reset(self._token)
            except ValueError:  # left in another context than it was entered in (a generator that was closed elsewhere)
                innermost_step.set(None)
        self.end(outcome_of(error), error)

    def end(self, outcome: str, error: BaseException | None = None) -> None:
        """Say that it is over; only the first call counts."""
        run = self._run
        if run is None or run.open_steps.pop(self.id, None) is None:
            return
        run.finish_bars(self.id)
        duration = round(time.monotonic() - self._started, 6)
        event: Event = {"kind": STEP_ENDED, "at": iso(), "step": self.id, "outcome": outcome, "duration_seconds": duration}
        if error is not None:
            event["error"] = {"type": type(error).__qualname__, "message": clean(str(error))[:2_000]}
        run.reporter.report(event)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)

    def progress(self, done: float, total: float | None = None, *, message: str | None = None) -> None:
        """So many of `total` are done in this step."""
        if self._run is None:
            raise RuntimeError("a step has progress only while it is entered: with headway.step(...) as part: part.progress(...)")
        self._done = done
        if total is not None:
            self.total = total
        bar = self._run.named_bar(self.id, base=done, total=self.total, unit=self.unit, name=self.name, step=self.id)
        bar.total = self.total
        if message is not None:
            bar.message = message
        bar.update(done)

    def advance(self, by: float = 1, *, message: str | None = None) -> None:
        """`by` more are done in this step."""
        self.progress(self._done + by, message=message)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """As a decorator: every call is a step of its own."""
        if inspect.iscoroutinefunction(function):
            awaited = cast("Callable[P, Awaitable[Any]]", function)

            @functools.wraps(function)
            async def stepped_async(*args: P.args, **kwargs: P.kwargs) -> Any:
                with Step(self.name, self.total, self.unit):
                    return await awaited(*args, **kwargs)

            return cast("Callable[P, R]", stepped_async)

        @functools.wraps(function)
        def stepped(*args: P.args, **kwargs: P.kwargs) -> R:
            with Step(self.name, self.total, self.unit):
                return function(*args, **kwargs)

        return stepped
