"""How a watched run is shown while it goes on: in a terminal, in a pipe, as JSON, or not at all. One shape, four ways."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from headway.cli.formats_of_time import format_about, format_spell
from headway.cli.output import Output
from headway.cli.screen.area import MARGIN, Area
from headway.cli.screen.bar import progress_text
from headway.cli.screen.entries import EntryStyle, entry_lines
from headway.cli.screen.family import family_text
from headway.cli.screen.frame import Moment, draw_run
from headway.cli.screen.state import state_line
from headway.cli.screen.summary import summary_lines
from headway.cli.screen.text import Line, clean, join, line, plain
from headway.cli.screen.waiting import expected_text, waiting_text
from headway.cli.screen.watched import Watched
from headway.sdk.news import Entry, Finished, Gap, News, Reset, ViewChanged

PRINTED_AT_ONCE = 2_000
"""Lines printed above the picture with one write: a long replay is shown in such pieces, and the picture stays alive."""


class Picture(Protocol):
    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        """One piece of news, which `Watched` has noted before."""
        ...

    def tell(self, text: str) -> None:
        """A sentence of the command itself."""
        ...

    def rest(self, now: datetime) -> None:
        """Called when nothing waits, and at least some times a second."""
        ...

    def close(self, ending_now: datetime | None) -> None:
        """Leave the terminal as it should stay. With a time: the run has ended, show how."""
        ...


class TerminalPicture:
    """The log scrolls; below it stands the picture of the run."""

    def __init__(self, watched: Watched, output: Output, style: EntryStyle, *, hint: str = "") -> None:
        self._watched, self._output, self._style, self._hint = watched, output, style, hint
        self._area = Area(output.out, lambda: output.size, has_colour=output.has_colour)
        self._above: list[Line] = []
        self._tick = 0
        self._now: datetime | None = None

    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        match news:
            case Gap():
                self._above.append(line(gap_text(news, self._output), "yellow"))
            case Reset():
                self._above.append(line(self._output.words("watch.reset"), "yellow"))
            case _ if entry is not None:
                self._above.extend(entry_lines(entry, self._style, self._output.words))
            case _:
                return
        if len(self._above) >= PRINTED_AT_ONCE:
            self._draw(self._now)

    def tell(self, text: str) -> None:
        self._above.append(line(text, "yellow"))

    def rest(self, now: datetime) -> None:
        self._tick += 1
        self._now = now
        self._draw(now)

    def _draw(self, now: datetime | None) -> None:
        width, height = self._output.size
        watched = self._watched
        elapsed = watched.elapsed(now) if now is not None else None
        moment = Moment(
            width=width - MARGIN, height=height, elapsed_seconds=elapsed, line_count=watched.last_line, tick=self._tick, hint=self._hint,
            waiting=why_waiting(watched, self._output, now), expected=expected_start(watched, self._output, now),
            left=left_text(watched, self._output),
        )  # fmt: skip
        picture = draw_run(watched.view, watched.link, moment, self._output.words) if watched.view or not watched.link.is_live else []
        above, self._above = self._above, []
        self._area.draw(above, picture)

    def close(self, ending_now: datetime | None) -> None:
        self._draw(ending_now)
        self._area.close()
        if ending_now is not None:
            self._output.line(line("─" * (self._output.size[0] - MARGIN), "dim"))
            show_ending(self._watched, self._output, ending_now)


class PlainPicture:
    """For pipes and files: the log as it is, and between it, at most once a second, a line about what changed."""

    def __init__(self, watched: Watched, output: Output, style: EntryStyle) -> None:
        self._watched, self._output, self._style = watched, output, style
        self._told: str = ""
        self._told_at: datetime | None = None
        self._state = ""
        self._was_live = True

    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        match news:
            case Gap():
                self._output.line(gap_text(news, self._output))
            case Reset():
                self._output.line(self._output.words("watch.reset"))
            case _ if entry is not None:
                for content in entry_lines(entry, self._style, self._output.words):
                    self._output.line(plain(content))
            case _:
                pass

    def tell(self, text: str) -> None:
        self._output.line("· " + text)

    def rest(self, now: datetime) -> None:
        self._tell(now)
        self._output.out.flush()

    def _tell(self, now: datetime) -> None:
        watched, words = self._watched, self._output.words
        if watched.link.is_live != self._was_live:
            self._was_live = watched.link.is_live
            self._output.line("· " + words("badge.back" if self._was_live else "badge.reconnecting", failures=watched.link.failures))
        state = str(watched.view.get("state", ""))
        is_due = self._told_at is None or (now - self._told_at).total_seconds() >= 1.0
        if not state or not (is_due or state != self._state):
            return
        told = plain(self._status(state, now))
        if told != self._told:
            self._output.line("· " + told)
            self._told, self._told_at, self._state = told, now, state

    def _status(self, state: str, now: datetime) -> Line:
        view, words = self._watched.view, self._output.words
        parts = [state_line(state, words.language)]
        if view.get("attempt", 0) > 1:
            parts.append(line(words("frame.attempt", attempt=view["attempt"])))
        parts.append(line(why_waiting(self._watched, self._output, now)))
        parts.append(line(family_text(view["children"], words) if view.get("children") else ""))
        parts.append(line(clean(view.get("stage", ""))))
        parts.append(line(progress_text(view, words)))
        parts.append(line(clean(view.get("status_text", ""))))
        return join(parts)

    def close(self, ending_now: datetime | None) -> None:
        if ending_now is not None:
            show_ending(self._watched, self._output, ending_now)
        self._output.out.flush()


class JsonPicture:
    """One JSON document a line: ``entry``, ``view`` (at most one a second), ``gap``, ``reset``, ``finished``."""

    def __init__(self, watched: Watched, output: Output) -> None:
        self._watched, self._output = watched, output
        self._is_new = False
        self._told_at: datetime | None = None

    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        match news:
            case Entry():
                self._output.json({"type": "entry", "run": news.run, **news.event})
            case ViewChanged():
                self._is_new = True
            case Gap():
                gap = {"facet": news.facet, "from": news.first, "to": news.last, "why": news.why}
                self._output.json({"type": "gap", "run": news.run, **gap})
            case Reset():
                self._output.json({"type": "reset", "run": news.run, "why": news.why})
            case Finished():
                self._view()
                self._output.json(
                    {
                        "type": "finished", "run": news.run, "state": news.state, "line": news.line, "seq": news.seq,
                        "is_complete": news.is_complete, "result": news.result, "result_url": news.result_url, "error": news.error,
                    }
                )  # fmt: skip
            case _:
                pass

    def _view(self) -> None:
        if self._is_new:
            self._is_new = False
            self._output.json({"type": "view", "run": self._watched.run, "view": self._watched.view})

    def tell(self, text: str) -> None:
        pass

    def rest(self, now: datetime) -> None:
        if self._told_at is None or (now - self._told_at).total_seconds() >= 1.0:
            self._told_at = now
            self._view()

    def close(self, ending_now: datetime | None) -> None:
        self._output.out.flush()


class QuietPicture:
    """Nothing but the result, as JSON, once it is there."""

    def __init__(self, watched: Watched, output: Output) -> None:
        self._watched, self._output = watched, output

    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        pass

    def tell(self, text: str) -> None:
        pass

    def rest(self, now: datetime) -> None:
        pass

    def close(self, ending_now: datetime | None) -> None:
        if ending_now is None:
            return
        ending = self._watched.ending(ending_now)
        if ending.has_result:
            self._output.json(ending.result)


def why_waiting(watched: Watched, output: Output, now: datetime | None) -> str:
    return waiting_text(watched.waiting, output.words, now) if watched.waiting is not None and now is not None else ""


def expected_start(watched: Watched, output: Output, now: datetime | None) -> str:
    return expected_text(watched.waiting, output.words, now) if watched.waiting is not None and now is not None else ""


def left_text(watched: Watched, output: Output) -> str:
    left = watched.left
    if left is None:
        return ""
    language = output.language
    return output.words("frame.left", about=format_about(left["middle"], language), range=format_spell(left["low"], left["high"], language))


def gap_text(gap: Gap, output: Output) -> str:
    return output.words("watch.gap", first=gap.first, last=gap.last, why=gap.why)


def show_ending(watched: Watched, output: Output, now: datetime) -> None:
    width = output.size[0] if output.is_terminal else 160
    for content in summary_lines(watched.ending(now), width, output.words):
        output.line(content)
