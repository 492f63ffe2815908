"""What is cut, and how."""

from __future__ import annotations

import pytest

from headway.model.bounds import KEY_TEXT, SHORT_TEXT, key_of, labels_of, number, short, tags_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a" * SHORT_TEXT, "a" * SHORT_TEXT),
        ("a" * (SHORT_TEXT + 1), "a" * (SHORT_TEXT - 1) + "…"),
        ("a\tb\x00", "a b "),
        (None, ""),
        (5, ""),
    ],
)
def test_short(text: object, shown: str) -> None:
    assert short(text) == shown


def test_long_keys_are_cut_and_stay_apart() -> None:
    first, second = key_of("a" * 100 + "1"), key_of("a" * 100 + "2")

    assert first != second
    assert len(first) == len(second) == KEY_TEXT
    assert key_of("a" * KEY_TEXT) == "a" * KEY_TEXT


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, 1),
        (1.5, 1.5),
        (2**53, 2**53),
        (2**53 + 2, float(2**53 + 2)),
        (10**400, None),
        (float("nan"), None),
        (float("-inf"), None),
        (1e301, None),
        ("1", None),
        (None, None),
    ],
)
def test_number(value: object, shown: object) -> None:
    assert number(value) == shown


def test_labels_are_few_and_text() -> None:
    assert labels_of({"b": 1, "a": "x", "c": 1.5, "d": False, "e": None}) == {"a": "x", "b": "1", "d": "false"}
    assert len(labels_of({f"label{n}": n for n in range(50)})) == 8


def test_tags_fit() -> None:
    assert tags_of(["a", "b"]) == ["a", "b"]
    assert sum(map(len, tags_of(["x" * 99] * 50))) < 1000
