"""`headway.record`: any program reports what it does as a run, without Headway executing it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from headway.model.errors import HeadwayError, Invalid
from headway.model.events import NAME_LIMIT
from headway.model.ids import new_id
from headway.sdk.cancelling import Target
from headway.sdk.capture import Capture
from headway.sdk.connection import finder
from headway.sdk.context import RunContext, enter
from headway.sdk.delivery import Delivery, deliver_left_over_soon
from headway.sdk.failure import failure_of
from headway.sdk.http import Http
from headway.sdk.jsonable import clean, exact
from headway.sdk.local import is_notebook
from headway.sdk.outcomes import Cancelled
from headway.sdk.spool import Opening, Spool, spool_home
from headway.sdk.spool_reporter import SpoolReporter
from headway.sdk.writer import LineWriter

if TYPE_CHECKING:
    from headway.sdk.notebook import NotebookLink

P = ParamSpec("P")
R = TypeVar("R")

SETTLE_SECONDS = 10.0
"""At its end a recorded program waits so long for its last reports to be taken."""

_logger = logging.getLogger("headway")


def record(
    name: str,
    *,
    external_id: str | None = None,
    tags: Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
    project: str | None = None,
    lost_after_seconds: float | None = None,
    capture: bool = True,
    settle_seconds: float = SETTLE_SECONDS,
    url: str | None = None,
    token: str | None = None,
) -> Recording:
    """Report this part of the program as a run: ``with headway.record("nightly import", tags=["import"]) as run:``

    Within it `headway.log`, `track`, `step`, `progress`, `metric` and `artifact` belong to the run, and with `capture` so do
    `print` and `logging`. Also ``async with``, and as a decorator, where what the function returns becomes the result.

    The run is `failed` when an exception leaves the block, `cancelled` on `headway.Cancelled` or Ctrl-C, else `succeeded`.
    Someone who cancels it in Headway makes `headway.Cancelled` raise here (in ``async with``: `asyncio.CancelledError`).

    The program never waits for the server and never fails because of it: reports are kept under ``HEADWAY_HOME/spool/outside`` and
    delivered when it is there, by the next process that records if need be. At the end a delivery that makes headway is waited
    for, at most `settle_seconds`.

    Raises:
        Invalid: `name` is empty or longer than 200 characters.
    """
    name = clean(str(name)).strip()
    if not 0 < len(name) <= NAME_LIMIT:
        raise Invalid(f"A run's name has 1 to {NAME_LIMIT} characters.")
    opening = Opening(
        name=name, external_id=external_id, tags=tuple(tags), metadata=dict(exact(dict(metadata or {}), "metadata")), project=project,
        lost_after_seconds=lost_after_seconds,
    )  # fmt: skip
    return Recording(opening, capture=capture, settle_seconds=settle_seconds, url=url, token=token)


class Recording:
    """What `record` returns: one run of this program, or, as a decorator, one for each call."""

    def __init__(
        self,
        opening: Opening,
        *,
        capture: bool,
        settle_seconds: float,
        url: str | None,
        token: str | None,
        cancelled: type[BaseException] = Cancelled,
    ) -> None:
        """`cancelled`: what a wish to cancel raises in the block."""
        self._opening = opening
        self._cancelled = cancelled
        self._capture = capture
        self._settle_seconds = settle_seconds
        self._where = (url, token)
        self._find = finder(url, token)
        self._result: Any = None
        self._failed: dict[str, Any] | None = None
        self._pid = 0
        self._spool: Spool | None = None
        self._delivery: Delivery | None = None
        self._reporter: SpoolReporter | None = None
        self._target: Target | None = None
        self._stack = ExitStack()
        self._link: NotebookLink | None = None
        self.context: RunContext | None = None
        """The run as `headway.current_run` gives it."""
        self.is_cancelled = False
        """Someone has asked for the run to end."""

    @property
    def id(self) -> str | None:
        """The run's id; None until a server has been reached."""
        return self._spool.progress.run if self._spool else None

    @property
    def is_delivered(self) -> bool:
        """Everything has been acknowledged by the server."""
        return self._delivery is not None and self._delivery.done.is_set() and self._delivery.refused is None

    def wait_opened(self, timeout_seconds: float = 10.0) -> str | None:
        """Wait until the server knows the run; its id, or None if it took longer."""
        if self._delivery is not None:
            self._delivery.opened.wait(timeout_seconds)
        return self.id

    def set_result(self, value: Any) -> None:
        """What the run has found, as JSON of at most 1 MB. Raises `ResultNotJson`."""
        self._result = exact(value)

    def fail(self, message: str, *, code: str = "reported", details: Mapping[str, Any] | None = None) -> None:
        """Let the run count as failed, although no exception leaves the block."""
        self._failed = {"code": code, "type": "", "message": clean(message), **({"details": exact(dict(details))} if details else {})}

    # --- the block --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self._begin(is_async=False)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end(error)
        if self._delivery is not None and os.getpid() == self._pid:
            self._delivery.settle(self._settle_seconds)

    async def __aenter__(self) -> Self:
        return self._begin(is_async=True)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end(error)
        if self._delivery is not None and os.getpid() == self._pid and self._delivery.is_hopeful:
            await asyncio.to_thread(self._delivery.settle, self._settle_seconds)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
                async with self._again() as run:
                    value = await cast("Any", function(*args, **kwargs))
                    run._keep_result(value)
                return value

            return cast("Callable[P, R]", call_async)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._again() as run:
                value = function(*args, **kwargs)
                run._keep_result(value)
            return value

        return call

    def _again(self) -> Recording:
        """The same once more, as a run of its own."""
        url, token = self._where
        opening = replace(self._opening, idempotency_key=new_id())
        return Recording(opening, capture=self._capture, settle_seconds=self._settle_seconds, url=url, token=token)

    def _keep_result(self, value: Any) -> None:
        """A result that JSON cannot hold is no reason for the program to fail."""
        try:
            self.set_result(value)
        except HeadwayError as error:
            _logger.warning("The result of %r was not kept: %s", self._opening.name, error)

    def _begin(self, *, is_async: bool) -> Self:
        if self._pid:
            raise RuntimeError("a recording can be entered once; make a new one with headway.record(...)")
        self._pid = os.getpid()
        self._spool = spool = new_spool(self._opening)
        if spool is None:
            return self
        delivery = self._delivery = Delivery(
            spool, Http(self._find), on_opened=self._on_opened, on_wish=self._on_wish, on_watched=self._on_watched
        )
        self._reporter = SpoolReporter(spool, delivery)
        self.context = RunContext(self._reporter, id=self._opening.idempotency_key, name=self._opening.name)
        self._target = Target(is_async=is_async, error=self._cancelled)
        if self._capture:
            self._stack.enter_context(_captured())
        self._stack.enter_context(enter(self.context))
        if is_notebook():
            from headway.sdk.notebook import NotebookLink

            self._link = NotebookLink(self._opening.name)
        delivery.start()
        deliver_left_over_soon(self._find)
        return self

    def _end(self, error: BaseException | None) -> None:
        if self._target is not None:
            self._target.close()
        try:
            self._stack.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        finally:
            if self._reporter is not None and os.getpid() == self._pid:
                outcome, failure = self._outcome(error)
                self._reporter.end(outcome, result=self._result if outcome == "succeeded" else None, error=failure)

    def _outcome(self, error: BaseException | None) -> tuple[str, dict[str, Any] | None]:
        match error:
            case None:
                return ("failed", self._failed) if self._failed else ("succeeded", None)
            case Cancelled() | KeyboardInterrupt() | asyncio.CancelledError():
                return "cancelled", None
            case _ if isinstance(error, self._cancelled):
                return "cancelled", None
            case SystemExit(code=None | 0):
                return "succeeded", None
            case SystemExit(code=code):
                return "failed", {"code": "exit", "type": "SystemExit", "message": f"The program ended with exit code {code}."}
            case _:
                return "failed", failure_of(error)

    # --- from the delivery's thread ---------------------------------------------------------------------------------

    def _on_opened(self, run: str) -> None:
        if self.context is not None:
            self.context.id = run
        if self._link is not None:
            self._link.lead_to(f"{self._find().url}/runs/{run}")

    def _on_watched(self, count: int) -> None:
        if self.context is not None:
            self.context.watch(count)

    def _on_wish(self, wish: str) -> None:
        if wish == "cancel" and self._target is not None and self.context is not None:
            self.is_cancelled = True
            self.context.want_cancel()
            self._target.cancel()


def new_spool(opening: Opening) -> Spool | None:
    """A spool in the user's home; where that cannot be written, in the directory for temporary files; else none, and a warning."""
    fallback = Path(tempfile.gettempdir()) / f"headway-spool-{os.getuid()}"
    for home in (spool_home(), fallback):
        try:
            return Spool.create(opening, home=home)
        except OSError as error:
            problem = error
    _logger.warning("The run %r is not recorded: no place to keep its reports (%s).", opening.name, problem)
    return None


_capture_lock = threading.Lock()
_capture: Capture | None = None
_capture_users = 0


@contextmanager
def _captured() -> Generator[None]:
    """One capture for all recordings of the process: a line belongs to the run it is printed in."""
    global _capture, _capture_users
    with _capture_lock:
        _capture_users += 1
        if _capture is None and not isinstance(sys.stdout, LineWriter):
            _capture = Capture(is_echoing=True)
            _capture.install()
    try:
        yield
    finally:
        with _capture_lock:
            _capture_users -= 1
            if not _capture_users and _capture is not None:
                _capture.remove()
                _capture = None


def _after_fork() -> None:
    global _capture_lock
    _capture_lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
