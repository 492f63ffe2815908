"""What the tests of this room are made of: an output that writes into memory, views folded from events, and news of a run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.cli.formats import Language
from headway.cli.output import Output
from headway.cli.screen.text import Line, plain
from headway.model.clock import iso
from headway.model.fold import View, fold
from headway.sdk.news import Connected, Entry, Finished, News, ViewChanged

RUN = "01a205e3-ef3b-7ffd-ad08-0775070b5050"
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def at(seconds: float = 0.0) -> str:
    return iso((START + timedelta(seconds=seconds)).timestamp())


def moment(seconds: float = 0.0) -> datetime:
    return START + timedelta(seconds=seconds)


class Memory(Output):
    """An output whose two streams can be read again."""

    def __init__(
        self, *, is_terminal: bool = False, has_colour: bool = False, is_json: bool = False, width: int = 80, language: Language = "en"
    ) -> None:
        super().__init__(
            io.StringIO(), io.StringIO(), language=language, is_terminal=is_terminal, has_colour=has_colour, is_json=is_json, width=width
        )

    @property
    def written(self) -> str:
        assert isinstance(self.out, io.StringIO)
        return self.out.getvalue()

    @property
    def complained(self) -> str:
        assert isinstance(self.err, io.StringIO)
        return self.err.getvalue()


def created(name: str = "grade 7b") -> list[dict[str, Any]]:
    return [
        {"kind": "run.created", "at": at(), "name": name, "project": "default", "run_kind": "task", "task": "grade"},
        {"kind": "run.queued", "at": at()},
        {"kind": "run.running", "at": at()},
        {"kind": "attempt.started", "at": at(), "attempt": 1, "worker": "w"},
    ]


def view_of(*events: dict[str, Any], name: str = "grade 7b") -> View:
    view: View = {}
    for event in (*created(name), *events):
        fold(view, event)
    return view


def log(text: str, level: str = "info", **more: Any) -> dict[str, Any]:
    return {"kind": "log.written", "at": at(), "level": level, "text": text, **more}


def progress(done: float, total: float | None, **more: Any) -> dict[str, Any]:
    return {"kind": "progress.reported", "at": at(), "done": done, "total": total, **more}


def texts(lines: Sequence[Line]) -> list[str]:
    return [plain(content) for content in lines]


def a_short_run(*, result: Any = None, state: str = "succeeded", error: dict[str, Any] | None = None) -> list[News]:
    """Connected, two lines, a bar, a result, the end."""
    entries = [log("reading sheets"), log("a doubtful answer", "warning"), {"kind": "result.stored", "at": at(2), "size_bytes": 9}]
    ended = [
        progress(2, 2, unit="sheets"), *entries,
        {"kind": "attempt.ended", "at": at(2), "attempt": 1, "outcome": state}, {"kind": f"run.{state}", "at": at(2)},
    ]  # fmt: skip
    return [
        Connected(node="a", is_again=False),
        ViewChanged(run=RUN, seq=4, view=view_of(), patch=None),
        *(Entry(run=RUN, line=number, event=entry) for number, entry in enumerate(entries, 1)),
        ViewChanged(run=RUN, seq=9, view=view_of(*ended), patch=None),
        Finished(run=RUN, state=state, seq=9, line=3, is_complete=True, result=result, error=error),
    ]
