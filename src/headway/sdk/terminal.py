"""A terminal without a screen: what a program writes to it becomes finished lines, and paints of lines that it draws anew.

Pure: no clock, no I/O. It understands what programs that draw use (``\\r``, backspace, moves of the cursor, erasing, colours) and
makes the rest inert. It holds the rows that may still be drawn over, at most `ROWS_LIMIT`; a row above the cursor is finished once
it has been left alone for a while, or at once in a stream that does not move upwards.

What comes out depends on the text and the times alone, not on how the text was cut into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from headway.model.events import TEXT_LIMIT
from headway.sdk.row import Row, cells_of

ROWS_LIMIT = 64
HELD_WIDTH = 2_048
"""A finished row longer than this is not held back: nobody draws over it, and 64 of them would be much."""
PEN_LIMIT = 64
PATIENCE_SECONDS = 0.25
"""After this time a row above the cursor is finished."""
LONGEST_PATIENCE_SECONDS = 10.0
STILL_SECONDS = 0.02
"""A row that was written to this short a while ago may be half drawn."""
OPEN_BAR_FACTOR = 8
"""A row with a bar that has not come to its end is waited for so much longer."""

DRAWS = re.compile(r"\r(?!\r*\n)|\x08|\x1b(?!\[[0-9;:]*m)")
"""A program that writes this draws; colours alone are text."""
_MUTE = re.compile(r"[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x07\x08\r\x1b]")
_TOKEN = re.compile(
    r"[^\x00-\x08\x0a-\x1f\x7f]+|\r*\n|\x1b\[[0-?]{0,100}[ -/]{0,4}[@-~]|\x1b[\]PX^_]|\x1b[ -/]{0,4}[0-Z\\`-~]|[\x00-\x1f\x7f]"
)
_UNFINISHED = re.compile(r"(?:\r+|\x1b(?:\[[0-?]{0,100}[ -/]{0,4}|[ -/]{0,4})?)\Z")
"""The beginning of a control at the end of a piece: it waits for the rest."""
_STRING_END = re.compile(r"\x07|\x1b\\|(?=\n)|(?=\x1b[^\\])")


@dataclass(frozen=True, slots=True)
class Line:
    """A row is finished: it will not be drawn over any more. `goes_on`: it was too long, and the rest comes as the next."""

    row: Row
    text: str
    goes_on: bool = False
    is_wiped: bool = False
    """What was drawn here has been taken away: there is nothing to keep."""


@dataclass(frozen=True, slots=True)
class Paint:
    """The cursor leaves a row that is drawn, and this is how it looks. `is_ending`: by a newline."""

    row: Row
    text: str
    is_ending: bool = False


Shown = Line | Paint


class Terminal:
    def __init__(self, is_open_bar: Callable[[str], bool]) -> None:
        """`is_open_bar`: whether a row of this text is likely to be drawn again."""
        self._is_open_bar = is_open_bar
        self._rows: list[Row] = []
        self._at = self._column = 0
        self._pen = ""
        self._rest = ""
        self._is_in_string = self._is_cursor_hidden = self._is_elsewhere = False
        self._saved = (0, 0)
        self._patience = PATIENCE_SECONDS
        self._up_at = float("-inf")
        self._drawn_at: float | None = None
        """When somebody was last in a drawn row that is finished now."""
        self._now = 0.0
        self._shown: list[Shown] = []

    def feed(self, text: str, now: float) -> list[Shown]:
        self._now = now
        text, self._rest = _MUTE.sub("", self._rest + text).replace("\r\n", "\n"), ""
        at, end = 0, len(text)
        while at < end:
            at = self._take_lines(text, at)
            if at == end:
                break
            if self._is_in_string:
                at = self._skip_string(text, at)
                continue
            found = _TOKEN.match(text, at)
            assert found is not None
            token = found.group()
            at = found.end()
            if token[0] in "\r\x1b" and (unfinished := _UNFINISHED.match(text, found.start())):
                self._rest = "\r" if unfinished.group()[0] == "\r" else unfinished.group()
                break
            self._take(token)
        return self._told()

    def look(self, now: float) -> list[Shown]:
        """What has become of the row that is being drawn, and which rows have been left alone for long enough."""
        self._now = now
        if self._rows and now - self._rows[self._at].visited_at >= STILL_SECONDS:
            self._leave()
        for number in range(self._at - 1, -1, -1):
            row = self._rows[number]
            if now - row.visited_at >= self._patience * (OPEN_BAR_FACTOR if self._may_move(row) else 1):
                self._finish(number + 1)
                break
        return self._told()

    def close(self) -> list[Shown]:
        """The end of the stream: all rows are finished."""
        self._rest = ""
        if self._rows:
            self._leave()
            if not len(self._rows[-1]) and not self._rows[-1].goes_on:
                self._rows.pop()  # the last newline ends a line, and begins none
            self._finish(len(self._rows))
        return self._told()

    @property
    def is_waiting(self) -> bool:
        """Whether `look` may find something although nothing more is written."""
        return self._at > 0 or any(row.is_dirty and row.is_drawn for row in self._rows)

    def _told(self) -> list[Shown]:
        shown, self._shown = self._shown, []
        return shown

    # text and controls

    def _take_lines(self, text: str, at: int) -> int:
        """Whole lines of plain text, with nothing held above them, are lines as they are: ten times quicker than as rows."""
        if len(self._rows) > 1 or self._pen or self._is_holding or self._is_in_string or self._is_elsewhere:
            return at
        if self._rows and (len(self._rows[0]) or self._rows[0].is_drawn or self._rows[0].is_ghost or self._rows[0].goes_on):
            return at
        control = _CONTROL.search(text, at)
        end = text.rfind("\n", at, control.start() if control else len(text)) + 1
        if end <= at:
            return at
        row = Row(self._now)
        for line in text[at : end - 1].split("\n"):
            for start in range(0, len(line) - TEXT_LIMIT, TEXT_LIMIT):
                self._shown.append(Line(row, line[start : start + TEXT_LIMIT], goes_on=True))
            self._shown.append(Line(row, line[(max(0, len(line) - 1) // TEXT_LIMIT) * TEXT_LIMIT :]))
        return end

    def _take(self, token: str) -> None:
        first = token[0]
        if first == "\x1b":
            self._escape(token)
        elif self._is_elsewhere:
            return
        elif token[-1] == "\n":
            self._new_line()
        elif first == "\r":
            self._draw()
            self._leave()
            self._column = 0
        elif first == "\x08":
            self._draw()
            self._column = max(0, self._column - 1)
        elif first >= " " or first == "\t":
            self._put(token)

    def _row(self) -> Row:
        if not self._rows:
            self._rows.append(Row(self._now))
        return self._rows[self._at]

    def _draw(self) -> None:
        row = self._row()
        row.is_drawn = True
        row.visited_at = self._now

    def _put(self, text: str) -> None:
        row = self._row()
        row.visited_at = self._now
        text = row.combine(self._column, text)
        cells = cells_of(text)
        while self._column + len(cells) > TEXT_LIMIT:
            room = max(0, TEXT_LIMIT - self._column)
            row.put(self._column, cells[:room], self._pen)
            self._finish(self._at)
            self._shown.append(Line(row, row.line, goes_on=True))
            row.start_again()
            self._column, cells = 0, cells[room:]
        row.put(self._column, cells, self._pen)
        self._column += len(cells)

    def _new_line(self) -> None:
        row = self._row()
        row.visited_at = self._now
        self._leave(is_ending=True)
        self._at += 1
        self._column = 0
        if self._at == len(self._rows):
            self._rows.append(Row(self._now))
            if len(self._rows) > ROWS_LIMIT:
                self._finish(len(self._rows) - ROWS_LIMIT)
        self._rows[self._at].visited_at = self._now
        if len(row) > HELD_WIDTH:
            self._finish(self._at)
        elif not self._is_holding and self._at == len(self._rows) - 1:
            held = next((number for number in range(self._at) if self._may_move(self._rows[number])), self._at)
            self._finish(held)

    def _skip_string(self, text: str, at: int) -> int:
        """A title, a link, a clipboard's content …: nothing of it is shown. A newline ends it, so that no text is lost to garbage."""
        found = _STRING_END.search(text, at)
        if found is None:
            self._rest = "\x1b" if text.endswith("\x1b") else ""
            return len(text)
        self._is_in_string = False
        return found.end()

    def _escape(self, token: str) -> None:
        if len(token) > 1 and token[1] in "]PX^_":
            self._is_in_string = True
        elif len(token) > 2 and token[1] == "[":
            self._control(token[2:-1], token[-1], token)
        elif token[1:] == "7":
            self._save()
        elif token[1:] == "8":
            self._restore()

    def _control(self, parameters: str, letter: str, token: str) -> None:
        if parameters.startswith("?"):
            if letter in "hl":
                self._mode(parameters[1:], is_on=letter == "h")
        elif self._is_elsewhere:
            return
        elif letter == "m":
            self._colour(parameters, token)
        else:
            numbers = [int(part) if part.isascii() and part.isdigit() else 0 for part in parameters[:20].split(";")]
            self._obey(letter, numbers[0], numbers[1] if len(numbers) > 1 else 0)

    def _mode(self, number: str, *, is_on: bool) -> None:
        if number == "25":
            self._is_cursor_hidden = not is_on
        elif number in ("1049", "1047", "47"):
            self._is_elsewhere = is_on  # an editor or a pager: its screen is not part of the output

    def _colour(self, parameters: str, token: str) -> None:
        if parameters in ("", "0"):
            self._pen = ""
        else:
            self._pen = token if parameters.startswith("0;") else self._pen + token
            if len(self._pen) > PEN_LIMIT:
                self._pen = token if len(token) <= PEN_LIMIT else ""

    # moves

    def _obey(self, letter: str, number: int, second: int) -> None:
        match letter:
            case "A" | "F":
                self._up(max(1, number))
            case "B" | "E":
                self._go_to(self._at + max(1, number))
            case "H" | "f":
                # Which row is the first of the screen is not known here, so it is the first that is held.
                self._up_at = self._now
                self._go_to(number - 1)
                self._set_column(second - 1)
            case "G":
                self._set_column(number - 1)
            case "C":
                self._set_column(self._column + max(1, number))
            case "D":
                self._set_column(self._column - max(1, number))
            case "K":
                self._erase_line(number)
            case "J":
                self._erase_screen(number)
            case "s":
                self._save()
            case "u":
                self._restore()
            case _:
                return
        if letter in "EF":
            self._column = 0

    def _up(self, count: int) -> None:
        self._row()
        self._leave()
        back = min(count - self._at, ROWS_LIMIT - len(self._rows))
        if back > 0:
            self._come_back(back)
        self._at = max(0, self._at - count)
        self._up_at = self._now
        for row in self._rows[self._at :]:
            row.visited_at = self._now
        self._draw()

    def _come_back(self, count: int) -> None:
        """To rows that were taken for finished, or were written before anything was drawn. If drawn, wait longer from now on."""
        if self._drawn_at is not None:
            self._patience = min(LONGEST_PATIENCE_SECONDS, max(self._patience, 2 * (self._now - self._drawn_at)))
        self._rows[:0] = [Row(self._now, is_ghost=True) for _ in range(count)]
        self._at += count

    def _go_to(self, number: int) -> None:
        self._row()
        self._leave()
        self._at = min(len(self._rows) - 1, max(0, number))
        self._draw()

    def _set_column(self, column: int) -> None:
        self._draw()
        self._column = min(TEXT_LIMIT - 1, max(0, column))

    def _erase_line(self, how: int) -> None:
        row = self._row()
        row.visited_at = self._now
        match how:
            case 0:
                row.erase(self._column, TEXT_LIMIT)
            case 1:
                row.erase(0, self._column + 1)
            case _:
                row.erase(0, TEXT_LIMIT)

    def _erase_screen(self, how: int) -> None:
        self._erase_line(how)
        rows = self._rows
        for row in rows[self._at + 1 :] if how == 0 else rows[: self._at] if how == 1 else rows:
            row.erase(0, TEXT_LIMIT)

    def _save(self) -> None:
        self._saved = (len(self._rows) - self._at, self._column)

    def _restore(self) -> None:
        self._go_to(len(self._rows) - max(1, self._saved[0]))
        self._column = self._saved[1]

    # rows

    @property
    def _is_holding(self) -> bool:
        """Whether this program is drawing several rows, so that one that was ended by a newline may be drawn again."""
        return self._is_cursor_hidden or self._now - self._up_at < 4 * self._patience

    def _may_move(self, row: Row) -> bool:
        return row.is_drawn and self._is_open_bar(row.text)

    def _leave(self, *, is_ending: bool = False) -> None:
        row = self._row()
        if row.is_dirty and row.is_drawn:
            row.is_dirty = False
            self._shown.append(Paint(row, row.text, is_ending))

    def _finish(self, count: int) -> None:
        """The first `count` rows will not be drawn any more. What was drawn and then wiped away is no line."""
        for row in self._rows[:count]:
            self._shown.append(Line(row, "", is_wiped=True) if row.is_wiped else Line(row, row.line))
            if row.is_drawn:
                self._drawn_at = row.visited_at
        del self._rows[:count]
        self._at = max(0, self._at - count)
