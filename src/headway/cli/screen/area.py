"""The part of a terminal that is drawn again and again below text that scrolls: the only file that moves the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from headway.cli.screen.text import Line, clip, render, width_of

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronised output: a terminal that knows it shows the whole change at once; others ignore it."""
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_ERASE_BELOW = "\x1b[J"
MARGIN = 3
"""Columns that stay free: a terminal echoes ^C where the cursor stands, and if that wraps, the picture is one row off."""


class Area:
    """Everything is written with one `write`, so that a half-drawn picture is never shown."""

    def __init__(self, out: TextIO, size: Callable[[], tuple[int, int]], *, has_colour: bool = True) -> None:
        self._out = out
        self._size = size
        self._has_colour = has_colour
        self._drawn: Sequence[Line] = ()
        self._is_open = False

    def draw(self, above: Sequence[Line], lines: Sequence[Line]) -> None:
        """Print `above` for good, above the area, and draw the area anew."""
        columns, rows = self._size()
        picture = [clip(content, columns - MARGIN) for content in lines[: rows - 1]]
        if not above and picture == self._drawn:
            return
        parts = [_BEGIN, "" if self._is_open else _HIDE_CURSOR, self._back(columns)]
        parts.extend(render(content, has_colour=self._has_colour) + "\n" for content in above)
        parts.append("\n".join(render(content, has_colour=self._has_colour) for content in picture))
        parts.append(_END)
        self._out.write("".join(parts))
        self._out.flush()
        self._drawn, self._is_open = picture, True

    def _back(self, columns: int) -> str:
        """To the first column of the area's first row; a terminal made narrower has wrapped what was drawn into more rows."""
        if not self._drawn:
            return "\r" + _ERASE_BELOW if self._is_open else ""
        rows = sum(max(1, -(-width_of(content) // columns)) for content in self._drawn)
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "") + _ERASE_BELOW

    def close(self) -> None:
        """Take the area away, and give the cursor back; what was printed above stays."""
        if not self._is_open:
            return
        self._out.write(self._back(self._size()[0]) + _SHOW_CURSOR)
        self._out.flush()
        self._drawn, self._is_open = (), False
