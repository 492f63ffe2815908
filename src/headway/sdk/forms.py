"""The JSON form of a Python type, both ways: as a JSON Schema, and from JSON to a value of the type.

`form_of(annotation)` gives a `Form`; classes with fields are in `records.py`, which registers itself here.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path, PurePath, PurePosixPath
from typing import Annotated, Any, ClassVar, Literal, Protocol, Union, cast, get_args, get_origin
from uuid import UUID

from headway.sdk.field import Field

Schema = dict[str, Any]


class BadValue(Exception):
    """A JSON value does not fit: where (``class.pupils[3]``), and why in words that follow "must"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NoForm(TypeError):
    """A type that JSON has no form for."""


class Form(Protocol):
    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """JSON Schema 2020-12; named types are put into `definitions`."""
        ...

    def read(self, value: Any, path: str) -> Any:
        """The Python value. Raises `BadValue`."""
        ...


class Anything:
    def schema(self, definitions: dict[str, Schema]) -> Schema:
        return {}

    def read(self, value: Any, path: str) -> Any:
        return value


class Scalar:
    """str, int, float, bool, None."""

    WORDS: ClassVar[dict[type, tuple[str, str]]] = {
        str: ("string", "text"), int: ("integer", "a whole number"), float: ("number", "a number"),
        bool: ("boolean", "true or false"), type(None): ("null", "null"),
    }  # fmt: skip

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.word, self.words = self.WORDS[kind]

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        return {"type": self.word}

    def read(self, value: Any, path: str) -> Any:
        if type(value) is self.kind:
            if self.kind is float and not math.isfinite(value):
                raise BadValue(path, "must be a finite number")
            return value
        if self.kind is float and type(value) is int:
            return float(value)
        # JSON has one kind of number: 3.0 is a whole one (JSON Schema says so too).
        if self.kind is int and type(value) is float and value.is_integer():
            return int(value)
        raise BadValue(path, f"must be {self.words}, not {_said(value)}")


class Written:
    """A value that is written as text (or a number) in one known way: dates, UUIDs, paths, decimals, durations, bytes."""

    def __init__(self, schema: Schema, parse: Callable[[Any], Any], words: str, accepts: tuple[type, ...] = (str,)) -> None:
        self._schema = schema
        self._parse = parse
        self._words = words
        self._accepts = accepts

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        return dict(self._schema)

    def read(self, value: Any, path: str) -> Any:
        if isinstance(value, self._accepts) and not isinstance(value, bool):
            try:
                return self._parse(value)
            except (ValueError, InvalidOperation, OverflowError, binascii.Error):
                pass
        raise BadValue(path, f"must be {self._words}, not {_said(value)}")


class Many:
    """Lists, sets, tuples of any length."""

    def __init__(self, item: Form, make: Callable[[list[Any]], Any], *, is_unique: bool = False) -> None:
        self.item, self.make, self.is_unique = item, make, is_unique

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        found: Schema = {"type": "array", "items": self.item.schema(definitions)}
        return {**found, "uniqueItems": True} if self.is_unique else found

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise BadValue(path, f"must be a list, not {_said(value)}")
        return self.make([self.item.read(item, f"{path}[{index}]") for index, item in enumerate(cast("list[Any]", value))])


class Row:
    """A tuple of fixed length."""

    def __init__(self, items: list[Form]) -> None:
        self.items = items

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        count = len(self.items)
        found: Schema = {"type": "array", "minItems": count, "maxItems": count}
        return {**found, "prefixItems": [item.schema(definitions) for item in self.items], "items": False} if count else found

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(cast("list[Any]", value)) != len(self.items):
            raise BadValue(path, f"must be a list of {len(self.items)} items, not {_said(value)}")
        pairs = zip(self.items, cast("list[Any]", value), strict=True)
        return tuple(form.read(item, f"{path}[{index}]") for index, (form, item) in enumerate(pairs))


class Table:
    """A dict with keys of one type."""

    def __init__(self, key: Form, value: Form) -> None:
        self.key, self.value = key, value

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        found: Schema = {"type": "object"}
        value = self.value.schema(definitions)
        return {**found, "additionalProperties": value} if value else found

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise BadValue(path, f"must be an object, not {_said(value)}")
        return {self._read_key(key, path): self.value.read(item, f"{path}.{key}") for key, item in cast("dict[str, Any]", value).items()}

    def _read_key(self, key: str, path: str) -> Any:
        if isinstance(self.key, Scalar) and self.key.kind is int:
            try:
                return int(key)
            except ValueError:
                raise BadValue(path, f"must have whole numbers as keys, not {key!r}") from None
        return self.key.read(key, path)


