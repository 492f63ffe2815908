"""From type hints and docstring to a JSON Schema, and from JSON to arguments: what one accepts, the other does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import jsonschema_rs
import pytest
from pydantic import BaseModel
from pydantic import Field as PydanticField

from headway import Field, InvalidParameters
from headway.sdk.docstring import read_docstring
from headway.sdk.schema import bind, describe_function

if TYPE_CHECKING:
    from somewhere import Unknown  # type: ignore[import-not-found]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Odd(Enum):
    FIRST = (1, 2)
    SECOND = (3, 4)


@dataclass
class Answer:
    """An answer.

    Args:
        question: Number of the question.
    """

    question: int
    text: str = ""
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.question < 0:
            raise ValueError("there is no question below 0")


@dataclass
class Tree:
    name: str
    children: list[Tree] = field(default_factory=list)


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Options(TypedDict):
    strict: bool
    note: NotRequired[str]


class Item(BaseModel):
    price: Decimal


class Order(BaseModel):
    """What was ordered."""

    items: list[Item]
    count: int = PydanticField(ge=1)


CASES: list[tuple[Any, Any, Any]] = [
    (str, "a", "a"),
    (int, 3, 3),
    (int, 3.0, 3),
    (float, 3, 3.0),
    (bool, True, True),
    (None, None, None),
    (Any, {"x": [1]}, {"x": [1]}),
    (list[int], [1, 2], [1, 2]),
    (list, [1, "a"], [1, "a"]),
    (Sequence[str], ["a"], ["a"]),
    (Iterable[str], ["a"], ["a"]),
    (set[int], [1, 2], {1, 2}),
    (frozenset[str], ["a"], frozenset("a")),
    (tuple[int, str], [1, "a"], (1, "a")),
    (tuple[int, ...], [1, 2, 3], (1, 2, 3)),
    (tuple, [1, "a"], (1, "a")),
    (tuple[()], [], ()),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (dict[int, str], {"1": "a"}, {1: "a"}),
    (Mapping[str, float], {"a": 1}, {"a": 1.0}),
    (dict, {"a": None}, {"a": None}),
    (int | None, None, None),
    (int | str, "5", "5"),
    (float | int, 3, 3),
    (Literal["a", 1, True], True, True),
    (Literal["a", 1, True], 1, 1),
    (Colour, "red", Colour.RED),
    (Size, 2, Size.LARGE),
    (Odd, "FIRST", Odd.FIRST),
    (datetime, "2026-11-22T09:30:00Z", datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
    (date, "2026-11-22", date(2026, 11, 22)),
    (time, "09:30:00Z", time(9, 30, tzinfo=UTC)),
    (timedelta, 90, timedelta(seconds=90)),
    (timedelta, "PT1M30S", timedelta(seconds=90)),
    (Path, "/a/b", Path("/a/b")),
    (UUID, "00000000-0000-7000-8000-000000000001", UUID("00000000-0000-7000-8000-000000000001")),
    (Decimal, "1.10", Decimal("1.10")),
    (Decimal, 2, Decimal(2)),
    (bytes, "YWI=", b"ab"),
    (Answer, {"question": 3}, Answer(3)),
    (Tree, {"name": "a", "children": [{"name": "b"}]}, Tree("a", [Tree("b")])),
    (Point, {"x": 1}, Point(1.0)),
    (Options, {"strict": True}, {"strict": True}),
    (Order, {"items": [{"price": "1.5"}], "count": 2}, Order(items=[Item(price=Decimal("1.5"))], count=2)),
    (list[Answer | Point], [{"question": 1}, {"x": 2}], [Answer(1), Point(2.0)]),
    (Annotated[int, Field(minimum=1, maximum=5)], 5, 5),
    (Annotated[str, Field(pattern="^a", min_length=2)], "ab", "ab"),
    (Annotated[list[int], Field(min_items=1)], [1], [1]),
]


def function_of(annotation: Any) -> Any:
    def function(value: Any) -> None: ...

    function.__annotations__["value"] = annotation
    return function


@pytest.mark.parametrize(("annotation", "given", "meant"), CASES)
def test_what_the_schema_accepts_is_bound(annotation: Any, given: Any, meant: Any) -> None:
    function = function_of(annotation)
    schema = describe_function(function)[1]
    jsonschema_rs.validator_for(schema, validate_formats=True).validate({"value": given})
    bound = bind(function, {"value": given})["value"]
    assert bound == meant
    assert type(bound) is type(meant)


REFUSED: list[tuple[Any, Any, str, str]] = [
    (str, 5, "value", "must be text, not 5"),
    (int, "5", "value", "must be a whole number, not '5'"),
    (int, True, "value", "must be a whole number, not true"),
    (int, 1.5, "value", "must be a whole number"),
    (bool, 1, "value", "must be true or false, not 1"),
    (list[int], [1, "a"], "value[1]", "must be a whole number"),
    (list[int], {}, "value", "must be a list, not an object"),
    (tuple[int, str], [1], "value", "must be a list of 2 items, not a list of 1"),
    (dict[str, int], {"a": "b"}, "value.a", "must be a whole number"),
    (dict[str, int], [], "value", "must be an object"),
    (int | None, "x", "value", "must be a whole number or null, not 'x'"),
    (Literal["a", "b"], "c", "value", "must be one of 'a', 'b', not 'c'"),
    (Colour, "green", "value", "must be one of 'red', 'blue', not 'green'"),
    (date, "tomorrow", "value", "must be a date such as 2026-11-22, not 'tomorrow'"),
    (UUID, "x", "value", "must be a UUID"),
    (Answer, {"text": "a"}, "value.question", "is missing"),
    (Answer, {"question": 1, "extra": 2}, "value.extra", "is not a field here"),
    (Answer, {"question": "x"}, "value.question", "must be a whole number"),
    (Options, {"note": "x"}, "value.strict", "is missing"),
    (Order, {"items": [{"price": []}], "count": 1}, "value.items[0].price", "is not valid"),
    (Annotated[int, Field(minimum=1)], 0, "value", "must be at least 1"),
    (Annotated[int, Field(maximum=1)], 2, "value", "must be at most 1"),
    (Annotated[float, Field(exclusive_minimum=0)], 0, "value", "must be more than 0"),
    (Annotated[float, Field(exclusive_maximum=1)], 1, "value", "must be less than 1"),
    (Annotated[int, Field(multiple_of=5)], 7, "value", "must be a multiple of 5"),
    (Annotated[str, Field(pattern="^a")], "b", "value", "must match the pattern ^a"),
    (Annotated[str, Field(max_length=1)], "bb", "value", "must have at most 1 characters"),
    (Annotated[list[int], Field(max_items=1)], [1, 2], "value", "must have at most 1 items"),
]


@pytest.mark.parametrize(("annotation", "given", "place", "sentence"), REFUSED)
def test_what_the_schema_refuses_is_refused_by_name(annotation: Any, given: Any, place: str, sentence: str) -> None:
    function = function_of(annotation)
    with pytest.raises(InvalidParameters) as caught:
        bind(function, {"value": given})
    assert caught.value.fields["field"] == place
    assert sentence in caught.value.message
    schema = describe_function(function)[1]
    assert not jsonschema_rs.validator_for(schema, validate_formats=True).is_valid({"value": given})


def test_a_class_may_refuse_by_itself() -> None:
    with pytest.raises(InvalidParameters, match="there is no question below 0"):
        bind(function_of(Answer), {"value": {"question": -1}})


def test_the_parameters_object() -> None:
    def grade(
        exam: str, limit: int = 10, *, colours: frozenset[Colour] = frozenset({Colour.RED}), mode: Literal["fast", "slow"] = "fast"
    ) -> int:
        """Grade an exam.

        All of it.

        Args:
            exam: Which
                one.
            limit (int): At most so many.

        Returns:
            The number of marks.
        """
        return 0

    description, schema = describe_function(grade)
    assert description == "Grade an exam.\n\nAll of it."
    assert schema == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "exam": {"type": "string", "description": "Which one."},
            "limit": {"type": "integer", "description": "At most so many.", "default": 10},
            "colours": {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}, "uniqueItems": True, "default": ["red"]},
            "mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"},
        },
        "required": ["exam"],
        "additionalProperties": False,
    }


def test_missing_and_unknown_parameters() -> None:
    def grade(exam: str, limit: int = 10) -> None: ...

    assert bind(grade, {"exam": "a"}) == {"exam": "a"}
    with pytest.raises(InvalidParameters, match="exam is missing"):
        bind(grade, {"limit": 1})
    with pytest.raises(InvalidParameters, match="size is not a parameter of this task; it has exam, limit"):
        bind(grade, {"exam": "a", "size": 1})


def test_a_function_that_takes_anything() -> None:
    def report(name: str, *rest: int, **more: Any) -> None: ...

    assert describe_function(report)[1]["additionalProperties"] is True
    assert bind(report, {"name": "a", "b": 1}) == {"name": "a", "b": 1}


def test_types_without_a_form() -> None:
    def draw(canvas: memoryview) -> None: ...
    def paint(colour: str, canvas: memoryview | None = None, odd: object = object()) -> None: ...
    def first(item: int, /) -> None: ...

    with pytest.raises(TypeError, match=r"parameter canvas of .*draw cannot be given as JSON: memoryview has no form"):
        describe_function(draw)
    schema = describe_function(paint)[1]
    assert schema["properties"] == {"colour": {"type": "string"}, "odd": {}}
    with pytest.raises(TypeError, match="cannot be given by name"):
        describe_function(first)


def test_hints_that_only_type_checkers_understand() -> None:
    def read(path: Path, thing: Unknown = None) -> None: ...

    assert describe_function(read)[1]["properties"] == {"path": {"type": "string", "format": "path"}, "thing": {"default": None}}


def test_classes_are_described_once_and_may_contain_themselves() -> None:
    def grow(tree: Tree, answers: list[Answer], order: Order) -> None: ...

    schema = describe_function(grow)[1]
    assert schema["properties"]["tree"] == {"$ref": "#/$defs/Tree"}
    assert set(schema["$defs"]) == {"Tree", "Answer", "Order.Item"}
    assert schema["$defs"]["Tree"]["properties"]["children"] == {"type": "array", "items": {"$ref": "#/$defs/Tree"}, "default": []}
    assert schema["$defs"]["Answer"]["description"] == "An answer."
    assert schema["$defs"]["Answer"]["properties"]["question"]["description"] == "Number of the question."
    jsonschema_rs.validator_for(schema)


def test_field_says_how_a_parameter_looks() -> None:
    def pay(pin: Annotated[str, Field(title="PIN", description="four digits", is_secret=True, examples=["1234"])]) -> None:
        """Pay.

        Args:
            pin: Not this one.
        """

    assert describe_function(pay)[1]["properties"]["pin"] == {
        "type": "string", "title": "PIN", "description": "four digits", "writeOnly": True, "examples": ["1234"],
    }  # fmt: skip
    assert repr(Field(minimum=1)) == "Field(minimum=1)"


NUMPY = """Do it.

    Parameters
    ----------
    first : int, optional
        The first
        of them.
    second, third
        The others.

    Returns
    -------
    int
        A number.
    """
REST = """Do it.

    :param first: The first
        of them.
    :param int second: The others.
    :param third: The others.
    :returns: A number.
    """
GOOGLE = """Do it.

    Args:
        first (int, optional): The first
            of them.
        second: The others.
        third: The others.

    Raises:
        ValueError: Sometimes: never.
    """


@pytest.mark.parametrize("text", [NUMPY, REST, GOOGLE])
def test_docstrings_of_three_schools(text: str) -> None:
    assert read_docstring(text) == ("Do it.", {"first": "The first of them.", "second": "The others.", "third": "The others."})


def test_docstrings_that_say_little() -> None:
    assert read_docstring(None) == ("", {})
    assert read_docstring("Only this: one sentence.") == ("Only this: one sentence.", {})
    assert read_docstring("One.\n\nArgs:\n") == ("One.", {})
    assert read_docstring("One.\n\nNote:\n    Mind.\n\nTwo.") == ("One.", {})
