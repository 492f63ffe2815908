"""Any value as JSON: cut where it accompanies a line, exact where it is a result."""

from __future__ import annotations

import json
from collections import OrderedDict, UserDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from headway.model.errors import ResultNotJson, TooLarge
from headway.sdk.jsonable import encode_exact, exact, safe


class Point(NamedTuple):
    x: int
    y: int


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass
class Sheet:
    number: int
    read_at: datetime


class Pupil(BaseModel):
    name: str
    born: date


class Broken:
    def __repr__(self) -> str:
        raise ValueError("no")


PLAIN = [
    (None, None),
    (True, True),
    ("text", "text"),
    (2**63 - 1, 2**63 - 1),
    (1.5, 1.5),
    ([1, (2, 3)], [1, [2, 3]]),
    ({"a": {1: "b"}}, {"a": {"1": "b"}}),
    (OrderedDict(a=1), {"a": 1}),
    (UserDict(a=1), {"a": 1}),
    (Point(1, 2), {"x": 1, "y": 2}),
    (Colour.RED, "red"),
    ({Colour.RED: Level.HIGH}, {"red": 3}),
    (Sheet(1, datetime(2026, 1, 2, tzinfo=UTC)), {"number": 1, "read_at": "2026-01-02T00:00:00+00:00"}),
    (Pupil(name="Ada", born=date(2010, 5, 6)), {"name": "Ada", "born": "2010-05-06"}),
    (timedelta(minutes=1), 60.0),
    (Decimal("1.10"), "1.10"),
    (Path("/a/b"), "/a/b"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (np.float64(0.5), 0.5),
    (np.float32(0.5), 0.5),
    (np.int64(3), 3),
    (np.bool_(True), True),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
]


@pytest.mark.parametrize(("value", "written"), PLAIN)
def test_what_has_one_obvious_form(value: Any, written: Any) -> None:
    for made in (exact(value), safe(value)):
        assert made == written
        json.dumps(made, allow_nan=False)


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"a": [1, {2}]}, r"result\.a\[1\] is of type set"),
        ({"loss": float("nan")}, r"result\.loss is nan, a number that JSON does not have"),
        ([float("-inf")], r"result\[0\] is -inf"),
        (b"bytes", "result is of type bytes"),
        ({(1, 2): 3}, "key that is not text"),
        (2**64, "more than 64 bits"),
        ("\ud800", "lone surrogate"),
        (LOOP, "nested deeper than 100 levels"),
        (np.array([1.0, np.nan]), r"result\[1\] is nan"),
        (Sheet, "of type type"),
    ],
)
def test_what_json_cannot_hold_is_named_with_its_place(value: Any, sentence: str) -> None:
    with pytest.raises(ResultNotJson, match=sentence) as caught:
        exact(value)
    assert caught.value.code == "result_not_json"
    json.dumps(safe(value), allow_nan=False).encode()


def test_a_result_beyond_the_limit() -> None:
    assert encode_exact({"a": "é"}, "result", 20) == '{"a":"é"}'
    with pytest.raises(TooLarge, match="The result is larger than the limit of 20 bytes"):
        encode_exact(["é" * 10], "result", 20)


def test_what_accompanies_a_line_is_cut() -> None:
    assert safe("x" * 5_000) == "x" * 3_999 + "…"
    assert safe(list(range(500)))[-1] == "… 300 more"
    assert safe({str(n): n for n in range(500)})["…"] == "300 more"
    assert safe(float("inf")) == "inf"
    assert safe(10**50) == "1" + "0" * 50
    assert safe(1 << 100_000) == "(a very large integer)"
    assert safe(Broken()) == "<Broken: ValueError while it was written>"
    assert "…" in json.dumps(safe(LOOP), ensure_ascii=False)
    assert safe({"\ud800": 1}) == {"\\ud800": 1}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.datetimes()
    | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.integers(), inner) | st.frozensets(st.integers()),
    max_leaves=20,
)


@given(ANYTHING)
def test_safe_makes_json_of_anything(value: Any) -> None:
    assert json.dumps(safe(value), allow_nan=False, ensure_ascii=False).encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_exact_leaves_json_as_it_is(value: Any) -> None:
    assert exact(value) == value
