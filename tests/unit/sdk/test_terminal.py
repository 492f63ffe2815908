"""A terminal without a screen: what is written becomes finished lines and paints, however it is cut and whatever it is."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.model.events import TEXT_LIMIT
from headway.sdk.terminal import PATIENCE_SECONDS, ROWS_LIMIT, Line, Paint, Shown, Terminal

LATER = PATIENCE_SECONDS + 0.01
HIDE = "\x1b[?25l"
"""What a program that draws several rows begins with."""


def is_open(text: str) -> bool:
    return text.startswith("bar") and not text.endswith("100%")


def lines(shown: list[Shown]) -> list[str]:
    return [one.text for one in shown if isinstance(one, Line) and not one.is_wiped]


def paints(shown: list[Shown]) -> list[str]:
    return [one.text for one in shown if isinstance(one, Paint)]


def all_lines(text: str) -> list[str]:
    terminal = Terminal(is_open)
    return lines(terminal.feed(text, 0.0) + terminal.close())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", ["one", "two", "", "three"]),
        ("one\r\ntwo\r\r\n", ["one", "two"]),
        (" 10%\r 50%\r100%\n", ["100%"]),
        ("hello world\rJELLO\n", ["JELLO world"]),
        ("long text\rshort\x1b[K\n", ["short"]),
        ("long text\r\x1b[2Kshort\n", ["short"]),
        ("|\b/\b-\b\\\bdone\n", ["done"]),
        ("wiped away\r          \rkept\n", ["kept"]),
        ("only wiped\r          \r", []),
        ("tab\tstays, trailing space too \n", ["tab\tstays, trailing space too "]),
        ("a\x1b[5Cb\x1b[2Dc\n", ["a    cb"]),
        ("abc\x1b[1Gx\n", ["xbc"]),
        (HIDE + "one\ntwo\x1b[1A\rONE\n\n", ["ONE", "two"]),
        (HIDE + "one\ntwo\x1b[F1\x1b[E2\n", ["1ne", "2wo"]),
        (HIDE + "one\ntwo\x1b[Aup\x1b[Bdown\n", ["oneup", "two  down"]),
        (HIDE + "a\nb\nc\x1b[2A\x1b[J\rall\n", ["all"]),
        ("\x1b7saved\x1b8again\n", ["again"]),
        ("進度\r進\x1b[K\n", ["進"]),
        ("進度\rab\n", ["ab度"]),
        ("e\u0301x\ry\n", ["yx"]),
    ],
)
def test_a_line_is_kept_as_a_terminal_shows_it_at_last(text: str, expected: list[str]) -> None:
    assert all_lines(text) == expected


def test_colours_stay_and_end_with_their_line() -> None:
    assert all_lines("\x1b[31mred\x1b[0m plain\n") == ["\x1b[31mred\x1b[0m plain"]
    assert all_lines("\x1b[1m\x1b[31mon\noff\x1b[m\n") == ["\x1b[1m\x1b[31mon\x1b[0m", "\x1b[1m\x1b[31moff\x1b[0m"]
    assert all_lines("\x1b[31m10%\r\x1b[0;32m20%\n") == ["\x1b[0;32m20%\x1b[0m"]


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;title\x07", "\x1b]8;;http://example.org\x1b\\", "\x1b]52;c;c2VjcmV0\x07", "\x1bP+q\x1b\\", "\x07", "\x1b[?2004h", "\x1b(B",
     "\x1b=", "\x1b[999;999H", "\x1b[6n", "\x1b[?1049hsecret screen\x1b[?1049l", "\x1b_x\x1b\\"],
)  # fmt: skip
def test_what_is_not_text_is_inert(text: str) -> None:
    assert all_lines(f"a{text}\rab\n") == ["ab"]


def test_a_sequence_that_never_ends_takes_no_text_beyond_its_line() -> None:
    assert all_lines("\x1b]0;title without end\nnext\n") == ["", "next"]
    assert all_lines("\x1b[18446744073709551616Afar\n") == ["far"]
    assert all_lines("\x1b[" + "1" * 200 + "mtext\n") == ["[" + "1" * 200 + "mtext"]


def test_a_row_that_is_drawn_anew_is_told_each_time_the_cursor_leaves_it() -> None:
    terminal = Terminal(is_open)
    assert paints(terminal.feed("\r10%", 0.0)) == []
    assert paints(terminal.feed("\r20%\r30%", 0.0)) == ["10%", "20%"]
    assert paints(terminal.look(1.0)) == ["30%"]
    shown = terminal.feed("\n", 1.0)
    assert lines(shown) == ["30%"]


def test_rows_drawn_again_and_again_are_one_line_each() -> None:
    """As rich draws: back to the first row, and all of them again."""
    terminal = Terminal(is_open)
    shown = terminal.feed("\x1b[?25lbar 0%\nbar 0%", 0.0)
    for share in range(1, 101):
        shown += terminal.feed(f"\r\x1b[2K\x1b[1A\x1b[2Kbar {share}%\nbar {share}%", share / 10)
        shown += terminal.look(share / 10 + 0.05)
    assert lines(shown) == []
    assert lines(terminal.feed("\n\x1b[?25hafter\n", 10.1)) == []
    assert lines(terminal.look(10.1 + LATER)) == ["bar 100%", "bar 100%", "after"]


def test_a_line_above_drawn_rows_is_told_in_time() -> None:
    terminal = Terminal(is_open)
    terminal.feed("\x1b[?25lbar 1%\nbar 1%", 0.0)
    terminal.feed("\r\x1b[2K\x1b[1A\x1b[2Kin the middle\nbar 2%\nbar 2%", 0.1)
    terminal.feed("\r\x1b[2K\x1b[1A\x1b[2Kbar 3%\nbar 3%", 0.2)
    assert lines(terminal.look(0.1 + LATER)) == ["in the middle"]
    assert lines(terminal.close()) == ["bar 3%", "bar 3%"]


def test_a_program_that_pauses_long_is_waited_for_once_it_is_known() -> None:
    terminal = Terminal(is_open)
    seen: list[str] = []
    terminal.feed("\x1b[?25lrow\nrow", 0.0)
    for second in range(1, 20):
        seen += lines(terminal.look(second - 0.1))
        terminal.feed(f"\r\x1b[2K\x1b[1A\x1b[2Krow {second}\nrow {second}", float(second))
    assert seen == ["row", "row 1"]
    assert lines(terminal.close()) == ["row 19", "row 19"]


def test_a_stream_that_does_not_move_upwards_is_never_held_back() -> None:
    terminal = Terminal(is_open)
    assert lines(terminal.feed("\rbar 100%\nplain\n\rother\n", 0.0)) == ["bar 100%", "plain", "other"]


def test_garbage_takes_bounded_memory() -> None:
    terminal = Terminal(is_open)
    pieces = [
        "\x1b[5000B\x1b[9999A" + "█" * 5_000 + "\x1b[38;5;1m",
        "x" * 100_000 + "\r",
        "\n" * 500,
        "\x1b]" + "y" * 70_000,
        "\x1b[H\x07" * 300,
    ]
    for piece in pieces:
        terminal.feed(piece, 0.0)
    tracemalloc.start()
    try:
        for number in range(60):
            terminal.feed(pieces[number % len(pieces)], number / 1000)
        assert tracemalloc.get_traced_memory()[0] < 24 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_at_most_so_many_rows_are_held() -> None:
    terminal = Terminal(lambda text: True)
    shown = terminal.feed("\x1b[?25l" + "\r\x1b[Kbar\n" * 100, 0.0)
    assert len(lines(shown)) == 100 - ROWS_LIMIT + 1


def test_a_line_longer_than_an_entry_comes_in_parts() -> None:
    terminal = Terminal(is_open)
    shown = terminal.feed("\r" + "x" * (2 * TEXT_LIMIT + 5) + "\n", 0.0)
    parts = [(len(one.text), one.goes_on) for one in shown if isinstance(one, Line)]
    assert parts == [(TEXT_LIMIT, True), (TEXT_LIMIT, True), (5, False)]


PIECES = st.sampled_from(
    ["\r", "\n", "\b", "\r\n", "\t", "\x07", "\x1b[A", "\x1b[2A", "\x1b[1B", "\x1b[K", "\x1b[2K", "\x1b[J", "\x1b[?25l", "\x1b[?25h", "\x1b[31m",
     "\x1b[0m", "\x1b[H", "\x1b[3G", "\x1b]0;t\x07", "\x1b]8;;u\x1b\\", "\x1b7", "\x1b8", "\x1b", "\x1b[", "bar 45%", "bar 100%", "word ", "進", "e\u0301",
     "\x1b[?1049h", "\x1b[?1049l", "\r\r\n", "x" * 3_000]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.data())
def test_how_the_text_is_cut_changes_nothing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    whole, cut = Terminal(is_open), Terminal(is_open)
    expected = [(type(one), one.text) for one in _told(whole, [text])]
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert [(type(one), one.text) for one in _told(cut, parts)] == expected


def _told(terminal: Terminal, parts: list[str]) -> list[Shown]:
    shown: list[Shown] = []
    for part in parts:
        shown += terminal.feed(part, 0.0)
    return shown + terminal.close()
