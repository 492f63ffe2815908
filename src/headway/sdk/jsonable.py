"""Any Python value as JSON.

`safe` never raises: it is for what accompanies a log line, where a value that is cut or shown by its repr is better than
none. `exact` never alters: it is for results and checkpoints, where silence would be damage.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from headway.model.errors import ResultNotJson, TooLarge

DEPTH_LIMIT = 8
ITEMS_LIMIT = 200
TEXT_LENGTH_LIMIT = 4_000
EXACT_DEPTH_LIMIT = 100
RESULT_LIMIT = 1_048_576
"""Bytes of a result as JSON; what is larger belongs into an artifact."""
CHECKPOINT_LIMIT = 262_144

_MAX_INT = 2**63 - 1
"""What every reader of JSON holds without loss of kind (many parse 64-bit integers and no wider)."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def clean(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot hold: an undecodable byte becomes ``\\xNN``, others ``\\uNNNN``."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def safe(value: Any, depth: int = 0) -> Any:
    """`value` as something JSON can hold, cut to bounds. Never raises.

    NaN and infinities become text, times ISO 8601, unknown objects their repr; what is too deep, too many or too long ends in ``…``.
    """
    kind = cast("Any", type(value))
    if value is None or kind is bool:
        return value
    if kind is str:
        return _short(value)
    if kind is int:
        return value if -_MAX_INT <= value <= _MAX_INT else _short(str(value)) if value.bit_length() < 4_000 else "(a very large integer)"
    if kind is float:
        return value if math.isfinite(value) else str(value)
    try:
        return _safe_object(value, depth)
    except Exception as error:  # noqa: BLE001  (`__repr__`, `item` … of whatever the user hands in)
        return f"<{kind.__name__}: {type(error).__name__} while it was written>"


def _safe_object(value: Any, depth: int) -> Any:
    plain = _plain(value)
    if plain is not value:
        return safe(plain, depth + 1) if depth < DEPTH_LIMIT else "…"
    if isinstance(value, Mapping):
        if depth >= DEPTH_LIMIT:
            return "…"
        items = cast("Mapping[Any, Any]", value)
        out: dict[str, Any] = {}
        for number, (key, item) in enumerate(items.items()):
            if number >= ITEMS_LIMIT:
                out["…"] = f"{len(items) - number} more"
                break
            out[key if type(key) is str and key.isascii() else _short(str(_plain(key)))] = safe(item, depth + 1)
        return out
    if isinstance(value, (list, tuple, set, frozenset)):
        if depth >= DEPTH_LIMIT:
            return "…"
        found = list(cast("list[Any]", value))
        rest = [f"… {len(found) - ITEMS_LIMIT} more"] if len(found) > ITEMS_LIMIT else []
        return [safe(item, depth + 1) for item in found[:ITEMS_LIMIT]] + rest
    if isinstance(value, (str, int, float)):
        return safe(_builtin(value), depth + 1) if depth < DEPTH_LIMIT else "…"
    return _short(repr(value))


def _short(text: str) -> str:
    if len(text) > TEXT_LENGTH_LIMIT:
        text = text[: TEXT_LENGTH_LIMIT - 1] + "…"
    return text if text.isascii() else clean(text)


def _builtin(value: Any) -> Any:
    """A subclass (`numpy.float64` is one of float) as the plain type."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__index__(value) if isinstance(value, int) else float.__float__(value)


def _plain(value: Any) -> Any:
    """What a value that is not JSON itself, but has one obvious way to be written, is written as; else the value itself."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (Decimal, UUID, PurePath)):
        return str(value)
    if isinstance(value, type):
        return value
    kind = cast("Any", type(value))
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in kind.__dataclass_fields__}
    if hasattr(kind, "model_dump") and hasattr(kind, "model_fields"):
        return value.model_dump(mode="json")
    if hasattr(kind, "_fields") and isinstance(value, tuple):
        return dict(zip(kind._fields, cast("tuple[Any, ...]", value), strict=True))
    if hasattr(kind, "dtype") and hasattr(kind, "tolist"):
        return value.tolist()
    if hasattr(kind, "item") and hasattr(kind, "dtype"):
        return value.item()
    return value


def exact(value: Any, path: str = "result") -> Any:
    """`value` as JSON, nothing cut, nothing guessed. Raises `ResultNotJson` that names the place, as in ``result.rows[3]``.

    Times, enums, paths, UUIDs, decimals, dataclasses, named tuples, pydantic models and numpy values are written in their one obvious form.
    """
    return _exact(value, path, 0)


def _exact(value: Any, path: str, depth: int) -> Any:
    kind = cast("Any", type(value))
    if value is None or kind is bool:
        return value
    if kind is str:
        if not value.isascii() and clean(value) != value:
            raise _not_json(path, "text that is not valid Unicode (a lone surrogate)")
        return value
    if kind is int:
        if not -_MAX_INT <= value <= _MAX_INT:
            raise _not_json(path, "an integer of more than 64 bits; return it as text")
        return value
    if kind is float:
        if not math.isfinite(value):
            raise _not_json(path, f"{value}, a number that JSON does not have; return None or text")
        return value
    if depth >= EXACT_DEPTH_LIMIT:
        raise _not_json(path[:200], f"nested deeper than {EXACT_DEPTH_LIMIT} levels, or contains itself")
    if kind is list or kind is tuple:
        return [_exact(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return {_key(key, path): _exact(item, f"{path}.{key}", depth + 1) for key, item in items.items()}
    plain = _plain(value)
    if plain is not value:
        return _exact(plain, path, depth + 1)
    if isinstance(value, (str, int, float)):
        return _exact(_builtin(value), path, depth + 1)
    if isinstance(value, list):
        return _exact(list(cast("list[Any]", value)), path, depth + 1)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    raise _not_json(path, f"of type {name}, which JSON cannot hold; return plain values, or keep it as an artifact")


def _key(key: Any, path: str) -> str:
    plain = _plain(key)
    if isinstance(plain, str):
        return str(plain)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return str(plain)
    raise _not_json(path, f"an object with a key that is not text: {_short(repr(key))[:80]}")


def _not_json(path: str, reason: str) -> ResultNotJson:
    return ResultNotJson(path=path, reason=reason)


def encode_exact(value: Any, what: str, limit: int) -> str:
    """`value` as JSON text by the rules of `exact`. Raises `TooLarge` beyond `limit` bytes."""
    text = _encode(exact(value, what))
    if len(text) > limit or len(text.encode()) > limit:
        raise TooLarge(what=f"The {what}", limit=f"{limit:,} bytes")
    return text
