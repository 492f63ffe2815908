"""The bytes that a process writes to its stdout or stderr, as lines of a log and, where it draws, as progress.

Most streams never draw: those cost a look for the characters that would, and are cut into lines as they are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from headway.sdk.bars import read_line
from headway.sdk.drawing import Board, Drawing
from headway.sdk.lines import Lines
from headway.sdk.terminal import DRAWS

if TYPE_CHECKING:
    from headway.sdk.masking import Mask

_UNFINISHED = re.compile(r"(?:\r+|\x1b(?:\[[0-9;:]{0,100})?)\Z")
"""At the end of a piece: with what follows, it may be a line ending, or a colour."""


class Stream:
    """`feed` bytes, and `close` at the end. Takes any bytes in bounded memory."""

    def __init__(
        self,
        name: str,
        board: Board,
        say: Callable[[str, bool], None],
        *,
        is_plain: bool = False,
        clock: Callable[[], float] = time.monotonic,
        mask: Mask | None = None,
    ) -> None:
        """`say(text, goes_on)` takes a line, and masks it; `mask`: takes secrets out of what has to be cut, before.
        `is_plain`: keep lines only, whatever is drawn."""
        self._name = name
        self._board = board
        self._say = say
        self._is_plain = is_plain
        self._clock = clock
        self._lines = Lines(mask)
        self._rest = ""
        self._line_before = ""
        self._drawing: Drawing | None = None

    def feed(self, data: bytes) -> None:
        self._take(self._lines.decode(data))

    def close(self) -> None:
        """What stands after the last newline is a line, too."""
        self._take(self._lines.decode(b"", final=True))
        if self._drawing is None:
            self._write(self._rest)
        for text, goes_on in self._lines.close():
            self._say(text, goes_on)
        if self._drawing is not None:
            self._drawing.close()

    def _take(self, text: str) -> None:
        if self._drawing is not None:
            self._drawing.feed(text)
            return
        text, self._rest = self._rest + text, ""
        if not self._is_plain and ("\r" in text or "\x1b" in text or "\x08" in text):
            if unfinished := _UNFINISHED.search(text):
                text, self._rest = text[: unfinished.start()], "\r" if unfinished[0][0] == "\r" else unfinished[0]
            if drawn := DRAWS.search(text):
                start = text.rfind("\n", 0, drawn.start()) + 1
                self._write(text[:start])
                self._draw(text[start:] + self._rest)
                self._rest = ""
                return
        self._write(text)

    def _write(self, text: str) -> None:
        for line, goes_on in self._lines.feed_text(text):
            if self._drawing is None and (goes_on or self._is_plain or read_line(line) is None):
                self._line_before = line
                self._say(line, goes_on)
            else:
                self._draw(line if goes_on else line + "\n")
        if self._drawing is not None:
            self._drawing.feed(self._lines.take_open())

    def _draw(self, text: str) -> None:
        if self._drawing is None:
            self._drawing = Drawing(self._name, self._board, self._say, line_before=self._line_before, clock=self._clock)
        self._drawing.feed(self._lines.take_open() + text)
