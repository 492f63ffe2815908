"""The table of OWASP ASVS 5.0 is whole, and what it says is met is shown by tests that are there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.house.repository import report
from tools.asvs import Requirement, State, missing_pages, missing_tests, read

COUNTS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3,
    "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2,
    "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3,
    "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1,
    "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has: 70 and 183."""


def test_every_requirement_of_both_levels_is_there_once() -> None:
    rows = read()

    assert dict(Counter(row.section for row in rows)) == COUNTS
    assert Counter(row.level for row in rows) == {1: 70, 2: 183}


def test_what_is_met_names_tests_and_pages_that_are_there() -> None:
    rows = [row for row in read() if row.state is State.MET]
    bare = [row.number for row in rows if not row.tests and not row.pages]
    wrong = [each for row in rows for each in (*missing_tests(row), *missing_pages(row))]

    assert not bare, report(bare, "Name the test that shows it, or the page where it only has to be said.")
    assert not wrong, report(wrong, "These tests, pages or headings are not there (any more).")


def test_only_what_has_to_be_said_is_shown_by_a_page_alone() -> None:
    """Requirements about documentation stand in the first section of their chapter."""
    wrong = [row.number for row in read() if row.state is State.MET and not row.tests and not row.section.endswith(".1")]

    assert not wrong, report(wrong, "Name a test for these.")


def test_whatever_is_not_met_or_does_not_apply_says_why() -> None:
    wrong = [row.number for row in read() if row.state is not State.MET and len(row.how) < 20]
    wrong += [each for row in read() if row.state is not State.MET for each in (*missing_tests(row), *missing_pages(row))]

    assert not wrong, report(wrong, "Say what is missing, or why it does not apply.")


def test_every_row_says_what_is_asked_and_how_it_is_answered() -> None:
    wrong = [row.number for row in read() if not 10 <= len(row.asks) <= 200 or not 3 <= len(row.how) <= 500]

    assert not wrong, report(wrong, "One line each.")


@pytest.mark.parametrize(
    ("tests", "pages"),
    [
        (["tests/house/test_asvs.py::test_that_there_is_not"], []),
        (["tests/house/nowhere.py::test_x"], []),
        (["console/src/live/session.test.ts::a title that nobody gave"], []),
        ([], ["docs/README.md#No such heading"]),
        ([], ["docs/nowhere.md"]),
    ],
)
def test_what_is_not_there_is_noticed(tests: list[str], pages: list[str], tmp_path: Path) -> None:
    row = Requirement(number="1.1.1", level=1, asks="x", state=State.MET, how="x", tests=tests, pages=pages)
    there = Requirement(
        number="1.1.1", level=1, asks="x", state=State.MET, how="x", pages=["docs/README.md"], tests=[f"tests/house/test_asvs.py::{test_what_is_not_there_is_noticed.__name__}"],
    )  # fmt: skip

    assert [*missing_tests(row), *missing_pages(row)]
    assert not [*missing_tests(there), *missing_pages(there)]
    assert list(missing_tests(there, tmp_path))
