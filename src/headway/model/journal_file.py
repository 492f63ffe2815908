"""A journal as a file: JSON lines, the first about the run, then its events (PROTOCOL.md section 5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from headway.model.errors import Conflict, Invalid
from headway.model.events import Event

FORMAT = "headway.journal.v1"


class InvalidJournal(Invalid):
    """Line {line} of the journal file is wrong: {reason}."""


class JournalIncomplete(Conflict):
    """The journal of this run is no longer whole: event {seq} is not kept. What is left of it cannot be replayed."""


def write_journal(run: Mapping[str, Any], view: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the file, each with its newline. `view` is the stored view after the last of the events.

    Raises `JournalIncomplete` where an event is missing.
    """
    yield _line({"format": FORMAT, "run": run, "view": view})
    for seq, event in enumerate(events, 1):
        if event["seq"] != seq:
            raise JournalIncomplete(seq=seq)
        yield _line(event)


def read_journal(lines: Iterable[str | bytes]) -> tuple[dict[str, Any], list[Event]]:
    """What the first line says, and the events. Raises `InvalidJournal`."""
    head: dict[str, Any] | None = None
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        said = _object(line, number)
        if head is None:
            if said.get("format") != FORMAT or not isinstance(said.get("run"), dict) or not isinstance(said.get("view"), dict):
                raise InvalidJournal(line=number, reason=f"it does not say that this is a file of {FORMAT}")
            head = said
        elif said.get("seq") != len(events) + 1 or not isinstance(said.get("kind"), str):
            raise InvalidJournal(line=number, reason=f"it is not the event with seq {len(events) + 1}")
        else:
            events.append(said)
    if head is None:
        raise InvalidJournal(line=1, reason="the file is empty")
    return head, events


def _object(line: str | bytes, number: int) -> dict[str, Any]:
    try:
        said: Any = json.loads(line)
    except ValueError as error:
        raise InvalidJournal(line=number, reason=f"it is not JSON ({error})") from None
    if not isinstance(said, dict):
        raise InvalidJournal(line=number, reason="it is not an object")
    return cast("dict[str, Any]", said)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
