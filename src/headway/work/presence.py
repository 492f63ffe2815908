"""That a worker is there: what it says of itself with each heartbeat, and what is asked of it meanwhile."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import headway
from headway.acts.attend import Attended
from headway.store import places


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants of this worker: ``drain`` or ``restart``."""

    wish: str
    is_now: bool
    """Give the runs back rather than finish them."""


class Presence:
    def __init__(
        self,
        worker: str,
        *,
        slots: int,
        queues: Callable[[], Sequence[str]],
        tasks: Callable[[], Sequence[str]],
        echoes: Callable[[datetime], places.Echoes | None],
    ) -> None:
        self._id = worker
        self._slots = slots
        self._queues = queues
        self._tasks = tasks
        self._echoes = echoes
        self._started_at = datetime.now(UTC)
        self.is_draining = False
        self.asked: Asked | None = None
        """The last thing that was asked of it."""
        self.on_asked: Callable[[Asked], object] = lambda asked: None
        """Called once for each new wish."""

    def read(self, attended: Attended) -> None:
        """Hear what is asked, if no news have said it."""
        if attended.wish is not None:
            self.hear(attended.wish, is_now=attended.is_now)

    def hear(self, wish: str, *, is_now: bool) -> None:
        asked = Asked(wish=wish, is_now=is_now)
        if asked != self.asked:
            self.asked = asked
            self.on_asked(asked)

    def described(self, now: datetime) -> places.Worker:
        """`now`: by the store's clock."""
        return places.Worker(
            id=self._id, host=socket.gethostname(), pid=os.getpid(), version=headway.__version__, started_at=self._started_at,
            heartbeat_at=now, slots=self._slots, queues=tuple(self._queues()), tasks=frozenset(self._tasks()),
            is_draining=self.is_draining, echoes=self._echoes(now),
        )  # fmt: skip
