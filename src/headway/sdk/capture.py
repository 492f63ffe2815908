"""`logging`, `print`, warnings and dying threads, as lines of the run they came from.

Installed once in a child, after user code is imported. What comes outside of any run goes where it went before.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TextIO

from headway.sdk.context import RunContext, current_or_none, on_leave, run_of_context
from headway.sdk.jsonable import clean
from headway.sdk.log import place, safe_context, short_traceback, write_line
from headway.sdk.writer import LineWriter, echoing

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_STANDARD_COUNT = len(logging.makeLogRecord({}).__dict__)


def level_of(number: int) -> str:
    """The nearest of our levels that is not above the number's."""
    if number < logging.INFO:
        return "debug"
    if number < logging.WARNING:
        return "info"
    if number < logging.ERROR:
        return "warning"
    return "error" if number < logging.CRITICAL else "critical"


class LogCapture(logging.Handler):
    """On the root logger: a record becomes a line with level, logger, place, traceback and its extra fields as context."""

    def __init__(self, taken_off: list[logging.Handler], *, is_echoing: bool = False) -> None:
        super().__init__()
        self._taken_off = taken_off
        self._is_echoing = is_echoing

    def _pass_on(self, record: logging.LogRecord) -> None:
        """Outside of any run: to where it would have gone."""
        for one in self._taken_off or [logging.lastResort]:
            if one is not None and record.levelno >= one.level:
                one.handle(record)

    def createLock(self) -> None:  # noqa: N802
        """None: the reporter has its own, and a lock here would be held while the pipe is full."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        is_wanted = not self.filters or bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        run = run_of_context.get() or current_or_none()
        if run is None:
            self._pass_on(record)
            return
        if self._is_echoing and echoing.is_on:
            return
        if self._is_echoing and len(logging.root.handlers) == 1:
            self._pass_on(record)  # nobody else prints: what `logging` would have done without us
        try:
            text = record.msg if type(record.msg) is str and not record.args else record.getMessage()
        except Exception as error:  # noqa: BLE001  (arguments that do not fit the text: show both)
            text = f"{record.msg!r} with arguments {record.args!r} ({type(error).__name__}: {error})"
        fields: dict[str, Any] = {"logger": record.name, "source": place(record.pathname, record.lineno)}
        if record.exc_info and record.exc_info[0] is not None:
            fields["traceback"] = short_traceback("".join(traceback.format_exception(*record.exc_info)), run.mask)
        elif record.stack_info:
            fields["traceback"] = short_traceback(record.stack_info, run.mask)
        extra = record.__dict__
        if len(extra) > _STANDARD_COUNT:
            context = {key: value for key, value in extra.items() if key not in _STANDARD}
            if context:
                fields["context"] = safe_context(context)
        write_line(run, level_of(record.levelno), text, fields)


class Capture:
    """All that is captured, from `install` to `remove`. `is_echoing`: it also goes where it went before (`headway.record`)."""

    def __init__(self, *, is_echoing: bool = False) -> None:
        self._is_echoing = is_echoing
        self.stdout = LineWriter("stdout", sys.stdout, is_echoing=is_echoing)
        self.stderr = LineWriter("stderr", sys.stderr, is_echoing=is_echoing)
        self._originals = (sys.stdout, sys.stderr)
        self._show_warning: Callable[..., None] = warnings.showwarning
        self._except_hook = threading.excepthook
        self._root_level = logging.root.level
        self._taken_off: list[logging.Handler] = []
        self._logs = LogCapture(self._taken_off, is_echoing=is_echoing)

    def install(self) -> None:
        sys.stdout, sys.stderr = self.stdout, self.stderr
        root = logging.getLogger()
        # A handler that prints would make every record two lines; it comes back when the capture ends.
        self._taken_off[:] = [] if self._is_echoing else [one for one in root.handlers if _prints(one, self._originals)]
        for one in self._taken_off:
            root.removeHandler(one)
        root.addHandler(self._logs)
        if root.level == logging.WARNING and not self._taken_off and not self._is_echoing:
            root.setLevel(logging.INFO)  # nobody has chosen a level, and a run's log is for following it
        warnings.showwarning = _show_warning(self._show_warning, is_echoing=self._is_echoing)
        threading.excepthook = _thread_died(self._except_hook, is_echoing=self._is_echoing)
        on_leave.append(self._end_run)

    def remove(self) -> None:
        sys.stdout, sys.stderr = self._originals
        root = logging.getLogger()
        root.removeHandler(self._logs)
        for one in self._taken_off:
            root.addHandler(one)
        root.setLevel(self._root_level)
        warnings.showwarning = self._show_warning
        threading.excepthook = self._except_hook
        on_leave.remove(self._end_run)

    def _end_run(self, run: RunContext) -> None:
        self.stdout.end_run(run)
        self.stderr.end_run(run)

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.remove()


def _prints(handler: logging.Handler, originals: tuple[TextIO, TextIO]) -> bool:
    stream: Any = getattr(handler, "stream", None)
    return stream is not None and (stream in (*originals, sys.__stdout__, sys.__stderr__) or isinstance(stream, LineWriter))


def _show_warning(before: Callable[..., None], *, is_echoing: bool) -> Callable[..., None]:
    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
    ) -> None:
        run = current_or_none() if file is None else None
        if run is None or is_echoing:
            # Python's own way writes to sys.stderr, which would make a second line of it.
            before(message, category, filename, lineno, file or _original(sys.stderr), line)
        if run is None:
            return
        write_line(run, "warning", f"{category.__name__}: {message}", {"logger": "py.warnings", "source": place(filename, lineno)})

    return show


def _original(stream: TextIO | None) -> TextIO | None:
    return stream.original if isinstance(stream, LineWriter) else stream


def _thread_died(before: Callable[[Any], object], *, is_echoing: bool) -> Callable[[Any], None]:
    """A thread of user code that ends with an exception says so in the run's log, where Python would print it."""

    def hook(arguments: threading.ExceptHookArgs) -> None:
        run = current_or_none()
        if run is None or arguments.exc_value is None or is_echoing:
            # With echo, what Python prints to sys.stderr becomes lines of the run by itself.
            before(arguments)
            return
        name = arguments.thread.name if arguments.thread else "?"
        text = clean(f"thread {name} ended with {type(arguments.exc_value).__name__}: {arguments.exc_value}")
        trace = short_traceback("".join(traceback.format_exception(arguments.exc_value)), run.mask)
        write_line(run, "error", text, {"logger": "threading", "traceback": trace})

    return hook
