"""What the news of a watched run do not say: why it waits, and when it will end. Asked beside them, every few seconds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.cli.remote import Remote
from headway.model.errors import HeadwayError
from headway.model.eta import Basis
from headway.model.states import ACTIVE, RunState

EVERY_SECONDS = 5.0
_WAITS = frozenset({RunState.QUEUED, RunState.AWAITING_APPROVAL})
_ASKED_OF = _WAITS | ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, and what it is about."""

    state: str
    at: datetime
    waiting: dict[str, Any] | None = None
    left: dict[str, float] | None = None
    """Seconds to the end at that moment: low, middle, high. None: past runs say nothing of it."""


class Ahead:
    """Never in the way: a thread asks, and what has not been answered is not shown."""

    def __init__(self, remote: Remote, run: str) -> None:
        self._remote = remote
        self._run = run
        self._told: Told | None = None
        self._asked: tuple[str, datetime] | None = None
        self._thread: threading.Thread | None = None

    def rest(self, state: str, now: datetime) -> None:
        """Ask, if it is time to: the run is in another state, or some seconds have passed."""
        if state not in _ASKED_OF or (self._thread is not None and self._thread.is_alive()):
            return
        if self._asked is not None and self._asked[0] == state and (now - self._asked[1]).total_seconds() < EVERY_SECONDS:
            return
        self._asked = (state, now)
        self._thread = threading.Thread(target=self._ask, args=(state, now), name="headway-ahead", daemon=True)
        self._thread.start()

    def told(self, state: str) -> Told | None:
        """The newest answer, if it is about a run in this state."""
        return self._told if self._told is not None and self._told.state == state else None

    def _ask(self, state: str, now: datetime) -> None:
        try:
            if state in _WAITS:
                self._told = Told(state=state, at=now, waiting=self._remote.get(f"/runs/{self._run}/waiting"))
            else:
                said = self._remote.estimate(self._run)["estimate"]
                # Of the pace alone the bar's own rate tells as much.
                left = None if said is None or said["basis"] == Basis.RATE else said["left"]
                self._told = Told(state=state, at=now, left=left)
        except HeadwayError:
            return  # the picture tells that the server is gone
