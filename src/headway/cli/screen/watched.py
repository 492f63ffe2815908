"""What is known of the run that is being watched: news in, state out. No I/O, no clock of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from headway.cli.documents import part
from headway.cli.screen.frame import Link
from headway.cli.screen.summary import Ending
from headway.model.clock import parse_iso
from headway.model.errors import Invalid
from headway.sdk.news import Connected, Disconnected, Entry, Finished, Gap, News, Reset, Unsubscribed, ViewChanged

ARTIFACTS_LIMIT = 100
CAUGHT_UP_SECONDS = 10.0
"""How long the badge tells of what was caught up after a broken connection."""


class Watched:
    """Handed each news once, in order, with the wall time at which it came."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.view: dict[str, Any] = {}
        self.link = Link()
        self.last_line = 0
        self.finished: Finished | None = None
        self.unsubscribed: Unsubscribed | None = None
        self.artifacts: list[dict[str, Any]] = []
        self.waiting: dict[str, Any] | None = None
        """Why it waits, while it is queued."""
        self.left: dict[str, float] | None = None
        """Seconds to its end at this moment, as past runs tell."""
        self._reconnected_at: datetime | None = None
        self._counting_until_live = False
        self._step_names: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        return self.finished is not None or self.unsubscribed is not None

    def take(self, news: News, now: datetime) -> dict[str, Any] | None:
        """Note it; the entry to show, if it is one."""
        match news:
            case Entry():
                return self._entry(news, now)
            case ViewChanged():
                self.view = news.view
                self._lag(part(news.view, "progress").get("at"), now)
            case Connected():
                self.link = replace(self.link, is_live=True, failures=0, caught_up=0)
                self._counting_until_live = news.is_again
                self._reconnected_at = now if news.is_again else None
            case Disconnected():
                self.link = replace(self.link, is_live=False, failures=news.failures)
            case Gap():
                if news.facet == "log":
                    self.last_line = max(self.last_line, news.last)
                    self.link = replace(self.link, gap_lines=self.link.gap_lines + news.last - news.first + 1)
            case Reset():
                self.view, self.last_line, self.artifacts = {}, 0, []
            case Finished():
                self.finished = news
                self.last_line = max(self.last_line, news.line)
            case Unsubscribed():
                self.unsubscribed = news
            case _:
                pass
        return None

    def _entry(self, news: Entry, now: datetime) -> dict[str, Any]:
        event = news.event
        self.last_line = news.line
        self._lag(event.get("at"), now)
        if self._counting_until_live and self._reconnected_at is not None:
            # What was written before we were back is what we caught up.
            if _moment(event.get("at"), now) <= self._reconnected_at:
                self.link = replace(self.link, caught_up=self.link.caught_up + 1)
            else:
                self._counting_until_live = False
        kind = event.get("kind")
        if kind == "artifact.added" and len(self.artifacts) < ARTIFACTS_LIMIT:
            self.artifacts.append(event)
        elif kind == "step.started":
            self._step_names[str(event.get("step"))] = str(event.get("name"))
        elif kind == "step.ended" and "name" not in event:
            # The end of a step names it by id only; a person wants its name.
            return {**event, "name": self._step_names.pop(str(event.get("step")), event.get("step"))}
        return event

    def _lag(self, at: Any, now: datetime) -> None:
        """Age of the newest event. Of what is old because it was caught up or replayed, nothing is said."""
        moment = _moment(at, None)
        if moment is None:
            return
        lag = max(0.0, (now - moment).total_seconds())
        if lag < 60.0:
            self.link = replace(self.link, lag_seconds=lag)

    def rest(self, now: datetime) -> None:
        """Time passes: after a while the badge forgets what was caught up."""
        if self._reconnected_at is not None and (now - self._reconnected_at).total_seconds() > CAUGHT_UP_SECONDS:
            self._reconnected_at = None
            self.link = replace(self.link, caught_up=0)

    def elapsed(self, now: datetime) -> float | None:
        """Seconds since the first attempt began, to its end if it has ended."""
        started = _moment(self.view.get("started_at"), None)
        if started is None:
            return None
        return max(0.0, (_moment(self.view.get("finished_at"), now) - started).total_seconds())

    def ending(self, now: datetime) -> Ending:
        """Once `finished` has come. Raises `Invalid` before."""
        if self.finished is None:
            raise Invalid("The run has not ended.")
        return Ending(
            run=self.run, view=self.view, state=self.finished.state, line_count=self.finished.line, is_complete=self.finished.is_complete,
            duration_seconds=self.elapsed(now), has_result=bool(self.view.get("has_result")) or self.finished.result is not None,
            result=self.finished.result, error=self.finished.error or self.view.get("error"), artifacts=tuple(self.artifacts),
        )  # fmt: skip


def _moment(at: Any, default: Any) -> Any:
    if not isinstance(at, str):
        return default
    try:
        return parse_iso(at)
    except ValueError:
        return default
