"""Whether a worker of Celery hears what is sent to it. It may live, renew its leases, and hear nothing: its connection to the broker
hangs, Celery has forgotten a queue while connecting again, a pool no longer takes tasks.

So it sends itself a message by way of the broker now and then, an echo, from a connection that is not Celery's. Nothing here sends or
waits: it judges what it is told, by a clock that it is handed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from headway.store.places import Echoes

PERIODS = 3
"""A worker that has been deaf for so many periods ends."""
LEAST_TURN_SECONDS = 5.0
"""Turns that are further apart than this and a period: the process itself stood still."""


class Echo:
    """`turn` every second or so; `taken` and `heard` as it happens. Times in seconds of one monotonic clock."""

    def __init__(self, period_seconds: float) -> None:
        self.period_seconds = period_seconds
        self._served: Sequence[str] = ()
        self._listening: Collection[str] = ()
        self._number = 0
        """Of the last one that was sent."""
        self._heard_number = 0
        self._sent_at = float("-inf")
        self._turned_at: float | None = None
        self._unanswered_since: float | None = None
        """Since then the broker has one that did not come back, while there was room for it."""
        self._unlisted: dict[str, float] = {}
        """Queues that Celery does not ask the broker for, and since when."""
        self._heard_at: dict[str, float] = {}

    def turn(self, now: float, *, served: Sequence[str], listening: Collection[str], has_room: bool, is_away: bool) -> int | None:
        """How it is. Answers the number of an echo that is to be sent now.

        `served`: queues of the worker. `listening`: those that Celery asks the broker for. `has_room`: Celery takes no message while
        all its places are taken. `is_away`: the broker does not answer; nobody is called deaf for that.
        """
        has_stood = self._turned_at is not None and now - self._turned_at > max(self.period_seconds, LEAST_TURN_SECONDS)
        self._turned_at, self._served, self._listening = now, served, listening
        if is_away or has_stood:
            # What is on its way may be lost, or wait for us: another one says more.
            self._unanswered_since, self._heard_number = None, self._number
            self._unlisted.clear()
        elif not has_room and self._unanswered_since is not None:
            self._unanswered_since = now
        for queue in served:
            if is_away or queue in listening:
                self._unlisted.pop(queue, None)
            else:
                self._unlisted.setdefault(queue, now)
        if not has_room or now - self._sent_at < self.period_seconds:
            return None
        self._number += 1
        self._sent_at = now
        return self._number

    def taken(self, number: int, now: float) -> None:
        """The broker has taken it. (It may have come back already.)"""
        if number > self._heard_number and self._unanswered_since is None:
            self._unanswered_since = now

    def heard(self, number: int, now: float) -> None:
        """It came back: whatever Celery listens to, it hears."""
        self._heard_number = max(self._heard_number, number)
        self._unanswered_since = None
        for queue in self._served:
            if queue in self._listening:
                self._heard_at[queue] = now

    def rung(self, queue: str, now: float) -> None:
        """A bell of this queue came: that says as much. Where there is much to do, an echo waits its turn."""
        self._unanswered_since, self._heard_number = None, self._number
        self._heard_at[queue] = now

    def deaf(self, now: float) -> tuple[str, ...]:
        """Queues that were not heard for a period."""
        return self._unheard_for(self.period_seconds, now)

    def is_lost(self, now: float) -> bool:
        """A queue was not heard for `PERIODS`: time for another process."""
        return bool(self._unheard_for(PERIODS * self.period_seconds, now))

    def _unheard_for(self, seconds: float, now: float) -> tuple[str, ...]:
        since = {queue: self._unlisted.get(queue, self._unanswered_since) for queue in self._served}
        return tuple(queue for queue, at in since.items() if at is not None and now - at >= seconds)

    def echoes(self, now: float, at: datetime) -> Echoes:
        """For others. `at`: now, by their clock."""
        return Echoes(
            heard_at={queue: at - timedelta(seconds=now - self._heard_at[queue]) for queue in self._served if queue in self._heard_at},
            deaf=self.deaf(now),
        )
