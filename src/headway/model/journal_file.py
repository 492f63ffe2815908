"""A journal as a file: JSON lines, the first about the run, then its events (PROTOCOL.md section 6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from headway.model.errors import Invalid
from headway.model.events import Event

FORMAT = "headway.journal.v1"


class InvalidJournal(Invalid):
    """Line {line} of the journal file is wrong: {reason}."""


def write_journal(run: Mapping[str, Any], view: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the file, each with its newline. `view` is the stored view after the last of the events."""
    yield _line({"format": FORMAT, "run": run, "view": view})
    for event in events:
        yield _line(event)


def read_journal(lines: Iterable[str | bytes]) -> tuple[dict[str, Any], list[Event]]:
    """What the first line says, and the events. Raises `InvalidJournal`, also for a hole in `seq`."""
    head: dict[str, Any] | None = None
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said: Any = json.loads(line)
        except ValueError as error:
            raise InvalidJournal(line=number, reason=f"it is not JSON ({error})") from None
        if not isinstance(said, dict):
            raise InvalidJournal(line=number, reason="it is not an object")
        if head is None:
            if said.get("format") != FORMAT:
                raise InvalidJournal(line=number, reason=f"the file does not begin as one of {FORMAT}")
            head = said
        elif said.get("seq") != len(events) + 1 or not isinstance(said.get("kind"), str):
            raise InvalidJournal(line=number, reason=f"an event with seq {len(events) + 1} is expected")
        else:
            events.append(said)
    if head is None:
        raise InvalidJournal(line=1, reason="the file is empty")
    return head, events


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
