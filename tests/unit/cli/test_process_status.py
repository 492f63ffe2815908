"""The log of a process: a line for each record, whoever wrote what stands in it."""

from __future__ import annotations

import logging

import pytest

from headway.cli.process_status import log_to_stderr

NASTY = [
    "one\n2026-11-22 ERROR headway.web: somebody else", "a\r\nb", "a\rb", "\x1b]52;c;evil\x07", "\x1b[2J", "a\x0bb", "a\x0cb", "a\x85b", "a\u2028b",
    "a\u2029b", "\0", "\x9b31m", "\ud800",
]  # fmt: skip


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> logging.Handler:
    """As the process has it, and gone afterwards."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    log_to_stderr("warning")
    (made,) = logging.root.handlers
    return made


@pytest.mark.parametrize("said", NASTY)
def test_a_record_is_one_line_whatever_stands_in_it(handler: logging.Handler, said: str) -> None:
    record = logging.LogRecord("headway.web", logging.WARNING, "x.py", 1, "refused: %s, from %s", (said, "203.0.113.9"), None)
    first, *rest = handler.format(record).split("\n")
    assert first[:4].isdigit()
    assert "WARNING  headway.web: refused: " in first
    assert all(line.startswith("  ") for line in rest), "what follows is indented: no line begins as a record does"
    assert not [letter for letter in first + "".join(rest) if ord(letter) < 32 or 127 <= ord(letter) < 160]


def test_a_traceback_follows_indented(handler: logging.Handler) -> None:
    try:
        raise RuntimeError("x\n2026-11-22 09:00:00,000 ERROR    headway.web: somebody else")
    except RuntimeError as error:
        record = logging.LogRecord("headway.web", logging.ERROR, "x.py", 1, "failed", (), (type(error), error, error.__traceback__))
    _, *rest = handler.format(record).split("\n")
    assert len(rest) >= 3
    assert all(line.startswith("  ") for line in rest)
