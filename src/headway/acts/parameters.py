"""Parameters against the schema of their task: every place that does not fit, and what the defaults add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, cast

import jsonschema_rs
import orjson

from headway.model.errors import InvalidParameters, TooLarge
from headway.model.run import Task

PARAMETERS_LIMIT = 262_144
"""Bytes of one run's parameters as JSON."""
PROBLEMS_LIMIT = 100
DEPTH_LIMIT = 32
"""How deep defaults are looked for: a schema may name itself."""
_MESSAGE_LIMIT = 500
_Kind = jsonschema_rs.ValidationErrorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterProblem:
    """Something about the parameters that does not fit."""

    field: str
    """Where, as JSON pointer (RFC 6901): ``/students/0/name``; empty: the whole. What is missing is named as if it were there."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    is_valid: bool
    problems: Sequence[ParameterProblem]
    parameters: Mapping[str, Any]
    """As they were given, with the schema's defaults where nothing was."""


def validate(task: Task, parameters: Mapping[str, Any]) -> Validation:
    """What the task's schema says of these parameters. Raises `TooLarge`."""
    check_size(parameters)
    problems = problems_of(task, parameters)
    return Validation(is_valid=not problems, problems=problems, parameters=with_defaults(task, parameters))


def check_parameters(task: Task, parameters: Mapping[str, Any], index: int = 0) -> None:
    """Raise `InvalidParameters` with each place that does not fit the task's schema, or `TooLarge`."""
    check_size(parameters)
    problems = problems_of(task, parameters)
    if problems:
        field = problems[0].field[1:].replace("/", ".").replace("~1", "/").replace("~0", "~")
        message = f"{field or 'The parameters'}: {problems[0].message}"
        raise InvalidParameters(message, field=field, task=task.name, problems=problems, index=index)


def check_size(parameters: Mapping[str, Any], limit: int = PARAMETERS_LIMIT) -> None:
    if len(orjson.dumps(parameters)) > limit:
        raise TooLarge(what="The parameters", limit=f"{limit} bytes")


def problems_of(task: Task, parameters: Mapping[str, Any], *, is_partial: bool = False) -> list[ParameterProblem]:
    """All of them, `PROBLEMS_LIMIT` at most. `is_partial`: what is missing at the top is none."""
    errors = _validator(orjson.dumps(task.parameter_schema)).iter_errors(dict(parameters))
    return list(islice((problem for error in errors for problem in _problems(error, is_partial=is_partial)), PROBLEMS_LIMIT))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.validator_for(orjson.loads(schema) or {"type": "object"})


def _problems(error: Any, *, is_partial: bool) -> Iterator[ParameterProblem]:
    """One of the validator's errors, at the field that it is about."""
    place = list(error.instance_path)
    match error.kind:
        case _Kind.Required() as kind:
            if place or not is_partial:
                yield ParameterProblem(field=pointer(*place, kind.property), message="is missing")
        case _Kind.AdditionalProperties() as kind:
            for name in kind.unexpected:
                yield ParameterProblem(field=pointer(*place, name), message="is not known here")
        case _:
            yield ParameterProblem(field=pointer(*place), message=str(error.message)[:_MESSAGE_LIMIT])


def pointer(*names: object) -> str:
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def with_defaults(task: Task, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, and the schema's defaults where nothing was given, within objects and lists that are there too."""
    return _filled(dict(parameters), task.parameter_schema, task.parameter_schema, DEPTH_LIMIT)


def _filled(value: Any, schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    schema = resolved(schema, root)
    if depth == 0 or not isinstance(schema, dict):
        return value
    known = cast("dict[str, Any]", schema)
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        properties = cast("dict[str, Any]", known.get("properties") or {})
        filled = {name: _filled(each, properties.get(name), root, depth - 1) for name, each in given.items()}
        for name, each in properties.items():
            if name not in filled and isinstance(each, dict) and "default" in each:
                filled[name] = each["default"]
        return filled
    if isinstance(value, list):
        return [_filled(each, known.get("items"), root, depth - 1) for each in cast("list[Any]", value)]
    return value


def resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    """What a reference within the schema stands for; one to anywhere else stays as it is."""
    for _ in range(DEPTH_LIMIT):
        reference = cast("dict[str, Any]", schema).get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or (reference != "#" and not reference.startswith("#/")):
            return cast("Any", schema)
        found: Any = root
        for name in reference.split("/")[1:]:
            found = cast("dict[str, Any]", found).get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        schema = found
    return None
