"""An exported journal, run through once more: its view at each event, and the frames that a viewer would have got.

Needs the base install alone.
"""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from headway.model.errors import HeadwayError
from headway.model.events import Event, Facet, facet_of, state_change
from headway.model.fold import View, fold
from headway.model.journal_file import read_journal
from headway.sdk.viewer import Viewer

EPOCH = "replay"


class ViewDiffers(HeadwayError):
    """Folding the journal gives another view than the one that was stored: {keys} differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a replay is like right after one event."""

    seq: int
    event: Event
    patch: dict[str, Any]
    """What the event changed, as merge patch (RFC 7396)."""
    view: View
    """A copy of its own."""


class Replay:
    """A journal file in memory. Made by `replay`."""

    def __init__(self, head: dict[str, Any], events: list[Event]) -> None:
        self.run: dict[str, Any] = head["run"]
        """What the file says about the run: at least its ``id``."""
        self.stored_view: View = head["view"]
        self.events = events

    def moments(self) -> Iterator[Moment]:
        """After each event, in order."""
        for seq, event, patch, view in self._folded():
            yield Moment(seq=seq, event=event, patch=patch, view=copy.deepcopy(view))

    def views(self) -> Iterator[tuple[int, View]]:
        """(seq, view) after each event: ``for seq, view in replay(file).views()``."""
        return ((moment.seq, moment.view) for moment in self.moments())

    def view_at(self, seq: int) -> View:
        """The view after the event with this seq; empty for 0. Raises `IndexError` beyond the last."""
        if not 0 <= seq <= len(self.events):
            raise IndexError(f"the journal has the events 1 to {len(self.events)}, not {seq}")
        nothing: View = {}
        return next((view for at, _, _, view in self._folded() if at == seq), nothing)

    def check(self) -> None:
        """Raise `ViewDiffers` unless folding the journal gives the stored view."""
        self.compare(self.view_at(len(self.events)))

    def compare(self, view: View) -> None:
        """Raise `ViewDiffers` unless this is the stored view."""
        folded = json.loads(json.dumps(view))
        keys = sorted(key for key in {*folded, *self.stored_view} if folded.get(key) != self.stored_view.get(key))
        if keys:
            raise ViewDiffers(keys=", ".join(keys), folded=folded, stored=self.stored_view)

    def play(self, listener: Callable[[Moment], object]) -> None:
        """Call it after each event, at once: an estimator, an assertion."""
        for moment in self.moments():
            listener(moment)

    def viewer(self) -> Viewer:
        """A viewer of this run that has said hello: hand it the `frames`."""
        viewer = Viewer([self.run["id"]])
        viewer.hello()
        return viewer

    def frames(self) -> Iterator[str]:
        """What the live wire would say (PROTOCOL.md section 4), one frame for each event, from the first to `finished`."""
        channel = f"run:{self.run['id']}"
        yield _frame({"type": "subscribed", "channel": channel, "epoch": EPOCH, "result": "fresh"},
                     {"type": "snapshot", "channel": channel, "seq": 0, "line": 0, "view": {}, "log_hash": 0})  # fmt: skip
        line, log_hash, result = 0, 0, None
        for seq, event, patch, _ in self._folded():
            messages: list[dict[str, Any]] = [{"type": "patch", "channel": channel, "seq": seq, "view": patch}]
            match facet_of(event["kind"]):
                case Facet.LOG:
                    line += 1
                    text = event.get("text")
                    log_hash = zlib.crc32((text if isinstance(text, str) else event["kind"]).encode("utf-8", "replace") + b"\n", log_hash)
                    messages.append({"type": "entries", "channel": channel, "first": line, "entries": [event]})
                case Facet.METRIC:
                    messages.append({"type": "points", "channel": channel, "points": [event]})
                case _:
                    pass
            if "value" in event and event["kind"] == "result.stored":
                result = event["value"]
            state = state_change(event["kind"])
            if state is not None and state.is_final:
                end = {"type": "finished", "channel": channel, "seq": seq, "line": line, "state": state.value, "log_hash": log_hash}
                messages.append({**end, "result": result, "error": event.get("error")})
            yield _frame(*messages)

    def _folded(self) -> Generator[tuple[int, Event, dict[str, Any], View]]:
        view: View = {}
        for event in self.events:
            patch = fold(view, event)
            yield event["seq"], event, patch, view


def replay(file: str | PathLike[str]) -> Replay:
    """Read a file of `headway export` or `RunUnderTest.export`. Raises `InvalidJournal`, `OSError`."""
    with Path(file).open("rb") as lines:
        return Replay(*read_journal(lines))


def _frame(*messages: dict[str, Any]) -> str:
    return json.dumps(messages, ensure_ascii=False)
