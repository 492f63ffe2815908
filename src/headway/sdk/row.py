"""One row of a terminal: the characters in it, their colours, and whether it was drawn or written."""

from __future__ import annotations

import unicodedata

_FIRST_COMBINING = "\u0300"
_COMBINED_LIMIT = 8
"""Characters of a cell: nobody reads more accents."""


class Row:
    __slots__ = ("_cells", "_pens", "goes_on", "is_dirty", "is_drawn", "is_ghost", "visited_at")

    def __init__(self, now: float, *, is_ghost: bool = False) -> None:
        self._cells: list[str] = []
        self._pens: list[str] = []
        """The colour of each cell, as escape sequences."""
        self.is_drawn = False
        self.is_dirty = False
        """Changed since it was told last."""
        self.is_ghost = is_ghost
        """Stands for one that was finished before the cursor came back to it."""
        self.goes_on = False
        """Parts of this line have gone out."""
        self.visited_at = now

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def text(self) -> str:
        return "".join(self._cells).rstrip()

    @property
    def line(self) -> str:
        """The text with its colours. Spaces at the end of a drawn row wiped something out; in a written one they are text."""
        if not any(self._pens):
            return self.text if self.is_drawn else "".join(self._cells)
        parts: list[str] = []
        pen = ""
        for cell, own in zip(self._cells, self._pens, strict=True):
            if own != pen:
                parts.append("\x1b[0m" + own if pen else own)
                pen = own
            parts.append(cell)
        if pen:
            parts.append("\x1b[0m")
        line = "".join(parts)
        return line.rstrip() if self.is_drawn else line

    @property
    def is_wiped(self) -> bool:
        """Whether something stood here and was taken away: that is no line."""
        return (self.is_drawn or self.is_ghost) and not self.goes_on and not self.text

    def put(self, column: int, cells: list[str], pen: str) -> None:
        missing = column - len(self._cells)
        if missing > 0:
            self._cells += [" "] * missing
            self._pens += [""] * missing
        self._cells[column : column + len(cells)] = cells
        self._pens[column : column + len(cells)] = [pen] * len(cells)
        self.is_dirty = True

    def combine(self, column: int, text: str) -> str:
        """Give the accents at the beginning of `text` to the character before them; the rest of it."""
        while text and text[0] >= _FIRST_COMBINING and 0 < column <= len(self._cells) and unicodedata.combining(text[0]):
            if len(self._cells[column - 1]) < _COMBINED_LIMIT:
                self._cells[column - 1] += text[0]
            text = text[1:]
        return text

    def erase(self, start: int, end: int) -> None:
        if end >= len(self._cells):
            del self._cells[start:], self._pens[start:]
        else:
            self.put(start, [" "] * (end - start), "")
        self.is_dirty = self.is_drawn = True

    def start_again(self) -> None:
        """The line was too long and has gone out so far: the rest of it follows."""
        self._cells, self._pens, self.goes_on = [], [], True


def cells_of(text: str) -> list[str]:
    """A cell a column: a wide character takes two, a combining one none of its own."""
    if text.isascii():
        return list(text)
    cells: list[str] = []
    for character in text:
        if character < _FIRST_COMBINING:
            cells.append(character)
        elif unicodedata.combining(character) and cells:
            if len(cells[-1]) < _COMBINED_LIMIT:
                cells[-1] += character
        else:
            cells.append(character)
            if unicodedata.east_asian_width(character) in "WF":
                cells.append("")
    return cells
