"""What a program draws on one of its streams, told as progress, status and lines.

A row that reads as a bar is progress; any other row that is drawn anew is the status text of the moment; and what a row looked
like at last becomes one line of the log. Nothing here knows whose stream it is: `Board` takes bars and status, `say` the lines.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from headway.model.bounds import NAME_TEXT, SHORT_TEXT
from headway.sdk import interrupts
from headway.sdk.bars import Reading, read_bar, read_line, without_spinner
from headway.sdk.coalesce import Bar, DrawnKey, Sampled
from headway.sdk.row import Row
from headway.sdk.terminal import ROWS_LIMIT, Line, Paint, Shown, Terminal

READ_SECONDS = 0.05
"""A row is read as a bar no more often than this: people do not see more, and some programs repaint 10,000 times a second."""
STATUS_SECONDS = 0.25
GONE_SECONDS = 1.0
"""A bar that stands nowhere for this time has come to its end."""
_DOWNLOADING = re.compile(r"^\s*Downloading (\S+)")


class Board(Protocol):
    """Takes bars and status text of one run, and looks at what waits: a run where its code runs, or its supervisor."""

    def open_bar(
        self, key: object, *, total: float | None, unit: str | None, name: str | None, message: str | None, step: str | None,
        base: float, elapsed_seconds: float,
    ) -> Bar: ...  # fmt: skip

    def show_status(self, change: dict[str, str]) -> None: ...

    def attend(self, one: Sampled) -> None:
        """Call `sample` from now on, until it says that there is nothing more to look at."""
        ...


@dataclass(slots=True, eq=False)
class _Drawn:
    """A bar that is drawn: where it stands, and what it said last."""

    key: DrawnKey
    bar: Bar
    row: Row
    reading: Reading
    step: str | None
    gone_at: float | None = None
    """Since when something else stands in its row, or nothing."""

    def is_continued_by(self, reading: Reading) -> bool:
        """Whether it may be the same bar under a new description ("epoch 1, loss 0.3")."""
        before = self.reading
        return (before.total, before.unit) == (reading.total, reading.unit) and reading.done >= before.done

    def show(self, reading: Reading) -> None:
        is_same = reading == self.reading
        self.reading = reading
        bar = self.bar
        bar.total, bar.unit, bar.message = reading.total, reading.unit, reading.message
        bar.name = reading.name or bar.name
        if not is_same:
            bar.update(reading.done)


class Drawing:
    """One stream of one run. May be fed from any thread, and looked at by another (`sample`)."""

    look_seconds = 0.1
    is_open = False

    def __init__(
        self,
        stream: str,
        board: Board,
        say: Callable[[str, bool], None],
        *,
        line_before: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`say(text, goes_on)` takes a line of the log. `line_before`: what was written last, before anything was drawn."""
        self._stream = stream
        self._board = board
        self._say = say
        self._clock = clock
        self._terminal = Terminal(_is_open_bar)
        self._bars: dict[Row, _Drawn] = {}
        self._gone: list[_Drawn] = []
        self._read_at: dict[Row, float] = {}
        self._unread: dict[Row, str] = {}
        self._status: str | None = None
        """To be told when it is time."""
        self._status_told = ""
        self._status_row: Row | None = None
        self._status_at = float("-inf")
        self._written: _Drawn | None = None
        """The bar of a program that writes a line for each look."""
        self._hint = _hint(line_before)
        """What the last line says is being downloaded: pip's bars have no names."""
        self.step: str | None = None
        """The step in which the program is now."""
        self._lock = threading.RLock()
        self._is_busy = False
        self._late: list[str] = []

    def feed(self, text: str) -> None:
        with self._lock:
            if self._is_busy:
                self._late.append(text)  # a signal handler that prints, in the middle of what it interrupted
                return
            self._shielded(lambda now: self._tell(self._terminal.feed(text, now), now))
        if self.is_due:
            self._board.attend(self)

    @property
    def is_due(self) -> bool:
        return self._terminal.is_waiting or bool(self._unread or self._gone) or self._status is not None

    def sample(self, now: float, interval_seconds: float) -> bool:
        """Tell what has been left alone or is due; whether to look again."""
        with self._lock:
            if not self._is_busy:
                self._shielded(self._look)
            return self.is_due

    def close(self) -> None:
        """The stream has ended, or its run."""
        with self._lock:
            self._shielded(lambda now: self._tell(self._terminal.close(), now))
            for drawn in [*self._bars.values(), *self._gone, *([self._written] if self._written else [])]:
                self._end(drawn)
            self._bars.clear()
            self._gone.clear()
            self._written = None
            self._status_at = float("-inf")
            self._tell_status(self._clock())

    def _shielded(self, work: Callable[[float], None]) -> None:
        """Whatever a signal handler raises waits until the rows are as they should be."""
        is_main = threading.get_ident() == interrupts.MAIN_THREAD
        interrupts.depth += is_main
        self._is_busy = True
        try:
            work(self._clock())
            while self._late:
                now = self._clock()
                self._tell(self._terminal.feed(self._late.pop(0), now), now)
        finally:
            self._is_busy = False
            interrupts.depth -= is_main
            if is_main and interrupts.pending is not None and not interrupts.depth:
                interrupts.raise_pending()

    def _look(self, now: float) -> None:
        self._tell(self._terminal.look(now), now)
        for row, text in list(self._unread.items()):
            self._read(row, text, now, is_ending=False)
        for drawn in [one for one in self._gone if now - (one.gone_at or now) >= GONE_SECONDS]:
            self._gone.remove(drawn)
            self._end(drawn)
        self._tell_status(now)

    def _tell(self, shown: list[Shown], now: float) -> None:
        for one in shown:
            if isinstance(one, Paint):
                self._see(one, now)
            else:
                self._finish(one, now)

    # rows

    def _see(self, paint: Paint, now: float) -> None:
        row, text = paint.row, paint.text
        if row in self._unread and (not text or _is_other(self._unread[row], text)):
            self._read(row, self._unread[row], now, is_ending=True)  # wiped away, or drawn over: what it said at last counts
        if paint.is_ending or not text or now - self._read_at.get(row, float("-inf")) >= READ_SECONDS:
            self._read(row, text, now, is_ending=paint.is_ending)
        else:
            self._unread[row] = text

    def _read(self, row: Row, text: str, now: float, *, is_ending: bool) -> None:
        self._unread.pop(row, None)
        self._read_at[row] = now
        reading = read_bar(text)
        if reading is not None:
            self._show(row, reading, now)
            return
        self._displace(row, now)
        if not is_ending and text:
            self._status, self._status_row = without_spinner(text)[:SHORT_TEXT], row
            self._tell_status(now)

    def _finish(self, line: Line, now: float) -> None:
        row = line.row
        if row in self._unread:
            self._read(row, self._unread[row], now, is_ending=True)
        if line.goes_on:
            self._say(line.text, True)
            return
        self._read_at.pop(row, None)
        drawn = self._bars.pop(row, None)
        if drawn is not None:
            self._end(drawn)
        if row is self._status_row:
            self._status, self._status_row = "", None  # it was of the moment, and the moment is over
            self._tell_status(now)
        if line.is_wiped or self._is_one_look(line):
            return
        self._hint = _hint(line.text)
        self._say(line.text, False)

    def _is_one_look(self, line: Line) -> bool:
        """Whether this is one of many lines that only say how far something has come."""
        reading = None if line.row.is_drawn else read_line(line.text)
        if reading is None:
            return False
        if self._written is None or not self._written.is_continued_by(reading):
            self._written = self._open(line.row, reading)
        else:
            self._update(self._written, reading)
        if not reading.is_complete:
            return True
        self._end(self._written)
        self._written = None
        return False

    # bars

    def _show(self, row: Row, reading: Reading, now: float) -> None:
        drawn = self._bars.get(row)
        if drawn is None or drawn.reading.name != reading.name:
            moved = self._moved(row, reading)
            if moved is not None:
                self._displace(row, now)
                drawn = self._bars[row] = moved
                moved.row, moved.gone_at = row, None
            elif drawn is not None and not drawn.is_continued_by(reading):
                self._displace(row, now)
                drawn = None
        if drawn is None:
            self._bars[row] = self._open(row, reading)
        else:
            self._update(drawn, reading)
        if reading.name and self._unread:
            self._forget_older(reading)

    def _moved(self, row: Row, reading: Reading) -> _Drawn | None:
        """The bar of this name that stood elsewhere: rows move when something is written above them, or a bar comes to its end."""
        for one in self._gone:
            if one.reading.name == reading.name and one.is_continued_by(reading):
                self._gone.remove(one)
                return one
        for other, one in self._bars.items():
            if reading.name and other is not row and one.reading.name == reading.name and one.is_continued_by(reading):
                del self._bars[other]
                return one
        return None

    def _forget_older(self, reading: Reading) -> None:
        """What the bar said in rows that it has left, and that was not read in time, is older than what it says now: read later it
        would be another bar of that name, in the place of the end."""
        for other, text in list(self._unread.items()):
            there = self._bars.get(other)
            unread = read_bar(text) if there is None or there.reading.name != reading.name else None
            if unread is not None and unread.name == reading.name and unread.done <= reading.done:
                del self._unread[other]

    def _displace(self, row: Row, now: float) -> None:
        drawn = self._bars.pop(row, None)
        if drawn is None:
            return
        drawn.gone_at = now
        self._gone.append(drawn)
        if len(self._gone) > ROWS_LIMIT:
            self._end(self._gone.pop(0))

    def _open(self, row: Row, reading: Reading) -> _Drawn:
        name = reading.name or self._hint
        key = DrawnKey(self._stream, name)
        bar = self._board.open_bar(
            key, total=reading.total, unit=reading.unit, name=name or None, message=reading.message, step=self.step, base=reading.done,
            elapsed_seconds=reading.elapsed_seconds or 0.0,
        )  # fmt: skip
        if reading.is_complete:
            bar.close()
        return _Drawn(key=key, bar=bar, row=row, reading=reading, step=self.step)

    def _update(self, drawn: _Drawn, reading: Reading) -> None:
        is_ours = drawn.bar.is_open and drawn.bar.key == drawn.key
        if is_ours:
            drawn.show(reading)
            if reading.is_complete:
                drawn.bar.close()
        elif reading != drawn.reading and not (reading.is_complete and drawn.reading.is_complete):
            # It begins again, its step has ended, or user code has taken the bar for itself.
            again = self._open(drawn.row, reading)
            drawn.bar, drawn.key, drawn.reading = again.bar, again.key, reading

    def _end(self, drawn: _Drawn) -> None:
        if drawn.bar.is_open and drawn.bar.key == drawn.key:
            drawn.bar.close()

    # status

    def _tell_status(self, now: float) -> None:
        if self._status == self._status_told:
            self._status = None
        elif self._status is not None and now - self._status_at >= STATUS_SECONDS:
            self._status_told, self._status, self._status_at = self._status, None, now
            self._board.show_status({"text": self._status_told})


def _is_other(before: str, text: str) -> bool:
    """Whether another bar is drawn over this one, as far as is to be seen at a glance."""
    name, colon, _ = before.partition(":")
    return bool(colon) and ":" in text and not text.startswith(name)


def _hint(line: str) -> str:
    found = _DOWNLOADING.match(line)
    return found[1].rpartition("/")[2][:NAME_TEXT] if found else ""


def _is_open_bar(text: str) -> bool:
    reading = read_bar(text)
    return reading is not None and not reading.is_complete
