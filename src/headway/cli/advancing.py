"""How far a command of this machine has come: a bar in a terminal, else a line now and then.

On standard error, for the result is the output.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

from headway.cli.formats import format_bytes, format_count, format_percent
from headway.cli.output import Output
from headway.cli.screen.bar import bar_line
from headway.cli.screen.text import render

_STAGES = {"copying": "db.copying", "checking": "db.checking", "restoring": "db.restoring", "comparing": "db.comparing"}
_DRAW_SECONDS = 0.1
_SAY_SECONDS = 10.0


class Advance(Protocol):
    """What a command tells of itself."""

    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def part(self) -> str: ...


class Drawing:
    """Call it with each `Advance`. Silent with --json; the bar is gone when the block is left."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._is_terminal = output.is_terminal and output.err.isatty()
        self._stage = ""
        self._began = self._drawn = 0.0
        self._first = 0
        self._is_dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._wipe()

    def __call__(self, advance: Advance) -> None:
        if self._output.is_json:
            return
        now = time.monotonic()
        is_new = advance.stage != self._stage
        if is_new:
            self._stage, self._began, self._first = advance.stage, now, advance.done
        if is_new or now - self._drawn >= (_DRAW_SECONDS if self._is_terminal else _SAY_SECONDS):
            self._drawn = now
            (self._draw if self._is_terminal else self._say)(advance, now)

    def _draw(self, advance: Advance, now: float) -> None:
        spent = now - self._began
        rate = (advance.done - self._first) / spent if spent > 0.5 else None
        total = advance.total or None
        left = (advance.total - advance.done) / rate if rate and total else None
        label = f"{self._output.words(_STAGES[advance.stage])} {advance.part}".rstrip()
        bar = {
            "done": advance.done,
            "total": total,
            "unit": self._output.words("db.rows") if advance.unit == "rows" else advance.unit,
            "rate": rate,
            "eta_seconds": left,
        }
        width = self._output.size[0] - 1
        content = bar_line(bar, width, self._output.words, label=label, label_width=max(24, len(label)), tick=int(now * 5))
        self._output.err.write("\r\x1b[2K" + render(content, has_colour=self._output.has_colour))
        self._output.err.flush()
        self._is_dirty = True

    def _say(self, advance: Advance, _now: float) -> None:
        stage = self._output.words(_STAGES[advance.stage])
        count = format_bytes if advance.unit == "B" else format_count
        parts = [stage, advance.part, format_percent(advance.done, advance.total) if advance.total else ""]
        if advance.done:
            parts.append(count(advance.done, self._output.language))
        self._output.err.write(" ".join(part for part in parts if part) + "\n")
        self._output.err.flush()

    def _wipe(self) -> None:
        if self._is_dirty:
            self._output.err.write("\r\x1b[2K")
            self._output.err.flush()
            self._is_dirty = False
