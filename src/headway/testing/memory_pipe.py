"""A report pipe without a pipe: what a run says is heard in the thread that says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

_MESSAGE = b'"child.'


class MemoryPipe:
    """Stands where a child has its `ReportPipe`. The lines are the same; here they are told apart at once."""

    def __init__(self, *, report: Callable[[bytes], None], message: Callable[[str, dict[str, Any]], None]) -> None:
        """`report` takes an event as JSON, `message` the kind and the fields of a ``child.…`` line."""
        self._report = report
        self._message = message

    def send(self, line: bytes) -> None:
        body = line.rstrip(b"\n").partition(b" ")[2]
        if _MESSAGE in body:
            said: Any = orjson.loads(body)
            if str(said.get("kind")).startswith("child."):
                self._message(said["kind"], said)
                return
        self._report(body)

    send_soon = send

    def flush(self) -> None:
        """Nothing waits here."""
