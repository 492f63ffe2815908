"""Statements that took long: counted by who asked, told to the log, and the newest and the slowest of them kept. Each with its text,
where its values have places; the values themselves never come here."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from headway.model.clock import iso
from headway.model.samples import WORST_KEPT
from headway.model.statements import Purpose, SlowStatement, one_line
from headway.store.asking import Asker
from headway.store.sql.link import Link

_log = logging.getLogger("headway.store")

SLOW_SECONDS = 0.1
"""A statement that takes so long is slow, unless `HEADWAY_SLOW_STATEMENT_MS` says otherwise."""
KEPT = 50
"""As many newest, and as many slowest."""
ASKERS_LIMIT = 500
"""Counters: routes and acts are written in the code, so there are fewer; were there more, they would be one."""
OTHERS = "others"
_TELL_SECONDS = 10.0
"""A store in trouble is slow at every turn: the log hears of one statement this often."""
_TOLD_LIMIT = 1_000


class SlowStatements:
    """Of one process, since its store was opened. Written by the store's threads, read by anyone."""

    def __init__(self, slow_seconds: float = SLOW_SECONDS) -> None:
        self.slow_seconds = slow_seconds
        self._lock = threading.Lock()
        self._newest: deque[SlowStatement] = deque(maxlen=KEPT)
        self._slowest: list[SlowStatement] = []
        self._untaken: list[SlowStatement] = []
        self._counts: dict[tuple[Purpose, str], int] = {}
        self._told: dict[str, float] = {}
        self._untold_count = 0

    def note(self, text: str, seconds: float, purpose: Purpose, asked_by: str) -> None:
        found = SlowStatement(statement=one_line(text), purpose=purpose, asked_by=asked_by, seconds=round(seconds, 4), at=iso())
        with self._lock:
            key = (purpose, asked_by)
            if key not in self._counts and len(self._counts) >= ASKERS_LIMIT:
                key = (purpose, OTHERS)
            self._counts[key] = self._counts.get(key, 0) + 1
            self._newest.append(found)
            self._slowest = _slowest([*self._slowest, found], KEPT)
            self._untaken = _slowest([*self._untaken, found], WORST_KEPT)
            is_told, untold = self._is_told(found.statement)
        if is_told:
            _log.warning(
                "a statement took %.0f ms (%s, asked by %s; others since the last line: %d): %s",
                seconds * 1000, purpose, asked_by, untold, found.statement,
            )  # fmt: skip

    def _is_told(self, statement: str) -> tuple[bool, int]:
        now = time.monotonic()
        if now - self._told.get(statement, -_TELL_SECONDS) < _TELL_SECONDS:
            self._untold_count += 1
            return False, 0
        if len(self._told) >= _TOLD_LIMIT:
            self._told.clear()
        self._told[statement] = now
        untold, self._untold_count = self._untold_count, 0
        return True, untold

    def newest(self) -> Sequence[SlowStatement]:
        """The last one first."""
        with self._lock:
            return list(self._newest)[::-1]

    def slowest(self) -> Sequence[SlowStatement]:
        """The slowest first."""
        with self._lock:
            return list(self._slowest)

    def counts(self) -> dict[tuple[Purpose, str], int]:
        """How many there were, by what they were part of and who asked."""
        with self._lock:
            return dict(self._counts)

    def take(self) -> Sequence[SlowStatement]:
        """The slowest since the last call."""
        with self._lock:
            taken, self._untaken = self._untaken, []
            return taken


def _slowest(found: list[SlowStatement], limit: int) -> list[SlowStatement]:
    return sorted(found, key=lambda one: -one.seconds)[:limit]


class Watch:
    """What a connection tells of its slow statements. One thread's, as the connection is."""

    __slots__ = ("_asker", "_function", "_link", "_purpose", "_statements")

    def __init__(self, link: Link, statements: SlowStatements, purpose: Purpose) -> None:
        self._statements = statements
        self._purpose = purpose
        self._link = link
        self._asker: Asker | None = None
        self._function: Callable[..., Any] | None = None
        link.slow_seconds = statements.slow_seconds
        link.tell_slow = self._tell

    def begins(self, function: Callable[..., Any], asker: Asker | None) -> None:
        """From now on it works on this act or query."""
        self._function = function
        self._asker = asker

    def commit(self, group_size: int) -> None:
        """COMMIT, which all acts of the group wait for, with what is still to be sent."""
        began = time.monotonic()
        text = self._link.commit()
        seconds = time.monotonic() - began
        if seconds >= self._statements.slow_seconds:
            self._statements.note(text, seconds, Purpose.COMMIT, self._name() if group_size == 1 else "several acts")

    def _tell(self, text: str, seconds: float) -> None:
        self._statements.note(text, seconds, self._purpose, self._name())

    def _name(self) -> str:
        return self._asker() if self._asker is not None else name_of(self._function)


def name_of(function: Callable[..., Any] | None) -> str:
    """Where an act or query stands in our code; `elsewhere` for one that has no name."""
    inner: Any = function.func if isinstance(function, partial) else function
    module, name = getattr(inner, "__module__", None), getattr(inner, "__qualname__", None)
    if module is None or name is None:
        return "elsewhere"
    return f"{module.removeprefix('headway.')}: {name.partition('.<locals>')[0]}"
