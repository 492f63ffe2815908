"""A reporter that keeps what it is told, for tests of what comes before any wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.model.clock import iso
from headway.model.errors import NoFamily
from headway.sdk.kin import Kin, Wish
from headway.sdk.reporter import Recorded

Event = dict[str, Any]


class Kept:
    def __init__(self, limit: int | None = None) -> None:
        """`limit`: keep only so many of the newest."""
        self.watched = 1
        self.events: deque[Event] = deque(maxlen=limit)

    def report(self, event: Event) -> None:
        self.events.append(dict(event))

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        self.report({"kind": "log.written", "at": iso(), "level": level, "text": text, **fields})
        return True

    def say(self, text: str, goes_on: bool) -> None:
        """As a `Stream` wants it."""
        self.line("info", text, {"part": True} if goes_on else {})

    def checkpoint(self, number: int, value: Any) -> Recorded:
        recorded = Recorded()
        recorded.settle()
        return recorded

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        self.report({"kind": "artifact", "name": name})

    def start_children(self, kin: Kin, request: int, wishes: Sequence[Wish]) -> None:
        kin.answer(request, [], {"code": NoFamily.code})

    def await_children(self, kin: Kin, runs: Sequence[str]) -> None:
        """There are none."""

    def stand_aside(self, is_waiting: bool) -> None:
        self.report({"kind": "stands aside", "is_waiting": is_waiting})

    def flush(self) -> None:
        """Nothing waits here."""

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.of("log.written")]
