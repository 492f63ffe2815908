"""The part of the contract that is about news: what a transaction announces after its commit. They are hints; the store is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """A run's journal has grown from `first_seq` to `last_seq`. `recorded_at`: seconds since 1970, or 0; never for order."""

    run: str
    project: str
    first_seq: int
    last_seq: int
    first_line: int
    """Line of the first entry in `entries`; `last_line + 1` when there are none."""
    last_line: int
    entries: Sequence[bytes]
    points: Sequence[bytes]
    """Events of the log facet, and of the metric facet, one JSON each."""
    patch: dict[str, Any]
    """The change of the view from `first_seq - 1` to `last_seq` (merge patch)."""
    event_count: int
    log_hash: int
    final_state: str | None = None
    """Set when this append ended the run."""
    recorded_at: float = 0.0
    is_run_changed: bool = False
    """Not only its journal has grown: its state, or what people wrote on it, is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A queue has something to claim (perhaps; another worker may be quicker)."""

    queue: str
    count: int = 1
    """How many runs, as far as whoever says it knows."""
    priority: int = 0
    """Of the most urgent of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """Someone wants something of a run that a worker holds: ``cancel``, ``pause``, ``resume``, ``stack``."""

    run: str
    worker: str
    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerWished:
    """Someone wants something of a worker: ``drain`` or ``restart``."""

    worker: str
    wish: str
    is_now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    run: str
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Something that people or children have set is another: ``tasks``, ``presets``, ``queues``."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A token has ended before its time, or a session with all its tokens: what was opened with it ends."""

    id: str
    """The token's `jti`, or the id of the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged:
    """What accounts may do is another, or one has been disabled. Empty `accounts`: of anybody (a role was changed, or a large group)."""

    accounts: frozenset[str] = frozenset()
    number: int = 0
    """As `Accounts.next_change` said it: who has heard all numbers before knows that nothing was missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A notice was given, or taken back: as `model/notice.py: notice_to_json` says it."""

    notice: dict[str, Any]
