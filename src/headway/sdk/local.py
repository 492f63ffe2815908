"""Reports when there is no Headway around: a task called as a plain function, in a shell or in a test."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.model.events import ARTIFACT_ADDED, LOG_WRITTEN, PROGRESS_REPORTED, STATUS_REPORTED, STEP_ENDED, STEP_STARTED, Event
from headway.model.fold import MAIN_BAR
from headway.sdk.kin import Kin, Wish
from headway.sdk.reporter import Recorded

if TYPE_CHECKING:
    from headway.sdk.notebook import NotebookBars

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR, "critical": logging.CRITICAL}
_BAR_WIDTH = 24

_logger = logging.getLogger("headway")


class LocalReporter:
    """Log lines go through `logging`, the newest bar to stderr if that is a terminal; the rest is dropped."""

    def __init__(self) -> None:
        self.watched = 1
        self._lock = threading.Lock()
        self._drawn = 0
        self._cells: NotebookBars | None = None

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        return False

    def report(self, event: Event) -> None:
        show = _SHOWS.get(event["kind"])
        if show is not None:
            show(self, event)

    def checkpoint(self, number: int, value: Any) -> Recorded:
        recorded = Recorded()
        recorded.settle()
        return recorded

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        if is_temporary:
            path.unlink(missing_ok=True)
        self.report({"kind": ARTIFACT_ADDED, "name": name})

    def start_children(self, kin: Kin, request: int, wishes: Sequence[Wish]) -> None:
        """Nobody else is there to execute them: they are called one after the other, here and now."""
        from headway.sdk.here import call_here  # a program without children does without it

        ends = [call_here(wish, f"local-{request}-{at}") for at, wish in enumerate(wishes)]
        for end in ends:
            kin.ended(end)
        kin.answer(request, [end["run"] for end in ends], None)

    def await_children(self, kin: Kin, runs: Sequence[str]) -> None:
        """They have ended."""

    def stand_aside(self, is_waiting: bool) -> None:
        """There is no place to leave."""

    def flush(self) -> None:
        """Nothing waits here."""

    def _log(self, event: Event) -> None:
        text = event["text"] + ("\n" + event["traceback"] if "traceback" in event else "")
        context = event.get("context")
        self._clear()
        _logger.log(_LEVELS.get(event["level"], logging.INFO), "%s%s", text, f" {context}" if context else "")

    def _status(self, event: Event) -> None:
        self._clear()
        _logger.info("%s", " · ".join(event[key] for key in ("stage", "text") if event.get(key)))

    def _step_started(self, event: Event) -> None:
        self._clear()
        _logger.info("step %s", event["name"])

    def _step_ended(self, event: Event) -> None:
        self._clear()
        _logger.info("step %s %s in %.2f s", event["step"], event["outcome"], event.get("duration_seconds", 0.0))

    def _artifact(self, event: Event) -> None:
        self._clear()
        _logger.info("artifact %s", event["name"])

    def _progress(self, event: Event) -> None:
        if is_notebook():
            self._draw_in_cell(event)
            return
        stream = sys.stderr
        if stream is None or not stream.isatty():  # pyright: ignore[reportUnnecessaryComparison]  (None under pythonw)
            return
        # One line on a terminal: the outermost bar has it.
        if "bar" in event and self._drawn:
            return
        text = draw(event)
        with self._lock:
            if event.get("is_closed"):
                stream.write("\r" + text.ljust(self._drawn) + "\n")
                self._drawn = 0
            else:
                width = _columns() - 1
                stream.write("\r" + text[:width].ljust(min(self._drawn, width)))
                self._drawn = len(text) if event.get("bar", MAIN_BAR) == MAIN_BAR else 0
            stream.flush()

    def _draw_in_cell(self, event: Event) -> None:
        from headway.sdk.notebook import NotebookBars

        with self._lock:
            cells = self._cells = self._cells or NotebookBars()
        cells.draw(event, draw(event))

    def _clear(self) -> None:
        """Take the bar away before a line is written; the sampler draws it again."""
        if self._drawn:
            with self._lock:
                sys.stderr.write("\r" + " " * self._drawn + "\r")
                self._drawn = 0


def is_notebook() -> bool:
    """Whether this program is the kernel of a notebook. Imports nothing: IPython is loaded there already."""
    shell_of = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = shell_of() if shell_of is not None else None
    return getattr(shell, "kernel", None) is not None


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


_SHOWS: dict[str, Callable[[LocalReporter, Event], None]] = {
    LOG_WRITTEN: LocalReporter._log,  # pyright: ignore[reportPrivateUsage]
    STATUS_REPORTED: LocalReporter._status,  # pyright: ignore[reportPrivateUsage]
    STEP_STARTED: LocalReporter._step_started,  # pyright: ignore[reportPrivateUsage]
    STEP_ENDED: LocalReporter._step_ended,  # pyright: ignore[reportPrivateUsage]
    ARTIFACT_ADDED: LocalReporter._artifact,  # pyright: ignore[reportPrivateUsage]
    PROGRESS_REPORTED: LocalReporter._progress,  # pyright: ignore[reportPrivateUsage]
}


def draw(event: Event) -> str:
    """A bar as one line of text: ``grading  45% ██████████▎  450/1,000 sheets 90.1/s 6 s left``."""
    done, total, elapsed = event["done"], event.get("total"), event.get("elapsed_seconds", 0.0)
    parts = [event["name"]] if event.get("name") else []
    if total:
        share = max(0.0, min(1.0, done / total))
        full = int(share * _BAR_WIDTH)
        parts += [f"{share:4.0%}", "█" * full + "░" * (_BAR_WIDTH - full), f"{done:,}/{total:,}"]
    else:
        parts.append(f"{done:,}")
    if event.get("unit"):
        parts.append(event["unit"])
    if elapsed > 0 and done:
        rate = done / elapsed
        parts.append(f"{rate:,.1f}/s")
        if total and not event.get("is_closed"):
            parts.append(f"{max(0.0, total - done) / rate:,.0f} s left")
    if event.get("message"):
        parts.append(event["message"])
    return " ".join(parts)
