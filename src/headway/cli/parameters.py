"""``-p key=value`` against a task's schema: what was meant, and what is wrong with it, before anything is sent."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from headway.cli.complaints import UsageError
from headway.cli.messages import Words

Schema = Mapping[str, Any]
FILE_LIMIT = 1_048_576
_KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
    "string": (str,),
}
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def read_parameters(said: Sequence[str], file: str | None, schema: Schema, words: Words) -> dict[str, Any]:
    """The parameters object. `said`: ``key=value``; the value is JSON where the schema wants more than text, ``@path`` reads a file,
    ``@@x`` is the text ``@x``. Raises `UsageError` with every complaint at once."""
    values: dict[str, Any] = _from_file(file, words) if file else {}
    complaints: list[str] = []
    given: set[str] = set()
    for pair in said:
        key, sign, text = pair.partition("=")
        if not sign or not key:
            raise UsageError(words("parameters.no_sign", pair=pair))
        try:
            part = _part(schema, key)
            value = _read(key, text, part, schema, words)
            values[key] = [*values[key], *value] if key in given and isinstance(value, list) else value
            given.add(key)
        except UsageError as error:
            complaints.append(error.message)
    complaints.extend(check(values, schema, words))
    if complaints:
        raise UsageError("\n  ".join([words("parameters.do_not_fit"), *dict.fromkeys(complaints)]))
    return values


def _from_file(path: str, words: Words) -> dict[str, Any]:
    text = _contents(path, words)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(words("parameters.file_not_json", path=path, reason=error)) from None
    if not isinstance(value, dict):
        raise UsageError(words("parameters.file_not_object", path=path))
    return cast("dict[str, Any]", value)


def _contents(path: str, words: Words) -> str:
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
        if len(data) > FILE_LIMIT:
            raise UsageError(words("parameters.file_too_large", path=path, limit=FILE_LIMIT))
        return data.decode()
    except UnicodeDecodeError:
        raise UsageError(words("parameters.file_not_text", path=path)) from None
    except OSError as error:
        raise UsageError(words("parameters.file_unreadable", path=path, reason=error.strerror)) from None


def _part(schema: Schema, key: str) -> Schema:
    return resolve(schema.get("properties", {}).get(key, {}), schema)


def resolve(part: Any, schema: Schema) -> Schema:
    """Follow ``$ref`` to ``$defs``."""
    for _ in range(8):
        if not isinstance(part, dict) or "$ref" not in part:
            break
        found: Any = schema
        for name in str(cast("dict[str, Any]", part)["$ref"]).removeprefix("#/").split("/"):
            found = found.get(name, {}) if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        part = found  # pyright: ignore[reportUnknownVariableType]
    return cast("Schema", part) if isinstance(part, dict) else {}


def types_of(part: Schema, schema: Schema) -> list[str]:
    """The JSON types that a part of a schema allows; an empty list: any."""
    if "type" in part:
        return [part["type"]] if isinstance(part["type"], str) else list(part["type"])
    if "const" in part or "enum" in part:
        values = part.get("enum", [part.get("const")])
        return list(dict.fromkeys(_type_of(value) for value in values))
    inner: list[Any] = part.get("anyOf") or part.get("oneOf") or []
    return list(dict.fromkeys(kind for one in inner for kind in types_of(resolve(one, schema), schema)))


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return next((kind for kind, types in _KINDS.items() if isinstance(value, types)), "string")


def _read(key: str, text: str, part: Schema, schema: Schema, words: Words) -> Any:
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@") and len(text) > 1:
        text = _contents(text[1:], words)
    kinds = types_of(part, schema)
    if kinds == ["string"]:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, str) and "boolean" in kinds and text.lower() in (*_TRUE, *_FALSE):
        value = text.lower() in _TRUE
    if "array" in kinds and not isinstance(value, list):
        return [_item(text, value, part, schema)]
    value = cast("Any", value)
    if kinds and not _fits(value, kinds):
        if "string" in kinds:
            return text
        raise UsageError(words("parameters.wrong_type", key=key, wanted=_wanted(kinds, words), text=text[:60]))
    return value


def _item(text: str, value: Any, part: Schema, schema: Schema) -> Any:
    """One ``-p tags=red`` of a list: repeat it for more."""
    return text if types_of(resolve(part.get("items", {}), schema), schema) == ["string"] else value


def _fits(value: Any, kinds: Sequence[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return True
    return any(isinstance(value, _KINDS.get(kind, (object,))) for kind in kinds)


def _wanted(kinds: Sequence[str], words: Words) -> str:
    return words("parameters.or").join(words(f"type.{kind}") for kind in kinds)


def check(values: Mapping[str, Any], schema: Schema, words: Words) -> list[str]:
    """What a person can get wrong at the first level: names, missing ones, choices, bounds. The server checks it all again."""
    known: Mapping[str, Any] = schema.get("properties", {})
    complaints: list[str] = []
    if schema.get("additionalProperties") is False or (known and "additionalProperties" not in schema):
        for key in values.keys() - known.keys():
            near = difflib.get_close_matches(key, known, n=1)
            name = words("parameters.unknown_near" if near else "parameters.unknown", key=key, near=near[0] if near else "")
            complaints.append(name if known else words("parameters.takes_none", key=key))
    for key in schema.get("required", []):
        if key not in values:
            part = resolve(known.get(key, {}), schema)
            about = part.get("description") or _wanted(types_of(part, schema), words)
            complaints.append(words("parameters.missing", key=key, about=about))
    for key, value in values.items():
        complaints.extend(_choices(key, value, resolve(known.get(key, {}), schema), words))
    return complaints


def _choices(key: str, value: Any, part: Schema, words: Words) -> list[str]:
    allowed = part.get("enum")
    if allowed and value not in allowed:
        near = difflib.get_close_matches(str(value), [str(one) for one in allowed], n=1)
        text = words("parameters.not_one_of", key=key, allowed=", ".join(str(one) for one in allowed[:20]))
        return [text + (words("parameters.did_you_mean", near=near[0]) if near else "")]
    if isinstance(value, int | float) and not isinstance(value, bool):
        for bound, is_wrong in (("minimum", value < part.get("minimum", value)), ("maximum", value > part.get("maximum", value))):
            if is_wrong:
                return [words(f"parameters.{bound}", key=key, bound=part[bound], value=value)]
    return []
