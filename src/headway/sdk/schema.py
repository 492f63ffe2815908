"""The parameters of a task: from its type hints and docstring to a JSON Schema 2020-12, and from JSON to its arguments."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from headway.model.errors import InvalidParameters
from headway.sdk.docstring import read_docstring
from headway.sdk.forms import Anything, BadValue, Form, NoForm, Schema, form_of
from headway.sdk.records import add_default

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    form: Form
    is_required: bool
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a function can be called with by JSON."""

    items: dict[str, Parameter]
    is_open: bool
    """Takes any further keyword (``**rest``)."""


_read: dict[Any, Parameters] = {}


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """The parameters of a function. Raises `TypeError` that names the one that JSON cannot give.

    One whose type has no form in JSON is left out if it has a default.
    """
    known = _read.get(function)
    if known is not None:
        return known
    hints = _hints(function)
    items: dict[str, Parameter] = {}
    is_open = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            is_open = True
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        is_required = parameter.default is parameter.empty
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise TypeError(f"parameter {parameter.name} of {function.__qualname__} cannot be given by name; remove the / after it")
        annotation = hints.get(parameter.name, Any)
        try:
            form = Anything() if isinstance(annotation, str) else form_of(annotation)
        except NoForm as error:
            if is_required:
                raise TypeError(f"parameter {parameter.name} of {function.__qualname__} cannot be given as JSON: {error}") from error
            continue
        items[parameter.name] = Parameter(name=parameter.name, form=form, is_required=is_required, default=parameter.default)
    found = _read[function] = Parameters(items=items, is_open=is_open)
    return found


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, TypeError):
        # A name that exists for type checkers only: take those hints that can be understood.
        return {name: _hint(function, hint) for name, hint in inspect.get_annotations(function).items()}


def _hint(function: Callable[..., Any], hint: Any) -> Any:
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, getattr(inspect.unwrap(function), "__globals__", {}))  # noqa: S307  (an annotation of the user's own code)
    except Exception:  # noqa: BLE001
        return hint


def describe_function(function: Callable[..., Any]) -> tuple[str, Schema]:
    """The description and the JSON Schema of the parameters object. Raises `TypeError` as `parameters_of`."""
    found = parameters_of(function)
    description, said = read_docstring(inspect.getdoc(function))
    definitions: dict[str, Schema] = {}
    properties: dict[str, Schema] = {}
    for parameter in found.items.values():
        schema = parameter.form.schema(definitions)
        if parameter.name in said:
            schema.setdefault("description", said[parameter.name])
        if not parameter.is_required:
            add_default(schema, parameter.default)
        properties[parameter.name] = schema
    result: Schema = {"$schema": DIALECT, "type": "object", "properties": properties, "additionalProperties": found.is_open}
    required = [parameter.name for parameter in found.items.values() if parameter.is_required]
    if required:
        result["required"] = required
    if definitions:
        result["$defs"] = definitions
    return description, result


def bind(task: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for a task (or a function) from JSON. Raises `InvalidParameters` with the `field` that does not fit.

    Nothing is guessed: the text "5" is not a number. Defaults are left to the function.
    """
    function = cast("Callable[..., Any]", getattr(task, "function", task))
    found = parameters_of(function)
    for parameter in found.items.values():
        if parameter.is_required and parameter.name not in parameters:
            raise InvalidParameters(f"{parameter.name} is missing.", field=parameter.name)
    arguments: dict[str, Any] = {}
    for name, value in parameters.items():
        parameter = found.items.get(name)
        if parameter is None:
            if not found.is_open:
                known = ", ".join(found.items) or "none"
                raise InvalidParameters(f"{name} is not a parameter of this task; it has {known}.", field=name)
            arguments[name] = value
            continue
        try:
            arguments[name] = parameter.form.read(value, name)
        except BadValue as error:
            raise InvalidParameters(f"{error.path} {error.reason}.", field=error.path) from error
    return arguments
