"""The area, drawn on a terminal of a few lines of Python: what stands there is what should."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from headway.cli.screen.area import Area
from headway.cli.screen.text import line
from tests.unit.cli.terminal import Screen


def drawn(changes: list[tuple[list[str], list[str]]], *, is_closed: bool = False) -> list[str]:
    out = io.StringIO()
    area = Area(out, lambda: (80, 24), has_colour=False)
    for above, picture in changes:
        area.draw([line(text) for text in above], [line(text) for text in picture])
    if is_closed:
        area.close()
    screen = Screen()
    screen.write(out.getvalue())
    return screen.rows


word = st.text("abc", min_size=1, max_size=5)


@given(st.lists(st.tuples(st.lists(word, max_size=4), st.lists(word, min_size=1, max_size=6)), min_size=1, max_size=8))
def test_the_log_stays_above_and_only_the_newest_picture_below(changes: list[tuple[list[str], list[str]]]) -> None:
    log = [text for above, _ in changes for text in above]
    assert drawn(changes) == [*log, *changes[-1][1]]
    assert drawn(changes, is_closed=True) == [*log, ""]


def test_nothing_is_written_when_nothing_has_changed() -> None:
    out = io.StringIO()
    area = Area(out, lambda: (80, 24))
    area.draw([], [line("same")])
    before = out.getvalue()
    area.draw([], [line("same")])
    assert out.getvalue() == before


def test_the_picture_is_never_higher_than_the_terminal() -> None:
    rows = drawn([([], [str(number) for number in range(100)])])
    assert len(rows) == 23


def test_a_narrower_terminal_wraps_what_was_drawn() -> None:
    out, width = io.StringIO(), [80]
    area = Area(out, lambda: (width[0], 24), has_colour=False)
    area.draw([], [line("x" * 70), line("y" * 70)])
    width[0] = 40
    area.draw([], [line("z")])
    assert out.getvalue().rsplit("\x1b[?2026h", 1)[1].startswith("\r\x1b[3A\x1b[J")


def test_the_cursor_is_given_back() -> None:
    out = io.StringIO()
    area = Area(out, lambda: (80, 24))
    area.close()
    assert out.getvalue() == ""
    area.draw([], [line("x")])
    area.close()
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1
