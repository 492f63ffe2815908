from __future__ import annotations

from typing import Any

import pytest

from headway.cli.messages import Words
from headway.cli.screen.summary import Ending, summary_lines, value_lines
from headway.cli.screen.table import Column, draw_table, least_width
from headway.cli.screen.text import line
from tests.unit.cli.material import RUN, texts, view_of

ENGLISH = Words("en")


def summary(**ending: Any) -> list[str]:
    given = {"run": RUN, "view": view_of(), "state": "succeeded", "line_count": 12_412, "is_complete": True, **ending}
    return texts(summary_lines(Ending(**given), 80, ENGLISH))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"mean": 6.8333333, "passed": True, "best": ["Ben", "Ada"], "none": None}, ["mean    6.833", "passed  yes", "best    Ben, Ada", "none    –"]),
        ([{"name": "Ada", "marks": 5}, {"name": "Ben", "marks": 10}], ["name  marks", "Ada       5", "Ben      10"]),
        ({"count": 1, "by": {"a": 1}}, ["count  1", "by", "  a  1"]),
        ("two\nlines", ["two", "lines"]),
        (3, ["3"]),
        (None, ["null"]),
        ([], ["[]"]),
        ({}, ["{}"]),
        ([{"a": [[1]]}], ["[", "  {", '    "a": [', "      [", "        1", "      ]", "    ]", "  }", "]"]),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_it_reads_best(value: Any, shown: list[str]) -> None:
    assert texts(value_lines(value, 80, ENGLISH)) == shown


def test_a_long_result_is_cut_and_says_so() -> None:
    shown = texts(value_lines([{"n": number} for number in range(500)], 80, ENGLISH))
    assert len(shown) == 41
    assert shown[-1] == "… 461 more lines; --json shows all"


def test_a_result_cannot_act_on_the_terminal() -> None:
    shown = texts(value_lines({"a\x1b[2J": "b\x1b[2J"}, 80, ENGLISH)) + texts(value_lines(["x\x1b[2J" * 200], 80, ENGLISH))
    assert not any("\x1b" in text for text in shown)


def test_the_proof_that_nothing_is_missing() -> None:
    assert summary()[-1] == "12,412 lines, complete ✓"
    assert summary(is_complete=False)[-1].startswith("12,412 lines, but not all of them could be shown; `headway logs")


def test_a_failure_says_why_and_what_to_do() -> None:
    shown = summary(state="failed", error={"code": "out_of_memory", "type": "MemoryError", "message": "no room"}, duration_seconds=61.0)
    assert shown[0] == "✗ failed  grade 7b  in 1m 1s"
    assert shown[1] == "  MemoryError: no room"
    assert "memory" in shown[2]


def test_artifacts_are_listed_with_their_sizes() -> None:
    shown = summary(
        artifacts=[{"name": "marks.csv", "size_bytes": 322, "media_type": "text/csv"}, {"name": "1.png", "size_bytes": 172_000}]
    )
    assert shown[1:4] == ["artifacts", "  marks.csv   322 B  text/csv", "  1.png      172 kB"]


def test_an_artifact_that_is_not_what_it_is_called_says_so() -> None:
    artifact = {"name": "1.png", "size_bytes": 322, "media_type": "application/octet-stream", "stated_type": "image/png"}
    assert summary(artifacts=[artifact])[2] == "  1.png  322 B  application/octet-stream, not image/png"


def test_a_table_gives_way_where_it_may() -> None:
    columns = (Column(title="ID"), Column(title="NAME", gives_way=True), Column(title="N", is_right=True))
    rows = [[line("abc"), line("a very long name indeed"), line("12")]]
    assert texts(draw_table(columns, rows, None)) == ["ID   NAME                      N", "abc  a very long name indeed  12"]
    assert all(len(text) <= 20 for text in texts(draw_table(columns, rows, 20)))
    assert least_width(columns, rows) == 3 + 2 + 12 + 2 + 2
