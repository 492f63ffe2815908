from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.cli.screen.text import cells, clean, clip, cut, join, line, pad, plain, render, width_of


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("阅卷", 4), ("e\u0301", 1), ("✓ 完成", 6), ("\u200b", 0), ("👍", 2), ("═━", 2)]
)
def test_text_takes_the_columns_that_a_terminal_gives_it(text: str, width: int) -> None:
    assert cells(text) == width


@given(st.text(), st.integers(0, 40))
def test_cut_text_never_takes_more_room(text: str, width: int) -> None:
    assert cells(cut(text, width)) <= max(0, width)


@given(st.lists(st.text(max_size=8), max_size=6), st.integers(1, 30))
def test_a_clipped_line_never_takes_more_room(parts: list[str], width: int) -> None:
    content = tuple((part, "") for part in parts)
    assert width_of(clip(content, width)) <= width


@given(st.text())
def test_nothing_acts_on_a_terminal_after_cleaning(text: str) -> None:
    cleaned = clean(text)
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in cleaned)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]52;c;c2VjcmV0\x1b\\text", "text"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1bPq#0\x1b\\text", "text"),
        ("tab\there", "tab    here"),
        ("two\nlines", "two lines"),
        ("abc\u202edcba", "abcdcba"),
        ("\x9b31mc1", "31mc1"),
    ],
)
def test_control_sequences_are_taken_out(said: str, shown: str) -> None:
    assert clean(said) == shown


def test_colours_stay_where_they_are_wanted_and_end_with_the_line() -> None:
    assert clean("\x1b[31mred", has_colour=True) == "\x1b[31mred\x1b[0m"
    assert clean("\x1b[31mred\x1b[2K", has_colour=True) == "\x1b[31mred\x1b[0m"
    assert clean("plain", has_colour=True) == "plain"


def test_styles_are_written_only_with_colour() -> None:
    content = (("bold", "bold red"), (" plain", ""))
    assert render(content, has_colour=True) == "\x1b[1;31mbold\x1b[0m plain"
    assert render(content, has_colour=False) == "bold plain"


def test_empty_parts_leave_no_separator_behind() -> None:
    assert plain(join([line("a"), line(""), (), line("b")])) == "a · b"


def test_padding_counts_columns() -> None:
    assert pad("阅卷", 6) == "阅卷  "
    assert pad("12", 4, right=True) == "  12"
    assert pad("too long", 4) == "too…"
