"""What a viewer is told: the facts that `headway.Client.follow` and `Viewer.receive` give out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a run's log. Each line comes once, and in order."""

    run: str
    line: int
    event: dict[str, Any]
    """``kind``, ``at``, ``seq``, ``line`` and what the kind carries (PROTOCOL.md section 1)."""

    @property
    def text(self) -> str:
        """The text of a log line; of another entry its kind."""
        text = self.event.get("text")
        return text if isinstance(text, str) else str(self.event.get("kind", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChanged:
    run: str
    seq: int
    view: dict[str, Any]
    """The whole view at `seq`. The same object is changed by later news: copy what you keep."""
    patch: dict[str, Any] | None
    """What changed (RFC 7396); None: the view is new as a whole."""
    folded: int = 0
    """Updates that were merged into this one beyond the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    run: str
    points: list[dict[str, Any]]
    """``metric.reported`` events."""
    is_thinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Part of a facet is not to be had here any more, and will not come."""

    run: str
    facet: str
    first: int
    last: int
    why: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The store is another one, or was restored: what was shown of the run no longer counts. A new view and log follow."""

    run: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The run has ended. Comes once, after the last line."""

    run: str
    state: str
    seq: int
    line: int
    is_complete: bool
    """Whether every entry from the first one asked for was seen, by count and by `log_hash`."""
    result: Any = None
    result_url: str | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """The server shows this run no longer (or never did): not found, or no longer allowed."""

    run: str
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the server says to all its viewers: `draining`, `degraded`, `restored`."""

    kind: str
    title: str
    code: str | None = None
    """What is degraded, or restored: `bus_away`, `news_lost`."""
    late_seconds: float | None = None
    """Of what is degraded: how late news may be, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExpiring:
    in_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of a command."""

    id: str
    is_done: bool
    code: str = ""
    message: str = ""
    fields: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    node: str
    is_again: bool
    """Whether the connection was there before: nothing was lost in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The wire is gone; it is tried again after `retry_in_seconds`."""

    code: int
    why: str
    retry_in_seconds: float
    failures: int


News = Entry | ViewChanged | Points | Gap | Reset | Finished | Unsubscribed | Notice | TokenExpiring | Answered | Connected | Disconnected
