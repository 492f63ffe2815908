"""Repainted lines read as bars: a table of what programs print, and text of every other kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.sdk.bars import LONGEST, Reading, read_bar, read_line, without_spinner
from tests.unit.sdk.bar_samples import LINES, NOT_BARS, SAMPLES


@pytest.mark.parametrize(("text", "reading"), SAMPLES.items(), ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_a_bar_says_how_far_it_is(text: str, reading: Reading) -> None:
    assert read_bar(text) == reading
    assert read_bar(f"   {text}  ") == reading


@pytest.mark.parametrize("text", NOT_BARS, ids=lambda text: text[:40])
def test_other_text_is_no_bar(text: str) -> None:
    assert read_bar(text) is None


@pytest.mark.parametrize(("text", "reading"), LINES.items())
def test_programs_that_write_a_line_for_each_look(text: str, reading: Reading) -> None:
    assert read_line(text) == reading


@pytest.mark.parametrize("text", [*SAMPLES, *NOT_BARS, "50K is the memory", "Progress is slow"])
def test_ordinary_lines_are_not_taken_for_looks(text: str) -> None:
    assert read_line(text) is None


def test_a_turning_wheel_is_not_news() -> None:
    turning = {without_spinner(f"{glyph} Resolving") for glyph in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏|/-\\◐◓"} | {without_spinner("Resolving |")}
    assert turning == {"Resolving"}


@given(st.text(alphabet=st.sampled_from("0123456789/ofkMB%[]|=>━█#:. ,it<?-"), max_size=LONGEST))
def test_reading_is_quick_and_its_numbers_are_sane(text: str) -> None:
    started = time.perf_counter()
    for reading in (read_bar(text), read_line(text)):
        if reading is not None:
            assert reading.done >= 0
            assert reading.total is None or reading.total > 0
            assert len(reading.name) <= 200
    assert time.perf_counter() - started < 0.5
