"""Types with fields: dataclasses, TypedDict, NamedTuple, and pydantic models (by their own methods, without importing pydantic)."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from typing import Any, cast

from headway.sdk.docstring import read_docstring
from headway.sdk.forms import BadValue, Form, Schema, form_of, record_forms
from headway.sdk.jsonable import exact

MISSING: Any = object()


class Record:
    """A class with fields as a JSON object."""

    def __init__(self, kind: Any, make: Callable[..., Any], defaults: dict[str, Any], optional: frozenset[str]) -> None:
        self.kind = kind
        self._make = make
        self._defaults = defaults
        self._optional = optional
        hints = typing.get_type_hints(kind, include_extras=True)
        names = [item.name for item in dataclasses.fields(kind) if item.init] if dataclasses.is_dataclass(kind) else list(hints)
        self._hints = {name: _unwrapped(hints[name]) for name in names}
        self._forms: dict[str, Form] = {}

    def _fields(self) -> dict[str, Form]:
        """Made when first asked for, so that a class may have fields of its own type."""
        if not self._forms:
            self._forms = {name: form_of(hint) for name, hint in self._hints.items()}
        return self._forms

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        name = self.kind.__name__
        while name in definitions and definitions[name].get("$comment") != _identity(self.kind):
            name += "_"
        if name not in definitions:
            definitions[name] = {"$comment": _identity(self.kind)}  # there before its fields are, so that it may contain itself
            definitions[name] |= self._described(definitions)
        return {"$ref": f"#/$defs/{name}"}

    def _described(self, definitions: dict[str, Schema]) -> Schema:
        description, said = ("", {}) if _has_generated_docstring(self.kind) else read_docstring(inspect.getdoc(self.kind))
        properties: dict[str, Schema] = {}
        for name, form in self._fields().items():
            properties[name] = {**form.schema(definitions)}
            if name in said:
                properties[name].setdefault("description", said[name])
            if name in self._defaults:
                add_default(properties[name], self._defaults[name])
        required = [name for name in properties if name not in self._defaults and name not in self._optional]
        found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required:
            found["required"] = required
        if description:
            found["description"] = description
        return found

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise BadValue(path, "must be an object")
        given = cast("dict[str, Any]", value)
        fields = self._fields()
        for name in given:
            if name not in fields:
                raise BadValue(f"{path}.{name}", "is not a field here")
        for name in fields:
            if name not in given and name not in self._defaults and name not in self._optional:
                raise BadValue(f"{path}.{name}", "is missing")
        found = {name: fields[name].read(item, f"{path}.{name}") for name, item in given.items()}
        try:
            return self._make(**found)
        except (ValueError, TypeError) as error:  # the class's own checks (__post_init__)
            raise BadValue(path, f"was refused: {error}") from error


class Model:
    """A pydantic model: its own schema and its own validation."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        name = self.kind.__name__
        own: Schema = self.kind.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
        for inner, described in own.pop("$defs", {}).items():
            definitions[f"{name}.{inner}"] = described
        return own

    def read(self, value: Any, path: str) -> Any:
        try:
            return self.kind.model_validate(value)
        except ValueError as error:  # pydantic.ValidationError is one
            details: list[dict[str, Any]] = cast("Any", error).errors() if hasattr(error, "errors") else []
            if not details:
                raise BadValue(path, str(error)) from error
            first = details[0]
            place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
            raise BadValue(path + place, f"is not valid: {first['msg']}") from error


def add_default(schema: Schema, value: Any) -> None:
    """Say the default, if JSON can; a default made anew each time is left unsaid."""
    if value is MISSING:
        return
    try:
        schema["default"] = sorted(map(exact, cast("set[Any]", value))) if isinstance(value, (set, frozenset)) else exact(value)
    except Exception:  # noqa: BLE001  (a default without a JSON form is simply not shown)
        return


def _identity(kind: Any) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _optional_keys(kind: Any) -> frozenset[str]:
    """Of a TypedDict. Its own `__optional_keys__` does not see NotRequired in a module with postponed annotations."""
    marks = {name: _mark(hint) for name, hint in typing.get_type_hints(kind, include_extras=True).items()}
    optional = kind.__optional_keys__
    return frozenset(name for name, mark in marks.items() if mark == "NotRequired" or (mark != "Required" and name in optional))


def _mark(hint: Any) -> str | None:
    return getattr(typing.get_origin(hint), "_name", None)


def _unwrapped(hint: Any) -> Any:
    """Without Required, NotRequired, ReadOnly, which speak of the key and not of the value."""
    return _unwrapped(typing.get_args(hint)[0]) if _mark(hint) in ("Required", "NotRequired", "ReadOnly") else hint


def _has_generated_docstring(kind: Any) -> bool:
    doc: str = kind.__doc__ or ""
    return doc.startswith(f"{kind.__name__}(") or not doc


_known: dict[Any, Form] = {}


def _record_form(kind: Any) -> Form | None:
    if not isinstance(kind, type):
        return None
    if kind not in _known:
        form = _new_form(kind)
        if form is None:
            return None
        _known[kind] = form
    return _known[kind]


def _new_form(kind: Any) -> Form | None:
    bases: tuple[Any, ...] = kind.__mro__
    if hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate"):
        return Model(kind)
    if dataclasses.is_dataclass(kind):
        defaults: dict[str, Any] = {}
        for item in dataclasses.fields(kind):
            if item.default is not dataclasses.MISSING:
                defaults[item.name] = item.default
            elif item.default_factory is not dataclasses.MISSING:
                defaults[item.name] = _made(item.default_factory)
        return Record(kind, cast("Any", kind), defaults, frozenset())
    if typing.is_typeddict(kind):
        return Record(kind, dict, {}, _optional_keys(kind))
    if tuple in bases and hasattr(kind, "_fields"):
        return Record(kind, kind, dict(kind._field_defaults), frozenset())
    return None


def _made(factory: Callable[[], Any]) -> Any:
    return cast("Any", factory()) if factory in (list, dict, set, tuple) else MISSING


record_forms.append(_record_form)
