from __future__ import annotations

from typing import Any

import pytest

from headway.acts.parameters import PROBLEMS_LIMIT, ParameterProblem, check_parameters, problems_of, validate, with_defaults
from headway.model.errors import InvalidParameters, TooLarge
from headway.model.run import Task

STUDENT: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "marks": {"type": "array", "items": {"type": "integer"}}, "seat/row": {"default": 1}},
    "required": ["name"],
}
GRADE = Task(
    name="grade",
    parameter_schema={
        "type": "object",
        "properties": {
            "students": {"type": "array", "items": {"$ref": "#/$defs/Student"}, "default": []},
            "strict": {"type": "boolean", "default": True},
            "limit": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
            "first": {"$ref": "#/$defs/Student"},
        },
        "required": ["first"],
        "additionalProperties": False,
        "$defs": {"Student": STUDENT},
    },
)
ANYTHING = Task(name="anything")


def fields(parameters: dict[str, Any], **more: Any) -> list[str]:
    return sorted(problem.field for problem in problems_of(GRADE, parameters, **more))


def test_every_place_that_does_not_fit_is_named() -> None:
    parameters = {"students": [{"name": 1}, {"marks": [1, "two"]}], "strict": "no", "more": 1, "most": 2}
    assert fields(parameters) == ["/first", "/more", "/most", "/strict", "/students/0/name", "/students/1/marks/1", "/students/1/name"]


def test_names_are_escaped_as_a_json_pointer_asks() -> None:
    assert fields({"first": {"name": "a"}, "a/b~c": 1}) == ["/a~1b~0c"]


def test_a_part_misses_nothing_at_the_top() -> None:
    assert fields({}) == ["/first"]
    assert fields({}, is_partial=True) == []
    assert fields({"first": {}}, is_partial=True) == ["/first/name"]


def test_what_fits_has_no_problems() -> None:
    assert fields({"first": {"name": "a"}, "limit": None}) == []
    assert fields({"first": {"name": "a"}, "limit": 0}) == ["/limit"]
    assert problems_of(ANYTHING, {"a": [1]}) == []


def test_there_are_at_most_so_many_problems() -> None:
    assert len(problems_of(GRADE, {f"n{number}": 1 for number in range(500)})) == PROBLEMS_LIMIT


def test_defaults_stand_where_nothing_was_given() -> None:
    assert with_defaults(GRADE, {"first": {"name": "a"}, "strict": False}) == {
        "first": {"name": "a", "seat/row": 1},
        "strict": False,
        "students": [],
        "limit": None,
    }
    assert with_defaults(GRADE, {"students": [{}, 3], "first": "text"}) == {
        "students": [{"seat/row": 1}, 3],
        "first": "text",
        "strict": True,
        "limit": None,
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/gone"},
        {"$ref": "https://example.org/schema"},
        {"properties": {"a": {"$ref": "#/properties/a"}}},
        {"properties": {"a": {"$ref": "#"}}},
        {"properties": {"a": True}, "items": False},
    ],
)
def test_a_schema_that_names_itself_or_nothing_comes_to_an_end(schema: dict[str, Any]) -> None:
    value: dict[str, Any] = {"a": {"a": {"a": {"a": [1]}}}}
    assert with_defaults(Task(name="x", parameter_schema=schema), value) == value


def test_the_defaults_of_what_is_given_do_not_change_what_was_given() -> None:
    given: dict[str, Any] = {"first": {"name": "a"}}
    with_defaults(GRADE, given)
    assert given == {"first": {"name": "a"}}


def test_a_validation_says_all_and_raises_nothing() -> None:
    said = validate(GRADE, {"strict": 1})
    assert not said.is_valid
    assert {problem.field for problem in said.problems} == {"/strict", "/first"}
    assert said.parameters["students"] == []
    assert validate(GRADE, {"first": {"name": "a"}}).is_valid
    with pytest.raises(TooLarge):
        validate(GRADE, {"first": {"name": "x" * 300_000}})


def test_a_start_that_does_not_fit_names_the_first_and_all() -> None:
    with pytest.raises(InvalidParameters) as raised:
        check_parameters(GRADE, {"students": [{"name": 1}], "first": {"name": "a"}, "zoo": 1})
    said = raised.value.fields
    assert {problem.field for problem in said["problems"]} == {"/students/0/name", "/zoo"}
    assert said["field"] in {"students.0.name", "zoo"}
    assert raised.value.message.startswith(said["field"])
    check_parameters(GRADE, {"first": {"name": "a"}})


def test_a_problem_is_told_in_so_many_words() -> None:
    (problem,) = problems_of(GRADE, {"first": {"name": "a"}, "strict": "x" * 5_000})
    assert isinstance(problem, ParameterProblem)
    assert len(problem.message) <= 500