class Choice:
    """One of several values: Literal and Enum."""

    def __init__(self, values: Mapping[str, Any], shown: list[Any]) -> None:
        self._values = values
        self._shown = shown

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        kinds = {Scalar.WORDS[type(value)][0] for value in self._shown if type(value) in Scalar.WORDS}
        return {"type": kinds.pop(), "enum": self._shown} if len(kinds) == 1 else {"enum": self._shown}

    def read(self, value: Any, path: str) -> Any:
        found = self._values.get(choice_key(value), self)
        if found is self:
            raise BadValue(path, f"must be one of {', '.join(map(repr, self._shown[:30]))}, not {_said(value)}")
        return found


def choice_key(value: Any) -> str:
    """Tells 1, True and "1" apart, which are the same key (or compare equal) in a dict."""
    return f"{type(value).__name__}:{value}"


class OneOf:
    """A union: the first member that takes the value."""

    def __init__(self, members: list[Form]) -> None:
        self.members = members

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        return {"anyOf": [member.schema(definitions) for member in self.members]}

    def read(self, value: Any, path: str) -> Any:
        deepest: BadValue | None = None
        reasons: list[str] = []
        for member in self._in_order(value):
            try:
                return member.read(value, path)
            except BadValue as error:
                reasons.append(error.reason)
                if deepest is None or len(error.path) > len(deepest.path):
                    deepest = error
        if deepest is not None and len(deepest.path) > len(path):
            raise deepest  # it had the right shape, and something inside was wrong
        wanted = list(dict.fromkeys(re.sub(r"^must be |, not .*$", "", reason) for reason in reasons))
        raise BadValue(path, f"must be {' or '.join(wanted)}, not {_said(value)}")

    def _in_order(self, value: Any) -> list[Form]:
        """A member of exactly the value's type first, so that ``float | int`` leaves 3 a whole number."""
        return sorted(self.members, key=lambda member: not (isinstance(member, Scalar) and member.kind is type(value)))


class Limited:
    """A form with the limits of a `Field`."""

    def __init__(self, form: Form, field: Field) -> None:
        self.form = form
        self.limits = field.limits

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        return {**self.form.schema(definitions), **self.limits}

    def read(self, value: Any, path: str) -> Any:
        found = self.form.read(value, path)
        for word, limit in self.limits.items():
            check = _CHECKS.get(word)
            if check is not None and not check[0](value, limit):
                raise BadValue(path, check[1].format(limit))
        return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_multiple(value: Any, limit: float) -> bool:
    quotient = value / limit
    return abs(quotient - round(quotient)) < 1e-9


_CHECKS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda v, n: not _is_number(v) or v >= n, "must be at least {}"),
    "maximum": (lambda v, n: not _is_number(v) or v <= n, "must be at most {}"),
    "exclusiveMinimum": (lambda v, n: not _is_number(v) or v > n, "must be more than {}"),
    "exclusiveMaximum": (lambda v, n: not _is_number(v) or v < n, "must be less than {}"),
    "multipleOf": (lambda v, n: not _is_number(v) or _is_multiple(v, n), "must be a multiple of {}"),
    "minLength": (lambda v, n: not isinstance(v, str) or len(v) >= n, "must have at least {} characters"),
    "maxLength": (lambda v, n: not isinstance(v, str) or len(v) <= n, "must have at most {} characters"),
    "pattern": (lambda v, n: not isinstance(v, str) or re.search(n, v) is not None, "must match the pattern {}"),
    "minItems": (lambda v, n: not isinstance(v, list) or len(cast("list[Any]", v)) >= n, "must have at least {} items"),
    "maxItems": (lambda v, n: not isinstance(v, list) or len(cast("list[Any]", v)) <= n, "must have at most {} items"),
}


