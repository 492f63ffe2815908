"""A run whose reports go through a real pipe to a thread that reads them, as a supervisor does."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headway.sdk.context import RunContext, enter
from headway.sdk.report_pipe import ReportPipe
from headway.sdk.reporter import PipeReporter

Event = dict[str, Any]


class Piped:
    """The supervisor's end: what came, in order, and whether each line was whole."""

    def __init__(self, *, acknowledges: bool = True, watched: int = 1) -> None:
        self._reading, self.writing = os.pipe()
        self.pipe = ReportPipe(self.writing)
        self.reporter = PipeReporter(self.pipe, 1, watched=watched)
        self.acknowledges = acknowledges
        self.events: list[Event] = []
        self.sizes: list[int] = []
        self._may_read = threading.Event()
        self._may_read.set()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb") as lines:
            for line in lines:
                self._may_read.wait()
                slot, _, text = line.partition(b" ")
                assert slot == b"1"
                event = json.loads(text)
                self.sizes.append(len(line))
                self.events.append(event)
                if event["kind"] == "child.checkpoint" and self.acknowledges:
                    self.reporter.acknowledge(event["number"])

    def pause_reading(self) -> None:
        self._may_read.clear()

    def go_on_reading(self) -> None:
        self._may_read.set()

    def close(self) -> None:
        self.go_on_reading()
        self.pipe.close()
        os.close(self.writing)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.of("log.written")]


@contextmanager
def piped(*, acknowledges: bool = True, watched: int = 1) -> Iterator[Piped]:
    """The supervisor's end alone; after the block all lines have been read."""
    other_end = Piped(acknowledges=acknowledges, watched=watched)
    try:
        yield other_end
    finally:
        other_end.close()


@contextmanager
def a_run(other_end: Piped, **about: Any) -> Iterator[RunContext]:
    with enter(RunContext(other_end.reporter, id="run", task="task", **about)) as run:
        yield run
