"""What a process writes to stdout and stderr past Python (C code, subprocesses), as lines of the log and as progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from headway.model.clock import iso
from headway.model.events import LOG_WRITTEN, PROGRESS_REPORTED, STATUS_REPORTED
from headway.sdk.coalesce import FAST_SECONDS, SLOW_SECONDS, Bar, Sampled
from headway.sdk.masking import Mask
from headway.sdk.stream import Stream

BARS_KEPT = 200
"""Bars of one run that are remembered here; the view shows fewer."""


def written(text: str, *, level: str = "info", stream: str | None = None, **more: object) -> bytes:
    """A `log.written` event as JSON. Without `stream` it is the supervisor itself that speaks (logger ``headway``)."""
    said = {"stream": stream} if stream else {"logger": "headway"}
    return orjson.dumps({"kind": LOG_WRITTEN, "at": iso(), "level": level, "text": text, **said, **more})


class RawOutput:
    """Both streams of the child of one run: bytes in, events out. In the event loop alone.

    It is the `Board` of what is drawn there. Its bars are never the run's main one: that belongs to the code of the run.
    """

    def __init__(
        self, report: Callable[[bytes], None], later: Callable[[float, Callable[[], None]], object], mask: Mask | None = None
    ) -> None:
        """`report` takes an event as JSON; `later(seconds, function)` calls the function once, unless the run has ended by then.
        `mask`: takes secrets out of lines and bars."""
        self._report = report
        self._mask = mask
        self._later = later
        self._streams = {name: Stream(name, self, partial(self._say, name), mask=mask) for name in ("stdout", "stderr")}
        self._due: dict[Sampled, None] = {}
        self._is_waiting = False
        self._bars: dict[str, Bar] = {}
        self._bar_ids: dict[object, str] = {}
        self._bar_count = 0
        self.watched = 0
        """Viewers at this moment."""

    def feed(self, stream: str, data: bytes) -> None:
        self._streams[stream].feed(data)

    def close(self) -> None:
        """What stands after the last newline, and where the bars stopped."""
        for stream in self._streams.values():
            stream.close()
        now = time.monotonic()
        for bar in self._bars.values():
            bar.finish(now)
        self._due.clear()

    def _say(self, stream: str, text: str, goes_on: bool) -> None:
        if self._mask is not None:
            text = self._mask.line(text)
        self._report(written(text, stream=stream, part=True) if goes_on else written(text, stream=stream))

    # the board

    @property
    def interval_seconds(self) -> float:
        return FAST_SECONDS if self.watched else SLOW_SECONDS

    def open_bar(self, key: object, **shown: Any) -> Bar:
        """The bar of this key, or another one of that name if it is still open."""
        bar_id = self._bar_ids.get(key, "")
        if not bar_id or self._bars[bar_id].is_open:
            self._bar_count += 1
            self._bar_ids[key] = bar_id = f"output-{self._bar_count}"
            self._bars[bar_id] = Bar(bar_id, self)
            if len(self._bars) > BARS_KEPT:
                self._forget_a_bar()
        bar = self._bars[bar_id]
        bar.open(key, **shown)
        return bar

    def _forget_a_bar(self) -> None:
        gone = next((bar for bar in self._bars.values() if not bar.is_open and bar.key is not None), None)
        if gone is not None:
            gone.finish(time.monotonic())
            del self._bars[gone.id]
            self._bar_ids = {key: bar_id for key, bar_id in self._bar_ids.items() if bar_id != gone.id}

    def show_status(self, change: dict[str, str]) -> None:
        self._say_event({"kind": STATUS_REPORTED, "at": iso(), **change})

    def report_bar(self, bar: Bar, now: float) -> None:
        self._say_event({"kind": PROGRESS_REPORTED, "at": iso(), **bar.shown(now)})

    def _say_event(self, event: dict[str, Any]) -> None:
        self._report(orjson.dumps(event if self._mask is None else self._mask.event(event)))

    def attend(self, one: Sampled) -> None:
        self._due[one] = None
        if not self._is_waiting:
            self._is_waiting = True
            self._later(FAST_SECONDS, self._look)

    def _look(self) -> None:
        self._is_waiting = False
        now = time.monotonic()
        for one in list(self._due):
            if not one.sample(now, self.interval_seconds):
                self._due.pop(one, None)
        if self._due and not self._is_waiting:
            self._is_waiting = True
            self._later(min([self.interval_seconds, *(one.look_seconds for one in self._due)]), self._look)
