"""What user code sees of the worker's environment."""

from __future__ import annotations

import pytest

from headway.work.environment import scrubbed


def test_programs_that_draw_are_told_that_somebody_looks_on() -> None:
    seen = scrubbed({"PATH": "/bin"})
    assert seen["PATH"] == "/bin"
    assert (seen["TTY_COMPATIBLE"], seen["TERM"], seen["COLUMNS"], seen["LINES"]) == ("1", "xterm-256color", "120", "40")


@pytest.mark.parametrize(("name", "value"), [("TTY_COMPATIBLE", "0"), ("TTY_INTERACTIVE", "0"), ("COLUMNS", "80"), ("TERM", "vt100")])
def test_what_the_worker_was_told_counts(name: str, value: str) -> None:
    assert scrubbed({name: value})[name] == value


def test_a_dumb_terminal_is_that_of_who_started_the_worker() -> None:
    assert scrubbed({"TERM": "dumb"})["TERM"] == "xterm-256color"


def test_nothing_is_coloured_by_force() -> None:
    assert not {"FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"} & scrubbed({"FORCE_COLOR": "1"}).keys()


def test_secrets_stay_with_the_worker() -> None:
    given = {"HEADWAY_TOKEN": "t", "HEADWAY_SECRET_KEY": "s", "HEADWAY_HOME": "/home", "AWS_SECRET": "x", "ALLOWED": "y"}
    assert not {"HEADWAY_TOKEN", "HEADWAY_SECRET_KEY", "AWS_SECRET", "ALLOWED"} & scrubbed(given).keys()
    assert scrubbed(given, ["ALLOWED"])["ALLOWED"] == "y"
