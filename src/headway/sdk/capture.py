"""`logging`, `print`, warnings and dying threads, as lines of the run they came from.

Installed once in a child, after user code is imported. What comes outside of any run goes where it went before.
"""

from __future__ import annotations

import codecs
import io
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable
from threading import get_ident
from types import TracebackType
from typing import Any, Self, TextIO

from headway.model.events import TEXT_LIMIT
from headway.sdk.context import RunContext, current_or_none, on_leave, run_of_context
from headway.sdk.jsonable import clean
from headway.sdk.log import place, safe_context, short_traceback, write_line

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_STANDARD_COUNT = len(logging.makeLogRecord({}).__dict__)
SMALL = 1_024
PARTS_LIMIT = 64
"""Pieces of at most `SMALL` characters in which a line may come before they are joined."""


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
        if self.filters and not self.filter(record):
            return False
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        run = current_or_none()
        if run is None:
            self._pass_on(record)
            return
        if self._is_echoing and len(logging.root.handlers) == 1:
            self._pass_on(record)  # nobody else prints: what `logging` would have done without us
        try:
            text = record.msg if type(record.msg) is str and not record.args else record.getMessage()
        except Exception as error:  # noqa: BLE001  (arguments that do not fit the text: show both)
            text = f"{record.msg!r} with arguments {record.args!r} ({type(error).__name__}: {error})"
        fields: dict[str, Any] = {"logger": record.name, "source": place(record.pathname, record.lineno)}
        if record.exc_info and record.exc_info[0] is not None:
            fields["traceback"] = short_traceback("".join(traceback.format_exception(*record.exc_info)))
        elif record.stack_info:
            fields["traceback"] = short_traceback(record.stack_info)
        extra = record.__dict__
        if len(extra) > _STANDARD_COUNT:
            context = {key: value for key, value in extra.items() if key not in _STANDARD}
            if context:
                fields["context"] = safe_context(context)
        write_line(run, level_of(record.levelno), text, fields)


class LineWriter(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr``: each line printed within a run is an entry; half a line waits for its end.

    A line rewritten with carriage returns (a progress bar) is kept as it looked last. Writers of different runs and
    threads do not mix. Never raises because of what is written.
    """

    def __init__(self, name: str, original: TextIO | None, *, is_echoing: bool = False) -> None:
        """`is_echoing`: what is printed within a run also goes where it went before."""
        super().__init__()
        self._stream = name
        self._original = original
        self._echo = original if is_echoing else None
        self._fields: dict[str, Any] = {"stream": name}
        self._halves: dict[tuple[RunContext, int], list[str]] = {}
        self._bytes = BytesWriter(self)

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "utf-8"

    @property
    def errors(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "backslashreplace"

    @property
    def original(self) -> TextIO | None:
        return self._original

    @property
    def buffer(self) -> BytesWriter:
        """For programs that write bytes: they are read as UTF-8, and what is not becomes ``\\xNN``."""
        return self._bytes

    def write(self, text: str, /) -> int:
        run = run_of_context.get() or current_or_none()
        if run is None:
            return len(text) if self._original is None else self._original.write(text)
        if self._echo is not None:
            self._echo.write(text)
        key = (run, get_ident())
        if text == "\n":  # print("x") writes the text, and then the newline
            parts = self._halves.pop(key, None)
            self._line(run, "" if parts is None else parts[0] if len(parts) == 1 else "".join(parts))
        elif "\n" not in text and "\r" not in text and len(text) < SMALL and len(parts := self._halves.setdefault(key, [])) < PARTS_LIMIT:
            parts.append(text)
        else:
            self._write_lines(run, key, text)
        return len(text)

    def _write_lines(self, run: RunContext, key: tuple[RunContext, int], text: str) -> None:
        *lines, half = "".join([*self._halves.pop(key, ()), text]).split("\n")
        for line in lines:
            self._line(run, line)
        half = _as_it_looks(half)
        if len(half) > TEXT_LIMIT:
            kept = (len(half) - 1) % TEXT_LIMIT + 1
            for start in range(0, len(half) - kept, TEXT_LIMIT):
                write_line(run, "info", half[start : start + TEXT_LIMIT], {**self._fields, "part": True})
            half = half[-kept:]
        if half:
            self._halves[key] = [half]

    def _line(self, run: RunContext, line: str) -> None:
        write_line(run, "info", _as_it_looks(line).removesuffix("\r") if "\r" in line else line, self._fields)

    def writelines(self, lines: Iterable[str], /) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.write("".join(lines))

    def end_run(self, run: RunContext) -> None:
        """What waits for its newline goes out as it is."""
        for key in [key for key in self._halves if key[0] is run]:
            half = "".join(self._halves.pop(key, ()))
            if half.strip("\r"):
                self._line(run, half)

    def flush(self) -> None:
        """Half a line goes on waiting: programs flush after each dot of "working....", and mean one line."""
        if self._original is not None and (self._echo is not None or current_or_none() is None):
            self._original.flush()

    def fileno(self) -> int:
        """Of the process's own stream, for programs that hand it to others."""
        if self._original is None:
            raise io.UnsupportedOperation("fileno")
        return self._original.fileno()

    def isatty(self) -> bool:
        return self._echo is not None and self._echo.isatty()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stays open: closing standard output would take the log from the next run."""


class BytesWriter(io.RawIOBase):
    """``sys.stdout.buffer`` of a `LineWriter`."""

    def __init__(self, lines: LineWriter) -> None:
        super().__init__()
        self._lines = lines
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, data: Any, /) -> int:
        content = bytes(data)
        self._lines.write(self._decoder.decode(content))
        return len(content)

    def flush(self) -> None:
        self._lines.flush()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._lines.fileno()

    def close(self) -> None:
        """As `LineWriter.close`."""


def _as_it_looks(line: str) -> str:
    """What a line rewritten with carriage returns shows at last; a return at its end still waits for what overwrites it."""
    if "\r" not in line:
        return line
    shown = line.rstrip("\r")
    return shown[shown.rfind("\r") + 1 :] + ("\r" if len(shown) < len(line) else "")


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
        trace = short_traceback("".join(traceback.format_exception(arguments.exc_value)))
        write_line(run, "error", text, {"logger": "threading", "traceback": trace})

    return hook
