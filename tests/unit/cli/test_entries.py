from __future__ import annotations

from typing import Any

import pytest

from headway.cli.messages import Words
from headway.cli.screen.entries import EntryStyle, entry_lines
from headway.cli.screen.text import plain
from tests.unit.cli.material import at, log, texts

ENGLISH = Words("en")


def show(entry: dict[str, Any], **style: Any) -> list[str]:
    return texts(entry_lines(entry, EntryStyle(**style), ENGLISH))


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (log("hello"), ["hello"]),
        (log("careful", "warning"), ["WARN  careful"]),
        (log("from stderr", "warning", stream="stderr"), ["from stderr"]),
        (log("two\nlines"), ["two", "lines"]),
        (log("10%\r20%\r30%"), ["30%"]),
        (log("with", context={"sheet": 3, "who": "Lin\nYu"}), ["with  sheet=3 who=Lin Yu"]),
        (log("broke", "error", traceback="Traceback\n  line\n"), ["ERROR broke", "  Traceback", "    line"]),
        ({"kind": "step.started", "at": at(), "step": "1", "name": "load"}, ["▸ load"]),
        ({"kind": "step.ended", "step": "1", "name": "load", "outcome": "succeeded", "duration_seconds": 0.25}, ["✓ load  250 ms"]),
        (
            {"kind": "step.ended", "step": "1", "outcome": "failed", "error": {"type": "ValueError", "message": "no"}},
            ["✗ 1  ValueError: no"],
        ),
        ({"kind": "artifact.added", "name": "marks.csv", "size_bytes": 12_300}, ["+ marks.csv  12 kB"]),
        ({"kind": "result.stored", "size_bytes": 90}, ["result stored, 90 B"]),
        ({"kind": "attempt.started", "attempt": 1}, ["attempt 1 started"]),
        ({"kind": "attempt.started", "attempt": 2, "checkpoint": 7}, ["attempt 2 started from checkpoint 7"]),
        (
            {"kind": "attempt.ended", "attempt": 1, "outcome": "failed", "error": {"type": "E", "message": "m", "traceback": "T\n  U"}},
            ["✗ attempt 1 failed  E: m", "  T", "    U"],
        ),
        ({"kind": "command.given", "do": "cancel", "by": "lin"}, ["cancel, asked for by lin"]),
        ({"kind": "output.dropped", "line_count": 1200, "byte_count": 1, "reason": "quota"}, ["1,200 lines dropped: quota"]),
        ({"kind": "sheet.scanned", "at": at(), "seq": 4, "line": 2, "pages": 3}, ['sheet.scanned {"pages": 3}']),
    ],
)
def test_an_entry_reads(entry: dict[str, Any], shown: list[str]) -> None:
    assert show(entry) == shown


def test_levels_below_the_one_asked_for_are_left_out() -> None:
    entries = [log("d", "debug"), log("i"), log("w", "warning"), log("e", "error"), {"kind": "step.started", "step": "1", "name": "s"}]
    assert [plain for entry in entries for plain in show(entry, level="warning")] == ["WARN  w", "ERROR e"]
    assert show({"kind": "step.ended", "step": "1", "outcome": "failed"}, level="error") == ["✗ 1"]


def test_times_stand_before_each_line() -> None:
    assert show(log("a\nb"), times="full") == ["2026-11-22T09:30:00.000Z a", "2026-11-22T09:30:00.000Z b"]
    (clock,) = show(log("a"), times="clock")
    assert len(clock) == len("09:30:00 a")


def test_only_what_was_logged() -> None:
    assert show({"kind": "step.started", "step": "1", "name": "s"}, shows_events=False) == []
    assert show(log("a"), shows_events=False) == ["a"]


def test_colours_of_the_task_stay_in_a_terminal_only() -> None:
    entry = log("\x1b[32mgreen\x1b[0m")
    assert show(entry) == ["green"]
    (line,) = entry_lines(entry, EntryStyle(has_colour=True), ENGLISH)
    assert plain(line).startswith("\x1b[32mgreen")
