"""What stands for `sys.stdout` and `sys.stderr` while runs are captured: what is printed becomes lines, what is drawn progress."""

from __future__ import annotations

import codecs
import io
import os
import threading
import weakref
from collections.abc import Iterable
from functools import partial
from threading import get_ident
from typing import Any, TextIO

from headway.model.events import TEXT_LIMIT
from headway.sdk.context import RunContext, current_or_none, innermost_step, run_of_context
from headway.sdk.drawing import Drawing
from headway.sdk.log import write_line
from headway.sdk.terminal import DRAWS

SMALL = 1_024
"""Characters of a piece that may be added to half a line as it is."""


class _Echoing(threading.local):
    is_on = False


echoing = _Echoing()
"""Whether this thread is passing on what was printed. Where that goes to a logger (Celery, mod_wsgi), what is logged of it is no line of
its own."""


class LineWriter(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr``: each line printed within a run is an entry; half a line waits for its end.

    A thread that draws (tqdm, rich, anything that writes ``\\r``) goes on in the run's `Drawing` of this stream, where bars become
    progress: all threads that draw share it, as they would share a terminal. Lines of other threads do not mix with it, nor with
    each other. Never raises because of what is written.
    """

    def __init__(self, name: str, original: TextIO | None, *, is_echoing: bool = False) -> None:
        """`is_echoing`: what is printed within a run also goes where it went before."""
        super().__init__()
        self._stream = name
        self._original = original
        self._echo = original if is_echoing else None
        self._fields: dict[str, Any] = {"stream": name}
        self._halves: dict[tuple[RunContext, int], str] = {}
        self._drawings: dict[RunContext, Drawing] = {}
        self._drawers: set[tuple[RunContext, int]] = set()
        """Who draws, of which run."""
        self._bytes = BytesWriter(self)
        _writers.add(self)

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
            echoing.is_on = True
            try:
                self._echo.write(text)
            finally:
                echoing.is_on = False
        key = (run, get_ident())
        if self._drawers and (key in self._drawers or self._is_move(run, key, text)):
            self._draw(run, key, text)
        elif text == "\n":  # print("x") writes the text, and then the newline
            self._line(run, self._halves.pop(key, ""))
        elif not self._has_added(key, text):
            self._write_lines(run, key, text)
        return len(text)

    def _has_added(self, key: tuple[RunContext, int], text: str) -> bool:
        """Whether the text was no more than a piece of half a line, and is now part of it."""
        if not text.isprintable() or len(text) >= SMALL:
            return False
        half = self._halves.get(key)
        if half is None:
            self._halves[key] = text
        elif len(half) < TEXT_LIMIT - SMALL:
            self._halves[key] = half + text
        else:
            return False
        return True

    def _is_move(self, run: RunContext, key: tuple[RunContext, int], text: str) -> bool:
        """Whether a thread that has not drawn here goes down to its place among those that do: so tqdm begins a bar in a thread."""
        return text[:1] == "\n" and text.isspace() and run in self._drawings and key not in self._halves

    def _write_lines(self, run: RunContext, key: tuple[RunContext, int], text: str) -> None:
        text = self._halves.pop(key, "") + text
        drawing = ""
        # The three looks cost a fifth of the search, and nearly every line needs no more.
        if ("\r" in text or "\x1b" in text or "\b" in text) and (drawn := DRAWS.search(text)):
            start = text.rfind("\n", 0, drawn.start()) + 1
            text, drawing = text[:start], text[start:]
        *lines, half = text.split("\n")
        for line in lines:
            self._line(run, line)
        if len(half) > TEXT_LIMIT:
            reach = 0
            if run.mask is not None:
                half, reach = run.mask.text(half), run.mask.reach  # what may be the beginning of a value waits for its end
            while len(half) > TEXT_LIMIT + reach:
                write_line(run, "info", half[:TEXT_LIMIT], {**self._fields, "part": True})
                half = half[TEXT_LIMIT:]
        if half:
            self._halves[key] = half
        if drawing:
            self._drawers.add(key)
            self._draw(run, key, drawing)

    def _draw(self, run: RunContext, key: tuple[RunContext, int], text: str) -> None:
        """Words without a control wait for more, so that threads that draw at once do not write into each other's lines."""
        if self._has_added(key, text):
            return
        drawing = self._drawings.get(run)
        if drawing is None:
            # Of two threads that begin at once, one makes it.
            drawing = self._drawings.setdefault(run, Drawing(self._stream, run, partial(self._drawn_line, run)))
        step = innermost_step.get()
        drawing.step = step.id if step else None
        drawing.feed(self._halves.pop(key, "") + text)

    def _drawn_line(self, run: RunContext, text: str, goes_on: bool) -> None:
        fields = {**self._fields, "part": True} if goes_on else self._fields
        drawing = self._drawings.get(run)
        # Said in the step it was drawn in, also when another thread finds that it is finished.
        write_line(run, "info", text, {"step": drawing.step, **fields} if drawing is not None and drawing.step else fields)

    def _line(self, run: RunContext, line: str) -> None:
        write_line(run, "info", line.rstrip("\r") if line.endswith("\r") else line, self._fields)

    def writelines(self, lines: Iterable[str], /) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.write("".join(lines))

    def end_run(self, run: RunContext) -> None:
        """What waits for its newline goes out as it is."""
        drawing = self._drawings.get(run)
        for key in [key for key in self._halves if key[0] is run]:
            half = self._halves.pop(key, "")
            if drawing is not None and key in self._drawers:
                drawing.feed(half)
            elif half.strip("\r"):
                self._line(run, half)
        if drawing is not None:
            drawing.close()
            del self._drawings[run]
        self._drawers = {key for key in self._drawers if key[0] is not run}

    def flush(self) -> None:
        """Half a line goes on waiting: programs flush after each dot of "working....", and mean one line. What is drawn is there."""
        run = run_of_context.get() or current_or_none()
        if self._drawers and run is not None and (key := (run, get_ident())) in self._drawers and (half := self._halves.pop(key, "")):
            self._drawings[run].feed(half)
        if self._original is not None and (self._echo is not None or run is None):
            self._original.flush()

    def forget_drawings(self) -> None:
        """In a forked process: what the parent drew is the parent's to tell, and its locks may be held for ever."""
        self._drawings = {}
        self._drawers = set()

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


_writers: weakref.WeakSet[LineWriter] = weakref.WeakSet()


def _after_fork() -> None:
    for writer in list(_writers):
        writer.forget_drawings()


os.register_at_fork(after_in_child=_after_fork)
