"""What answers depend on, by name, and which news change it. A topic that was *touched* has changed: what is older is not good any more.

Topics are coarse on purpose: one name too many costs a question to the store, one too few a wrong answer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from headway.live.bus.contract import BusNews
from headway.model.canary import CANARY_PROJECT
from headway.store.news import Appended, Changed, Deleted
from headway.store.samples import Sampled

RUNS = "runs"
"""Which runs there are, their states and what people wrote on them."""
TASKS, PRESETS, QUEUES = "tasks", "presets", "queues"
"""What was set, as `Changed` names it."""
SAMPLED = "sampled"
"""How hosts, processes, queues and routes are doing."""
UNSAID_LIMIT = 10_000
"""While Redis is away no more names than these are remembered; whatever was kept before is gone by then."""


def of_run(run: str) -> str:
    """A run that has ended, and its journal."""
    return f"run:{run}"


def of_caller(caller: str) -> str:
    """What a caller has changed."""
    return f"by:{caller}"


def touched_by(news: Iterable[BusNews]) -> set[str]:
    """The topics that these news change."""
    found: set[str] = set()
    for item in news:
        if isinstance(item, Appended):
            if item.is_run_changed and item.project != CANARY_PROJECT:
                found |= {RUNS, of_run(item.run)}
        elif isinstance(item, Deleted):
            if item.project != CANARY_PROJECT:
                found |= {RUNS, of_run(item.run)}
        elif isinstance(item, Sampled):
            found.add(SAMPLED)
        elif isinstance(item, Changed):
            found.add(item.what)
    return found


class Unsaid:
    """Topics that this process has touched and the others cannot know of yet. Filled by any thread, emptied by the loop's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, None] = {}
        self._on_their_way: dict[str, None] = {}
        self._taken_count = 0
        self.said_count = 0
        """So many times were all said that waited."""

    def add(self, topics: Iterable[str]) -> int:
        """They are said when `said_count` has come to this."""
        with self._lock:
            self._waiting.update(dict.fromkeys(topics))
            while len(self._waiting) > UNSAID_LIMIT:
                del self._waiting[next(iter(self._waiting))]
            return self._taken_count + 1

    def take(self) -> list[str]:
        """All that wait; they are on their way until `said`, or wait again after `failed`."""
        with self._lock:
            self._taken_count += 1
            self._on_their_way.update(self._waiting)
            self._waiting = {}
            return list(self._on_their_way)

    def said(self) -> None:
        with self._lock:
            self.said_count = self._taken_count
            self._on_their_way = {}

    def failed(self) -> None:
        with self._lock:
            self._waiting = self._on_their_way | self._waiting
            self._on_their_way = {}

    def holds(self, topics: Sequence[str]) -> bool:
        """Whether one of these is among them."""
        with self._lock:
            return any(topic in self._waiting or topic in self._on_their_way for topic in topics)