def _said(value: Any) -> str:
    """How a value is called in a message: what it is, and short."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(cast('list[Any]', value))}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _duration(value: str | float) -> timedelta:
    """Seconds, or an ISO 8601 duration of days and smaller (``P1DT2H30M``)."""
    if not isinstance(value, str):
        return timedelta(seconds=value)
    number = r"(\d+(?:\.\d+)?)"
    found = re.fullmatch(f"P(?:{number}W)?(?:{number}D)?(?:T(?:{number}H)?(?:{number}M)?(?:{number}S)?)?", value)
    if found is None or not any(found.groups()):
        raise ValueError(value)
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _decimal(value: str | float) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


_NUMBER_OR_TEXT: tuple[type, ...] = (str, int, float)
_WRITTEN: dict[Any, Form] = {
    datetime: Written({"type": "string", "format": "date-time"}, datetime.fromisoformat, "a date and time such as 2026-11-22T09:30:00Z"),
    date: Written({"type": "string", "format": "date"}, date.fromisoformat, "a date such as 2026-11-22"),
    time: Written({"type": "string", "format": "time"}, time.fromisoformat, "a time such as 09:30:00"),
    timedelta: Written({"type": ["number", "string"], "format": "duration"}, _duration, "a number of seconds", _NUMBER_OR_TEXT),
    UUID: Written({"type": "string", "format": "uuid"}, UUID, "a UUID"),
    Path: Written({"type": "string", "format": "path"}, Path, "a path"),
    PurePath: Written({"type": "string", "format": "path"}, PurePath, "a path"),
    PurePosixPath: Written({"type": "string", "format": "path"}, PurePosixPath, "a path"),
    Decimal: Written({"type": ["string", "number"], "format": "decimal"}, _decimal, "a decimal number", _NUMBER_OR_TEXT),
    bytes: Written({"type": "string", "contentEncoding": "base64"}, lambda text: base64.b64decode(text, validate=True), "text in base64"),
}
_LISTS: dict[Any, tuple[Callable[[list[Any]], Any], bool]] = {
    list: (list, False), set: (set, True), frozenset: (frozenset, True), abc.Sequence: (list, False), abc.MutableSequence: (list, False),
    abc.Iterable: (list, False), abc.Collection: (list, False), abc.Set: (set, True), abc.MutableSet: (set, True),
}  # fmt: skip
_TABLES = {dict, abc.Mapping, abc.MutableMapping}

record_forms: list[Callable[[Any], Form | None]] = []
"""Asked for types that are none of the above; `records.py` adds itself."""


def form_of(annotation: Any) -> Form:
    """The form of a type. Raises `NoForm` for one that JSON has none for."""
    if annotation is Any or annotation is object or isinstance(annotation, typing.TypeVar):
        return Anything()
    if annotation is None:
        return Scalar(type(None))
    if annotation in _WRITTEN:
        return _WRITTEN[annotation]
    if isinstance(annotation, type) and annotation in Scalar.WORDS:
        return Scalar(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        origin = annotation
    if origin is Annotated:
        form = form_of(arguments[0])
        for extra in arguments[1:]:
            form = Limited(form, extra) if isinstance(extra, Field) else form
        return form
    if origin is Union or origin is types.UnionType:
        return OneOf([form_of(member) for member in arguments])
    if origin is Literal:
        return Choice({choice_key(value): value for value in arguments}, [v.value if isinstance(v, Enum) else v for v in arguments])
    if origin in _LISTS:
        make, is_unique = _LISTS[origin]
        return Many(form_of(arguments[0]) if arguments else Anything(), make, is_unique=is_unique)
    if origin in _TABLES:
        key, value = arguments or (str, Any)
        return Table(form_of(key), form_of(value))
    if origin is tuple:
        if not arguments:
            return Many(Anything(), tuple)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return Many(form_of(arguments[0]), tuple)
        return Row([form_of(item) for item in arguments])
    return _class_form(annotation)


def _class_form(annotation: Any) -> Form:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        members = list(annotation)
        # Members are written by value where that is JSON, else by name; a name is understood as well.
        by_value = all(type(member.value) in (str, int, float, bool) for member in members)
        known = {choice_key(member.name): member for member in members}
        known |= {choice_key(member.value): member for member in members if by_value}
        return Choice(known, [member.value if by_value else member.name for member in members])
    for ask in record_forms:
        form = ask(annotation)
        if form is not None:
            return form
    if isinstance(annotation, typing.NewType):
        return form_of(annotation.__supertype__)
    raise NoForm(f"{getattr(cast('Any', annotation), '__qualname__', cast('Any', annotation))} has no form in JSON")
